"""Names of Kubernetes objects: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/"""

from __future__ import annotations

import re
from collections.abc import Iterable

# Objects of the overlay's own, which no process may be called.
TAKEN = frozenset({"web", "migrate", "postgres", "pooler", "redis", "site"})
LONGEST = 52  # of a CronJob, whose Jobs have eleven characters more


def object_names(processes: Iterable[str]) -> dict[str, str]:
    """Unique object names by process name; each is a DNS label."""
    found: dict[str, str] = {}
    for process in processes:
        plain = re.sub(r"[^a-z0-9-]+", "-", process.lower()).strip("-")[:LONGEST].strip("-") or "process"
        name, number = (plain, 2) if process == "web" or plain not in TAKEN else (f"{plain}-process", 2)
        while name in found.values():
            name, number = f"{plain[: LONGEST - 4]}-{number}", number + 1
        found[process] = name
    return found

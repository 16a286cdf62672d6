"""What the owner of a project on Flex has given its containers: https://docs.upsun.com/manage-resources/adjust-resources.html"""

from __future__ import annotations

import re
from collections.abc import Sequence

# What `--resources-init minimum` gives, with which the first deployment is made: a size, and MB of disk.
# https://docs.upsun.com/manage-resources/resource-init.html
SMALLEST, DISK = 0.1, 512


def larger(rows: Sequence[Sequence[str]]) -> str:
    """In words, which containers have more than the smallest sizes; empty where none has.

    Each row has a name, a size, a disk and a number of instances, as `upsun resources:get` tells them.
    """
    told = [f"{service} has {' and '.join(parts)}" for service, *sizes in rows if (parts := _more(*sizes))]
    return f"{', '.join(told)}; the total counts the smallest sizes" if told else ""


def _more(size: str, disk: str, instances: str) -> list[str]:
    parts = [f"size {size}"] if _number(size) > SMALLEST else []
    parts += [f"{disk} MB" if disk.isdecimal() else disk] if _number(disk) > DISK else []
    return parts + ([f"{instances} instances"] if _number(instances) > 1 else [])


def _number(text: str) -> float:
    found = re.match(r"\d+(\.\d+)?", text)
    return float(found[0]) if found else 0

"""What a cluster cannot run."""

from __future__ import annotations

from pathlib import Path

from ...base.message import Failure
from ...base.platform import Values
from ...plan import plan
from . import PLATFORM
from .connections import POOLED, needed, pools


def check(root: Path, answers: Values) -> None:
    """Raise Failure for more connections than PgBouncer accepts."""
    site = plan(answers, PLATFORM)
    total = needed(answers, site).total
    if pools(answers, site) and total > POOLED:
        raise Failure(
            f"{answers.get('kubernetes_most_pods')} web pods could open {total} connections, and PgBouncer takes {POOLED}. "
            "Choose fewer: -d kubernetes_most_pods=100",
            anchor="kubernetes-connections",
        )

"""A number of bytes as people read it: in powers of 1000, as disks and price lists count."""

from __future__ import annotations

UNITS = ("bytes", "kB", "MB", "GB", "TB")


def in_units(count: float) -> str:
    """Such as "1.2 MB"."""
    for unit in UNITS:
        if count < 1000 or unit == UNITS[-1]:
            break
        count /= 1000
    return f"{count:.0f} {unit}" if unit == UNITS[0] or count >= 100 else f"{count:.1f} {unit}"

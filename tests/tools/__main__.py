"""`make tools`: installs the programs that judge rendered results into the cache folder, and says which they are."""

from __future__ import annotations

import sys

from . import definitions
from .installing import install, shows
from .pins import Pin, pinned

# Installed when another needs them and the machine has none.
INDIRECT = {"node", "go"}


def main() -> int:
    missing = [pin.name for pin in pinned().values() if pin.name not in INDIRECT and not _ready(pin)]
    if not _defined():
        missing.append("the definitions of custom resources")
    if missing:
        print(f"not installed: {', '.join(missing)}; their tests will be skipped", file=sys.stderr)
    return 1 if missing else 0


def _defined() -> bool:
    try:
        folder = definitions.fetch()
    except AssertionError as failure:
        print(f"{'definitions':18}could not be fetched: {failure}", file=sys.stderr)
        return False
    names = ", ".join(f"{module.path.rpartition('/')[2]} {module.version}" for module in definitions.MODULES)
    print(f"{'definitions':18}{names:60.60} {folder}")
    return True


def _ready(pin: Pin) -> bool:
    """Whether the program is there, or the tests can do without; says either in a line."""
    if not pin.runs_here:
        print(f"{pin.name:18}is to be had for {pin.system} only; its tests are skipped here")
        return True
    try:
        program = install(pin)
    except AssertionError as failure:
        last = str(failure).strip().splitlines()[-1].strip()
        if not pin.optional:
            print(f"{pin.name:18}could not be installed: {failure}", file=sys.stderr)
            return False
        if own := pin.own:
            print(f"{pin.name:18}{shows(pin, own):60.60} {own}, this machine's own ({last})")
            return True
        reason = f"{pin.name} {pin.version} is not to be had here: {last} ({pin.variable} may name a program)"
        pin.refusal.write_text(f"{reason}\n", encoding="utf-8")
        print(f"{pin.name:18}is not to be had here ({last}); its tests are skipped")
        return True
    pin.refusal.unlink(missing_ok=True)
    print(f"{pin.name:18}{shows(pin):60.60} {program}")
    return True


if __name__ == "__main__":
    sys.exit(main())

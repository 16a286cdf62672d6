"""What Fly.io's price list says: https://fly.io/docs/about/pricing/

The list has a price of Machines for each region; those of the regions below were read on SEEN, the others were not.
"""

from __future__ import annotations

SEEN = "2026-08-07"
# Dollars a month of a shared-cpu-1x Machine that never sleeps, with 256 MB and with 512 MB. The first region is the one
# that stands for those that were not read. https://fly.io/docs/about/cost-management/
MACHINES = {"iad": (1.94, 3.19), "ams": (2.02, 3.32), "sjc": (2.32, 3.81)}
FIRST, *OTHERS = MACHINES
MEMORY = 5.0  # of each further GB, in the first region
VOLUME = 0.15  # of each GB
# Plan basic, and each GB of its storage: https://fly.io/docs/mpg/#pricing
MANAGED, MANAGED_GB, MANAGED_SIZE = 38.0, 0.28, 10


def machine(region: str, memory: int = 512) -> float:
    """A shared-cpu-1x Machine of 256 MB or 512 MB; where its price in the region is not known, that of the first."""
    return MACHINES.get(region, MACHINES[FIRST])[memory > 256]


def shared(region: str, cpus: int, memory: int) -> float:
    """A Machine with so many shared CPUs and MB of memory."""
    small = machine(region, 256)
    further = (memory - 256 * cpus) / 1024
    return small * cpus + MEMORY * further * small / machine(FIRST, 256)


def managed() -> float:
    """A managed PostgreSQL with its storage."""
    return MANAGED + MANAGED_SIZE * MANAGED_GB


def unmanaged(region: str) -> float:
    """A PostgreSQL app: a Machine of 256 MB and a volume of 1 GB."""
    return machine(region, 256) + VOLUME

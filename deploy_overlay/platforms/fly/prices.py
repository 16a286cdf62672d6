"""Fly.io's prices: https://fly.io/docs/about/pricing/

The page computes its table from the rates below: https://github.com/superfly/docs/blob/main/snippets/RegionPricingSelector.jsx
"""

from __future__ import annotations

SEEN = "2026-10-09"  # the day on which the page had these rates; an earlier list was cheaper
MONTH = 30 * 24 * 60 * 60  # seconds of the list's month
# Dollars a second in the first region: of a CPU with the memory that comes with it, and of each further GB.
CPU = {"shared": 0.0000008465, "performance": 0.000012732}
INCLUDED = {"shared": 256, "performance": 2048}  # MB that come with a CPU
MEMORY = 0.000002316
# By how much each region costs more than the first one, which stands for those that the list does not have.
REGIONS = {
    "iad": 1.0,
    "ewr": 1.0,
    "ams": 1.038461538,
    "arn": 1.038461538,
    "yyz": 1.115384615,
    "cdg": 1.134615385,
    "lhr": 1.134615385,
    "fra": 1.153846154,
    "sjc": 1.192307692,
    "lax": 1.199519231,
    "dfw": 1.25,
    "ord": 1.25,
    "sin": 1.269230769,
    "syd": 1.269230769,
    "jnb": 1.302884615,
    "nrt": 1.307692308,
    "gru": 1.615384615,
}
FIRST, *OTHERS = REGIONS
VOLUME = 0.15  # of each GB that a volume has, used or not
# Plans, the same in every region, and each GB of their storage: https://fly.io/docs/mpg/#pricing
MANAGED = {"basic": 38.0, "starter": 72.0, "launch": 282.0, "scale": 962.0, "performance": 1922.0}
MANAGED_GB, MANAGED_SIZE = 0.28, 10
# Upstash Redis by its plan, as `fly redis plans` calls it: https://fly.io/docs/upstash/redis/#pricing (of 2026-08-07, and the
# same on https://upstash.com/pricing/redis of 2026-11-09). The other plan is $0.20 for each 100,000 commands; every worker
# polls once a second, which alone is 2.6 million a month.
REDIS_PLANS = {"Fixed 250MB": 10.0, "Fixed 1GB": 20.0, "Fixed 5GB": 100.0, "Fixed 10GB": 200.0, "Fixed 50GB": 400.0}
REDIS_PLAN = "Fixed 250MB"
REDIS = REDIS_PLANS[REDIS_PLAN]
# Tigris by each GB beyond the free ones, without a price for a bucket itself: https://www.tigrisdata.com/pricing/ of 2026-06-20
BUCKET, BUCKET_FREE = 0.02, 5


def machine(region: str, memory: int = 512, cpus: int = 1, kind: str = "shared") -> float:
    """Dollars a month for a Machine that never sleeps, with this many MB; 0 for an unknown kind of CPU."""
    further = max(memory - INCLUDED.get(kind, memory) * cpus, 0) / 1024
    rate = cpus * CPU.get(kind, 0) + further * MEMORY
    return round(rate * MONTH * REGIONS.get(region, REGIONS[FIRST]), 2)


def managed(plan: str = "basic", size: int = MANAGED_SIZE) -> float:
    """Dollars a month for managed PostgreSQL with this many GB; only the storage for an unknown plan."""
    return MANAGED.get(plan.lower(), 0.0) + size * MANAGED_GB


def unmanaged(region: str) -> float:
    """A PostgreSQL app: a Machine of 256 MB and a volume of 1 GB."""
    return machine(region, 256) + VOLUME

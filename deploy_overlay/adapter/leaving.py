"""A site that its owner moves away from a platform, as that platform shows it. Nothing of the overlay need be in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Part:
    """One thing that the old site has beside its variables, such as an add-on."""

    kind: str  # of `base.platform.KINDS`, which the new platform may have too; "" for what no platform has
    what: str  # as its owner knows it
    text: str = ""  # a phrase: what becomes of it, or what to do about it, where the new platform does not replace it
    cost: float = 0  # a month, 0 where the platform does not say
    before: str = ""  # a sentence on what its owner does about it before the move


@dataclass(frozen=True)
class Domain:
    """A domain of the owner's that leads to the old site."""

    name: str
    target: str  # where its DNS record leads now; "" where the platform does not say
    certificate: str  # whose it is: "the platform's" or "yours"


@dataclass(frozen=True)
class OldSite:
    """What there is of it. The values of `variables` are secrets: whoever reads them hides them first."""

    platform: str  # title
    name: str  # of the app
    place: str  # stack, region and what builds it, for people
    address: str
    commit: str  # the beginning of the hash of the commit that is online; "" where that cannot be told
    variables: Mapping[str, str]
    own: Mapping[str, str]  # variables that the platform or an add-on sets: name, and a phrase that says which
    files: frozenset[str]  # those of `own` that lead to uploads, which stay where they are
    translated: frozenset[str]  # other names of the same, which the old site itself does not have
    database: str  # address of its PostgreSQL as any machine reaches it; "" where it has none
    parts: tuple[Part, ...]
    domains: tuple[Domain, ...]
    processes: Mapping[str, str]  # those that run beside the one for visitors: name, and number and size, "2:Basic"
    closed: bool  # to visitors
    cost: float  # a month, of all that has a known price
    currency: str = "USD"
    term: str = "variable"  # what the platform calls a variable

    @property
    def label(self) -> str:
        """How sentences call it."""
        return f"{self.name} on {self.platform}"


# Below a country: example.co.uk.
SECOND_LEVEL = ("ac", "co", "com", "edu", "gob", "gov", "gv", "net", "ne", "or", "org")


def is_apex(name: str) -> bool:
    """Whether a domain is one that was registered, which can have no CNAME: example.com, example.co.uk."""
    labels = name.rstrip(".").split(".")
    registered = 3 if len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in SECOND_LEVEL else 2
    return len(labels) <= registered

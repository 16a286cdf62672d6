"""A site that its owner moves away from a platform. It need not have the overlay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Part:
    """One resource of the old site, such as an add-on."""

    kind: str  # of `base.platform.KINDS`; "" for what no other platform has
    what: str  # as its owner knows it
    text: str = ""  # a phrase: what happens to it, or what to do, if the new platform does not replace it
    cost: float = 0  # a month, 0 where the platform does not say
    before: str = ""  # a sentence on what its owner does about it before the move


@dataclass(frozen=True)
class Domain:
    """One of the owner's domains that points to the old site."""

    name: str
    target: str  # the target of its DNS record; "" if the platform does not say
    certificate: str  # whose it is: "the platform's" or "yours"


@dataclass(frozen=True)
class OldSite:
    """The old site. The values of `variables` are secrets: hide them before you use them."""

    platform: str  # title
    name: str  # of the app
    place: str  # stack, region and what builds it, for people
    address: str
    commit: str  # shortened hash of the commit that is online; "" if unknown
    variables: Mapping[str, str]
    own: Mapping[str, str]  # variables that the platform or an add-on sets: name, and a phrase that says which
    files: frozenset[str]  # those of `own` that lead to uploads, which stay where they are
    translated: frozenset[str]  # other names of these, which the old site itself does not have
    database: str  # address of its PostgreSQL as any machine reaches it; "" where it has none
    parts: tuple[Part, ...]
    domains: tuple[Domain, ...]
    processes: Mapping[str, str]  # background processes: name, and number and size, "2:Basic"
    closed: bool  # to visitors
    cost: float  # a month, of all that has a known price
    currency: str = "USD"
    term: str = "variable"  # what the platform calls a variable

    @property
    def label(self) -> str:
        """Its name in sentences."""
        return f"{self.name} on {self.platform}"


# Below a country: example.co.uk.
SECOND_LEVEL = ("ac", "co", "com", "edu", "gob", "gov", "gv", "net", "ne", "or", "org")


def is_apex(name: str) -> bool:
    """Whether a domain is a registered one, which cannot have a CNAME: example.com, example.co.uk."""
    labels = name.rstrip(".").split(".")
    registered = 3 if len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in SECOND_LEVEL else 2
    return len(labels) <= registered

"""What Kamal writes down on the server: its audit log, and the details of its lock.

https://github.com/basecamp/kamal/blob/main/lib/kamal/commands/auditor.rb and commands/lock.rb
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

# `[time] [who] message`, with the destination and the role between them where there is one.
_LINE = re.compile(r"\[(?P<at>\d{4}-\d\d-\d\dT[\d:]+Z)\] \[(?P<by>[^\]]*)\](?P<tags>(?: \[[^\]]*\])*) (?P<text>.*)")
_PULLED = re.compile(r"Pulled image with version (\S+)")  # a deployment, before its hooks and its containers
_BOOTED = re.compile(r"Booted app version (\S+)")
_TAGGED = re.compile(r"Tagging \S+:([^\s:/]+) as the latest image")  # once all hosts run it
_LOCK = re.compile(
    r"Locked by: (?P<by>.*) at (?P<at>\S+)\nVersion: (?P<version>.*)\nMessage: (?P<message>.*)", re.DOTALL
)
_OURS = re.compile(r" \(deploy-overlay (?P<clone>\w+)\)$")
AUTOMATIC = "Automatic deploy lock"


@dataclass
class Boot:
    """A version that somebody began to put online: by a deployment, or by a rollback."""

    version: str
    at: str  # ISO 8601, UTC
    by: str  # an e-mail address, or the name of a user
    ended_well: bool = False
    roles: set[str] = field(default_factory=set)


class Lock(NamedTuple):
    """Who holds the lock. `clone` is that of the run of ours that took it, `""` of others."""

    by: str
    at: str
    version: str
    message: str
    clone: str = ""

    @property
    def automatic(self) -> bool:
        """Whether a command of Kamal's holds it, and nobody who took it by hand."""
        return self.message == AUTOMATIC


def boots(lines: Sequence[str]) -> list[Boot]:
    """Of an audit log, the newest first."""
    found: list[Boot] = []
    for line in lines:
        event = _LINE.fullmatch(line.strip())
        if event is None:
            continue
        if begun := _PULLED.fullmatch(event["text"]):
            found.append(Boot(begun[1], event["at"], event["by"]))
        elif booted := _BOOTED.fullmatch(event["text"]):
            role = event["tags"].rpartition(" ")[2]
            last = found[-1] if found else None
            if last is None or last.ended_well or last.version != booted[1] or role in last.roles:
                found.append(last := Boot(booted[1], event["at"], event["by"]))
            last.roles.add(role)
        elif (tagged := _TAGGED.fullmatch(event["text"])) and found and found[-1].version == tagged[1]:
            found[-1].ended_well = True
    return found[::-1]


def lock_of(details: str) -> Lock:
    """Whose lock it is; without details it is taken for somebody's whom nobody knows."""
    found = _LOCK.fullmatch(details.strip())
    if found is None:
        return Lock("somebody", "", "", "")
    ours = _OURS.search(found["by"])
    by = _OURS.sub("", found["by"]).strip() or "somebody"
    return Lock(by, found["at"], found["version"].strip(), found["message"].strip(), ours["clone"] if ours else "")


def as_holder(name: str, clone: str) -> str:
    """The name with which a run of ours takes the lock, so that the next one knows it for its own."""
    return f"{name} (deploy-overlay {clone})"

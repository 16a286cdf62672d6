"""What earlier runs created or intended to create: a hint for whose an existing app is. The platform decides.

`provisioned.json` in the overlay's folder under the git folder:
    {platform: {"created": {step: {"name": text, "undo": command line, "at": time, "account": text,
                "what": text, "cost": number}},
                "intended": {step: {"name": text, "account": text}},
                "chosen": {question: value}, "destroyed": {name: {"at": day}}},
     "running": {"pid": number, "program": name}, "clone": text}
A second project of the repository has its answers file beside the platform's name, and an environment other than
production its own name behind that.

A note holds for the account that was logged in when it was made: what has the same name in another account is
somebody else's. It never decides by itself either: see `ownership.py`.
"""

from __future__ import annotations

import os
import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..base import json_file as document
from ..base.programs import output_of
from .request import PRODUCTION, in_environment


@dataclass(frozen=True)
class Record:
    folder: Path
    platform: str
    environment: str = PRODUCTION
    account: str = ""  # who is logged in to the platform

    @property
    def path(self) -> Path:
        return self.folder / "provisioned.json"

    @property
    def key(self) -> str:
        """The key of this record in the file."""
        return in_environment(self.platform, self.environment)

    def environments(self) -> list[str]:
        """The environments other than production that this clone has notes on, on this platform."""
        keys = document.read(self.path)
        return [key.removeprefix(f"{self.platform} ") for key in keys if _is_beside(key, self.platform)]

    def intend(self, step: str, name: str) -> None:
        """Note that a resource is about to be created. If it appears after the platform said it does not exist, it is ours."""
        self._change("intended", step, {"name": name, "account": self.account})

    def disown(self, step: str) -> None:
        """Note that the platform refused to create it: a resource of this name is not ours."""
        self._change("intended", step, None)
        self._change("created", step, None)

    def intended(self, step: str, name: str) -> bool:
        """Whether an earlier run with this account started to create this and did not finish."""
        return self._same(self._part("intended").get(step), name) and step not in self._part("created")

    def created(self, step: str, name: str, undo: str, what: str = "", cost: float = 0) -> None:
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        self._change(
            "created", step, {"name": name, "undo": undo, "at": at, "account": self.account, "what": what, "cost": cost}
        )

    def owns(self, step: str, name: str) -> bool:
        """Whether an earlier run with this account created this, or intended to."""
        return any(self._same(self._part(part).get(step), name) for part in ("created", "intended"))

    def _same(self, note: object, name: str) -> bool:
        return isinstance(note, dict) and note.get("name") == name and note.get("account") == self.account

    def is_done(self, step: str) -> bool:
        """Whether an earlier run finished this."""
        return step in self._part("created")

    def undo_commands(self) -> list[str]:
        """Command lines that delete what runs created, in reverse order."""
        created = [item for item in self._part("created").values() if isinstance(item, dict)]
        return [str(item["undo"]) for item in reversed(created) if item.get("undo")]

    def costs(self) -> list[tuple[str, float]]:
        """What runs created that costs money, with its monthly price."""
        created = [item for item in self._part("created").values() if isinstance(item, dict)]
        return [(str(item.get("what")), float(item["cost"])) for item in created if item.get("cost")]

    def descriptions(self) -> list[str]:
        """What runs created, in words."""
        created = [item for item in self._part("created").values() if isinstance(item, dict)]
        return [str(item.get("what") or item.get("name")) for item in created]

    def forget(self, name: str) -> None:
        """Note that everything on this platform is deleted; keep the name of the app and the day."""
        content = document.read(self.path)
        content[self.key] = {"destroyed": {name: {"at": time.strftime("%Y-%m-%d", time.gmtime())}}}
        document.write(self.path, content)

    def destroyed(self, name: str) -> str:
        """The day on which the app of this name, or of the part before a hyphen, was deleted; empty if it was not."""
        found = self._part("destroyed").items()
        return next((str(note["at"]) for app, note in found if name == app or name.startswith(f"{app}-")), "")

    def choose(self, question: str, value: str) -> None:
        self._change("chosen", question, value)

    def chosen(self, question: str) -> str:
        return str(self._part("chosen").get(question, ""))

    def clone(self) -> str:
        """An identifier of this clone, by which a platform tells its runs from those of other clones."""
        content = document.read(self.path)
        found = content.get("clone")
        if not isinstance(found, str) or not found.isalnum():
            found = content["clone"] = secrets.token_hex(5)
            document.write(self.path, content)
        return found

    def note_running(self, pid: int, program: str) -> None:
        """Note that a program that may create something is running; 0 when it has ended."""
        content = document.read(self.path)
        content["running"] = {"pid": pid, "program": program} if pid else {}
        document.write(self.path, content)

    def left_running(self) -> int:
        """The process id of a program that a killed run left running, or 0."""
        found = document.read(self.path).get("running")
        pid, program = (found.get("pid"), found.get("program")) if isinstance(found, dict) else (None, None)
        return pid if isinstance(pid, int) and pid > 0 and _runs(pid, str(program)) else 0

    def _part(self, name: str) -> dict[str, Any]:
        mine = document.read(self.path).get(self.key)
        part = mine.get(name) if isinstance(mine, dict) else None
        return part if isinstance(part, dict) else {}

    def _change(self, part: str, key: str, value: object) -> None:
        content = document.read(self.path)
        mine = content.get(self.key)
        mine = mine if isinstance(mine, dict) else {}
        changed = {name: kept for name, kept in {**self._part(part), key: value}.items() if kept is not None}
        content[self.key] = mine | {part: changed}
        document.write(self.path, content)


def _is_beside(key: str, platform: str) -> bool:
    """Whether this key is for another environment of the same project. A second project has `-a FILE` in its key."""
    rest = key.removeprefix(f"{platform} ")
    return rest != key and bool(rest) and " " not in rest and not rest.startswith("-")


def _runs(pid: int, program: str) -> bool:
    """Whether this process is alive and is that program: process ids are reused."""
    stem = Path(program).stem.lower()
    question = ["ps", "-p", str(pid), "-o", "stat=,args="]
    if os.name == "nt":
        question = ["tasklist", "/FI", f"PID eq {pid}", "/NH", "/FO", "CSV"]
    told = output_of(question, os.environ)
    if os.name == "nt":
        return f'"{pid}"' in told  # a .cmd runs as cmd.exe or node.exe, so check only the number
    return bool(told) and not told.startswith("Z") and stem in told.lower()

"""What runs in a container of a platform with the terminal of a user: a command, and what was typed into it."""

from __future__ import annotations

from dataclasses import dataclass, field

from .stand_in import Ended


@dataclass
class Typed:
    """`lines` has each command with what was typed; `status` is how the next ones end."""

    lines: list[tuple[str, str]] = field(default_factory=list)
    status: int = 0

    def answer(self, command: str, given: str) -> str:
        self.lines.append((command, given))
        if self.status:
            raise Ended(self.status, "CommandError: That username is already taken.")
        return "Superuser created successfully."

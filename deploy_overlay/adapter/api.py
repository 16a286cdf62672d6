"""A platform that is asked over HTTP: its questions and commands are requests, which `api_client.py` sends as a program.

RENDER = Api("https://api.render.com/v1", "RENDER_API_KEY")
Tool(..., client=RENDER.client, typed=RENDER.typed, token=RENDER.variable, whoami=("TEXT:email", "/users"))

site.cli.json("ALL", "/services")                         # a list, with all its pages
RENDER.command("POST", "/services/srv-1/deploys", {...})  # what changes something
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..base.message import command_line
from .steps import Command

CLIENT = Path(__file__).with_name("api_client.py")
ABSENT = r"^status 404:"  # how its error begins for a resource that does not exist


@dataclass(frozen=True)
class Api:
    usual: str  # address
    variable: str  # of the environment, with the key
    elsewhere: str = ""  # of the environment, with another address

    @property
    def address(self) -> str:
        return (os.environ.get(self.elsewhere) or self.usual).rstrip("/")

    @property
    def client(self) -> tuple[str, ...]:
        return (str(CLIENT), self.address, self.variable)

    def typed(self, argv: Sequence[str]) -> str:
        """The request as people would send it; the shell fills in the key."""
        return self._curl(argv[0], argv[1] if len(argv) > 1 else "")

    def command(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        shown: Mapping[str, Any] | None = None,
        progress: str = "",
    ) -> Command:
        """A request that changes something. `shown` replaces a body with secrets in output; then the answer is not logged."""
        told = body if shown is None else shown
        return Command(
            (method, path),
            stdin="" if body is None else json.dumps(body),
            shown=self._curl(method, path, told),
            secret=shown is not None,
            progress=progress,
        )

    def _curl(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> str:
        verb = f"-X {method} " if method in ("POST", "PUT", "PATCH", "DELETE") else ""
        url = f"{self.address}{path}"
        line = f'curl {verb}{command_line([url])} -H "Authorization: Bearer ${self.variable}"'
        return line if body is None else f"{line} -H \"Content-Type: application/json\" -d '{json.dumps(body)}'"

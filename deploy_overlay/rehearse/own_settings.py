"""Requests addresses with the project's own settings, to find errors that only production has."""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..base import sealed
from .inside.own_settings import DATABASES_VARIABLE
from .scratch import new_folder
from .stage import Stage
from .trouble import Trouble, condensed


@dataclass(frozen=True)
class OwnSettings:
    """The project's own settings module, empty when unknown, and the environment that it is used with.

    `production` is the environment of the production settings: from there come the databases, so that an address that
    writes does so in the rehearsal's throw-away database. `in_a_copy` is for a code folder that is sealed: on the
    developer's machine nothing stops a page that writes beside its code, so that it is no excuse that nobody can write there.
    """

    stage: Stage
    module: str
    environ: Mapping[str, str]
    production: Mapping[str, str]
    in_a_copy: bool = True
    explain: Callable[[str], str] = lambda detail: ""  # the cure of an error that a difference to this machine explains

    def answers(self, method: str, paths: Sequence[str]) -> OwnAnswers:
        """Request all of these addresses in one process."""
        if not self.module or not paths:
            return OwnAnswers({}, "")
        databases = self.stage.inside(self.production, "databases")
        environ = {**self.environ, DATABASES_VARIABLE: json.dumps((databases.data or {}).get("DATABASES", {}))}
        with self._stage() as stage:
            result = stage.inside(environ, "own-settings", method, *paths)
        if result.code != 0 or result.data is None:
            return OwnAnswers({}, condensed(result.output, stage.repository))
        return OwnAnswers(dict(zip(paths, result.data["answers"], strict=False)), "", self.explain)

    @contextlib.contextmanager
    def _stage(self) -> Iterator[Stage]:
        """Where to use the project's own settings: in a writable copy, or where everything else runs."""
        if not self.in_a_copy:
            yield self.stage
            return
        root = self.stage.repository
        with new_folder(self.stage.scratch) as folder:
            copy = folder / "own"
            shutil.copytree(root, copy, symlinks=True, ignore=shutil.ignore_patterns("node_modules"))
            sealed.unseal(copy)
            yield replace(self.stage, django_root=copy / self.stage.django_root.relative_to(root), repository=copy)


@dataclass(frozen=True)
class OwnAnswers:
    """Status and error by address, if it was reached. `lacking` is the reason if nothing was requested."""

    found: Mapping[str, Mapping[str, Any]]
    lacking: str
    explain: Callable[[str], str] = lambda detail: ""

    def excuse(self, path: str, trouble: Trouble | None) -> str:
        """The error that the address fails with under the project's own settings as well, or empty when it does not.

        Another kind of error is no excuse: production shows something of its own then. Nor is one that comes of what only this
        machine has, such as a file that git ignores: the project's own settings do without it as well here.
        """
        answer = self.found.get(path)
        if answer is None or answer["status"] < 500:
            return ""
        errors = [str(error) for error in answer["errors"]]
        error = errors[0] if errors else ""
        if self.explain(f"{path} answered {answer['status']}: {trouble or error}"):
            return ""
        if trouble and errors and trouble.kind not in {Trouble(one).kind for one in errors}:
            return ""
        return str(trouble) if trouble else error or f"{answer['status']} without an exception"

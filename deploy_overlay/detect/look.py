"""Looks at a user's repository: every fact by its name."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from ..base.evidence import Evidence, Fact
from ..base.files import Repository
from ..base.message import Failure
from .dependencies import Cloned, cloned_over_ssh
from .deployed import runs_workflows
from .facts import FACTS
from .overrides import check_answers, shown
from .production import installed_apps, left_out_by_git
from .project import Project
from .services import local_clients, release_commands


class Facts:
    """The facts of one repository, each computed when it is first asked for."""

    def __init__(self, project: Project) -> None:
        self._project = project

    def fact(self, name: str) -> Fact:
        """The fact of this name. Raises Failure when the project cannot be deployed as it is, KeyError for others."""
        try:
            return self._project.fact(name)
        except RecursionError:
            raise Failure(
                f"The settings are nested too deeply to read. Set the value with -d {name}=VALUE.",
                anchor="settings-too-deep",
            ) from None

    def check_answers(self, name: str = "") -> None:
        """Raise Failure for an answer that cannot be true of this project; `name` checks only that one."""
        answers = self._project.answers
        check_answers(self._project, {key: value for key, value in answers.items() if name in ("", key)})

    def cloned_over_ssh(self) -> list[Cloned]:
        """Requirements whose installation takes an SSH key. Raises Failure as `fact` does."""
        return cloned_over_ssh(self._project)

    def local_clients(self) -> list[Evidence]:
        """Where the project's code connects to this machine. Raises Failure as `fact` does."""
        return local_clients(self._project)

    def release_commands(self) -> list[Evidence]:
        """Where the project's own release runs more than migrations. Raises Failure as `fact` does."""
        return release_commands(self._project)

    def left_out_by_git(self) -> list[str]:
        """What the site needs and git ignores, a sentence for each. Raises Failure as `fact` does."""
        return left_out_by_git(self._project)

    def installed_apps(self) -> list[str]:
        """INSTALLED_APPS of the production settings; empty where they cannot be read. Raises Failure as `fact` does."""
        return installed_apps(self._project)[0]

    def runs_workflows(self) -> bool:
        """Whether the repository has workflows of GitHub or GitLab, beside those of the overlay."""
        return runs_workflows(self._project.repository)

    def names(self) -> tuple[str, ...]:
        return tuple(FACTS)

    @property
    def notes(self) -> dict[str, str]:
        """Paths that were not read, or not to the end, each with the reason."""
        return dict(self._project.repository.notes)


def look(
    root: Path,
    answers: Mapping[str, object] | None = None,
    *,
    without: frozenset[str] = frozenset(),
    python_before: str = "",
    platforms: Mapping[str, Callable[[Project], list[Evidence]]] | None = None,
    earlier: Collection[str] = (),
) -> Facts:
    """Look at the repository at `root`, without writing, importing or running anything.

    `answers` by fact name replace detection. `without` are the overlay's own files and folders, which are ignored.
    `python_before` is the Python that an earlier run chose, for projects whose files name none. `platforms` maps each
    platform's name to the function that finds its files. `earlier` names the answers that an earlier run stored.
    Files are read when a fact is first asked for.
    """
    known = dict(answers or {})
    repository = Repository(Path(root), without)
    if known.get("django_root") in (None, ""):
        known.pop("django_root", None)
    else:
        known["django_root"] = _checked_root(repository, str(known["django_root"]))
    table = {name: detector.detect for name, detector in FACTS.items()}
    return Facts(Project(repository, known, table, python_before, platforms, earlier))


def _checked_root(repository: Repository, folder: str) -> str:
    cleaned = posixpath.normpath(folder.replace("\\", "/").strip())
    if cleaned.startswith(("..", "/")) or not repository.is_folder(cleaned) or not repository.inside(cleaned):
        raise Failure(
            f"django_root={shown(folder)} is not a folder here: use a path such as backend.",
            anchor="answer-django-root",
        )
    return cleaned

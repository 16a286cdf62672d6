"""The summary of an update: what changed and what to do now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..base import git
from ..base.answers import Answers
from ..base.message import first_of
from ..dependencies.add import Additions
from ..plan import plan
from ..plan.asked_files import asked_files
from ..platforms import purposes, replaced
from ..summary import (
    aligned,
    before_ci,
    by_name,
    commands_of,
    deploy_command,
    described,
    fold_paths,
    installing_command,
    own_files,
    within,
    wrapped,
)
from .changes import Changes
from .consequences import consequences
from .mentions import old_rehearsal
from .news import news_for, versions
from .record import Record


@dataclass(frozen=True)
class Update:
    before: Answers
    answers: Answers
    noted: Record
    changes: Changes
    moved: Mapping[str, str]  # old place by new place
    additions: Additions | None  # None if updating the dependencies failed
    removed: tuple[str, ...]  # packages that nothing needs any more
    log: str


def summary(update: Update) -> str:
    old, new = versions()
    news = [*consequences(update.before, update.answers), *news_for(update.answers, old, new)]
    title = f"updated from {old} to {new}" if old != new else f"updated within {new}" if new else "updated"
    if not update.changes:
        title = f"already up to date ({new})" if old == new else f"{title}, no changes in your project"
    lines = ["", f"deploy-overlay: {title}"]
    lines += _block("Changed in your project, and now in the configuration", _facts(update))
    lines += _block("Files", _files(update))
    lacking = own_files(update.answers) if update.changes else []
    if update.before.text("deploy_ci") != update.answers.text("deploy_ci"):
        lacking += before_ci(update.answers)
    lines += ["", *lacking] if lacking else []
    lines += _block("Dependencies", _dependencies(update))
    lines += ["", "Notes", *(line for text in news for line in wrapped(text))] if news else []
    mentions = old_rehearsal(update.answers)
    if mentions:
        lines += ["", "These files start the rehearsal, which is now `deploy-overlay rehearse`", *aligned(mentions)]
    lines += ["", "Next", *aligned(list(_next(update)))] if update.changes else []
    return "\n".join([*lines, "", f"Log: {update.log}"])


def _block(title: str, rows: Sequence[tuple[str, str]]) -> list[str]:
    return ["", title, *described(rows)] if rows else []


def _facts(update: Update) -> list[tuple[str, str]]:
    return [(name, f"{_written(old)} → {_written(new)}") for name, (old, new) in sorted(update.noted.facts.items())]


def _written(value: Any) -> str:
    return ", ".join(map(str, value)) or "none" if isinstance(value, list) else str(value) or "none"


def _files(update: Update) -> list[tuple[str, str]]:
    found = update.changes
    rows = [(path, "CONFLICT: you and the update changed the same lines") for path in found.conflicts]
    rows += [(path, f"moved from {update.moved[path]}" if path in update.moved else "new") for path in found.new]
    rows += [(path, "changed") for path in found.changed]
    gone = [path for path in found.gone if path not in update.moved.values()]
    rows += [(path, f"removed; still in git: `git show HEAD:{path}`") for path in gone]
    ours = purposes(update.answers.texts("deploy_platforms")) | asked_files(update.answers.values)
    rows += [(path, "your own, kept") for path in update.noted.kept if path in ours]
    return rows + replaced(update.answers)


def _dependencies(update: Update) -> list[tuple[str, str]]:
    rows = [(name, "removed: the overlay added it and no longer needs it") for name in update.removed]
    additions = update.additions
    if additions is None:
        return rows
    doubt = git.is_shallow(update.answers.root) if additions.added else False
    how = "added; if you had removed it, remove it again (the clone is shallow)" if doubt else "added"
    rows += [(text, how) for text in additions.added]
    return rows + [
        (text, "not added, because you removed it; deploy/ needs it or a replacement") for text in additions.left_out
    ]


def _next(update: Update) -> Iterator[tuple[str, str]]:
    """Numbered steps, one command each."""
    answers, found = update.answers, update.changes
    steps: list[tuple[str, list[str]]] = []
    if found.conflicts:
        added = commands_of("git add", fold_paths(answers, found.conflicts))
        steps.append(("resolve", [f"edit {first_of(found.conflicts, 1)} at <<<<<<<", *added]))
    if update.additions is not None:
        if update.additions.changed or update.removed:
            steps.append(("install", [update.additions.install + within(answers.dependency_root)]))
        steps.append(("rehearse", [*installing_command(answers), by_name(answers, "rehearse")]))
    names = _new_variables(update)
    if names:
        steps.append(("set", [f"{', '.join(names)} before you deploy, see {answers.deploy_folder}/README.md"]))
    steps.append(("commit", ["git add --all", f'git commit -m "Update deploy-overlay to {versions()[1]}"']))
    steps.append(("deploy", [deploy_command(answers)]))
    for number, (name, commands) in enumerate(steps, 1):
        yield f"{number}. {name}", commands[0]
        yield from (("", command) for command in commands[1:])


def _new_variables(update: Update) -> list[str]:
    had = plan(update.before.values).variables
    return [name for name in plan(update.answers.values).variables if name not in had]

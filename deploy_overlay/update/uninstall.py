"""Leaving: everything that the overlay added goes, dependencies included, and nothing else.

Copier itself removes the files, because `deploy_leave=remove` excludes every file of the template from the new version.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence

from ..base import git
from ..base.answers import Answers
from ..base.log import Log
from ..base.message import Failure
from ..base.scrub import scrubbed
from ..base.state import State
from ..base.whole_file import write_whole
from ..dependencies import manager
from ..dependencies.add import project_of
from ..dependencies.remove import take_out
from ..summary import aligned
from .changes import changes
from .dependencies import brought, candidates, untold

CACHE = "__pycache__"


def leave(answers: Answers, state: State, log: Log) -> None:
    """After Copier has removed the files: the dependencies, what Python compiled, the overlay's notes, the summary."""
    problem = untold(answers)
    names: list[str] = []
    try:
        names = candidates(answers, answers, log) if problem else brought(answers, answers, log)
        if not problem and not _as_before(answers):
            take_out(answers, names, state, log)
    except Failure as failure:
        problem = str(failure)
    folder = answers.root / answers.deploy_folder
    for cache in folder.rglob(CACHE) if folder.is_dir() else ():
        shutil.rmtree(cache, ignore_errors=True)
    for path in sorted((*folder.rglob("*"), folder), reverse=True) if folder.is_dir() else ():
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()
    rows = [(path, "removed") for path in changes(answers.root).gone]
    rows += [(name, "taken out of the dependencies") for name in names if not problem]
    rows += [(path, "yours, left alone") for path in answers.texts("deploy_kept_files")]
    if folder.is_dir():
        rows += [(path.relative_to(answers.root).as_posix(), "yours, left alone") for path in sorted(folder.iterdir())]
    lines = ["", "deploy-overlay: gone from this project", "", *aligned(rows)]
    if problem:
        lines += ["", f"The dependencies are as they were: {problem}", f"By hand: {', '.join(names) or 'see above'}"]
    lines += ["", "git diff HEAD shows it all, git checkout . takes it back, git commit -am makes it so."]
    lines += ["What runs on a platform goes on running: take it down there."]
    print(scrubbed("\n".join(lines)), flush=True)
    shutil.rmtree(state.folder, ignore_errors=True)


def _as_before(answers: Answers) -> bool:
    """Puts the dependency files back byte for byte, where only the overlay has changed them since it came."""
    root = answers.root
    before = git.before_overlay(root, answers.answers_file)
    files = manager(answers.text("django_dependency_manager")).changes(project_of(answers, Log(root / ".git" / "x")))
    if not before or not _only_ours(answers, before, files):
        return False
    for path in files:
        content = git.content(root, before, path)
        if content is None:
            (root / path).unlink(missing_ok=True)
        else:
            write_whole(root / path, content)
    return True


def _only_ours(answers: Answers, before: str, files: Sequence[str]) -> bool:
    """Whether every commit that touched the files is one that applied or updated the overlay."""
    paths = [f":(literal){path}" for path in files]
    root, span = answers.root, f"{before}..HEAD"
    touched = set(git.text(root, "log", "--format=%H", span, "--", *paths).split())
    applied = set(git.text(root, "log", "--format=%H", span, "--", f":(literal){answers.answers_file}").split())
    return touched <= applied

"""Uninstalls: removes everything that the overlay added, including dependencies, and nothing else.

Copier itself removes the files, because `deploy_uninstall=remove` excludes every file of the template from the new version.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence

from ..base import git
from ..base.answers import Answers
from ..base.atomic_file import write_atomically
from ..base.log import Log
from ..base.message import Failure
from ..base.scrub import scrubbed
from ..base.state import State
from ..dependencies import manager
from ..dependencies.add import project_of
from ..dependencies.remove import remove_dependencies
from ..summary import aligned, wrapped
from .changes import changes
from .dependencies import added_by_overlay, candidates, unknown_origin

CACHE = "__pycache__"
NEXT = (
    ("review", "git diff HEAD"),
    ("undo", "git checkout ."),
    ("commit", 'git commit -am "Uninstall deploy-overlay"'),
)


def uninstall(answers: Answers, state: State, log: Log) -> None:
    """Remove dependencies, compiled files and the overlay's state, after Copier has removed the files; print a summary."""
    problem = unknown_origin(answers)
    names: list[str] = []
    try:
        names = candidates(answers, answers, log) if problem else added_by_overlay(answers, answers, log)
        if not problem and not _restore_dependency_files(answers):
            remove_dependencies(answers, names, state, log)
    except Failure as failure:
        problem = str(failure)
    folder = answers.root / answers.deploy_folder
    for cache in folder.rglob(CACHE) if folder.is_dir() else ():
        shutil.rmtree(cache, ignore_errors=True)
    for path in sorted((*folder.rglob("*"), folder), reverse=True) if folder.is_dir() else ():
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()
    rows = [(path, "removed") for path in changes(answers.root).gone]
    rows += [(name, "removed from the dependencies") for name in names if not problem]
    rows += [(path, "your own, kept") for path in answers.texts("deploy_kept_files")]
    if folder.is_dir():
        rows += [(path.relative_to(answers.root).as_posix(), "your own, kept") for path in sorted(folder.iterdir())]
    lines = ["", "deploy-overlay: uninstalled from this project", "", *aligned(rows)]
    if problem:
        lines += ["", *wrapped(f"The dependencies were not changed: {problem}", "")]
        lines += wrapped(f"Remove what you do not need yourself: {', '.join(names)}", "") if names else []
    lines += ["", "Next", *aligned(NEXT)]
    lines += ["Sites on a platform keep running and costing money until you delete them there."]
    print(scrubbed("\n".join(lines)), flush=True)
    shutil.rmtree(state.folder, ignore_errors=True)


def _restore_dependency_files(answers: Answers) -> bool:
    """Restore the dependency files byte for byte, if only the overlay has changed them."""
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
            write_atomically(root / path, content)
    return True


def _only_ours(answers: Answers, before: str, files: Sequence[str]) -> bool:
    """Whether every commit that touched the files is one that applied or updated the overlay."""
    paths = [f":(literal){path}" for path in files]
    root, span = answers.root, f"{before}..HEAD"
    touched = set(git.text(root, "log", "--format=%H", span, "--", *paths).split())
    applied = set(git.text(root, "log", "--format=%H", span, "--", f":(literal){answers.answers_file}").split())
    return touched <= applied

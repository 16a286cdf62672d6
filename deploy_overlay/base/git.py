"""Git: the state of the repository, its history, and the few changes that the overlay makes to it.

Queries run neither the project's hooks nor its file system monitor, take no optional locks, fetch nothing and never
prompt.
"""

from __future__ import annotations

import io
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from .environment import outside_copier
from .message import Failure

if TYPE_CHECKING:  # questions only read
    from .log import Log
    from .programs import Finished

TIMEOUT = 120.0  # seconds, for the largest of histories
MARK = "deploy-overlay"  # in the first lines of every file that the overlay writes
# After an update, which starts in a clean repository. `git stash` refuses unmerged files until the index is reset.
WAY_BACK = "To restore the project, run `git reset --quiet`, then `git stash --include-untracked`."
# https://git-scm.com/docs/git-config: paths are not quoted, and none of the project's programs run
_READING = (
    "-c", "core.quotePath=false", "-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}",
)  # fmt: skip
# https://git-scm.com/docs/git#_environment_variables; even `git status` would otherwise write the index
_QUIETLY = {"GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}


class Answer(NamedTuple):
    """The output of git and its exit status."""

    status: int
    output: bytes
    error: str

    @property
    def text(self) -> str:
        """The output, with paths as Python encodes them."""
        return self.output.decode("utf-8", "surrogateescape")


def ask(
    root: Path,
    *arguments: str,
    stdin: bytes = b"",
    timeout: float = TIMEOUT,
    environ: Mapping[str, str | None] | None = None,
) -> Answer:
    """Run git in `root`, for at most `timeout` seconds. Raises Failure if git is missing or does not answer.

    `environ` has further variables; None removes one.
    """
    surroundings = outside_copier() | _QUIETLY | {name: value or "" for name, value in (environ or {}).items()}
    for name in [name for name, value in (environ or {}).items() if value is None]:
        del surroundings[name]
    try:
        done = subprocess.run(
            ["git", *_READING, *arguments],
            cwd=root,
            env=surroundings,
            input=stdin,
            capture_output=True,
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Failure(
            f"git {arguments[0]} did not answer within {timeout:.0f} s. Run `git status` here, then run this again.",
            anchor="git-no-answer",
        ) from None
    except OSError as error:
        if not root.is_dir():
            raise Failure(f"{root} is not a folder ({error.strerror}).", anchor="not-a-folder") from None
        raise Failure(
            "git was not found. Install it (https://git-scm.com/downloads) and run this again.", anchor="git-not-found"
        ) from None
    return Answer(done.returncode, done.stdout, done.stderr.decode("utf-8", "replace"))


def output(root: Path, *arguments: str, stdin: bytes = b"") -> bytes | None:
    """The output of git; None if it failed or is not installed."""
    try:
        answer = ask(root, *arguments, stdin=stdin)
    except Failure:
        return None
    return answer.output if answer.status == 0 else None


def text(root: Path, *arguments: str) -> str:
    """The same as text without the line end; empty if git failed."""
    return (output(root, *arguments) or b"").decode("utf-8", "surrogateescape").strip()


def ignoring_rule(root: Path, path: str) -> str:
    """The line that ignores a path, as `.gitignore:3 has migrations/`; "" if none does or git failed."""
    source = text(root, "check-ignore", "--verbose", "--", path).partition("\t")[0].split(":", 2)
    return f"{source[0]}:{source[1]} has {source[2]}" if len(source) == 3 else ""


def act(root: Path, *arguments: str, log: Log, timeout: float = TIMEOUT) -> Finished:
    """Run git as the user would, with their hooks and settings, and log it. Raises Failure if it takes too long."""
    from .programs import run

    return run(["git", "-c", "core.quotePath=false", *arguments], cwd=root, log=log, timeout=timeout)


def configured(settings: Mapping[str, str]) -> dict[str, str]:
    """Variables that add these settings to git's, also for the programs that it starts.

    https://git-scm.com/docs/git-config#Documentation/git-config.txt-GITCONFIGCOUNT
    """
    before = int(os.environ.get("GIT_CONFIG_COUNT") or 0)
    found = {"GIT_CONFIG_COUNT": str(before + len(settings))}
    for number, (name, value) in enumerate(settings.items(), before):
        found |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
    return found


def overlay_folder(root: Path) -> Path:
    """The absolute path of the overlay's folder under the git folder, one for each work tree. It may not exist yet.

    Raises Failure outside a git repository, and for a link to somewhere else.
    """
    usual = root / ".git"
    if (usual / "HEAD").is_file() and not {"GIT_DIR", "GIT_COMMON_DIR"} & set(os.environ):
        folder = usual.resolve() / MARK  # what git would say, without starting it
        check_no_links(folder)
        return folder
    answer = ask(root, "rev-parse", "--git-path", "deploy-overlay")
    if answer.status != 0:
        raise Failure(
            f"{root} is not in a git repository: run `git init`, commit, and run this again.",
            anchor="not-a-git-repository",
        )
    folder = root / answer.text.strip()
    folder = folder.parent.resolve() / folder.name
    check_no_links(folder)
    return folder


def check_no_links(folder: Path) -> None:
    """Raises Failure if the overlay's folder, or something in it, is a link, through which other files could be written."""
    places = [folder]
    with suppress(OSError):  # it is not there yet
        places += folder.iterdir() if not folder.is_symlink() else ()
    link = next((path for path in places if path.is_symlink()), None)
    if link is not None:
        raise Failure(
            f"{link} is a symbolic link, but the overlay keeps its state inside the git folder: delete the link "
            "(git does not need it), and run this again.",
            anchor="notes-are-a-link",
        )


def is_clean(root: Path) -> bool:
    """Whether the work tree has no changes and no new files; False if git cannot tell."""
    return output(root, "status", "--porcelain", "--untracked-files=normal") == b""


def last_applied(root: Path, answers_file: str) -> str:
    """The commit with the overlay's latest copy or update; empty if git cannot tell."""
    return text(root, "log", "-1", "--format=%H", "--", f":(literal){answers_file}")


def first_applied(root: Path, answers_file: str) -> str:
    """The commit that added the overlay; empty if its answers are not committed yet."""
    added = text(root, "log", "--diff-filter=A", "--format=%H", "--", f":(literal){answers_file}").splitlines()
    return added[-1] if added else ""


def before_overlay(root: Path, answers_file: str) -> str:
    """The last commit without the overlay; empty if the history does not go back so far.

    If the answers are not committed yet, that is the current commit.
    """
    first = first_applied(root, answers_file)
    return text(root, "rev-parse", "--verify", "--quiet", f"{first}^" if first else "HEAD")


def is_shallow(root: Path) -> bool:
    """Whether the clone lacks older commits: https://git-scm.com/docs/git-clone#Documentation/git-clone.txt---depthdepth"""
    return text(root, "rev-parse", "--is-shallow-repository") == "true"


def content(root: Path, commit: str, path: str) -> bytes | None:
    """The content of a file in a commit; None if it is not there."""
    return output(root, "cat-file", "blob", f"{commit}:{path}")


def ever_ours(root: Path, path: str) -> bool:
    """Whether the overlay wrote any version of the file."""
    return bool(text(root, "log", "-1", f"-S{MARK}", "--format=%H", "--", f":(literal){path}"))


def came_with(root: Path, path: str, answers_file: str) -> bool:
    """Whether the file was added by a commit that applied or updated the overlay: some hold no mark."""
    added = text(root, "log", "--diff-filter=A", "--format=%H", "--", f":(literal){path}").split()
    applied = text(root, "log", "--format=%H", "--", f":(literal){answers_file}").split()
    return bool(set(added[:1]) & set(applied))


@contextmanager
def as_committed(root: Path, commit: str, paths: Sequence[str] = ()) -> Iterator[Path | None]:
    """A folder with the files of a commit, all or those below `paths`; None if git cannot provide them."""
    archived = output(root, "archive", "--format=tar", commit, "--", *paths) if commit else None
    if archived is None:
        yield None
        return
    import tarfile
    from tempfile import TemporaryDirectory

    with TemporaryDirectory(prefix="deploy-overlay-", ignore_cleanup_errors=True) as name:
        with tarfile.open(fileobj=io.BytesIO(archived)) as tar:
            tar.extractall(name, filter="data") if hasattr(tarfile, "data_filter") else tar.extractall(name)
        yield Path(name)

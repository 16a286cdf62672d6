"""The tree that would be deployed: the commit, or with uncommitted changes what `git add --all` would commit.

Git works on a copy of the user's index and puts new objects into a folder of its own, so that nothing in the repository
changes: https://git-scm.com/docs/git#_environment_variables. (Git renews the time of an object that it would have written
once more, so that no collection of garbage takes it meanwhile.) What the files look like is told in base/export.py.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from ..base import git
from ..base.dockerignore import excluded, parse_rules
from ..base.export import alternate, export, git_folder, objects_of, read
from ..base.log import Log
from ..base.message import Failure, first_of
from .preparation import Tree

_NAMED = 3  # files in a message


def take(root: Path, into: Path, log: Log, only: Sequence[str] | None = None) -> Tree:
    """Write the tree of the repository at `root` into the folder `into`, which is made or empty.

    With `only`, of all that is not committed these files alone (POSIX, from the git root) are part of it.

    Raises Failure if a merge has conflicts, so that nothing could be committed, and where git refuses, as it would
    refuse the user.
    """
    root, into = root.resolve(), into.resolve()
    with _added(root, only) as (environ, name):
        changed = _changed(root, name, environ)
        missing = export(root, name, into, log, environ)
    log.write(f"tree {name}, not committed: {', '.join(changed) or 'nothing'}")
    unproven = [
        f"{path} is a submodule that is not checked out here, so its folder is empty: run "
        f"`git submodule update --init --recursive`."
        for path in missing
    ]
    return Tree(into, name, root, changed, tuple(unproven))


def name_of_tree(root: Path, only: Sequence[str] | None = None) -> str:
    """The name of the tree that `take` would write. Raises Failure as it does."""
    with _added(root.resolve(), only) as (_, name):
        return name


@contextlib.contextmanager
def _added(root: Path, only: Sequence[str] | None) -> Iterator[tuple[dict[str, str | None], str]]:
    """Variables with which git finds the tree, and the tree's name."""
    with tempfile.TemporaryDirectory(prefix="deploy-overlay-index-", ignore_cleanup_errors=True) as place:
        environ = _apart(root, Path(place))
        _refuse_conflicts(root, environ)
        if only is None:
            read(root, "add", "--all", environ=environ)
        else:
            read(root, "read-tree", "HEAD", environ=environ)
        if only:
            read(root, "add", "--force", "--", *(f":(literal){path}" for path in only), environ=environ)
        yield environ, read(root, "write-tree", environ=environ).text.strip()


def left_out(tree: Tree, ignore_file: str) -> tuple[str, ...]:
    """What a platform's ignore file keeps out of the build: POSIX paths from the git root, sorted.

    `ignore_file` is a path from there, such as `.dockerignore` or `.slugignore`; "" or a file that is not there keeps
    nothing out.
    """
    file = tree.folder / ignore_file
    if not ignore_file or not file.is_file():
        return ()
    lines = file.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    if ignore_file.endswith(".slugignore"):
        return tuple(sorted(_matched(tree.folder, lines)))
    return tuple(sorted(excluded(parse_rules(lines), _files(tree.folder))))


def leave_out(tree: Tree, paths: Collection[str], aside: Path, log: Log) -> None:
    """Let exactly these paths be missing from the tree's folder: they go to the folder `aside`, and others come back.

    What a build has put in the place of a file stays there.
    """
    back = [path for path in _files(aside) if path not in paths and not os.path.lexists(tree.folder / path)]
    gone = [path for path in paths if os.path.lexists(tree.folder / path)]
    for path, start, end in (
        *((path, aside, tree.folder) for path in back),
        *((path, tree.folder, aside) for path in gone),
    ):
        (end / path).parent.mkdir(parents=True, exist_ok=True)
        (start / path).replace(end / path)
    for folder in {parent for path in gone for parent in Path(path).parents}:
        _remove_empty(tree.folder, folder)
    log.write(f"left out: {', '.join(paths) or 'nothing'}")


def _apart(root: Path, place: Path) -> dict[str, str | None]:
    """Variables with which git uses a copy of the index, and stores new objects in `place`."""
    index = root / read(root, "rev-parse", "--git-path", "index").text.rstrip("\n")
    if index.is_file():
        # With its time: by that git knows which files may have changed in the very moment of its writing.
        # https://git-scm.com/docs/racy-git
        shutil.copy2(index, place / "index")
    objects = place / "objects"
    objects.mkdir()
    # Git LFS keeps what it cleans; a split index would leave its second half in the user's git folder.
    settings = git.configured({"lfs.storage": str(place / "lfs"), "core.splitIndex": "false"})
    return {
        **settings,
        "GIT_INDEX_FILE": str(place / "index"),
        "GIT_OBJECT_DIRECTORY": alternate(objects),
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": objects_of(root),
    }


def _refuse_conflicts(root: Path, environ: Mapping[str, str | None]) -> None:
    listed = read(root, "ls-files", "--unmerged", "-z", environ=environ).text
    paths = list(dict.fromkeys(entry.partition("\t")[2] for entry in listed.split("\0") if entry))
    if paths:
        raise Failure(
            f"A merge has conflicts in {first_of(paths, _NAMED)}, so there is nothing to deploy: "
            "resolve them, run `git add` for these files, and run this again.",
            anchor="rehearsal-conflicts",
        )


def _changed(root: Path, name: str, environ: Mapping[str, str | None]) -> tuple[str, ...]:
    """Paths that differ from the last commit, or all paths if there is no commit yet."""
    committed = git.ask(root, "rev-parse", "--verify", "--quiet", "HEAD^{tree}").text.strip()
    if committed == name:
        return ()
    if committed:
        told = read(root, "diff-tree", "-r", "-z", "--no-renames", "--name-only", committed, name, environ=environ)
    else:
        told = read(root, "ls-tree", "-r", "-z", "--name-only", name, environ=environ)
    return tuple(path for path in told.text.split("\0") if path)


def _matched(folder: Path, lines: list[str]) -> list[str]:
    """Files that patterns of a .slugignore match: those of .gitignore, but for `!`, which it has not.

    https://devcenter.heroku.com/articles/slug-compiler#ignoring-files-with-slugignore
    """
    with git_folder(folder) as environ, tempfile.TemporaryDirectory(prefix="deploy-overlay-") as place:
        patterns = Path(place, "patterns")
        kept = [line for line in lines if not line.startswith("!")]
        patterns.write_text("\n".join(kept), encoding="utf-8", errors="surrogateescape")
        options = ("-z", "--others", "--ignored", f"--exclude-from={patterns}")
        return [path for path in read(folder, "ls-files", *options, environ=environ).text.split("\0") if path]


def _files(folder: Path) -> Iterator[str]:
    for here, folders, files in os.walk(folder):
        links = [name for name in folders if Path(here, name).is_symlink()]
        for name in (*files, *links):
            yield Path(here, name).relative_to(folder).as_posix()


def _remove_empty(top: Path, folder: Path) -> None:
    while folder != Path():
        try:
            (top / folder).rmdir()
        except OSError:  # something else is in it, or it is gone
            if (top / folder).exists():
                return
        folder = folder.parent

"""What is taken is what `git add --all` and a commit would deploy, and the repository stays as it was."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from deploy_overlay.base.log import Log
from deploy_overlay.base.message import Failure, help_link
from deploy_overlay.rehearse.preparation import Tree
from deploy_overlay.rehearse.tree import leave_out, left_out, name_of_tree, take
from tests.support import anchors
from tests.support.repository import adopt, git

POSIX = pytest.mark.skipif(os.name == "nt", reason="links and modes of POSIX")


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return Log(tmp_path / "log")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with one commit."""
    root = tmp_path / "site"
    write(root, {"manage.py": "print()\n", "app/models.py": "one = 1\n", ".gitignore": "*.sqlite3\n"})
    adopt(root)
    return root


def write(root: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8", newline="")


def files(tree: Tree) -> dict[str, bytes]:
    return {
        path.relative_to(tree.folder).as_posix(): path.read_bytes()
        for path in sorted(tree.folder.rglob("*"))
        if path.is_file()
    }


def state(root: Path) -> dict[str, tuple[int, int, int]]:
    """Everything below a folder, git's own too: size, mode and the time of its last change.

    Git itself renews the time of an object that it would have written once more, whoever asks.
    """
    found = {}
    for path in (root, *root.rglob("*")):
        about = path.lstat()
        time = about.st_mtime_ns if "objects" not in path.parts or path.is_dir() else 0
        found[str(path)] = (about.st_size if path.is_file() else 0, about.st_mode, time)
    return found


def committed_by_the_user(root: Path) -> str:
    """Git's name of the tree that the user's own commit has."""
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--allow-empty", "--message", "All of it")
    return git(root, "rev-parse", "HEAD^{tree}").strip()


def test_a_clean_repository_gives_its_commit(root: Path, tmp_path: Path, log: Log) -> None:
    tree = take(root, tmp_path / "taken", log)

    assert tree.name == git(root, "rev-parse", "HEAD^{tree}").strip()
    assert tree.changed == () and tree.unproven == ()
    assert set(files(tree)) == {"manage.py", "app/models.py", ".gitignore"}


def test_changes_are_what_git_add_all_would_commit(root: Path, tmp_path: Path, log: Log) -> None:
    write(root, {"app/models.py": "two = 2\n", "app/views.py": "", "db.sqlite3": "data", "staged.py": "first\n"})
    git(root, "add", "staged.py")
    write(root, {"staged.py": "second\n"})
    (root / "manage.py").unlink()

    tree = take(root, tmp_path / "taken", log)

    assert files(tree) == {
        ".gitignore": b"*.sqlite3\n", "app/models.py": b"two = 2\n", "app/views.py": b"", "staged.py": b"second\n",
    }  # fmt: skip
    assert set(tree.changed) == {"manage.py", "app/models.py", "app/views.py", "staged.py"}
    assert tree.name == committed_by_the_user(root)


def test_of_what_is_not_committed_only_what_a_deployment_commits(root: Path, tmp_path: Path, log: Log) -> None:
    write(root, {"app/models.py": "two = 2\n", "deploy.py": "ours\n", "staged.py": "", "kept.sqlite3": "ignored"})
    git(root, "add", "staged.py")

    tree = take(root, tmp_path / "taken", log, ["deploy.py", "kept.sqlite3"])

    before = git(root, "show", "HEAD:app/models.py")
    assert set(files(tree)) == {"manage.py", "app/models.py", ".gitignore", "deploy.py", "kept.sqlite3"}
    assert files(tree)["app/models.py"].decode() == before
    assert set(tree.changed) == {"deploy.py", "kept.sqlite3"}
    assert tree.name == name_of_tree(root, ["deploy.py", "kept.sqlite3"]) != name_of_tree(root)
    assert name_of_tree(root, []) == git(root, "rev-parse", "HEAD^{tree}").strip()


def test_nothing_in_the_repository_changes(root: Path, tmp_path: Path, log: Log) -> None:
    write(root, {"app/models.py": "two = 2\n", "new.py": "", "hook.txt": ""})
    hook = root / ".git" / "hooks" / "post-index-change"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho ran > hook.txt\n")
    hook.chmod(0o755)
    git(root, "config", "core.fsmonitor", str(hook))
    before = state(root)

    take(root, tmp_path / "taken", log)

    assert state(root) == before


def test_a_change_in_the_moment_of_the_last_commit_is_seen(root: Path, tmp_path: Path, log: Log) -> None:
    """Neither size nor time of the file tell, on a file system that has no more: only the time of the index does."""
    git(root, "config", "core.trustctime", "false")
    git(root, "config", "core.checkStat", "minimal")
    file, index = root / "app" / "models.py", root / ".git" / "index"
    moment = 1_700_000_000 * 10**9
    os.utime(file, ns=(moment, moment))
    git(root, "update-index", "--refresh")
    file.write_text("one = 2\n")  # as long as before
    for path in (file, index):
        os.utime(path, ns=(moment, moment))

    assert files(take(root, tmp_path / "taken", log))["app/models.py"] == b"one = 2\n"


def test_without_a_commit(tmp_path: Path, log: Log) -> None:
    root = tmp_path / "new"
    write(root, {"manage.py": ""})
    git(root, "init", "--quiet")

    tree = take(root, tmp_path / "taken", log)

    assert set(files(tree)) == {"manage.py"} == set(tree.changed)
    assert not (root / ".git" / "index").exists()


def test_a_file_that_is_only_intended_to_be_added(root: Path, tmp_path: Path, log: Log) -> None:
    write(root, {"later.py": "x = 1\n"})
    git(root, "add", "--intent-to-add", "later.py")

    assert files(take(root, tmp_path / "taken", log))["later.py"] == b"x = 1\n"


@anchors.shows("rehearsal-conflicts")
def test_conflicts_are_refused(root: Path, tmp_path: Path, log: Log) -> None:
    git(root, "checkout", "--quiet", "-b", "other")
    write(root, {"app/models.py": "theirs\n"})
    git(root, "commit", "--quiet", "--all", "--message", "Theirs")
    git(root, "checkout", "--quiet", "main")
    write(root, {"app/models.py": "ours\n"})
    git(root, "commit", "--quiet", "--all", "--message", "Ours")
    git(root, "merge", "other", check=False)

    with pytest.raises(Failure, match=r"A merge has conflicts in app/models\.py, .* run `git add`") as refusal:
        take(root, tmp_path / "taken", log)

    anchors.note(f"{refusal.value}\n{help_link(refusal.value.anchor)}")


def test_a_folder_without_git_is_refused_with_the_words_of_git(tmp_path: Path, log: Log) -> None:
    (tmp_path / "plain").mkdir()

    with pytest.raises(Failure, match="not a git repository"):
        take(tmp_path / "plain", tmp_path / "taken", log)


def test_split_index(root: Path, tmp_path: Path, log: Log) -> None:
    git(root, "config", "core.splitIndex", "true")
    git(root, "update-index", "--split-index")
    write(root, {"new.py": ""})
    shared = {path.name for path in (root / ".git").glob("sharedindex*")}

    tree = take(root, tmp_path / "taken", log)

    assert shared and {path.name for path in (root / ".git").glob("sharedindex*")} == shared
    assert "new.py" in files(tree) and tree.name == committed_by_the_user(root)


def test_sparse_checkout_has_all_that_is_committed(root: Path, tmp_path: Path, log: Log) -> None:
    git(root, "sparse-checkout", "set", "docs")
    assert not (root / "app").exists()

    tree = take(root, tmp_path / "taken", log)

    assert "app/models.py" in files(tree) and tree.changed == ()


def test_another_work_tree(root: Path, tmp_path: Path, log: Log) -> None:
    git(root, "worktree", "add", "--quiet", str(tmp_path / "beside"))
    write(tmp_path / "beside", {"new.py": ""})

    tree = take(tmp_path / "beside", tmp_path / "taken", log)

    assert tree.changed == ("new.py",)


def test_from_a_hook_of_git(root: Path, tmp_path: Path, log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", str(root / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(root / ".git" / "index"))
    monkeypatch.setenv("GIT_PREFIX", "")

    assert "app/models.py" in files(take(root, tmp_path / "taken", log))


def test_submodules_are_there_where_they_are_checked_out(root: Path, tmp_path: Path, log: Log) -> None:
    library = tmp_path / "library"
    write(library, {"lib.py": "lib\n"})
    adopt(library)
    for name in ("here", "gone"):
        git(root, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(library), name)
    git(root, "commit", "--quiet", "--message", "Libraries")
    git(root, "submodule", "--quiet", "deinit", "gone")
    write(root, {"here/lib.py": "a change that no commit of the library has\n"})
    before = state(root)

    tree = take(root, tmp_path / "taken", log)

    assert files(tree)["here/lib.py"] == b"lib\n"
    assert (tree.folder / "gone").is_dir() and not list((tree.folder / "gone").iterdir())
    assert len(tree.unproven) == 1 and "gone is a submodule" in tree.unproven[0]
    assert state(root) == before


@POSIX
def test_links_and_modes(root: Path, tmp_path: Path, log: Log) -> None:
    (root / "run.sh").write_text("#!/bin/sh\n")
    (root / "run.sh").chmod(0o755)
    (root / "link").symlink_to("app")
    (root / "lost").symlink_to("/nowhere")

    tree = take(root, tmp_path / "taken", log)

    assert os.access(tree.folder / "run.sh", os.X_OK) and not os.access(tree.folder / "manage.py", os.X_OK)
    assert os.readlink(tree.folder / "link") == "app" and (tree.folder / "lost").is_symlink()  # noqa: PTH115


@pytest.mark.skipif(sys.platform != "linux", reason="other file systems refuse such names")
def test_names_in_any_encoding(root: Path, tmp_path: Path, log: Log) -> None:
    names = [b"caf\xe9.txt", "größe.txt".encode(), b"two\nlines", b'quo"te', b"tab\there", b"co:lon"]
    for name in names:
        (root / os.fsdecode(name)).write_text("x")

    tree = take(root, tmp_path / "taken", log)

    assert {os.fsencode(path.name) for path in tree.folder.iterdir()} >= set(names)
    assert {os.fsencode(path) for path in tree.changed} == set(names)


@pytest.mark.skipif(os.name == "nt", reason="a colon is in no path of Windows")
def test_a_folder_whose_name_separates_paths(root: Path, tmp_path: Path, log: Log) -> None:
    odd = tmp_path / 'a:"b\\c'
    shutil.move(root, odd)
    write(odd, {"new.py": ""})

    assert "new.py" in files(take(odd, tmp_path / "taken", log))


def test_line_ends_are_those_of_a_builder(root: Path, tmp_path: Path, log: Log) -> None:
    write(root, {".gitattributes": "*.bat eol=crlf\n", "run.bat": "x\r\n", "unix.py": "a\nb\n"})
    committed_by_the_user(root)
    git(root, "config", "core.autocrlf", "true")

    found = files(take(root, tmp_path / "taken", log))

    assert found["unix.py"] == b"a\nb\n"  # this clone would have it with CRLF
    assert found["run.bat"] == b"x\r\n"


@POSIX
def test_no_filter_smudges(root: Path, tmp_path: Path, log: Log) -> None:
    """The filter's other half runs, because a commit has its result: so it is with Git LFS and git-crypt."""
    write(root, {".gitattributes": "*.secret filter=crypt\n"})
    git(root, "config", "filter.crypt.clean", "tr a-z b-za")
    git(root, "config", "filter.crypt.smudge", "tr b-za a-z")
    git(root, "config", "filter.crypt.required", "true")
    write(root, {"key.secret": "abc\n"})

    assert files(take(root, tmp_path / "taken", log))["key.secret"] == b"bcd\n"


@POSIX
def test_large_files_stay_out_of_the_store_of_git_lfs(root: Path, tmp_path: Path, log: Log) -> None:
    """A filter that keeps what it cleans where the setting of Git LFS says, as `git lfs clean` does."""
    write(root, {".gitattributes": "*.bin filter=lfs\n"})
    script = tmp_path / "clean"
    script.write_text(
        '#!/bin/sh\nstore=$(git config lfs.storage || echo "$(git rev-parse --git-dir)/lfs")\n'
        'mkdir -p "$store"\ncat > "$store/object"\necho "$store" > ' + f"{tmp_path}/where\necho pointer\n"
    )
    script.chmod(0o755)
    git(root, "config", "filter.lfs.clean", str(script))
    write(root, {"data.bin": "large"})

    tree = take(root, tmp_path / "taken", log)

    assert files(tree)["data.bin"] == b"pointer\n"
    assert (tmp_path / "where").exists() and not (root / ".git" / "lfs").exists()


def test_settings_of_this_clone_alone_do_not_count(root: Path, tmp_path: Path, log: Log) -> None:
    write(root, {"a.txt": "a\n"})
    committed_by_the_user(root)
    (root / ".git" / "info").mkdir(exist_ok=True)
    (root / ".git" / "info" / "attributes").write_text("*.txt eol=crlf\n")

    assert files(take(root, tmp_path / "taken", log))["a.txt"] == b"a\n"


def test_what_is_marked_export_ignore_is_deployed(root: Path, tmp_path: Path, log: Log) -> None:
    write(root, {".gitattributes": "app export-ignore\n"})

    assert "app/models.py" in files(take(root, tmp_path / "taken", log))


def test_another_kind_of_hash(tmp_path: Path, log: Log) -> None:
    root = tmp_path / "site"
    write(root, {"manage.py": ""})
    done = subprocess.run(["git", "init", "--quiet", "--object-format=sha256", str(root)], check=False)
    if done.returncode:
        pytest.skip("this git has one kind of hash")

    assert len(take(root, tmp_path / "taken", log).name) == 64


@pytest.mark.parametrize(
    ("ignore_file", "text", "gone"),
    [
        (".dockerignore", "docs\n**/*.md\n!README.md\n", {"docs/a.md", "docs/b/c.txt", "app/notes.md"}),
        (".dockerignore", "*\n!app\n", {".dockerignore", "README.md", "docs/a.md", "docs/b/c.txt"}),
        (".slugignore", "*.md\n!README.md\n/docs/b\n", {"README.md", "docs/a.md", "app/notes.md", "docs/b/c.txt"}),
        ("", "*", set()),
        ("missing", "*", set()),
    ],
)
def test_what_the_platform_leaves_out(ignore_file: str, text: str, gone: set[str], tmp_path: Path, log: Log) -> None:
    folder = tmp_path / "tree"
    write(folder, {"README.md": "", "docs/a.md": "", "docs/b/c.txt": "", "app/notes.md": "", "app/models.py": ""})
    if ignore_file not in ("", "missing"):
        write(folder, {ignore_file: text})
    tree = Tree(folder, "0" * 40, tmp_path, ())
    before = set(files(tree))

    paths = left_out(tree, ignore_file)
    leave_out(tree, paths, tmp_path / "aside", log)

    assert set(paths) == gone
    assert set(files(tree)) == before - gone
    assert (folder / "docs").exists() == any(path.startswith("docs/") for path in before - gone)


def test_another_platform_builds_from_other_files(tmp_path: Path, log: Log) -> None:
    write(tmp_path / "tree", {"app/a.py": "1", "docs/a.md": "2", "docs/b.md": "3"})
    tree, aside = Tree(tmp_path / "tree", "0" * 40, tmp_path, ()), tmp_path / "aside"

    leave_out(tree, ["docs/a.md", "docs/b.md"], aside, log)
    write(tmp_path / "tree", {"docs/b.md": "built"})
    leave_out(tree, ["app/a.py"], aside, log)

    assert files(tree) == {"docs/a.md": b"2", "docs/b.md": b"built"}
    leave_out(tree, [], aside, log)
    assert set(files(tree)) == {"app/a.py", "docs/a.md", "docs/b.md"}

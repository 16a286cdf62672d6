"""Compiled code stays between runs, and nothing depends on it: neither on its being there nor on its being whole."""

import os
import subprocess
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import CodeType

import pytest

from extensions.code_cache import KEPT_FILES, CodeCache, cache_folder
from tests.support import apply_overlay, environment, make_project, tree

HOOKS = Path(__file__).resolve().parent.parent / "hooks"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DEPLOY_OVERLAY_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture(autouse=True)
def imports() -> Iterator[None]:
    before = dict(sys.path_importer_cache), list(sys.path), set(sys.modules)
    yield
    sys.path_importer_cache.clear()
    sys.path_importer_cache.update(before[0])
    sys.path[:] = before[1]
    for name in set(sys.modules) - before[2]:
        del sys.modules[name]


def clone(folder: Path, *, version: str = "1", package: str = "greeting") -> Path:
    """A template with one package, as Copier clones it."""
    (folder / package).mkdir(parents=True)
    (folder / package / "__init__.py").write_text("from .words import said\n", encoding="utf-8")
    words = f"VERSION = {version!r}\n\n\ndef said(mood=1):\n    return VERSION if 1 / mood else None\n"
    (folder / package / "words.py").write_text(words, encoding="utf-8")
    return folder


def opened(root: Path, package: str = "greeting") -> CodeCache:
    cache = CodeCache(root, (root / package).rglob("*.py"))
    cache.serve_imports(root)
    return cache


def imported(root: Path, package: str = "greeting") -> object:
    sys.path.insert(0, str(root))
    try:
        return __import__(package).said
    finally:
        sys.path.remove(str(root))
        for name in [name for name in sys.modules if name.partition(".")[0] == package]:
            del sys.modules[name]


def refused(*_: object) -> CodeType:
    raise AssertionError("compiled again")


def test_the_next_clone_of_the_same_version_compiles_nothing(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = opened(clone(tmp_path / "first"))
    imported(tmp_path / "first")
    first.save()

    second = opened(clone(tmp_path / "second"))
    monkeypatch.setattr("importlib.machinery.SourceFileLoader.source_to_code", refused)

    assert imported(tmp_path / "second")() == "1"  # type: ignore[operator]
    assert second.get("deploy-overlay/greeting/words.py", refused)


def test_another_version_has_code_of_its_own_in_the_same_process(folder: Path, tmp_path: Path) -> None:
    old, new = clone(tmp_path / "old", version="1"), clone(tmp_path / "new", version="2", package="greeting")
    caches = opened(old), opened(new)

    assert (imported(old)(), imported(new)()) == ("1", "2")  # type: ignore[operator]
    for cache in caches:
        cache.save()
    assert len(list(folder.iterdir())) == 2
    assert (imported(old)(), imported(new)()) == ("1", "2")  # type: ignore[operator]


@pytest.mark.parametrize("damage", [b"", b"short", b"\0" * 500, None])
def test_damaged_code_is_made_again(damage: bytes | None, folder: Path, tmp_path: Path) -> None:
    cache = opened(clone(tmp_path / "clone"))
    imported(tmp_path / "clone")
    cache.save()
    (file,) = folder.iterdir()
    whole = file.read_bytes()
    file.write_bytes(whole[:-7] + b"changed" if damage is None else damage)

    again = opened(tmp_path / "clone")
    assert imported(tmp_path / "clone")() == "1"  # type: ignore[operator]
    again.save()

    assert len(file.read_bytes()) == len(whole)
    assert CodeCache(tmp_path / "clone", (tmp_path / "clone").rglob("*.py")).get(
        "deploy-overlay/greeting/words.py", refused
    )


def test_where_nothing_can_be_written_everything_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    for chosen in (str(tmp_path / "file" / "cache"), ""):
        monkeypatch.setenv("DEPLOY_OVERLAY_CACHE", chosen)
        cache = opened(tmp_path / "clone" if (tmp_path / "clone").is_dir() else clone(tmp_path / "clone"))
        assert imported(tmp_path / "clone")() == "1"  # type: ignore[operator]
        cache.save()

    assert sorted(path.name for path in tmp_path.iterdir()) == ["clone", "file"]


def test_old_versions_go(folder: Path, tmp_path: Path) -> None:
    for number in range(KEPT_FILES + 3):
        cache = opened(clone(tmp_path / str(number), version=str(number)))
        cache.get("anything", lambda: "text")
        cache.save()
        assert cache.file
        os.utime(cache.file, (number, number))

    kept = {path.name for path in folder.iterdir()}
    assert len(kept) == KEPT_FILES
    assert cache.file and cache.file.name in kept


def test_a_traceback_shows_the_lines_of_kept_code(folder: Path, tmp_path: Path) -> None:
    cache = opened(clone(tmp_path / "first"))
    imported(tmp_path / "first")
    cache.save()
    opened(clone(tmp_path / "second"))

    try:
        imported(tmp_path / "second")(mood=0)  # type: ignore[operator]
    except ZeroDivisionError:
        text = traceback.format_exc()

    assert 'File "deploy-overlay/greeting/words.py", line 5, in said' in text
    assert "return VERSION if 1 / mood else None" in text


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="owners of files are POSIX")
def test_code_in_the_folder_of_another_user_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DEPLOY_OVERLAY_CACHE", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    mine = cache_folder()
    monkeypatch.setattr(os, "getuid", lambda: tmp_path.stat().st_uid + 1)

    assert mine and mine.is_relative_to(tmp_path)
    assert cache_folder() is None


def test_a_package_in_a_package_in_a_package_is_kept_too(folder: Path, tmp_path: Path) -> None:
    root = clone(tmp_path / "clone")
    deep = root / "greeting" / "inner" / "most"
    deep.mkdir(parents=True)
    for package in (deep.parent, deep):
        (package / "__init__.py").write_text("", encoding="utf-8")
    (root / "greeting" / "words.py").rename(deep / "words.py")
    (root / "greeting" / "__init__.py").write_text("from .inner.most.words import said\n", encoding="utf-8")

    cache = opened(root)
    imported(root)
    cache.save()

    assert CodeCache(root, root.rglob("*.py")).get("deploy-overlay/greeting/inner/most/words.py", refused)


def test_a_relative_folder_is_no_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DEPLOY_OVERLAY_CACHE", raising=False)
    for name in ("HOME", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, "here")

    assert cache_folder() is None


SAVES = """
import sys
from pathlib import Path
sys.path[:0] = [sys.argv[1]]
from code_cache import CodeCache
root = Path(sys.argv[2])
CodeCache(root, root.rglob("*.py")).serve_imports(root / "greeting")
sys.path[:0] = [sys.argv[2]]
import greeting
print(greeting.said())
"""


def started(root: Path, folder: Path, *options: str) -> subprocess.Popen[str]:
    extensions = HOOKS.parent / "extensions"
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return subprocess.Popen(
        [sys.executable, *options, "-c", SAVES, str(extensions), str(root)],
        env={**kept, "DEPLOY_OVERLAY_CACHE": str(folder)},
        stdout=subprocess.PIPE,
        text=True,
    )


def test_first_runs_at_the_same_time_leave_one_whole_file(folder: Path, tmp_path: Path) -> None:
    root = clone(tmp_path / "clone")

    processes = [started(root, folder) for _ in range(6)]
    said = [process.communicate()[0].strip() for process in processes]

    assert said == ["1"] * 6
    assert len(list(folder.iterdir())) == 1
    assert CodeCache(root, root.rglob("*.py")).get("deploy-overlay/greeting/words.py", refused)


def test_python_told_to_write_no_code_writes_none(folder: Path, tmp_path: Path) -> None:
    process = started(clone(tmp_path / "clone"), folder, "-B")

    assert process.communicate()[0].strip() == "1"
    assert not folder.exists()


def test_a_copy_is_the_same_with_kept_code_without_it_and_with_damaged_code(template: Path, tmp_path: Path) -> None:
    results = []
    for number, cache in enumerate(["kept", "kept", "kept", ""]):
        project = make_project(tmp_path / str(number) / "library", manager="pip")
        folder = tmp_path / cache if cache else None
        if number == 2:
            for file in (tmp_path / "kept").iterdir():
                file.write_bytes(file.read_bytes()[:-1])
        done = apply_overlay(
            project, template, env={**environment(project.python), "DEPLOY_OVERLAY_CACHE": str(folder or "")}
        )
        assert done.returncode == 0, done.stderr
        results.append(tree(project.root))

    assert results[1:] == results[:1] * 3
    assert len(list((tmp_path / "kept").iterdir())) == 2  # Copier's process and the hook


COPIES = """
import gc, sys
from copier import run_copy
for target in sys.argv[2:]:
    run_copy(sys.argv[1], target, defaults=True, unsafe=True, quiet=True)
    print(int(gc.isenabled()), gc.get_freeze_count())
"""


def test_a_program_that_copies_twice_keeps_no_more_than_after_the_first(template: Path, tmp_path: Path) -> None:
    first, second = (make_project(tmp_path / name / "library", manager="pip") for name in ("one", "two"))
    command = [sys.executable, "-c", COPIES, str(template), str(first.root), str(second.root)]

    said = subprocess.run(command, env=environment(first.python), capture_output=True, text=True, check=True).stdout

    (collects, once), (still_collects, twice) = (map(int, line.split()) for line in said.splitlines())
    assert collects and still_collects
    assert once >= twice > 0

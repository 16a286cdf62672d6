"""What is kept is made once, completely or not at all, by one process at a time."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from deploy_overlay.base.cache import delete_others, digest, find, find_latest, get_or_create
from deploy_overlay.base.message import Failure, with_help_link
from tests.support import anchors


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


def write(folder: Path) -> None:
    (folder / "made").write_text("1")


def never(folder: Path) -> None:
    raise AssertionError("it is made already")


def test_it_is_made_once() -> None:
    first = get_or_create("things", "a", write)

    assert (first / "made").is_file() and get_or_create("things", "a", never) == first == find("things", "a")
    assert find("things", "b") is None


def test_what_fails_leaves_nothing() -> None:
    def fail(folder: Path) -> None:
        write(folder)
        raise ValueError

    with pytest.raises(ValueError):
        get_or_create("things", "a", fail)

    assert find("things", "a") is None
    assert [path.name for path in get_or_create("things", "a", lambda folder: None).iterdir()] == ["complete"]


def test_one_makes_it_and_others_wait() -> None:
    made = []

    def slowly(folder: Path) -> None:
        made.append(folder)
        time.sleep(0.3)
        write(folder)

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: (get_or_create("things", "a", slowly) / "made").is_file(), range(4)))

    assert found == [True] * 4 and len(made) == 1


def test_what_nobody_uses_goes() -> None:
    old, used = get_or_create("things", "old", write), get_or_create("things", "used", write)
    month = time.time() - 31 * 24 * 3600
    for folder in (old, used):
        os.utime(folder / "complete", (month, month))
    assert find("things", "used")

    get_or_create("things", "new", write)

    assert not old.exists() and used.exists()


def test_an_older_one_goes_when_it_was_not_used_today() -> None:
    old, used, newest = (get_or_create("things", f"a-{day}", write) for day in (1, 2, 3))
    other = get_or_create("things", "b-1", write)
    for folder in (old, other):
        os.utime(folder / "complete", (time.time() - 2 * 24 * 3600,) * 2)

    delete_others("things", "a-", newest)

    assert not old.exists() and all(folder.exists() for folder in (used, newest, other))


def test_the_latest_of_several() -> None:
    get_or_create("things", "a-20260101", write)
    last = get_or_create("things", "a-20260201", write)
    get_or_create("things", "b-20260301", write)

    assert find_latest("things", "a-") == last and find_latest("things", "c") is None


def test_a_digest_takes_any_name() -> None:
    assert digest(["caf\udce9"]) != digest(["cafe"])
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})


@anchors.shows("cache-not-writable")
def test_a_cache_that_cannot_be_written(cache: Path) -> None:
    cache.write_text("a file")

    with pytest.raises(Failure, match="cannot be written") as refusal:
        get_or_create("things", "a", write)

    anchors.note(with_help_link(str(refusal.value), refusal.value.anchor))

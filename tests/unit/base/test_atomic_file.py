"""A file is whole or as it was: on a full disk, read-only, as a link, with its permissions."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from deploy_overlay.base.atomic_file import copy_atomically, write_atomically
from deploy_overlay.base.message import Failure

posix = pytest.mark.skipif(os.name == "nt", reason="limits, links and permissions as POSIX has them")


@pytest.fixture
def small_disk() -> object:
    """No file can grow beyond 4 KiB: what a full disk does to a write, also for root."""
    import resource
    import signal

    before, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    signal.signal(signal.SIGXFSZ, handler)


@posix
@pytest.mark.parametrize("before", [None, b"Django==5.2\n"])
def test_on_a_full_disk_the_file_is_as_before(before: bytes | None, small_disk: None, tmp_path: Path) -> None:
    path = tmp_path / "requirements.txt"
    if before is not None:
        path.write_bytes(before)
    with pytest.raises(Failure, match=r"requirements\.txt cannot be written"):
        write_atomically(path, b"x" * 100_000)

    assert (path.read_bytes() if path.exists() else None) == before
    assert [found.name for found in tmp_path.iterdir()] == ([path.name] if before is not None else [])


@posix
def test_permissions_and_links_stay(tmp_path: Path) -> None:
    (tmp_path / "real.txt").write_text("old")
    (tmp_path / "real.txt").chmod(0o640)
    (tmp_path / "link.txt").symlink_to("real.txt")
    write_atomically(tmp_path / "link.txt", b"new")

    assert (tmp_path / "link.txt").is_symlink()
    assert (tmp_path / "real.txt").read_bytes() == b"new"
    assert stat.S_IMODE((tmp_path / "real.txt").stat().st_mode) == 0o640


@posix
def test_a_new_file_has_the_permissions_of_any_other(tmp_path: Path) -> None:
    (tmp_path / "other").touch()
    write_atomically(tmp_path / "new", b"")
    assert (tmp_path / "new").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_a_copy_has_the_permissions_of_what_is_copied(tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(b"1\r\n")
    (tmp_path / "one").chmod(stat.S_IREAD)
    copy_atomically(tmp_path / "one", tmp_path / "two")
    assert (tmp_path / "two").read_bytes() == b"1\r\n"
    assert (tmp_path / "two").stat().st_mode == (tmp_path / "one").stat().st_mode


@posix
def test_nothing_of_the_product_writes_a_file_in_place() -> None:
    from tests.support.template import REPOSITORY

    in_place = (".write_bytes(", ".write_text(")
    found = [
        path.relative_to(REPOSITORY).as_posix()
        for path in sorted((REPOSITORY / "deploy_overlay").rglob("*.py"))
        if any(call in path.read_text(encoding="utf-8") for call in in_place)
    ]
    # A rehearsal writes into folders of its own alone; so do these files, into one that goes away or takes its name at the end.
    others = [path for path in found if not path.startswith("deploy_overlay/rehearse/")]
    assert others == [
        "deploy_overlay/base/server_packages.py",
        "deploy_overlay/platforms/kubernetes/provision/manifests.py",
        "deploy_overlay/provision/from_sqlite.py",
        "deploy_overlay/provision/restore.py",
        "deploy_overlay/update/moved_files.py",
    ]

"""A sealed folder cannot be written to, not by root either, but for what is writable; what changed is named."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from deploy_overlay.base.sealed import bound_by_write_bits, changes, seal, state, unseal

pytestmark = pytest.mark.skipif(os.name == "nt", reason="write bits are POSIX")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for path in ("manage.py", "shop/models.py", "data/kept.txt"):
        (tmp_path / "tree" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "tree" / path).write_text("as it was", encoding="utf-8")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "tree/link").symlink_to(tmp_path / "elsewhere")
    return tmp_path / "tree"


def can(folder: Path, action: str) -> bool:
    """Whether a program can do that: an expression of Python in which `p` is pathlib.Path."""
    code = f"from pathlib import Path as p\n{action}"
    command = [*bound_by_write_bits(), sys.executable, "-c", code]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize(
    "action",
    [
        "p('new.txt').touch()",
        "p('shop/new.txt').touch()",
        "p('shop/models.py').write_text('x')",
        "p('shop/models.py').unlink()",
        "p('shop').rename('store')",
    ],
)
def test_nothing_can_be_changed_until_it_is_unsealed(folder: Path, action: str) -> None:
    seal(folder)
    before = state(folder)
    assert not can(folder, action)
    assert changes(before, state(folder)) == []
    unseal(folder)
    assert can(folder, action)


def test_what_is_writable_and_what_a_link_leads_to_stay_so(folder: Path) -> None:
    writable = [folder / "data"]
    seal(folder, writable)
    before = state(folder, writable)
    assert can(folder, "p('data/new.txt').write_text('x')")
    assert can(folder, "p('link/new.txt').write_text('x')")
    assert changes(before, state(folder, writable)) == []


def test_what_was_written_deleted_or_replaced_is_named(folder: Path) -> None:
    before = state(folder)
    (folder / "shop/models.py").unlink()
    (folder / "new.txt").touch()
    (folder / "manage.py").write_text("as it is now", encoding="utf-8")
    (folder / "shop/__pycache__").mkdir()
    (folder / "shop/__pycache__/models.pyc").touch()
    assert changes(before, state(folder)) == ["manage.py", "new.txt", "shop/models.py"]

"""The program that measures detection on checkouts against a reader's facts."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.unit.detect.conftest import django_project, write

PROGRAM = Path(__file__).resolve().with_name("corpus.py")
FACTS: dict[str, Any] = {
    "repo": "somebody/shop",
    "subdir": "",
    "is_django": True,
    "project_dir": ".",
    "settings_manage": "site_.settings",
    "settings_production": None,
    "wsgi": "site_.wsgi:application",
    "asgi": "site_.asgi:application",
    "dep_manager": "pip",
    "python": None,
    "django": "==5.2.1",
    "db": ["sqlite3"],
    "celery": False,
    "rq": False,
    "channels": False,
    "redis": False,
}


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(PROGRAM), *arguments], capture_output=True, encoding="utf-8", check=False, timeout=120
    )


def test_prints_right_and_wrong_with_evidence(tmp_path: Path) -> None:
    write(tmp_path / "all" / "somebody__shop", django_project())
    other = {**FACTS, "repo": "somebody/other", "dep_manager": "poetry"}
    write(tmp_path / "all" / "somebody" / "other", django_project())
    missing = {**FACTS, "repo": "somebody/missing"}
    write(tmp_path, {"facts.json": json.dumps([FACTS, other, missing])})
    done = run(str(tmp_path / "all"), str(tmp_path / "facts.json"))
    assert done.returncode == 0, done.stderr
    assert "not checked out: somebody/missing" in done.stdout
    assert "wrong    somebody/other: expected django_dependency_manager poetry, found pip" in done.stdout
    assert "requirements.txt" in done.stdout
    line = next(line for line in done.stdout.splitlines() if line.startswith("django_root"))
    assert line.split()[1:6] == ["2", "0", "0", "0", "2"]


def test_without_facts_it_prints_what_it_finds(tmp_path: Path) -> None:
    write(tmp_path / "shop", django_project())
    done = run(str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert "'site_.settings'" in done.stdout


def test_bad_arguments_are_told_in_a_sentence(tmp_path: Path) -> None:
    write(tmp_path, {"facts.json": "{"})
    for arguments in ([str(tmp_path / "gone")], [str(tmp_path), str(tmp_path / "facts.json")]):
        done = run(*arguments)
        assert done.returncode == 2
        assert "Traceback" not in done.stderr

"""What is looked at is bounded: large files, large folders, and files that cannot be read."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from pathlib import Path

import pytest

from deploy_overlay.detect import FACTS, Failure, look
from tests.unit.detect.conftest import django_project, write


def test_a_file_over_a_mebibyte_is_skipped_with_a_note(tmp_path: Path) -> None:
    write(tmp_path, {**django_project(), "Dockerfile": "x" * (1 << 20) + "\nENV DJANGO_SETTINGS_MODULE=a.b\n"})
    seen = look(tmp_path)
    assert seen.fact("django_settings_module").value == "site_.settings"
    assert seen.notes["Dockerfile"] == "over 1 MiB, not read"


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are of another kind there")
def test_an_unreadable_folder_is_skipped_with_a_note(tmp_path: Path) -> None:
    write(tmp_path, {**django_project(), "secret/x.txt": ""})
    (tmp_path / "secret").chmod(0)
    try:
        if list_allowed(tmp_path / "secret"):
            pytest.skip("this user may read everything")
        seen = look(tmp_path)
        assert seen.fact("django_root").value == "."
        assert "secret" in seen.notes
    finally:
        (tmp_path / "secret").chmod(0o700)


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_link_that_leads_to_itself_hides_nothing_beside_it(tmp_path: Path) -> None:
    write(tmp_path, django_project())
    (tmp_path / "latest").symlink_to("latest")
    assert look(tmp_path).fact("django_root").value == "."


def list_allowed(folder: Path) -> bool:
    try:
        list(folder.iterdir())
    except OSError:
        return False
    return True


def test_manage_py_is_found_in_a_folder_with_very_many_files(tmp_path: Path) -> None:
    write(tmp_path, {**{f"a{number}.txt": "" for number in range(1000)}, **django_project()})
    seen = look(tmp_path)
    assert seen.fact("django_root").value == "."
    assert seen.fact("django_dependency_manager").value == "pip"


def test_settings_that_compute_for_ever_end(tmp_path: Path) -> None:
    body = "def f(n):\n    return [f(n - 1), f(n - 2), f(n - 3)]\nX = f(100)\nINSTALLED_APPS = []\nROOT_URLCONF = 'x'\n"
    write(tmp_path, django_project(body=body))
    start = time.process_time()
    seen = look(tmp_path)
    for name in FACTS:
        seen.fact(name)
    assert time.process_time() - start < 20


@pytest.mark.parametrize(
    "body",
    [
        "INSTALLED_APPS = ['a']\n" + "INSTALLED_APPS += INSTALLED_APPS\n" * 64,
        "X = ['a']\n" + "X = [*X, *X]\n" * 64 + "INSTALLED_APPS = X\n",
        "X = ['a']\n" + "X.extend(X)\n" * 64 + "INSTALLED_APPS = X\n",
        "X = 'aa'\n" + "X = X.replace('a', X)\n" * 64 + "INSTALLED_APPS = [X]\n",
        "X = '%s%s'\n" + "X = X % (X, X)\n" * 64 + "INSTALLED_APPS = [X]\n",
        "X = int(float('inf'))\nINSTALLED_APPS = [X]\n",
    ],
)
def test_values_that_grow_without_end_stay_small(tmp_path: Path, body: str) -> None:
    write(tmp_path, django_project(body=body))
    start = time.process_time()
    seen = look(tmp_path)
    for name in FACTS:
        seen.fact(name)
    assert time.process_time() - start < 20


@pytest.mark.parametrize("name", ["requirements.txt", ".python-version"])
def test_numbers_of_thousands_of_digits_are_no_error(tmp_path: Path, name: str) -> None:
    digits = "9" * 5_000
    text = f"Django=={digits}.1\n" if name == "requirements.txt" else f"3.{digits}\n"
    write(tmp_path, {**django_project(), "requirements.txt": "Django==5.2\n", name: text})
    seen = look(tmp_path)
    for fact in FACTS:
        with contextlib.suppress(Failure):
            seen.fact(fact)


def test_folders_of_data_are_not_all_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, django_project())
    for number in range(120):
        folder = tmp_path / f"data{number % 6}" / f"part{number}"
        folder.mkdir(parents=True)
        for name in range(100):
            os.close(os.open(folder / f"{name}.csv", os.O_CREAT | os.O_WRONLY))  # a third of the time of touch()
    listed: list[str] = []
    scan = os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: listed.append(path) or scan(path))
    seen = look(tmp_path)
    for name in FACTS:
        seen.fact(name)
    assert len(listed) < 90
    assert len(listed) == len(set(listed))

"""Code that would be read for ever: the work is counted, grows with the size of the code, and ends."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import pytest

from deploy_overlay.base.files import Repository
from deploy_overlay.base.message import Failure
from deploy_overlay.detect import FACTS, Project
from deploy_overlay.detect.settings import Work

from .conftest import SETTINGS, django_project, write


def project(root: Path) -> Project:
    return Project(Repository(root), {}, {name: detector.detect for name, detector in FACTS.items()})


def look_at_all(looked_at: Project) -> None:
    for name in FACTS:
        with contextlib.suppress(Failure):
            looked_at.fact(name)


def chain(size: int, line: str) -> dict[str, str]:
    """The settings import from a module, that one from the next two, and so on."""
    modules = {
        f"site_/s{number}.py": line.replace("{one}", f"s{number + 1}").replace("{two}", f"s{number + 2}")
        for number in range(size)
    }
    last = {f"site_/s{size}.py": SETTINGS, f"site_/s{size + 1}.py": SETTINGS}
    return {**modules, **last, "site_/settings.py": line.replace("{one}", "s0").replace("{two}", "s1")}


def settings(text: str) -> dict[str, str]:
    return {"site_/settings.py": text}


def classes(size: int, base: str, last: str) -> dict[str, str]:
    """Classes of which each is built on both of the two before."""
    pairs = "".join(
        f"class A{number}(A{number - 1}, B{number - 1}):\n    X{number}: str\n"
        f"class B{number}(A{number - 1}, B{number - 1}):\n    X{number}: str\n"
        for number in range(1, size)
    )
    return settings(
        f"{base}\nclass A0(Base):\n    X0: str\nclass B0(Base):\n    X0: str\n{pairs}"
        f"class Production(A{size - 1}):\n    Y: str\n{last}\n{SETTINGS}"
    )


GROWING: dict[str, Callable[[int], dict[str, str]]] = {
    "star imports of the next two": lambda size: chain(size, "from .{one} import *\nfrom .{two} import *\n"),
    "star imports of one twice": lambda size: chain(size, "from .{one} import *\n" * 2),
    "imports of names": lambda size: chain(
        size, "from .{one} import DEBUG, DATABASES, INSTALLED_APPS\nfrom .{two} import DEBUG, INSTALLED_APPS\n"
    ),
    "star imports under a condition": lambda size: chain(
        size, "if unknown():\n    from .{one} import *\nelse:\n    from .{two} import *\n"
    ),
    "star imports that are tried": lambda size: chain(
        size, "try:\n    from .{one} import *\nexcept ImportError:\n    from .{two} import *\n"
    ),
    "dictionaries in dictionaries": lambda size: settings(
        f"{SETTINGS}X = {{}}\n" + "X = {1: X, 2: X}\n" * size + "if unknown():\n    Y = 1\nCACHES = X\n"
    ),
    "texts in texts, by format": lambda size: settings(f"{SETTINGS}X = 'ab'\n" + "X = '{}{}'.format(X, X)\n" * size),
    "texts in texts, by name": lambda size: settings(f"{SETTINGS}X = 'ab'\n" + "X = '{a}{a}'.format(a=X)\n" * size),
    "texts in texts, joined": lambda size: settings(f"{SETTINGS}X = 'ab'\n" + "X = ''.join([X, X])\n" * size),
    "classes": lambda size: classes(size, "class Base: pass", ""),
    "classes of django-configurations": lambda size: classes(
        size, "from configurations import Configuration as Base", ""
    ),
    "classes of pydantic-settings": lambda size: classes(
        size, "from pydantic_settings import BaseSettings as Base", "S = Production()"
    ),
}


def effort(root: Path, files: dict[str, str]) -> int:
    """Calls made while all facts are found, and the size of what is kept of the settings."""
    write(root, {**django_project(), **files})
    looked_at = project(root)
    calls = 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal calls
        calls += 1

    sys.setprofile(count)
    try:
        look_at_all(looked_at)
    finally:
        sys.setprofile(None)
    _, module = looked_at.read_settings("site_.settings")
    assert module is not None
    kept = sum(map(len, module.possible.values()))
    return calls + kept + sum(len(value) for value in module.names.values() if isinstance(value, str))


@pytest.mark.parametrize("name", GROWING)
def test_twice_the_code_is_no_more_than_some_times_the_work(tmp_path: Path, name: str) -> None:
    once, twice = (effort(tmp_path / str(size), GROWING[name](size)) for size in (9, 18))
    assert twice < once * 6  # it would be 500 times, where everything doubles with each


ENDLESS = {
    "a function": "def f(n):\n    return [f(n - 1), f(n - 2)]\nX = f(99)\n",
    "loops": "L = [1, 2, 3, 4, 5, 6, 7, 8, 9]\n"
    + "".join(f"{'    ' * depth}for x{depth} in L:\n" for depth in range(12))
    + f"{'    ' * 12}pass\n",
    "loops in a class": "from configurations import Configuration\nL = [1, 2, 3, 4, 5, 6, 7, 8, 9]\n"
    + "class Production(Configuration):\n"
    + "".join(f"{'    ' * (depth + 1)}for x{depth} in L:\n" for depth in range(9))
    + f"{'    ' * 10}X = 1\n",
    "lists in lists": "X = ['a']\n"
    + "X += X\n" * 10
    + "Y = [X]\n"
    + "Y += Y\n" * 10
    + "Z = [Y]\n"
    + "Z += Z\n" * 10
    + "CACHES = STATICFILES_DIRS = Z\n",
    "a value in itself": "X = {}\nX['a'] = X\nif unknown():\n    Y = 1\nCACHES = X\n",
}


@pytest.mark.parametrize("name", ENDLESS)
def test_all_facts_are_found_where_the_settings_never_end(tmp_path: Path, name: str) -> None:
    write(tmp_path, django_project(body=SETTINGS + ENDLESS[name]))
    looked_at = project(tmp_path)
    look_at_all(looked_at)
    assert looked_at.fact("django_settings_module").value == "site_.settings"
    assert looked_at.work.steps < Work().limit


def test_all_readings_together_take_no_more_than_their_limit(tmp_path: Path) -> None:
    loops = "".join(f"{'    ' * depth}for x{depth} in L:\n" for depth in range(3)) + f"{'    ' * 3}pass\n"
    body = f"{SETTINGS}L = [1, 2, 3, 4, 5, 6, 7, 8, 9]\n{loops}"
    files = {f"site_/settings/prod_{number}.py": body for number in range(30)}
    write(tmp_path, {**django_project(settings="site_.settings.prod"), "site_/settings/__init__.py": "", **files})
    looked_at = project(tmp_path)
    look_at_all(looked_at)
    freely = looked_at.work.steps

    looked_at = project(tmp_path)
    looked_at.work.limit = freely // 3
    look_at_all(looked_at)
    assert freely > 30 * 9**3
    assert looked_at.work.steps < looked_at.work.limit + 1000
    assert "too much" in " ".join(looked_at.repository.notes.values())

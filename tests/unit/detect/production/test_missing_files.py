"""Settings that open a file which no platform will have are refused; those that can do without it are not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from deploy_overlay.detect import Facts, Failure
from tests.unit.detect.conftest import SETTINGS, django_project

Build = Callable[..., Facts]
READ = """
import json, os
with open({path}) as file:
    SECRET_KEY = json.load(file)["key"]
"""


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ('BASE_DIR / "secrets.json"', "opens secrets.json, which is not in the repository"),
        ('os.path.join(BASE_DIR, "secrets.json")', "opens secrets.json"),
        ('"secrets.json"', "opens secrets.json"),
        ('f"{BASE_DIR}/secrets.json"', "opens secrets.json"),
        ('str(BASE_DIR) + "/secrets.json"', "opens secrets.json"),
        ('"/etc/config.json"', "opens /etc/config.json"),
        ('os.environ["SECRETS"]', "opens the file that SECRETS names"),
        ('os.environ.get("SECRETS", "/etc/config.json")', "opens /etc/config.json"),
    ],
)
def test_a_file_that_is_needed_and_not_there(facts: Build, path: str, told: str) -> None:
    with pytest.raises(Failure, match=told) as refusal:
        facts(django_project(body=SETTINGS + READ.format(path=path))).fact("django_required_env")
    assert str(refusal.value).startswith("site_/settings.py:12 ")


@pytest.mark.parametrize(
    "lines",
    [
        'SECRET_KEY = (BASE_DIR / "key.txt").read_text()',
        'def key(path="key.txt"):\n    with open(BASE_DIR / path) as file:\n        return file.read()\nSECRET_KEY = key()',
        'try:\n    open("key.txt")\nexcept IOError:\n    raise RuntimeError("no key.txt")',
    ],
)
def test_other_ways_of_opening_one(facts: Build, lines: str) -> None:
    with pytest.raises(Failure, match=r"opens key\.txt"):
        facts(django_project(body=f"{SETTINGS}\n{lines}\n")).fact("django_required_env")


@pytest.mark.parametrize(
    "lines",
    [
        'VERSION = open(BASE_DIR / "VERSION").read()',
        'import os\nif os.path.exists("/etc/x.json"):\n    open("/etc/x.json")',
        'try:\n    KEY = open("key.txt").read()\nexcept FileNotFoundError:\n    KEY = ""',
        'if DEBUG:\n    open("local.json")',
        'def later():\n    return open("key.txt")',
        'LOG = open("/dev/null", "w")',
        'with open("key.txt", "w") as file:\n    file.write("x")\nKEY = open("key.txt").read()',
        'from elsewhere import FOLDER\nNAMES = open(f"{FOLDER}/names.json").read()',
        'MACHINE = open("/proc/cpuinfo").read()',
    ],
)
def test_files_that_are_there_or_not_needed(facts: Build, lines: str) -> None:
    files = {**django_project(body=f"{SETTINGS}\n{lines}\n"), "VERSION": "1"}
    assert facts(files).fact("django_required_env").value == []


@pytest.mark.parametrize("line", ["from .local import *", "from site_.local import KEY", "from . import base"])
def test_a_module_that_is_needed_and_not_there(facts: Build, line: str) -> None:
    files = django_project(body=f"{SETTINGS}\n{line}\n")
    files["site_/base.py"] = "from .local import *\n"

    with pytest.raises(Failure, match=r"imports site_\.local, which is not in the repository") as refusal:
        facts(files).fact("django_required_env")
    assert str(refusal.value).startswith("site_/base.py:1 " if "base" in line else "site_/settings.py:11 ")


def test_a_flag_of_the_image_chooses_settings_that_are_there(facts: Build) -> None:
    lines = (
        "import os\nif os.environ.get('ON_MOON'):\n    from .moon import *\nelif os.environ.get('IN_IMAGE'):\n"
        "    from .image import *\nelse:\n    from .local import *\n"
    )
    files = {**django_project(body=f"{SETTINGS}\n{lines}"), "site_/image.py": "KEY = 1\n"}
    files["Dockerfile"] = "FROM python:3.13\nENV IN_IMAGE=1\nCMD gunicorn site_.wsgi\n"

    assert facts(files).fact("django_debug_env").value == "IN_IMAGE=1"
    assert facts(files).fact("django_required_env").value == []


SPLIT = "from split_settings.tools import include, optional\n"


@pytest.mark.parametrize(
    "lines", ['include("there.py", "local.py")', 'files = ["there.py"]\nfiles.append("local.py")\ninclude(*files)']
)
def test_a_file_that_is_included_and_not_there(facts: Build, lines: str) -> None:
    files = {**django_project(body=f"{SETTINGS}\n{SPLIT}{lines}\n"), "site_/there.py": "KEY = 1\n"}

    with pytest.raises(Failure, match=r"includes site_/local\.py, which is not in the repository.*optional"):
        facts(files).fact("django_required_env")


@pytest.mark.parametrize(
    "lines",
    [
        f'{SPLIT}include(*["there.py", optional("local.py")])',
        "try:\n    from .local import *\nexcept ImportError:\n    pass",
        "import contextlib\nwith contextlib.suppress(ImportError):\n    from .local import *",
        "if DEBUG:\n    from .local import *",
        "import os\nif os.environ.get('LOCAL'):\n    from .local import *",
        "def later():\n    from .local import KEY",
        "from ._version import version",
        "from .there import KEY",
        "from elsewhere.local import *",
    ],
)
def test_modules_that_are_there_or_not_needed(facts: Build, lines: str) -> None:
    files = {**django_project(body=f"{SETTINGS}\n{lines}\n"), "site_/there.py": "KEY = 1\n"}
    assert facts(files).fact("django_required_env").value == []

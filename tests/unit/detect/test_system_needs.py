"""What packages need of the system: from all that a lock installs, from its lists of files, and from what is declared."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from deploy_overlay.base.system_packages import ALWAYS, DEBIAN, FROM_SOURCE, debian_to_build, debian_to_run, not_proven
from deploy_overlay.detect import Facts

from .conftest import django_project

Build = Callable[..., Facts]
PROJECT = '[project]\nname = "x"\nversion = "1"\nrequires-python = ">=3.12"\ndependencies = [{}]\n'


def uv(*packages: tuple[str, str, str], dependencies: str = '"django", "a"') -> dict[str, str | None]:
    """A uv project on Python 3.13; each package has a name, the file of its only wheel ("" for none), and what it needs."""
    blocks = [
        f'[[package]]\nname = "{name}"\nversion = "1"\nsource = {{ registry = "https://example.com/simple" }}\n'
        f"dependencies = [{', '.join(f'{{ name = {need!r} }}'.replace(chr(39), chr(34)) for need in needs.split())}]\n"
        f'sdist = {{ url = "https://example.com/{name}-1.tar.gz" }}\n'
        + (f'wheels = [{{ url = "https://example.com/{wheel}" }}]\n' if wheel else "")
        for name, wheel, needs in [("django", "django-1-py3-none-any.whl", ""), *packages]
    ]
    return {
        **django_project(),
        "requirements.txt": None,
        ".python-version": "3.13\n",
        "pyproject.toml": PROJECT.format(dependencies),
        "uv.lock": 'version = 1\nrequires-python = ">=3.12"\n' + "".join(blocks),
    }


@pytest.mark.parametrize(
    ("line", "named", "python", "libraries"),
    [
        ("psycopg2-binary==2.9.6", "", "3.11", []),  # its wheels end with Python 3.11
        ("psycopg2-binary==2.9.6", "3.12", "3.12", ["compiler", "postgresql"]),
        ("psycopg2-binary==2.9.9", "3.12", "3.12", []),
        ("psycopg2-binary>=2.9,<3", "3.12", "3.12", []),
        ("pillow<10", "3.12", "3.12", ["compiler", "jpeg"]),
        ("numpy==1.26.4", "3.12", "3.12", []),
        ("pillow==4.0", "", "3.14", ["compiler", "jpeg"]),  # no Python has a wheel of it
        ("psycopg2-binary!=2.9.11", "", "3.14", []),  # a newer one may be taken
    ],
)
def test_pins_that_are_older_than_the_wheels_of_a_python(
    facts: Build, line: str, named: str, python: str, libraries: list[str]
) -> None:
    files = {"requirements.txt": f"django==5.2\n{line}\n", ".python-version": f"{named}\n" if named else None}
    seen = facts({**django_project(), **files})
    assert seen.fact("django_python_version").value == python
    assert needs_of(seen) == (libraries, [])


def needs_of(seen: Facts) -> tuple[list[str], list[str]]:
    return seen.fact("django_system_libraries").value, seen.fact("django_unproven").value


@pytest.mark.parametrize(
    ("wheel", "fits"),
    [
        ("a-1-py3-none-any.whl", True),
        ("a-1-py2.py3-none-any.whl", True),
        ("a-1-cp313-cp313-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", True),
        ("a-1-cp38-abi3-manylinux_2_28_x86_64.whl", True),
        ("a-1-py3-none-manylinux_2_17_x86_64.whl", True),
        ("a-1-cp312-cp312-manylinux_2_17_x86_64.whl", False),
        ("a-1-cp313-cp313t-manylinux_2_17_x86_64.whl", False),
        ("a-1-cp313-cp313-musllinux_1_2_x86_64.whl", False),
        ("a-1-cp313-cp313-manylinux_2_17_aarch64.whl", False),
        ("a-1-cp313-cp313-macosx_11_0_arm64.whl", False),
        ("a-1-cp313-cp313-win_amd64.whl", False),
        ("", False),
    ],
)
def test_a_package_without_a_wheel_for_production_is_compiled_and_named(facts: Build, wheel: str, fits: bool) -> None:
    assert needs_of(facts(uv(("a", wheel, "")))) == (([], []) if fits else (["compiler"], ["a"]))


def test_the_whole_lock_counts_and_not_only_what_is_declared(facts: Build) -> None:
    packages = (("a", "a-1-py3-none-any.whl", "psycopg2"), ("psycopg2", "", ""))
    assert needs_of(facts(uv(*packages))) == (["compiler", "postgresql"], [])


def test_a_library_that_only_source_needs(facts: Build) -> None:
    assert needs_of(facts(uv(("a", "a-1-py3-none-any.whl", "lxml"), ("lxml", "", "")))) == (["compiler", "xml"], [])
    wheel = "lxml-1-cp313-cp313-manylinux_2_17_x86_64.whl"
    assert needs_of(facts(uv(("a", "a-1-py3-none-any.whl", "lxml"), ("lxml", wheel, "")))) == ([], [])


@pytest.mark.parametrize(
    ("requirements", "kinds", "unproven"),
    [
        ("Django\ngunicorn\nPillow\n", [], []),
        ("Django\nuWSGI\n", ["compiler"], []),
        ("Django\ndjango-heroku\n", ["postgresql"], []),
        ("Django\nopencv-python\n", ["opengl"], []),
        ("Django\npdf2image\npytesseract\npydub\n", ["ffmpeg", "poppler", "tesseract"], []),
        ("Django\npdfkit\n", [], ["pdfkit"]),
        ("Django\nsomething-rare==1.0\n", ["compiler"], ["something-rare"]),
        ("Django\nPillow==9.0\n", ["compiler", "jpeg"], []),
        ("Django\n--no-binary lxml\nlxml\n", ["compiler", "xml"], []),
        ("Django\nmysqlclient ; sys_platform == 'win32'\npsycopg2 ; platform_system == 'Darwin'\n", [], []),
    ],
)
def test_requirements(facts: Build, requirements: str, kinds: list[str], unproven: list[str]) -> None:
    assert needs_of(facts({**django_project(), "requirements.txt": requirements})) == (kinds, unproven)


@pytest.mark.parametrize(
    "files",
    [
        {"uv.toml": 'no-binary-package = ["lxml"]\n'},
        {"pyproject.toml": PROJECT.format('"django", "lxml"') + "[tool.uv]\nno-binary = true\n"},
        {"uv.lock": None, "poetry.lock": "", "poetry.toml": '[installer]\nno-binary = ["lxml"]\n'},
        {"uv.lock": None, "poetry.lock": "", "poetry.toml": '[installer]\nno-binary = "lxml,x"\n'},
    ],
)
def test_what_is_compiled_on_purpose(facts: Build, files: dict[str, str | None]) -> None:
    project = uv(("lxml", "lxml-1-cp313-cp313-manylinux_2_17_x86_64.whl", ""), dependencies='"django", "lxml"')
    files = {**project, **files}
    if files.get("poetry.lock") is not None:
        block = '[[package]]\nname = "{}"\nversion = "1"\nfiles = [{{ file = "{}" }}]\n'
        wheels = {"django": "django-1-py3-none-any.whl", "lxml": "lxml-1-cp313-cp313-manylinux_2_17_x86_64.whl"}
        files["poetry.lock"] = "".join(block.format(*item) for item in wheels.items())
    kinds, _ = needs_of(facts(files))
    assert {"compiler", "xml"} <= set(kinds)


@pytest.mark.parametrize(
    ("path", "text", "kinds"),
    [
        ("Dockerfile", "FROM python\nRUN apt-get update && apt-get install -y --no-upgrade \\\n ffmpeg curl\n", ["ffmpeg"]),
        ("docker/Dockerfile", "FROM python\nRUN apt install -qq poppler-utils=22.12.0-2 libmagic1\n", ["magic", "poppler"]),
        ("Dockerfile", "FROM python\nRUN apt-get install -y gnupg\n", ["gnupg"]),
        ("Dockerfile", "FROM python\nRUN apt-get install -y curl gnupg && curl -fsSL https://deb.example/key | "
                       "gpg --dearmor -o /etc/apt/keyrings/node.gpg && apt-get install -y nodejs\n", []),
        ("Dockerfile", "FROM python AS dev\nRUN apt-get install -y ffmpeg\nFROM python\nRUN pip install x\n", []),
        ("Aptfile", "# for videos\nffmpeg\n", ["ffmpeg"]),
        ("Dockerfile", "FROM python\nRUN apt-get install -y libpq-dev gcc libgl1-mesa-dri $MORE > /dev/null\n", []),
        ("Dockerfile", "FROM python\nRUN apt-get install -y adduser passwd gettext-base tmux logrotate dos2unix\n", []),
        # GnuPG is there for the key of another repository of apt, or for the site.
        ("Dockerfile", "FROM python\nRUN apt-get install -y gnupg \\\n && curl x | gpg --dearmor -o /y\n", []),
        ("Dockerfile", "FROM python\nRUN apt-get install -y gnupg\n", ["gnupg"]),
        # Another service of the repository.
        ("mock/Dockerfile", 'FROM python\nRUN apt-get install -y ffmpeg\nCMD ["mock"]\n', []),
        ("Dockerfile", "FROM python\nRUN apt install libreoffice flite\n", ["debian+flite", "debian+libreoffice"]),
    ],
)  # fmt: skip
def test_programs_that_the_projects_own_image_has(facts: Build, path: str, text: str, kinds: list[str]) -> None:
    files = {**django_project(), path: text.replace("pip install x", "pip install -r requirements.txt")}
    libraries, unproven = needs_of(facts(files))
    assert [*libraries, *unproven] == kinds


def test_packages_that_are_not_proven_for_one_reason_are_one_sentence() -> None:
    own = "installed by your own Dockerfile or Aptfile, and not by this overlay"
    compiled = (
        "may have to be compiled: the dependency files do not say whether there is a wheel for production's Python"
    )

    assert not_proven(["debian+flite"], ["requirements.txt"]) == [f"`flite` is {own}"]
    assert not_proven(["billiard", "debian+flite", "debian+libreoffice", "yarl"], ["requirements.txt"]) == [
        f"`billiard`, `yarl` {compiled}",
        f"`flite`, `libreoffice` are {own}",
    ]


def test_every_kind_has_its_packages_of_debian() -> None:
    assert {*ALWAYS, *FROM_SOURCE} <= {*DEBIAN}
    assert debian_to_build(["poppler", "magic"]) == []
    assert debian_to_build(["git"]) == ["git"]
    assert debian_to_build(["compiler", "postgresql"]) == ["build-essential", "pkg-config", "libpq-dev"]
    assert debian_to_run(["postgresql", "poppler", "compiler"]) == ["libpq5", "poppler-utils"]


def test_the_files_of_an_older_lock_of_pdm_are_listed_by_name_and_version(facts: Build) -> None:
    lock = '[[package]]\nname = "django"\nversion = "5.2.1"\n\n[[package]]\nname = "a"\nversion = "1.0"\n\n[metadata.files]\n'
    lock += '"a 1.0" = [{url = "https://example.com/a-1.0-cp313-cp313-manylinux_2_17_x86_64.whl", hash = "sha256:0"}]\n'
    files = {"requirements.txt": None, "pyproject.toml": PROJECT.format('"django", "a"'), "pdm.lock": lock}
    assert needs_of(facts({**django_project(), ".python-version": "3.13\n", **files})) == ([], [])


def test_the_project_itself_is_not_among_what_may_have_to_be_compiled(facts: Build) -> None:
    lock = '[[package]]\nname = "x"\nversion = "1"\nsource = { virtual = "." }\n'
    files = {"requirements.txt": None, "pyproject.toml": PROJECT.format('"django"'), "uv.lock": lock}
    assert needs_of(facts({**django_project(), **files})) == ([], [])

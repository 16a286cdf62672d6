"""What a deployment file installs besides the dependency files. It must not be dropped silently.

A package by its name, path or address, and options that decide where packages come from and which versions they have.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import NamedTuple

from ...base.evidence import Evidence
from ...base.files import Repository, join, parent
from ...base.message import Failure
from ...base.requirements import canonical, parse
from ..deployed import DeployFile, deploy_files
from ..project import Project
from .manifests import BROUGHT, Folder, commands, is_about, separate_options
from .requirements_files import RequirementsFile
from .selected import split_words

# pip, and what adds a package to an environment without a file that says so.
_INSTALL = (
    r"\b(?:(?:pip3?(?:\.\d+)?|conda|mamba|micromamba)[\"']?,?\s+[\"']?install"
    r"|(?:poetry|pdm|uv)[\"']?,?\s+[\"']?add|pipenv\s+install(?=\s+[A-Za-z]))\b"
)
_PIP = re.compile(rf"{_INSTALL}((?:(?!{_INSTALL})[^&;|])*)")
# Options of a command that a requirements file can have too: https://pip.pypa.io/en/stable/reference/requirements-file-format/
_OPTIONS = {
    "-c": "-c", "--constraint": "-c", "-i": "-i", "--index-url": "-i", "--extra-index-url": "--extra-index-url",
    "-f": "-f", "--find-links": "-f", "--no-binary": "--no-binary",
}  # fmt: skip
# The same as variables: https://pip.pypa.io/en/stable/topics/configuration/#environment-variables
_VARIABLES = {
    "PIP_CONSTRAINT": "-c", "PIP_INDEX_URL": "-i", "PIP_EXTRA_INDEX_URL": "--extra-index-url", "PIP_FIND_LINKS": "-f",
    "PIP_NO_BINARY": "--no-binary",
}  # fmt: skip
_NAMES = "|".join(_VARIABLES)
_ASSIGNED = re.compile(
    rf"(?:^\s*ENV\s+(?=(?:{_NAMES})\s)|\b(?=(?:{_NAMES})=))({_NAMES})[=\s]\s*[\"']?([^\s\"'$;&|]+)(?=[\s\"';&|]|$)"
)
# Managers whose files the overlay does not install from.
_OTHER_FILES = re.compile(
    r"\b(?:conda|mamba|micromamba)\s+(?:env\s+)?(?:create|update|install)\s"
    r"[^&;|]*?(?:-f|--file)[=\s]\s*[\"']?([^\s\"']+)"
    r"|\bpixi\s+(install)\b"
)
_SAID = re.compile(r"\b(?:echo|printf)\s[^&;|]*")
# A mirror has the same packages.
_MIRROR = re.compile(r"https?://[^@$]*\bpypi\b[^@$]*", re.IGNORECASE)
# pip's options with a value, which is not a package.
_WITH_VALUE = frozenset(
    {
        "-r", "--requirement", "-c", "--constraint", "-t", "--target", "-i", "--index-url", "--extra-index-url", "-f",
        "--find-links", "--prefix", "--root", "--timeout", "--retries", "--trusted-host", "--cache-dir", "--python",
        "--progress-bar", "--src", "--platform", "--no-binary", "--only-binary", "--config-settings", "-C", "-e", "--editable",
        "--python-version", "--implementation", "--abi", "--upgrade-strategy", "--report", "--log", "--proxy", "--cert",
        "--client-cert", "--exists-action", "--global-option", "--root-user-action", "--use-feature", "--use-deprecated",
        "--keyring-provider", "--group",
        # uv's
        "-p", "--index", "--default-index", "--index-strategy", "--python-preference", "--python-platform", "--resolution",
        "--file", "--name", "-n", "-G", "-E", "--extras", "--source",
        "--prerelease", "--exclude-newer", "--link-mode", "--fork-strategy", "--torch-backend", "--extra", "--override",
        "--overrides", "--build-constraint", "--config-setting", "--config-file", "--project", "--directory", "-P",
        "--upgrade-package", "--reinstall-package", "--refresh-package", "--no-binary-package", "--allow-insecure-host",
    }
)  # fmt: skip
# Programs that install, build or check. An image does not need them, or gets them in another way.
_TOOLS = frozenset(
    {
        "python", "pip", "setuptools", "wheel", "uv", "poetry", "pipenv", "pdm",
        "pip-tools",
        "hatch", "hatchling", "build", "twine", "virtualenv", "pipx", "tox", "nox", "pytest", "coverage", "flake8", "black",
        "isort", "mypy", "ruff", "pre-commit", "awscli", "ansible", "docker-compose", "supervisor", "honcho", "watchdog",
        "debugpy", "pydevd", "pydevd-pycharm", "ptvsd", "ipdb", "ipython", "cython", "crcmod", "conda", "micropipenv", "pur",
        "setuptools-rust", "setuptools-scm", "maturin", "scikit-build", "scikit-build-core", "meson", "meson-python", "ninja",
        "cmake", "pybind11", "flit", "flit-core", "pkgconfig", "packaging", "wait-for-it",
        "dockerize", "certbot", "sphinx", "mkdocs", "codecov", "safety", "bandit", "invoke", "fabric",
        "jupyter", "jupyterlab", "notebook", "nodejs", "git", "gcc", "make", "compilers",
    }
)  # fmt: skip


def refuse_dropped(project: Project, folder: Folder, manager: str, installed_from: str) -> None:
    """Raise Failure if a deployment file installs a package, or the project itself, that production would not.

    `installed_from` is the file that production installs from. Not called if an answer sets the manager, which means to
    ignore the package.
    """
    has = {item.name for item in (*folder.pyproject, *(folder.pipfile or []))}
    has |= folder.requirements.names if folder.requirements else set()
    for packages in folder.packages.values():
        has |= {package.name for package in packages}
    has |= {item.name for item in folder.of_requirements}
    read = folder.requirements
    from_requirements = manager in ("pip", "pip-tools") and read is not None and folder.uses_requirements
    for word in _installed_beside_files(project):
        place = word.place
        if word.listed:
            what = f"what {word.text} lists"
            fix = "Add its packages there"
        elif word.option:
            line = _line_for(project.repository, word, read) if read and from_requirements else ""
            if not line:
                continue
            what = f"with {word.option} {word.text}, which {installed_from} does not say"
            fix = f"Write the line `{line}` into {installed_from}"
        elif word.name:
            if word.name in has or word.name in BROUGHT or word.name in _TOOLS or word.name.startswith("poetry-"):
                continue
            what = f"{word.name}, which {installed_from} does not have"
            fix = f"Add {word.name} there"
        else:
            line = _source_for(project.repository, word.text, folder, read)
            if not line:
                continue
            what = f"{word.text}, which {installed_from} does not have"
            fix = f"Write the line `{line}` there" if from_requirements else f"Add {line} there"
        raise Failure(
            f"{place.path}:{place.line} installs {what}, but production installs only from {installed_from}. "
            f"{fix}, commit, and run this again; or ignore it with -d django_dependency_manager={manager}.",
            anchor="package-installed-by-name",
        )

    if manager not in ("pip", "pip-tools") or read is None or not folder.uses_requirements or read.installs_project:
        return
    lacking = [item.name for item in folder.pyproject if not item.group and item.name not in read.names]
    itself = next(
        (command for command in commands(project) if command.manager == "pip" and command.target == "."), None
    )
    if lacking and itself and itself.rank <= 1:
        place = itself.evidence
        raise Failure(
            f"{place.path}:{place.line} installs the project itself too, whose pyproject.toml has {lacking[0]} and "
            f"{read.path} does not. Write the line `.` into {read.path}, commit, and run this again; or leave it out "
            f"with -d django_dependency_manager={manager}.",
            anchor="package-installed-by-name",
        )


class _Word(NamedTuple):
    """A part of an install command: a package by its `name`, by a path or an address, an `option` with its value, or a file."""

    text: str
    place: Evidence
    name: str = ""
    option: str = ""
    listed: bool = False  # a file of another manager, with packages


def _installed_beside_files(project: Project) -> Iterator[_Word]:
    """What the deployment file nearest to production installs with pip, in the project's folder."""
    root = str(project.fact("django_dependency_root").value)
    for file in deploy_files(project):
        live = file.kind in ("docker", "script", "platform") or (file.kind == "compose" and file.rank == 0)
        if not live or not is_about(project, file, root) or "/.github/" in f"/{file.path}":
            continue
        yield from _words(file)
        if any(_PIP.search(line) for _, line in file.lines):
            return


def _words(file: DeployFile) -> Iterator[_Word]:
    # What `pip wheel` built in an earlier stage is installed by its path.
    wheels = any(re.search(r"\bpip3?\s+wheel\b", line) for _, line in file.lines)
    for number, line in file.expanded:
        place = Evidence(file.path, number, line.strip()[:100])
        line = _SAID.sub("", line)
        for listed, pixi in _OTHER_FILES.findall(line):
            if not listed.endswith(".txt"):
                yield _Word("pixi.toml" if pixi else listed.rpartition("/")[2], place, listed=True)
        for name, value in _ASSIGNED.findall(line) if not wheels else ():
            yield _Word(value, place, option=_VARIABLES[name])
        for arguments in _PIP.findall(line):
            arguments = re.sub(r"[\[\]]\s*$", "", arguments).replace('", "', " ").replace("', '", " ")
            words = split_words(separate_options(arguments))
            from_file = any(re.match(r"-r|--requirement", word) for word in words)
            skip = ""
            for word in words:
                text = word.strip("\"',}")
                option, equals, value = text.partition("=")
                if skip in _OPTIONS and from_file and not wheels:
                    yield _Word(text, place, option=skip)
                if skip in ("-e", "--editable"):
                    yield _Word(text, place)
                if skip:
                    skip = ""
                elif text.startswith("-"):
                    skip = text if text in _WITH_VALUE else ""
                    if equals and option in _OPTIONS and from_file and not wheels:
                        yield _Word(value, place, option=option)
                elif _is_package(text):
                    yield _Word(text, place, name=canonical(re.split(r"[\[=<>~!]", text)[0]))
                elif not wheels:
                    yield _Word(text, place)


def _is_package(text: str) -> bool:
    named = re.fullmatch(r"[A-Za-z][\w.-]*[A-Za-z0-9](?:\[[\w,.-]*\])?(?:[=<>~!].*)?", text)
    return bool(named) and not re.search(r"\.(?:whl|txt|zip|gz)$", text)


def _line_for(repository: Repository, word: _Word, read: RequirementsFile) -> str:
    """An option of the command as a line of a requirements file; "" if it is there or not needed."""
    option = _OPTIONS[word.option]
    text = "".join(repository.text(path) or "" for path in read.files)
    if option == "-i" and _MIRROR.fullmatch(word.text):
        return ""
    value = word.text
    if option == "-c" or (option == "-f" and "://" not in value):
        found = _in_repository(repository, value, folder=option == "-f")
        if not found:
            return ""
        value = posixpath.relpath(found, parent(read.path))
        if found in read.files:
            return ""
    return "" if value in text else f"{option} {_braced(value)}"


def _source_for(repository: Repository, written: str, folder: Folder, read: RequirementsFile | None) -> str:
    """A path or an address as a line of a dependency file; "" if it is there already or meaningless here."""
    bare = re.sub(r"\[[^\]]*\]?$", "", written)
    text = "".join(repository.text(path) or "" for path in (read.files if read else ()))
    if "://" in bare or bare.startswith("git+"):
        found = parse(bare)
        known = {item.name for item in (*folder.of_requirements, *folder.pyproject, *(folder.pipfile or []))}
        address = re.sub(r"^\w+\+|@[\w.]+(?=#|$)|#.*$", "", bare)
        return "" if (found and found.name in known) or address in text else _braced(written)
    if bare in ("", ".", "./", "*") or "$" in bare:
        return ""
    path = _in_repository(repository, bare)
    if not path or path == "." or path.rpartition("/")[2] in text:
        return ""
    return posixpath.join(".", posixpath.relpath(path, folder.path)) if path else ""


def _in_repository(repository: Repository, written: str, *, folder: bool = False) -> str:
    """The file or installable (or any) folder of a path in an install command, or "".

    Paths in an image begin differently.
    """
    parts = [part for part in written.split("/") if part not in ("", ".")]
    for start in range(len(parts)):
        path = join(*parts[start:])
        if path.startswith(".."):
            continue
        if "*" in path:
            ending = path.rpartition("*")[2]
            files = repository.listing(parent(path)).files if repository.is_folder(parent(path)) else ()
            inside = next((name for name in files if ending and name.endswith(ending)), "")
            if inside:
                return join(parent(path), inside)
        elif (
            (folder and repository.is_folder(path))
            or repository.is_file(path)
            or any(repository.is_file(join(path, name)) for name in ("setup.py", "pyproject.toml", "setup.cfg"))
        ):
            return path
    return ""


def _braced(text: str) -> str:
    """Variables in the syntax of requirements files: `${TOKEN}`."""
    return re.sub(r"[$](\w+)", r"${\1}", text)

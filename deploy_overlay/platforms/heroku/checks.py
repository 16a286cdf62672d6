"""What Heroku's Python buildpack refuses, checked before anything is written.

Each rule has its place in https://github.com/heroku/heroku-buildpack-python/tree/v351; the pages for users are
https://devcenter.heroku.com/articles/python-support and https://devcenter.heroku.com/articles/python-package-managers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ...base import git
from ...base.files import Repository, read_plain
from ...base.message import Failure
from ...plan import Plan, plan
from ..own_files import unknown_start
from . import PLATFORM
from .procfile import WEB, monitor, starts, web_command

# The files by which the buildpack knows the manager: lib/package_manager.sh. A Pipfile demands its lock.
MANAGER_FILES = {
    "requirements.txt": "pip",
    "Pipfile.lock": "pipenv",
    "Pipfile": "pipenv",
    "poetry.lock": "poetry",
    "uv.lock": "uv",
}
VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)(\.(0|[1-9]\d*))?")
# lib/python_version.sh, without those that differ from the right name in ways that no file system shows
MISSPELT = (
    ".python_version", ".python_version.txt", ".python-version.", ".python-version.py", ".python-version.rtf",
    ".python-version.txt", ".python-version.TXT", ".Python-version", ".python.version", ".pythonversion",
    ",python-version", ". python-version", "python_version", "python_version.txt", "python-version",
    "python-version.txt",
)  # fmt: skip
PYTHON = "https://devcenter.heroku.com/articles/python-support"
PACKAGE_MANAGERS = "https://devcenter.heroku.com/articles/python-package-managers"
RUNTIMES = "https://devcenter.heroku.com/articles/python-runtimes"
NODE = "https://devcenter.heroku.com/articles/nodejs-support#customizing-the-build-process"
PROCFILE = "https://devcenter.heroku.com/articles/procfile"
AGAIN = "commit, and run this again"
SETTINGS_NAMED = re.compile(r"(?:DJANGO_SETTINGS_MODULE=|--settings[= ])[\"']?([\w.]+)")
# A port of its own, or this machine alone, as Gunicorn, Uvicorn and Daphne are told; otherwise it is $PORT.
BOUND = re.compile(
    r"(?:--bind|--port|\s-b|\s-p)[= ]*[\"']?((?:[\w.*\[\]]*:)?\d{2,5}(?![\w.:$])|(?:127\.[\d.]+|localhost):[^\s\"']+)"
)


def check(root: Path, answers: Mapping[str, Any]) -> None:
    """Raise Failure for the first thing that Heroku would not build, with the fix."""
    names = {path.name for path in root.iterdir() if path.is_file()}
    _check_manager(root, answers)
    _check_several_managers(names, answers)
    _check_package(root, answers)
    _check_python(root, names, answers)
    _check_environment(root)
    _check_procfile(root, answers)
    _check_front_end(root, answers)


def gaps(root: Path, answers: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What the user's files for Heroku lack. `check` rejects what Heroku would not build."""
    kept, planned = set(answers["deploy_kept_files"]), plan(answers, PLATFORM)
    settings = planned.app.settings
    found: list[tuple[str, str]] = []
    if "Procfile" in kept:
        found += [("Procfile", text) for text in _procfile_gaps("\n".join(_lines(root / "Procfile")), planned, answers)]
    if "app.json" in kept:
        found += [("app.json", text) for text in _app_json_gaps(root, settings)]
    if "bin/post_compile" in kept and "collectstatic" not in "\n".join(_lines(root / "bin" / "post_compile")):
        collect = planned.line.django(planned.app.build)
        found.append(("bin/post_compile", f"collects no static files: add `export DEPLOY_BUILD=1; {collect}`"))
    return found


def _procfile_gaps(text: str, planned: Plan, answers: Mapping[str, Any]) -> Iterator[str]:
    """A config var sets the settings module, so the user's command may be right too, but it is not rehearsed."""
    web, app = web_command(text), planned.app
    ours = f"write `web: {monitor(web)}{planned.web.command}`"
    other = [name for name in SETTINGS_NAMED.findall(web) if name != app.settings]
    assigned = app.application.startswith(f"{app.package}.") and app.server in answers.get(
        "django_settings_assigned", []
    )
    if f"{app.package}/gunicorn.conf.py" in web:
        pass
    elif other:
        yield f"uses the settings {other[0]} and not those of production: {ours}"
    elif assigned and app.application.partition(":")[0] not in web:
        yield f"starts your {app.server}.py, which assigns other settings than those of production: {ours}"
    elif bound := BOUND.search(web):
        yield f"listens on {bound[1]} and not on 0.0.0.0:$PORT, where Heroku asks: {ours}"
    else:
        yield unknown_start(ours)
    release = re.search(r"(?m)^[ \t]*release[ \t]*:(.+)$", text)
    if not release or "migrate" not in release[1]:
        yield f"runs no migrations: add `release: {planned.release}`"
    for process in planned.beside:
        if not starts(text, process.name):
            yield f"does not start {process.name}: add `{process.name}: {process.command}`"


def _app_json_gaps(root: Path, settings: str) -> list[str]:
    """Review apps get their variables from it: https://devcenter.heroku.com/articles/app-json-schema"""
    import json

    try:
        content = json.loads(read_plain(root / "app.json"))
        variables = content.get("env") or {}
    except (OSError, ValueError, AttributeError):
        return ["is not a JSON object: review apps cannot be made from it"]
    said = variables.get("DJANGO_SETTINGS_MODULE") if isinstance(variables, dict) else None
    value = said.get("value") if isinstance(said, dict) else said
    if value == settings:
        return []
    return [f'starts review apps without the production settings: add "DJANGO_SETTINGS_MODULE": "{settings}" to "env"']


def _check_manager(root: Path, answers: Mapping[str, Any]) -> None:
    manager, folder = answers["django_dependency_manager"], answers["django_dependency_root"]
    first = answers["django_dependency_files"][0]
    pip = manager in ("pip", "pip-tools")
    if manager == "pdm":
        raise Failure(
            f"Heroku does not support PDM, only pip, Pipenv, Poetry and uv ({PACKAGE_MANAGERS}). Move the project to "
            f"uv (`uv lock`, `git rm pdm.lock`), {AGAIN}, or choose another platform.",
            anchor="heroku-pdm",
        )
    if not pip and folder != ".":
        raise Failure(
            f"{first} is in a folder, but Heroku installs only from the root of the repository ({PACKAGE_MANAGERS}). "
            f"Move the files of {manager} there (`git mv {folder}/...`), {AGAIN}, or choose another platform.",
            anchor="heroku-dependencies-in-a-folder",
        )
    if pip and first.endswith("pyproject.toml"):
        moved = (
            "" if folder == "." else f"Move it to the root of the repository (`git mv {first} .`), where Heroku looks. "
        )
        raise Failure(
            f"{first} has no lock file, and Heroku cannot install from pyproject.toml alone "
            f"({PACKAGE_MANAGERS}). {moved}Make one with `uv lock`, {AGAIN}.",
            anchor="heroku-pyproject-alone",
        )
    more = [f"the group {name}" for name in answers.get("django_dependency_groups", [])]
    more += [f"the extra {name}" for name in answers.get("django_dependency_extras", [])]
    if more:
        raise Failure(
            f"Production also installs {', '.join(more)} of {first}, but Heroku installs only what is always needed "
            f"({PACKAGE_MANAGERS}). Move these packages to the dependencies of the project, lock again, {AGAIN}, or choose "
            "another platform.",
            anchor="heroku-groups",
        )
    start = answers.get("django_install_folder") or "."
    if pip and start != ".":
        raise Failure(
            f"{first} has paths relative to {start}/, but Heroku runs pip at the root of the repository. "
            f"Write them relative to the root ({start}/...), {AGAIN}, or choose another platform.",
            anchor="heroku-other-requirements",
        )
    own = pip and first != "requirements.txt" and "requirements.txt" in answers["deploy_kept_files"]
    if own and first not in _installed_by(root, "requirements.txt"):
        raise Failure(
            f"Heroku would install requirements.txt, but production uses {first} "
            f"({PACKAGE_MANAGERS}). Write `-r {first}` into requirements.txt, {AGAIN}.",
            anchor="heroku-other-requirements",
        )


def _installed_by(root: Path, path: str) -> list[str]:
    """A requirements file with those that it includes."""
    from ...detect.dependencies import read_requirements

    found = read_requirements(Repository(root), path)
    return found.files if found else []


def _check_several_managers(names: set[str], answers: Mapping[str, Any]) -> None:
    """Only one is allowed: https://devcenter.heroku.com/changelog-items/3027"""
    manager = {"pip-tools": "pip"}.get(answers["django_dependency_manager"], answers["django_dependency_manager"])
    found = [name for name, owner in MANAGER_FILES.items() if name in names and owner != manager]
    if found:
        them = "them" if len(found) > 1 else "it"
        raise Failure(
            f"Production uses {manager}, but there is also {' and '.join(found)} at the root, and Heroku refuses "
            f"several package managers ({PACKAGE_MANAGERS}). Remove {them} "
            f"(`git rm {' '.join(found)}`), {AGAIN}; or use it: -d django_dependency_manager="
            f"{MANAGER_FILES[found[0]]}.",
            anchor="heroku-several-managers",
        )


def _check_package(root: Path, answers: Mapping[str, Any]) -> None:
    """lib/poetry.sh: `poetry sync --only main`, which also installs the project."""
    if answers["django_dependency_manager"] != "poetry":
        return
    from ...detect.dependencies import lacks_its_package

    if name := lacks_its_package(root):
        raise Failure(
            f"Heroku runs `poetry sync --only main` ({PACKAGE_MANAGERS}), which fails because the project is a "
            f"package without a folder {name}. Add package-mode = false to [tool.poetry] in pyproject.toml, "
            f"{AGAIN}.",
            anchor="heroku-poetry-package",
        )


def _check_python(root: Path, names: set[str], answers: Mapping[str, Any]) -> None:
    """runtime.txt takes precedence over .python-version, and both must be valid."""
    version = said = str(answers["django_python_version"])
    if "runtime.txt" in names:
        said = _runtime_version(_lines(root / "runtime.txt"), answers)
    elif misspelt := sorted(names & set(MISSPELT)):
        raise Failure(
            f"Heroku refuses to build with a file named {misspelt[0]} ({RUNTIMES}). Rename it to .python-version, "
            f"{AGAIN}.",
            anchor="heroku-python-version-file",
        )
    elif ".python-version" in answers["deploy_kept_files"]:
        lines = _lines(root / ".python-version")
        said = lines[0] if len(lines) == 1 else ""
        if not VERSION.fullmatch(said):
            raise Failure(
                f".python-version must contain only a version such as {version}, in UTF-8, for Heroku ({RUNTIMES}). "
                f"Change it, {AGAIN}.",
                anchor="heroku-python-version-file",
            )
    pythons = PLATFORM.runs.pythons
    if f"3.{_minor(said)}" not in pythons:
        raise Failure(
            f"Heroku supports Python {pythons[-1]} to {pythons[0]}, not {said} ({RUNTIMES}). Change it, {AGAIN}.",
            anchor="heroku-python",
        )


def _runtime_version(lines: list[str], answers: Mapping[str, Any]) -> str:
    version = str(answers["django_python_version"])
    said = lines[0].removeprefix("python-") if len(lines) == 1 and lines[0].startswith("python-") else ""
    if answers["django_dependency_manager"] == "uv":
        wrong = "Heroku does not support runtime.txt with uv"
    elif not VERSION.fullmatch(said):
        wrong = f"runtime.txt has no version of the form python-{version}"
    elif _minor(said) != _minor(version):
        wrong = f"Heroku would use Python {said} from runtime.txt, but the project uses {version}"
    else:
        return said
    raise Failure(
        f"{wrong}. Remove it, because .python-version replaces it ({RUNTIMES}): `git rm runtime.txt`, {AGAIN}.",
        anchor="heroku-runtime-txt",
    )


def _check_environment(root: Path) -> None:
    """lib/checks.sh: a virtual environment in git stops the build; an ignored one is not pushed."""
    found = [name for name in (".venv", "venv") if (root / name / "pyvenv.cfg").is_file()]
    if not found:
        return
    listed = git.text(root, "ls-files", "--", *(f"{name}/pyvenv.cfg" for name in found))
    if listed:
        folder = listed.split("/")[0]
        raise Failure(
            f"The virtual environment {folder}/ is committed, which Heroku refuses ({PYTHON}). Remove it from git "
            f"(`git rm -r -q --cached {folder}`), add it to .gitignore, {AGAIN}.",
            anchor="heroku-committed-environment",
        )


def _check_procfile(root: Path, answers: Mapping[str, Any]) -> None:
    """The project's Procfile is kept, so it must start a web server."""
    if "Procfile" not in answers["deploy_kept_files"]:
        return
    # Answers name a file without regard to case; Heroku reads one name only.
    names = [path.name for path in root.iterdir() if path.name.casefold() == "procfile"]
    text = "\n".join(_lines(root / "Procfile"))
    if not web_command(text) or "Procfile" not in names:
        wrong = "starts Django's development server" if WEB.search(text) else "has no line `web: ...`"
        if names and "Procfile" not in names:
            wrong = f"is named {names[0]}, which Heroku does not find"
        raise Failure(
            f"Your Procfile {wrong}, so the site would not start on Heroku ({PROCFILE}). If it is for development, rename "
            f"it (`git mv Procfile Procfile.dev`), {AGAIN}. The overlay then adds its own.",
            anchor="heroku-procfile",
        )


def _check_front_end(root: Path, answers: Mapping[str, Any]) -> None:
    """The Node.js buildpack runs `heroku-postbuild`, else `build`, of the package.json at the root."""
    front = answers["django_frontend"]
    if not front or not front["build"] or "package.json" not in answers["deploy_kept_files"]:
        return
    import json

    try:
        scripts = json.loads(read_plain(root / "package.json")).get("scripts") or {}
    except (OSError, ValueError, AttributeError):
        scripts = {}
    done = front["root"] == "." and front["script"] == "build"
    if not done and "heroku-postbuild" not in scripts:
        here = front["root"] == "."
        build = front["build"] if here else f"cd {front['root']} && {front['install']} && {front['build']}"
        raise Failure(
            f"Heroku runs the script heroku-postbuild or build of the package.json at the root ({NODE}), but "
            f'neither builds the front end. Add "heroku-postbuild": "{build}" to its scripts, {AGAIN}.',
            anchor="heroku-front-end",
        )


def _lines(path: Path) -> list[str]:
    """The lines that the buildpack reads, without empty ones and comments; [] if it is not UTF-8."""
    try:
        text = read_plain(path).decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return []
    return [line.strip() for line in text.splitlines() if line.strip() and not line.strip().startswith("#")]


def _minor(version: str) -> int:
    return int(version.split(".")[1])

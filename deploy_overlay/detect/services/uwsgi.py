"""What uWSGI runs beside the site: mules, spoolers, and functions that its decorators register.

https://uwsgi-docs.readthedocs.io/en/latest/Mules.html, .../Spooler.html and .../PythonDecorators.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...base.evidence import Evidence
from ...base.files import join, parent
from ..dependencies import installed, line_of
from ..deployed import DeployFile, deploy_files
from ..project import Project
from .own_modules import own_modules

# In files of any format, and among the arguments of the program.
_MULE = re.compile(r"^\s*<?mules?\s*(?:[=:>]\s*[\"']?(?P<script>[^\s\"'<]*)|/>|$)")
_SPOOLER = re.compile(r"^\s*<?spooler(?:-external|s)?\s*[=:>]")
_ARGUMENT = re.compile(r"--(?P<kind>mules?|spooler(?:-external|s)?)(?:[\"',=\s]+(?P<script>[^\s\"'=-][^\s\"',]*))?")
_API = re.compile(r"^\s*(?:import|from)\s+uwsgi(?:decorators)?\b", re.MULTILINE)
_DECORATED = r"^\s*from\s+uwsgidecorators\s+import\s|^\s*import\s+uwsgidecorators\b"
# A script that loads Django itself, or has nothing of it, runs without the server too.
_LOADS_DJANGO = re.compile(r"django\.setup\(|get_[aw]sgi_application\(")
_USES_DJANGO = re.compile(r"^\s*(?:import|from)\s+(?!os\b|sys\b)\S*(?:django|models|settings)", re.MULTILINE)


def mules(project: Project, file: DeployFile) -> Iterator[tuple[str, Evidence]]:
    """The scripts that mules run and that a process of its own can run as well: path from the Django root."""
    for script, place in _mules(file):
        path = _found(project, file, script)
        text = project.repository.text(path) if path else None
        if text is not None and not _API.search(text) and (_LOADS_DJANGO.search(text) or not _USES_DJANGO.search(text)):
            yield script_from(project, path), place


def only_uwsgi(project: Project) -> Evidence | None:
    """Where something is that no other server runs; None without."""
    for file in deploy_files(project):
        alone = {place for _, place in mules(project, file)}
        for _, place in _mules(file):
            if place not in alone:
                return place._replace(note="a mule, which only uWSGI runs")
        for match, place in file.matches(_SPOOLER if file.kind == "server" else _ARGUMENT):
            if file.kind == "server" or not match["kind"].startswith("mule"):
                return place._replace(note="a spooler, which only uWSGI runs")
    if not {"uwsgi", "pyuwsgi", "uwsgidecorators"} & installed(project).keys():
        return None
    for path in own_modules(project):
        if line := line_of(project.repository, path, _DECORATED):
            return Evidence(path, line, "functions that only uWSGI calls")
    return None


def script_from(project: Project, path: str) -> str:
    return path if project.root == "." else path.removeprefix(f"{project.root}/")


def _mules(file: DeployFile) -> Iterator[tuple[str, Evidence]]:
    for match, place in file.matches(_MULE if file.kind == "server" else _ARGUMENT):
        if file.kind == "server" or match["kind"].startswith("mule"):
            yield match["script"] or "", place


def _found(project: Project, file: DeployFile, script: str) -> str:
    """The file of a mule's script, which is looked for from the Django root and beside the configuration."""
    if not script.endswith(".py") or script.startswith(("/", "..")):
        return ""
    inside = "" if project.root == "." else f"{project.root}/"
    places = (join(folder, script) for folder in (project.root, parent(file.path)))
    return next((path for path in places if project.repository.is_file(path) and path.startswith(inside)), "")

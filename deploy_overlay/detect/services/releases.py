"""Management commands that the project's own release runs beside `migrate`, and ours does not."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...base.evidence import Evidence
from ..deployed import DeployFile, deploy_files
from ..project import Project

_COMMAND = re.compile(
    r"(?:manage\.py|django-admin(?:\.py)?|-m\s+django)[\"',\s]+(?P<name>[a-z]\w*)(?P<rest>(?:[\"',\s]+[\w./:=@+-]+)*)"
)
# What the overlay does itself, what ends in a process of its own, and what is no part of a release.
_NOT_TOLD = re.compile(
    r"^(migrate|makemigrations|collectstatic|compilemessages|compilescss|compilejsi18n|compress|createcachetable|check|test|pytest"
    r"|shell\w*|dbshell|flush|dumpdata|run\w*server\w*|run\w*|tailwind|crontab|clearsessions|showmigrations|diffsettings|startapp"
    r"|help|version|inspectdb|sendtestemail|qcluster|\w*worker\w*)$"
    r"|wait|super_?user|admin|user|demo|sample|fake|dummy|fixture|example|seed|watch|poll|consume|listen|schedul|backup"
)
_KINDS = ("docker", "procfile", "script", "platform", "compose")
_WHOLE = ("script",)  # all lines of such a file run one after the other
MAX_COMMANDS = 8


def release_commands(project: Project) -> list[Evidence]:
    """Where the deployment files run such commands together with `migrate`; the note is the command.

    In the file that is nearest to production, and without those that create users or data to try the site with.
    """
    for file in deploy_files(project):
        found = dict(_beside_migrate(file)) if file.kind in _KINDS and "/.github/" not in f"/{file.path}" else {}
        if found:
            return [place._replace(note=command) for command, place in found.items()][:MAX_COMMANDS]
    return []


def _beside_migrate(file: DeployFile) -> Iterator[tuple[str, Evidence]]:
    commands = [(match, place) for match, place in file.matches(_COMMAND)]
    lines = {place.line for match, place in commands if match["name"] == "migrate"}
    if file.kind not in _WHOLE:
        commands = [(match, place) for match, place in commands if place.line in lines]
    for match, place in commands if lines else ():
        if not _NOT_TOLD.search(match["name"]):
            arguments = " ".join(word.strip("\"',") for word in match["rest"].split())
            yield f"{match['name']} {arguments}".strip(), place

"""What a Dockerfile copies from a front end's stage into the site's folders.

https://docs.docker.com/build/building/multi-stage/
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field

from ...base.evidence import Evidence
from ...base.files import join, parent
from ..deployed import FROM, WORKDIR, DeployFile
from ..project import Project
from .collected import inside, is_collected
from .package_json import Package

_COPY = re.compile(r"(?i)^\s*(?:COPY|ADD)\s+(?P<options>(?:--\S+\s+)*)(?P<words>\S.*)$")


@dataclass
class _Stage:
    """The repository's folders in a stage: path in the image, path from the git root."""

    folder: str = "/"
    holds: list[tuple[str, str]] = field(default_factory=list)

    def in_repository(self, path: str) -> str:
        """The path from the git root of a path in the image; "" if it was not copied there."""
        for here, there in sorted(self.holds, key=lambda one: -len(one[0])):
            if path == here or path.startswith(f"{here.rstrip('/')}/"):
                return join(there, posixpath.relpath(path, here))
        return ""


def between_stages(project: Project, file: DeployFile, package: Package) -> list[tuple[str, str, Evidence]]:
    """Output of this package, and the folder from which Django collects it, both from the git root."""
    stages: dict[str, _Stage] = {}
    copies: list[tuple[_Stage, str, _Stage, str, Evidence]] = []
    current, count = _Stage(), 0
    for number, line in file.lines:
        if begun := FROM.match(line):
            base = stages.get(begun["image"].lower(), _Stage())
            current = _Stage(base.folder, [*base.holds])
            stages |= {str(count): current, (begun["name"] or str(count)).lower(): current}
            count += 1
        elif moved := WORKDIR.match(line):
            current.folder = posixpath.normpath(posixpath.join(current.folder, moved["path"]))
        elif copied := _COPY.match(line):
            words = re.findall(r"[^\s\"',\[\]]+", copied["words"])
            if len(words) < 2:
                continue
            target = posixpath.normpath(posixpath.join(current.folder, words[-1]))
            origin = re.search(r"--from=(\S+)", copied["options"])
            for word in words[:-1]:
                if origin is None:
                    current.holds += [(target, path) for path in _folders(project, file, word)]
                elif origin[1].lower() in stages:
                    place = Evidence(file.path, number, line.strip()[:100])
                    copies.append((stages[origin[1].lower()], word, current, target, place))
    found = []
    for source, written, stage, target, place in copies:
        output = source.in_repository(posixpath.normpath(posixpath.join("/", written)))
        # A stage that gets the code in another way has it in a folder of the image: /app/static.
        to = stage.in_repository(target) or ("" if stage.holds else join(*target.split("/")[2:]))
        if output and to and inside(output, package.folder) and output != to and is_collected(project, to):
            found.append((output, to, place))
    return [one for one in found if not is_collected(project, one[0])]


def _folders(project: Project, file: DeployFile, word: str) -> list[str]:
    """The folder of a word of COPY, relative to the git root, where images are built, or to the Dockerfile."""
    if word in (".", "./"):
        return ["."]
    paths = (join(word), join(parent(file.path), word))
    return [path for path in paths if not path.startswith("..") and project.repository.is_folder(path)][:1]

"""A Docker daemon on loopback that takes what it is to build, keeps it, and then says that it cannot build.

https://docs.docker.com/reference/api/engine/version/v1.43/ without BuildKit, which sends no archive.
"""

from __future__ import annotations

import io
import re
import tarfile
from dataclasses import dataclass

from .server import Answer, Asked, Simulated

REFUSAL = "nothing is built here"
TOLD = {
    "/_ping": "OK",
    "/info": {"ServerVersion": "24.0.0", "OSType": "linux", "Architecture": "x86_64"},
    "/version": {"Version": "24.0.0", "ApiVersion": "1.43", "MinAPIVersion": "1.12", "Os": "linux", "Arch": "amd64"},
}


@dataclass(frozen=True)
class Build:
    """What a client asked to be built: POSIX paths in the context, the Dockerfile among them, and the image's name."""

    dockerfile: str
    image: str
    context: frozenset[str]


class Docker(Simulated):
    def __init__(self) -> None:
        super().__init__()
        self.builds: list[Build] = []

    def act(self, asked: Asked) -> Answer:
        path = re.sub(r"^/v[\d.]+", "", asked.path)
        if path == "/build":
            with tarfile.open(fileobj=io.BytesIO(asked.body)) as archive:
                names = frozenset(archive.getnames())
            self.builds.append(Build(asked.query["dockerfile"][0], asked.query["t"][0], names))
            return Answer(200, {"error": REFUSAL, "errorDetail": {"message": REFUSAL}})
        if path not in TOLD:
            return Answer(404, {"message": "not found"})
        return Answer(200, TOLD[path], {"Api-Version": "1.43", "OSType": "linux"})

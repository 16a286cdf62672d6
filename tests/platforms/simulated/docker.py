"""A Docker daemon on loopback that takes what it is to build and keeps it; then it says that it did, or that it cannot.

https://docs.docker.com/reference/api/engine/version/v1.43/ without BuildKit, which sends no archive.
"""

from __future__ import annotations

import io
import json
import re
import tarfile
from dataclasses import dataclass

from .server import Answer, Asked, Simulated

REFUSAL = "nothing is built here"
DETAIL = {"errorDetail": {"message": REFUSAL}}
IMAGE = f"sha256:{'0' * 64}"
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
    """With `succeeds` every build ends well, and what is pushed goes nowhere."""

    def __init__(self, succeeds: bool = False) -> None:
        super().__init__()
        self.succeeds = succeeds
        self.builds: list[Build] = []

    def act(self, asked: Asked) -> Answer:
        path = re.sub(r"^/v[\d.]+", "", asked.path)
        if path == "/build":
            with tarfile.open(fileobj=io.BytesIO(asked.body)) as archive:
                names = frozenset(archive.getnames())
            self.builds.append(Build(asked.query["dockerfile"][0], asked.query["t"][0], names))
            return Answer(200, _lines({"aux": {"ID": IMAGE}}) if self.succeeds else {"error": REFUSAL, **DETAIL})
        if self.succeeds and re.fullmatch("/images/.+/push", path):
            return Answer(200, _lines({"aux": {"Tag": "latest", "Digest": IMAGE, "Size": 1000}}))
        if self.succeeds and path == f"/images/{IMAGE}/json":
            return Answer(200, {"Id": IMAGE, "Size": 1000, "Os": "linux", "Architecture": "amd64", "Config": {}})
        if self.succeeds and path == "/images/json":
            return Answer(200, [{"Id": IMAGE, "Size": 1000, "RepoTags": [], "RepoDigests": []}])
        if path not in TOLD:
            return Answer(404, {"message": "not found"})
        return Answer(200, TOLD[path], {"Api-Version": "1.43", "OSType": "linux"})


def _lines(*told: object) -> str:
    """As the daemon tells of what goes on: an object in each line."""
    return "".join(f"{json.dumps(one)}\n" for one in told)

"""What is in an image: the files of each layer that a build added, and the programs of the result."""

from __future__ import annotations

import io
import json
import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .buildah import Buildah

COMPILERS = ("as", "c++", "cc", "clang", "cpp", "g++", "gcc", "go", "ld", "make", "pkg-config", "rustc", "cargo")
MANAGERS = ("conda", "hatch", "pdm", "pip", "pip3", "pipenv", "poetry", "uv", "uvx", "npm", "npx", "yarn", "pnpm")


@dataclass(frozen=True)
class File:
    """A file of one layer; what an upper layer hides is still in the lower one, for everybody who pulls the image."""

    layer: int
    path: str
    content: bytes


def added_files(buildah: Buildah, image: str, base: str, folder: Path) -> Iterator[File]:
    """Every file of the layers that lie on those of `base`; `folder` takes the archive."""
    archive = folder / "image.tar"
    # docker-archive keeps layers as plain tar files.
    buildah.ask("push", "--quiet", *buildah.trust, image, f"docker-archive:{archive}")
    try:
        with tarfile.open(archive) as outer:
            manifest = json.loads(_read(outer, "manifest.json"))
            for number, name in enumerate(manifest[0]["Layers"][len(buildah.layers(base)) :]):
                with tarfile.open(fileobj=io.BytesIO(_read(outer, name))) as layer:
                    for member in layer:
                        if member.isfile() and (content := layer.extractfile(member)):
                            yield File(number, f"/{member.name}", content.read())
    finally:
        archive.unlink()


def _read(archive: tarfile.TarFile, name: str) -> bytes:
    content = archive.extractfile(name)
    assert content, name
    return content.read()


def build_programs(root: Path) -> list[str]:
    """Compilers and package managers of languages below this root, as programs on any PATH or as Python packages."""
    found = [
        str(path.relative_to(root))
        for folder in (
            "bin",
            "sbin",
            "usr/bin",
            "usr/sbin",
            "usr/local/bin",
            "venv/bin",
            "opt/*/bin",
            "root/.local/bin",
        )
        for directory in root.glob(folder)
        for path in directory.iterdir()
        if re.sub(r"[-.\d]+$", "", path.name) in {*COMPILERS, *MANAGERS} or path.name in {*COMPILERS, *MANAGERS}
    ]
    for packages in root.glob("**/site-packages"):
        found += [str(path.relative_to(root)) for name in MANAGERS if (path := packages / name).exists()]
    found += [str(path.relative_to(root)) for path in root.glob("**/pip-*.whl")]
    return sorted(found)

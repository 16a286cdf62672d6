"""Base images that stand for the official ones where none can be pulled: Debian, with Python or Node.js in /usr/local."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.programs import run

from .buildah import CERTIFICATES, Buildah

MIRROR = "http://deb.debian.org/debian"
# What the official slim images have beside the libraries of Python.
PACKAGES = ("ca-certificates", "netbase", "tzdata")
# Where builds mount the certificates of this machine; each program has a variable of its own for it.
TRUSTED = ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
# A change here, or in what a recipe does, is another image.
EDITION = "2"


@dataclass(frozen=True)
class Recipe:
    """How one image is made: what is put into /usr/local of this Debian, and the commands that finish it there."""

    release: str
    made_of: str
    put_into: Callable[[Path], None]
    finish: str
    command: str
    variables: dict[str, str] = field(default_factory=dict)


def base_images(buildah: Buildah, dockerfile: Path) -> None:
    """See to it that this store has every image that the Dockerfile starts a stage from; each is made once.

    Raises NoPython when this machine has no Python that an image can be made of.
    """
    from . import node_base, python_base

    for name in starting_images(dockerfile):
        recipe = python_base.recipe(name) or node_base.recipe(name)
        assert recipe, f"{name} is no name of an official image that can be made here"
        with buildah.alone():
            if buildah.label(name, "made-of") != f"{recipe.made_of} {EDITION}":
                _make(buildah, name, recipe)


def starting_images(dockerfile: Path) -> list[str]:
    """The images that stages start from, first that of the first stage; other stages are none."""
    stages = re.findall(r"(?m)^FROM (\S+)(?: AS (\S+))?", dockerfile.read_text(encoding="utf-8"))
    own = {name for _, name in stages}
    return list(dict.fromkeys(image for image, _ in stages if image not in own))


def _make(buildah: Buildah, name: str, recipe: Recipe) -> None:
    with tempfile.TemporaryDirectory(prefix="base-image-") as folder:
        root = Path(folder) / "root"
        include = f"--include={','.join(PACKAGES)}"
        run(["debootstrap", "--variant=minbase", include, recipe.release, root, MIRROR], Path(folder))
        shutil.rmtree(root / "var" / "cache" / "apt" / "archives")
        recipe.put_into(root / "usr" / "local")
        with buildah.container("scratch") as container:
            buildah.ask("add", "--quiet", container.identity, str(root), "/")
            variables = recipe.variables | {
                "PATH": "/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin",
                **dict.fromkeys(TRUSTED, f"{CERTIFICATES}/ca-certificates.crt"),
            }
            options = [part for key, value in variables.items() for part in ("--env", f"{key}={value}")]
            options += ["--cmd", recipe.command, "--label", f"made-of={recipe.made_of} {EDITION}"]
            buildah.ask("config", *options, container.identity)
            container.run("sh", "-euc", recipe.finish)
            buildah.ask("commit", "--quiet", *buildah.trust, container.identity, name)

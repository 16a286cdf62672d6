"""Ways from a simulated platform to a real PostgreSQL: what its program, or ssh, does where a private network would begin."""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

from tests.platforms.simulated import forward

# A tunnel stays open, which a stand-in cannot.
FLY = """#!/usr/bin/env bash
printf '%s\\n' "$*" >>'{calls}'
case "$1 $2" in
    "mpg proxy") exec '{python}' '{forward}' "$5" '{where}' {bytes} ;;
    "proxy "*) exec '{python}' '{forward}' "${{2%%:*}}" '{where}' {bytes} ;;
    *) exec '{program}' "$@" ;;
esac
"""
# kubectl port-forward SERVICE PORT:5432
KUBECTL = """#!/usr/bin/env bash
printf '%s\\n' "$*" >>'{calls}'
case "$1" in
    port-forward) exec '{python}' '{forward}' "${{3%%:*}}" '{where}' {bytes} ;;
    *) exec '{program}' "$@" ;;
esac
"""
# ssh -N -L 127.0.0.1:PORT:HOST:PORT USER@HOST, as for Kamal
SERVER = """#!/usr/bin/env bash
printf '%s\\n' "$*" >>'{calls}'
case "$*" in
    *" -L "*)
        while [ "$1" != -L ]; do shift; done
        port=${{2#*:}}
        exec '{python}' '{forward}' "${{port%%:*}}" '{where}' {bytes} ;;
    *) exec '{program}' "$@" ;;
esac
"""
# ssh [options] URL COMMAND, and ssh -n -N -L PORT:HOST:PORT URL, as the Upsun CLI calls it.
SSH = """#!/usr/bin/env bash
printf '%s\\n' "$*" >>'{calls}'
case "$*" in
    *" -L "*)
        while [ "$1" != -L ]; do shift; done
        exec '{python}' '{forward}' "${{2%%:*}}" '{where}' {bytes} ;;
    *BEGIN_ENV_VAR*) PLATFORM_RELATIONSHIPS='{relationships}' exec sh -c "${{@: -1}}" ;;
    *"python -m django "*) ;;
    *) exit 255 ;;
esac
"""


def fly(folder: Path, program: Path, to: str, size: str = "") -> Path:
    """A folder for PATH whose `fly` is the one at `program`, with tunnels to the server of an address.

    A tunnel ends by itself after it carried `size` bytes to the server. What the program is called with is in the file `calls`.
    """
    return _program(folder, "fly", FLY, to, size, program=program)


def kubectl(folder: Path, program: Path, to: str, size: str = "") -> Path:
    """The same for the `kubectl` at `program`."""
    return _program(folder, "kubectl", KUBECTL, to, size, program=program)


def server(folder: Path, program: Path, to: str, size: str = "") -> Path:
    """The same for the `ssh` at `program`, which leads to servers of the owner's."""
    return _program(folder, "ssh", SERVER, to, size, program=program)


def ssh(folder: Path, to: str, size: str = "") -> Path:
    """A folder for PATH whose `ssh` reaches one app on Upsun, which has a relationship to an address, and Redis."""
    parts = urlsplit(to)
    end = {"scheme": "pgsql", "host": "database.internal", "port": 5432, "path": unquote(parts.path[1:])}
    end |= {"username": unquote(parts.username or ""), "password": unquote(parts.password or "")}
    end["query"] = {"is_master": True}
    redis = {"scheme": "redis", "host": "redis.internal", "port": 6379}
    told = base64.b64encode(json.dumps({"cache": [redis], "database": [end]}).encode()).decode()
    return _program(folder, "ssh", SSH, to, size, relationships=told)


def _program(folder: Path, name: str, text: str, to: str, size: str, **more: object) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    parts = urlsplit(to)
    where = f"{parts.hostname}:{parts.port}"
    text = text.format(
        calls=folder / "calls", python=sys.executable, forward=forward.__file__, where=where, bytes=size, **more
    )
    (folder / name).write_text(text, encoding="utf-8")
    (folder / name).chmod(0o755)
    return folder

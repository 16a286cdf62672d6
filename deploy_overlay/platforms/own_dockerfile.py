"""What the user's Dockerfile lacks, if a platform builds it. It is only read.

https://docs.docker.com/reference/dockerfile/
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from ..base.files import read_plain
from ..base.platform import Values
from ..plan import plan

_SETS_PORT = re.compile(r"(?i)\s*ENV\s.*\b(PORT|GUNICORN_CMD_ARGS)\b")


def dockerfile_gaps(root: Path, path: str, answers: Values, *, port: bool = False) -> list[str]:
    """Sentences, each with what to add; `path` is from the git root, `port`: the platform's file sets PORT."""
    inside = plan(answers)
    package = inside.app.package
    start = json.dumps(inside.server.split())
    try:
        text = read_plain(root / path).decode("utf-8", "replace")
    except OSError:
        return ["is not there, and the build starts from it: commit it"]
    lines = [line for line in re.sub(r"\\\r?\n", " ", text).splitlines() if not line.lstrip().startswith("#")]
    last_stage = lines[
        max((number for number, line in enumerate(lines) if re.match(r"(?i)\s*FROM\s", line)), default=0) :
    ]
    found = []
    if not any(re.match(rf"(?i)\s*ENV\s.*DJANGO_SETTINGS_MODULE[= ]\"?{package}\.settings\b", line) for line in lines):
        found.append(f"does not set the production settings: add `ENV DJANGO_SETTINGS_MODULE={package}.settings`")
    if not any("collectstatic" in line for line in lines):
        collect = inside.line.django(inside.app.build)
        found.append(f"collects no static files: add `RUN export DEPLOY_BUILD=1; {collect}`")
    starts = [line for line in last_stage if re.match(r"(?i)\s*(CMD|ENTRYPOINT)\s", line)]
    if any("runserver" in line for line in starts):
        found.append(f"starts the development server: end with `CMD {start}`")
    elif not starts:
        found.append(f"starts nothing: end with `CMD {start}`")
    elif unheard := _unheard(" ".join(starts), port or any(_SETS_PORT.match(line) for line in lines)):
        found.append(unheard)
    return found


def _unheard(start: str, port: bool) -> str:
    """A sentence if Gunicorn listens on 127.0.0.1, its default without an address and a port.

    https://gunicorn.org/reference/settings/#bind
    """
    bound = re.search(r"""(?:--bind|\s-b|"-b")["',=\s]*([^\s"',]+)""", start)
    if bound and bound[1].startswith(("127.", "localhost")):
        return f"listens on {bound[1]}, where the platform cannot reach it: write `--bind 0.0.0.0:8000`"
    configured = bound or re.search(r"""(?:--config|\s-c|"-c")["',=\s]|gunicorn\.conf\.py""", start)
    if "gunicorn" not in start or port or configured:
        return ""
    return "listens on 127.0.0.1, where the platform cannot reach it: add `ENV PORT=8000`"

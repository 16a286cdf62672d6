"""The values of variables, which stay where their owner keeps them: https://kamal-deploy.org/docs/commands/secrets/

`.kamal/secrets` takes them from variables of the shell, or from a password manager. deploy/.env, which git ignores, is read
for what the shell does not have.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Mapping

from ....adapter.site import Site
from ....adapter.steps import Command
from ....adapter.values import values_of_file
from ....base.atomic_file import write_atomically
from ....base.scrub import hide

REHEARSED = "DEPLOY_OVERLAY_REHEARSED"
PRINTED = "printed"  # note
_LINE = re.compile(r"([A-Za-z_]\w*)=(.*)")


def own_file(site: Site) -> str:
    return f"{site.answers.deploy_folder}/.env"


def environ(site: Site) -> dict[str, str]:
    """What Kamal gets beside this process's own environment: a file that was named counts first, deploy/.env last."""
    path = own_file(site)
    kept = values_of_file(path, site.root) if (site.root / path).is_file() else {}
    found = {name: value for name, value in kept.items() if not os.environ.get(name)} | site.values.from_file
    return found | ({REHEARSED: "1"} if site.request.rehearsed else {})


def printed(site: Site, destination: tuple[str, ...]) -> dict[str, str]:
    """What .kamal/secrets gives, by name; a name without a value too. Raises Failure where Kamal cannot read it.

    Read once in a run, because a password manager may ask for its own password each time.
    """
    argv = ("secrets", "print", *destination)
    if PRINTED not in site.notes:
        done = site.cli.answer(Command(argv, environ=environ(site), secret=True))
        if done.status != 0:
            raise site.cli.failure(done, site.cli.line(*argv))
        site.notes[PRINTED] = done.output
    found: dict[str, str] = {}
    name = ""
    for line in site.notes[PRINTED].splitlines():
        if begun := _LINE.fullmatch(line):
            name, found[begun[1]] = begun[1], begun[2]
        elif name:
            found[name] += f"\n{line}"
    for value in found.values():
        hide(value)
    return found


def write(site: Site, given: Mapping[str, str]) -> None:
    """Add values to deploy/.env. What it had of these names stays as a comment."""
    path = site.root / own_file(site)
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    old = [name for name in (values_of_file(own_file(site), site.root) if text else {}) if name in given]
    for name in old:
        text = re.sub(rf"(?m)^(?=[ \t]*(?:export[ \t]+)?{name}[ \t]*=)", "# before the move: ", text)
    text += "" if not text or text.endswith("\n") else "\n"
    lines = [f"{name}={quoted(value)}" for name, value in given.items()]
    with contextlib.suppress(OSError):  # which the next line explains
        path.touch(mode=0o600)
        path.chmod(0o600)  # before there are secrets in it
    write_atomically(path, (text + "\n".join(lines) + "\n").encode())
    for value in given.values():
        hide(value)
    site.notes.pop(PRINTED, None)


def quoted(value: str) -> str:
    """For a file that a shell can read too: of what has both kinds of quotes, only this command can."""
    if "'" not in value and "\\" not in value:
        return f"'{value}'"
    if not set(value) & set('"$`\\!'):
        return f'"{value}"'
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def missing(site: Site, found: dict[str, str]) -> list[str]:
    """Names without a value that the site needs; those from which .kamal/secrets makes others, only where it names them."""
    plan = site.plan
    sources = [name for name in ("POSTGRES_PASSWORD", "REDIS_PASSWORD", "KAMAL_REGISTRY_PASSWORD") if name in found]
    if plan.registry.local:
        sources = [name for name in sources if name != "KAMAL_REGISTRY_PASSWORD"]
    return [name for name in dict.fromkeys([*plan.secrets, *sources, *plan.variables]) if not found.get(name)]

"""What the user's files for Kamal lack: https://kamal-deploy.org/docs/configuration/overview/"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ...base.platform import Values
from ...plan import Plan, plan
from ..own_dockerfile import dockerfile_gaps
from ..own_files import Unreadable, not_checked, table, text_of
from ..own_processes import not_started
from . import PLATFORM, several
from .configuration import FILE, hosts_of_roles, primary_role, read

SECRETS, HOOKS = ".kamal/secrets", ".kamal/hooks/"
# By hook: a word that is in one which does the same as ours, and what one without it lacks.
DONE = {
    "pre-build": ("rehearse", "does not rehearse: add the line `deploy-overlay rehearse --platform kamal`"),
    "pre-deploy": (
        "printenv",
        'does not check that variables have values: add the line `[ -n "$(printenv SECRET_KEY)" ]` for each one',
    ),
    "pre-app-boot": (
        "migrate",
        "sends traffic before the database is migrated: add a line that runs `python -m django migrate` in the new image",
    ),
}


def gaps(root: Path, answers: Values) -> list[tuple[str, str]]:
    """Sentences by path, each with what to add."""
    planned = plan(answers, PLATFORM)
    found: list[tuple[str, str]] = []
    for path in filter(PLATFORM.files.__contains__, answers["deploy_kept_files"]):
        try:
            text = text_of(root, path, PLATFORM.name)
        except Unreadable as why:
            found.append((path, str(why)))
            continue
        if path == FILE:
            found += _configuration(text, root, answers, planned)
        elif path.startswith(SECRETS):
            found += [(path, told) for told in _secrets(text, planned)]
        elif path.startswith(HOOKS):
            word, told = DONE[path.removeprefix(HOOKS)]
            found += [] if word in text else [(path, told)]
        else:
            found.append((path, not_checked(planned.folder, PLATFORM.name)))
    return found


def passed(root: Path) -> set[str] | None:
    """Names of variables that the configuration gives the site; None where it cannot be read without Kamal."""
    try:
        content = read(text_of(root, FILE, PLATFORM.name))
    except Unreadable:
        return None
    return {str(name).partition(":")[0] for name in table(content, "env").get("secret") or []}


def _configuration(text: str, root: Path, answers: Values, planned: Plan) -> list[tuple[str, str]]:
    try:
        content = read(text)
    except Unreadable as why:
        return [(FILE, str(why))]
    lacks = (
        *_servers(content, planned),
        *_proxy(content),
        *_environment(content, planned),
        *_kept(content, planned),
        *_several(content, planned),
    )
    return [(FILE, one) for one in lacks] + _build(content, root, answers, planned)


def _servers(content: dict[str, Any], planned: Plan) -> Iterator[str]:
    servers = content.get("servers")
    primary = primary_role(content)
    if not servers or (isinstance(servers, dict) and primary not in servers):
        yield f"has no server for {primary}: add `servers` with `{primary}: {{hosts: [{planned.own['server']['host']}]}}`"
    roles = servers if isinstance(servers, dict) else {}
    commands = {name: role.get("cmd", "") for name, role in roles.items() if isinstance(role, dict)}
    for one in not_started(planned.beside, commands):
        yield f"does not start {one.name}: add a role `{one.name}` below `servers`, with `cmd: {one.command}`"


def _proxy(content: dict[str, Any]) -> Iterator[str]:
    """https://kamal-deploy.org/docs/configuration/proxy/"""
    proxy = table(content, "proxy")
    port = str(proxy.get("app_port", 80))
    listens = str(_clear(content).get("PORT", 8000))
    if port != listens:
        yield f"expects the site on port {port}, but it listens on {listens}: write `app_port: {listens}` below `proxy`"
    if str(table(proxy, "healthcheck").get("path", "/up")) not in ("/readyz", "/healthz"):
        yield "does not check the database: write `healthcheck: {path: /readyz}` below `proxy`"
    if proxy.get("forward_headers") and proxy.get("ssl"):
        yield "trusts visitors who claim to use HTTPS: remove `forward_headers` below `proxy`"


def _environment(content: dict[str, Any], planned: Plan) -> Iterator[str]:
    """https://kamal-deploy.org/docs/configuration/environment-variables/"""
    clear = _clear(content)
    if clear.get("DEPLOY_PLATFORM") != "kamal":
        yield "does not name the platform: add `DEPLOY_PLATFORM: kamal` to `env`, `clear`"
    listed = table(content, "env").get("secret") or []
    known = {*clear, *(str(name).partition(":")[0] for name in listed)}
    lacking = [name for name in _wanted(planned) if name not in known]
    if lacking:
        yield f"gives the site no {', '.join(lacking)}: add {'it' if len(lacking) == 1 else 'them'} to `env`, `secret`"


def _kept(content: dict[str, Any], planned: Plan) -> Iterator[str]:
    volume = planned.resource("volume")
    mounts = [str(one) for one in content.get("volumes") or []]
    if volume and not any(re.search(r":/data(:|$)", one) for one in mounts):
        held = "SQLite" if "DEPLOY_DATA" in volume.variables else "uploaded files"
        yield f'has no volume for {held}: add `volumes: ["{planned.own["site"]["service"]}-data:/data"]`'
    for name, accessory in table(content, "accessories").items():
        port = str(accessory.get("port") or "") if isinstance(accessory, dict) else ""
        if port and not _is_private(port):
            inside = port.rpartition(":")[2]
            yield f'exposes {name}: remove its `port`, or write `port: "127.0.0.1:{inside}:{inside}"`'


def _several(content: dict[str, Any], planned: Plan) -> Iterator[str]:
    roles, volumes = hosts_of_roles(content), several.kept_by_docker(content.get("volumes") or [])
    if problem := several.problem(roles, volumes, planned):
        yield problem
    yield from several.told(roles, volumes, planned)


def _is_private(port: str) -> bool:
    """Whether what publishes a port, `ADDRESS:PORT:PORT`, names an address that the internet does not reach."""
    address = port.rsplit(":", 2)[0].strip("[]") if port.count(":") > 1 else ""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address == "localhost"
    return found.is_private and not found.is_unspecified


def _build(content: dict[str, Any], root: Path, answers: Values, planned: Plan) -> list[tuple[str, str]]:
    ours = f"{planned.folder}/Dockerfile" if planned.own_dockerfile else "Dockerfile"
    named = str(table(content, "builder").get("dockerfile") or "Dockerfile").removeprefix("./")
    if named == ours:
        return []
    told = f"builds {named} and not the image of {planned.folder}/: write `dockerfile: {ours}` below `builder`, or change {named}"
    lacks = dockerfile_gaps(root, named, answers, port="PORT" in _clear(content))
    return [(FILE, told), *((named, text) for text in lacks)] if lacks else []


def _secrets(text: str, planned: Plan) -> Iterator[str]:
    there = set(re.findall(r"^\s*(?:export\s+)?(\w+)=", text, re.MULTILINE))
    lacking = [name for name in _wanted(planned) if name not in there]
    if lacking:
        lines = ", ".join(f"`{name}=${name}`" for name in lacking)
        yield f"has no {', '.join(lacking)}: add {lines}, or the line of your password manager"


def _wanted(planned: Plan) -> list[str]:
    return [*dict.fromkeys([*planned.secrets, *planned.own["variables"]])]


def _clear(content: dict[str, Any]) -> dict[str, Any]:
    """Variables that are not secret: `env` itself if it has no `secret`."""
    env = table(content, "env")
    return table(env, "clear") if "clear" in env or "secret" in env else env

"""What must be there before a release: a server that answers, the mark on it, values, Docker, accessories."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from ....adapter.site import Site
from ....adapter.steps import Command, Observation, Step
from ....base.message import Failure
from .. import several
from ..configuration import FILE
from . import values
from .server import Server

TITLES = {"postgres": "PostgreSQL", "redis": "Redis"}
BOOTING = 900.0  # seconds: an image is pulled first


def steps(site: Site) -> Sequence[Step]:
    server = Server(site)
    docker = Step(
        name="docker",
        what=f"Docker on {', '.join(server.hosts)}",
        observe=lambda: _see_docker(server),
        commands=lambda: server.changed_by("server", "bootstrap", timeout=BOOTING),
        plan=lambda: [server.line("server", "bootstrap")],
        after=("service",),
    )
    secrets = Step(
        name="values",
        what="values of variables",
        observe=lambda: _see_values(server),
        commands=list,
        plan=list,
    )
    first, *others = (_service(server, host) for host in server.hosts)
    return [first, *others, secrets, docker, *(accessory(server, name) for name in server.accessories)]


def _service(server: Server, host: str) -> Step:
    """The project's mark on a host; that of the primary one shows that the site is there."""
    primary = host == server.hosts[0]
    return Step(
        name="service" if primary else f"service on {host}",
        what=f"service {server.service}" if primary else f"service {server.identity(host)}",
        where=f"on {server.place}" if primary else "",
        observe=lambda: _see_service(server, host),
        commands=lambda: [mark(server, host)],
        plan=lambda: [f"writes the project's mark into {server.file('project')} on {host}"],
        after=() if primary else ("service",),
        creates=server.identity(host),
        contested=lambda: server.refused(server.look(), host),
    )


def accessory(server: Server, name: str) -> Step:
    container = server.called(name)
    boot = ("accessory", "boot", name)
    return Step(
        name=name,
        what=f"{TITLES.get(name, name)} {container}",
        where="".join(map(server.on, server.hosts_of_accessory(name))).strip(),
        observe=lambda: _see_accessory(server, name),
        commands=lambda: _boot(server, name, boot),
        plan=lambda: [server.line(*boot)],
        undo=server.line("accessory", "remove", name),
        creates=container,
        after=("service", "docker"),
    )


def _see_service(server: Server, host: str) -> Observation:
    """Docker need not be there yet."""
    site, look = server.site, server.look()
    shape = (server.places, server.own_volumes, site.plan)
    apart = several.problem(*shape)
    if problem := server.refused(look, host) or (apart and f"{FILE} {apart}."):
        return Observation(False, problem=problem)
    differs = " ".join(f"{FILE} {one}." for one in several.told(*shape)) if host == server.hosts[0] else ""
    if site.mark:
        taken = bool(look.marks[host]) and site.request.existing  # by its owner's word
        return Observation(taken or look.marks[host] == site.mark, differs=differs)
    if server.is_used(look, host):
        return Observation(True)
    return Observation(
        False,
        problem="This clone has only a part of the history, so that nothing shows which project it is: `git fetch --unshallow`, "
        "then run this again.",
    )


def mark(server: Server, host: str) -> Command:
    """Writes the project's mark on a host. Where somebody else was faster, the file is left as it is."""
    server.changing()
    line = f"mkdir -p .kamal && set -C && echo {server.site.mark} > {server.file('project')}"
    return server.on_server(line, host)


def _see_values(server: Server) -> Observation:
    given = server.site.values
    absent = values.missing(server.site, values.printed(server.site, server.destination))
    given.lacking = [name for name in absent if name not in given.from_old]
    given.unseen = False
    lacking = ", ".join(given.lacking)
    text = f"without a value here: {lacking}" if lacking else "from .kamal/secrets"
    return Observation(not lacking, text, differs=" ".join(_out_of_reach(server)))


def _out_of_reach(server: Server) -> Iterator[str]:
    """Sentences on addresses that lead to an accessory by its container's name, which only its own host knows."""
    accessories = {server.called(name): server.hosts_of_accessory(name) for name in server.accessories}
    for name, value in values.printed(server.site, server.destination).items():
        host = urlsplit(value).hostname or "" if "://" in value else ""
        others = [one for one in server.app_hosts if one not in accessories[host]] if host in accessories else []
        if others:
            yield (
                f"{name} leads to {host}, which containers on {', '.join(others)} cannot reach: publish its port on a private "
                "address, and write that address into .kamal/secrets."
            )


def _see_docker(server: Server) -> Observation:
    look = server.look()
    lacking = [host for host in server.hosts if not look.docker[host]]
    if not lacking:
        return Observation(True, ", ".join(dict.fromkeys(look.docker.values())))
    where = f" on {', '.join(lacking)}" if len(server.hosts) > 1 else ""
    return Observation(False, f"Kamal installs it{where}", problem=server.held(look))


def _see_accessory(server: Server, name: str) -> Observation:
    look, wanted = server.look(), str(server.accessories[name].get("image") or "")
    there = {host: look.named(server.called(name), host) for host in server.hosts_of_accessory(name)}
    found = [one for one in there.values() if one]
    if len(found) < len(there):
        return Observation(False, _image(wanted), problem=server.held(look))
    differs = []
    for one in found:
        if not one.runs:
            start = server.line("accessory", "start", name)
            differs.append(f"It is {one.state}{server.on(one.host)}: `{start}` starts it.")
        elif wanted and one.image != wanted:
            again = server.line("accessory", "reboot", name)
            differs.append(f"config/deploy.yml says {_image(wanted)}{server.on(one.host)}: `{again}` replaces it.")
    where = "".join(server.on(host) for host in there)
    return Observation(True, f"{_image(found[0].image)}{where}", differs=" ".join(differs))


def _image(name: str) -> str:
    """`valkey/valkey:8` as valkey 8."""
    return name.rpartition("/")[2].replace(":", " ")


def _boot(server: Server, name: str, boot: tuple[str, ...]) -> list[Command]:
    if lacking := ", ".join(server.site.values.lacking):
        raise Failure(
            f"These variables have no value: {lacking}. {how_to_set_variables(server.site)}", anchor="variables-missing"
        )
    progress = f"starting {TITLES.get(name, name)} ..."
    return server.changed_by(*boot, timeout=BOOTING, progress=progress)


def how_to_set_variables(site: Site) -> str:
    """How the owner gives a variable a value."""
    return (
        f"Give each in {values.own_file(site)}, which git ignores, in the environment, or in the password manager that "
        f".kamal/secrets asks; {site.answers.deploy_folder}/README.md has the lines."
    )

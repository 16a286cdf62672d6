"""What must be there before a release: a server that answers, the mark on it, values, Docker, accessories."""

from __future__ import annotations

from collections.abc import Sequence

from ....adapter.site import Site
from ....adapter.steps import Command, Observation, Step
from ....base.message import Failure
from . import values
from .server import Server

TITLES = {"postgres": "PostgreSQL", "redis": "Redis"}
BOOTING = 900.0  # seconds: an image is pulled first


def steps(site: Site) -> Sequence[Step]:
    server = Server(site)
    host = server.hosts[0]
    first = Step(
        name="service",
        what=f"service {server.service}",
        where=f"on {server.place}",
        observe=lambda: _see_service(server),
        commands=lambda: [mark(server)],
        plan=lambda: [f"writes the project's mark into {server.file('project')} on {host}"],
        creates=server.identity,
        contested=lambda: server.refused(server.look()),
    )
    docker = Step(
        name="docker",
        what=f"Docker on {host}",
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
    return [first, secrets, docker, *(accessory(server, name) for name in server.accessories)]


def accessory(server: Server, name: str) -> Step:
    container = server.called(name)
    boot = ("accessory", "boot", name)
    return Step(
        name=name,
        what=f"{TITLES.get(name, name)} {container}",
        observe=lambda: _see_accessory(server, name),
        commands=lambda: _boot(server, name, boot),
        plan=lambda: [server.line(*boot)],
        undo=server.line("accessory", "remove", name),
        creates=container,
        after=("service", "docker"),
    )


def _see_service(server: Server) -> Observation:
    """Docker need not be there yet."""
    site, look = server.site, server.look()
    if problem := server.refused(look):
        return Observation(False, problem=problem)
    if site.mark:
        taken = bool(look.mark) and site.request.existing  # by its owner's word
        return Observation(taken or look.mark == site.mark)
    if server.is_used(look):
        return Observation(True)
    return Observation(
        False,
        problem="This clone has only a part of the history, so that nothing shows which project it is: `git fetch --unshallow`, "
        "then run this again.",
    )


def mark(server: Server) -> Command:
    """Writes the project's mark. Where somebody else was faster, the file is left as it is."""
    server.changing()
    line = f"mkdir -p .kamal && set -C && echo {server.site.mark} > {server.file('project')}"
    return server.on_server(line)


def _see_values(server: Server) -> Observation:
    given = server.site.values
    given.lacking = values.missing(server.site, values.printed(server.site, server.destination))
    given.unseen = False
    lacking = ", ".join(given.lacking)
    return Observation(not lacking, f"without a value here: {lacking}" if lacking else "from .kamal/secrets")


def _see_docker(server: Server) -> Observation:
    look = server.look()
    if look.docker:
        return Observation(True, look.docker)
    return Observation(False, "Kamal installs it", problem=server.held(look))


def _see_accessory(server: Server, name: str) -> Observation:
    look, wanted = server.look(), str(server.accessories[name].get("image") or "")
    found = look.named(server.called(name))
    if found is None:
        return Observation(False, _image(wanted), problem=server.held(look))
    differs = ""
    if not found.runs:
        differs = f"It is {found.state}: `{server.line('accessory', 'start', name)}` starts it."
    elif wanted and found.image != wanted:
        again = server.line("accessory", "reboot", name)
        differs = f"config/deploy.yml says {_image(wanted)}: `{again}` replaces it."
    return Observation(True, _image(found.image), differs=differs)


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

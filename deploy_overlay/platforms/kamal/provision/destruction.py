"""What deletes a site from its server: its containers, its accessories, and last its data. The proxy is all sites' own."""

from __future__ import annotations

import shlex

from ....adapter.ownership import reason_not_to_delete, refuse_deletion
from ....adapter.site import Site
from ....adapter.steps import Command, Destruction, Leftover, Observation, Step
from .. import files
from ..files import STAGING
from .resources import TITLES, mark
from .server import Look, Server

GOING = 900.0  # seconds
NOTE = "The server, Docker and kamal-proxy are kept."


def destruction(site: Site, keep_data: bool) -> Destruction:
    server = Server(site)
    steps = [_app(server), *(_accessory(server, name, keep_data) for name in server.accessories)]
    data = [_volume(server, name, host) for name, host in server.volumes]
    if keep_data:
        steps += [_kept(step) for step in data]
    else:
        steps += [*data, _marked(server)]
    proxy = Leftover("kamal-proxy", "all sites of the server share it", undo=server.line("proxy", "remove"))
    return Destruction(steps, [proxy, *_elsewhere(server)], NOTE)


def _elsewhere(server: Server) -> list[Leftover]:
    """The database in another site's PostgreSQL, which Kamal's commands for this site do not reach."""
    site, own = server.site, server.site.plan.own
    if not own["shared"]:
        return []
    names, owner = own[STAGING if server.destination else "site"], site.answers.text("kamal_postgres_site")
    database, user = names["database"], files.site({"deploy_name": owner}).database
    line = f'docker exec {names["postgres"]} psql -U {user} -c "DROP DATABASE {database}" -c "DROP ROLE {database}"'
    why = f"it is in the PostgreSQL of the site {owner}"
    return [Leftover(f"the database {database}", why, undo=server.on_server(line).line("ssh"))]


def _look(server: Server) -> Look:
    """Raises Failure where the service is not this project's on any host."""
    look = server.look()
    for host in server.hosts:
        if look.marks[host] or server.is_used(look, host) or _volumes(server, look, host):
            _check(server, look, host)
    return look


def _check(server: Server, look: Look, host: str) -> None:
    why = reason_not_to_delete(
        server.site,
        "service",
        server.identity(host),
        server.marks(look, host),
        unused=lambda: not server.is_used(look, host),
    )
    if why:
        raise refuse_deletion(f"The service {server.identity(host)}", why, server.line("app", "remove"))


def _volumes(server: Server, look: Look, host: str) -> list[str]:
    return [name for name, place in server.volumes if place == host and name in look.volumes[host]]


def _app(server: Server) -> Step:
    def observe() -> Observation:
        look = _look(server)
        found = server.containers(look)
        roles = sorted({one.role for one in found if one.runs}) or sorted({one.role for one in found})
        return Observation(
            not found, f"of {', '.join(roles)}, with their images" if found else "", problem=_held(server, look, found)
        )

    def marking() -> list[Command]:
        """What only its commit shows to be this project's has to be known without its containers too."""
        if not server.site.mark:
            return []
        look = server.look()
        return [mark(server, host) for host in server.hosts if not look.marks[host] and server.is_used(look, host)]

    return Step(
        name="app",
        what=f"containers of {server.service}",
        observe=observe,
        commands=lambda: [*marking(), *server.changed_by("app", "remove", timeout=GOING)],
        plan=lambda: [*(one.line("ssh") for one in marking()), server.line("app", "remove")],
        deletes=("release",),
    )


def _accessory(server: Server, name: str, keep_data: bool) -> Step:
    """Kamal deletes the `directories` of an accessory with it: https://kamal-deploy.org/docs/commands/accessory/"""
    container = server.called(name)
    what = f"{TITLES.get(name, name)} {container}"
    directories = bool(server.accessories[name].get("directories"))
    remove = ("accessory", "remove", name, "--confirmed")

    def observe() -> Observation:
        look = _look(server)
        found = any(look.named(container, host) for host in server.hosts_of_accessory(name))
        if found and directories and keep_data:
            why = "Kamal would delete the directories with its data too"
            return Observation(True, leaves=(Leftover(what, why, undo=server.line("accessory", "stop", name)),))
        loses = "what is in its directories on the server" if found and directories else ""
        return Observation(not found, problem=_held(server, look, found), loses=loses)

    return Step(
        name=f"accessory {name}",
        what=what,
        observe=observe,
        commands=lambda: server.changed_by(*remove, timeout=GOING),
        plan=lambda: [server.line(*remove)],
        deletes=(name,),
    )


def _volume(server: Server, name: str, host: str) -> Step:
    loses = "the whole database" if name.endswith("-postgres") else "uploaded files" if name.endswith("-data") else ""
    if name.endswith("-data") and server.site.database == "sqlite":
        loses = "the whole database, and uploaded files"
    if name.endswith("-redis"):
        loses = "queued jobs"
    line = f"docker volume rm {shlex.quote(name)}"

    def observe() -> Observation:
        there = name in _look(server).volumes[host]
        return Observation(not there, loses=(loses or "what is on it") if there else "")

    def commands() -> list[Command]:
        server.changing()
        return [server.on_server(line, host)]

    title = f"volume {name}{server.on(host)}"
    return Step(
        name=title, what=title, observe=observe, commands=commands,
        plan=lambda: [server.on_server(line, host).line("ssh")],
        deletes=("service",),
    )  # fmt: skip


def _kept(step: Step) -> Step:
    def observe() -> Observation:
        seen = step.observe()
        return seen if seen.done else Observation(True, leaves=(Leftover(step.what, "kept with its data"),))

    return Step(name=step.name, what=step.what, observe=observe, commands=list)


def _marked(server: Server) -> Step:
    files = [server.file("project"), server.file("audit.log")]
    line = f"rm -f {' '.join(files)}"

    def commands() -> list[Command]:
        look = server.look()
        server.changing()
        return [server.on_server(line, host) for host in server.hosts if look.marks[host]]

    def observe() -> Observation:
        look = _look(server)
        # Containers without a mark get one first.
        return Observation(not any(look.marks.values()) and not server.containers(look))

    return Step(
        name="mark",
        what="the project's mark and Kamal's audit log",
        observe=observe,
        commands=commands,
        plan=lambda: [server.on_server(line, host).line("ssh") for host in server.hosts],
        deletes=("service", *(f"service on {host}" for host in server.hosts[1:])),
    )


def _held(server: Server, look: Look, found: object) -> str:
    return server.held(look) if found else ""

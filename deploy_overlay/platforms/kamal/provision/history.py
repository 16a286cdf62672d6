"""What was released, as Kamal's audit log on the server has it, and what runs."""

from __future__ import annotations

from ....adapter.history import Release, State
from ....adapter.processes import Process, not_up
from ....adapter.site import Site
from .release import is_online, visitors_get
from .server import Container, Look, Server

SHORT = 12  # characters of a version that people read


def history(site: Site) -> list[Release]:
    """The newest first. Of what is not in the log any more, what runs is told."""
    server = Server(site)
    look = server.look()
    web = server.visited(look, _failed(look))
    found = []
    online = False
    for number, boot in enumerate(look.boots):
        state: State = "succeeded" if boot.ended_well else "failed"
        if number == 0 and state == "failed" and under_way(server, look):
            state = "running"
        serves = not online and state != "running" and boot.version in web
        online = online or serves
        found.append(_release(server, look, boot.version, state, boot.at, boot.by, online=serves))
    lock = look.lock
    if lock and under_way(server, look) and lock.version and not (found and found[0].state == "running"):
        found.insert(0, _release(server, look, lock.version, "running", lock.at, lock.by))
    if not online and (container := _serving(server, look)) is not None:
        version = server.version(container)
        told = _release(server, look, version, "succeeded", container.created, "", online=True)
        found.insert(1 if found and found[0].state == "running" else 0, told)
    return found


def _failed(look: Look) -> str:
    """The version that the newest release did not bring online everywhere; empty where it did."""
    return look.boots[0].version if look.boots and not look.boots[0].ended_well else ""


def under_way(server: Server, look: Look) -> bool:
    """Whether somebody deploys at this moment."""
    return look.lock is not None and look.lock.automatic and not server.left_by_us(look)


def _serving(server: Server, look: Look) -> Container | None:
    """The web container that runs, where the log does not say of which release: with several, the oldest."""
    there = server.containers(look, server.roles[0], server.hosts[0])
    running = [one for one in there if one.runs and server.version(one)]
    return running[-1] if running else None


def _release(
    server: Server, look: Look, version: str, state: State, at: str, by: str, *, online: bool = False
) -> Release:
    return Release(
        version=version[:SHORT],
        state=state,
        commit=version if server.is_commit(version) or len(version) == 40 else version.partition("_")[0],
        at=at,
        by=by,
        what=version,
        online=online,
        artefact=version if is_kept(server, look, version) else "",
    )


def is_kept(server: Server, look: Look, version: str) -> bool:
    """Whether every role still has a container of this version on all its hosts, which is what a rollback starts."""
    return all(
        any(server.version(one) == version for one in server.containers(look, role, host))
        for role in server.roles
        for host in server.hosts_of(look, role)
    )


def processes(site: Site) -> list[Process]:
    """The containers that run, and the roles and accessories that do not."""
    server = Server(site)
    look = server.look()
    found = []
    for role, host in server.running(look):
        running = [one for one in server.containers(look, role, host) if one.runs]
        found += [_process(server, role, one) for one in running]
        if not running:
            hint = server.line("app", "boot", "--roles", role, *_at(server, host))
            found.append(Process(f"{role}{server.on(host)}", "not running", well=False, hint=hint))
    for name in server.accessories:
        for host in server.hosts_of_accessory(name):
            one, title = look.named(server.called(name), host), f"{name}{server.on(host)}"
            if one is None:
                found.append(Process(title, "not there", well=False, hint=server.line("accessory", "boot", name)))
            else:
                well = one.state == "running"
                hint = "" if well else server.line("accessory", "logs", name)
                found.append(Process(title, one.state, well=well, since=one.created, hint=hint))
    return found


def _at(server: Server, host: str) -> tuple[str, ...]:
    """The option that has Kamal act on a host alone, if there are several."""
    return ("--hosts", host) if len(server.hosts) > 1 else ()


def _process(server: Server, role: str, one: Container) -> Process:
    well = one.state == "running" and "unhealthy" not in one.status
    state = one.state if well or one.state != "running" else "unhealthy"
    hint = "" if well else server.line("app", "logs", "--roles", role, *_at(server, one.host))
    name = f"{role} {server.version(one)[:SHORT]}".strip()
    return Process(f"{name}{server.on(one.host)}", state, well, one.created, hint)


def crashed(site: Site) -> str:
    """A clause on roles beside the web process whose containers did not stay up; empty where all did."""
    server = Server(site)
    look = server.look()
    bad = [
        (role, host)
        for role, host in server.running(look)
        if role != server.roles[0]
        and {one.state for one in server.containers(look, role, host) if one.runs} != {"running"}
    ]
    logs = {
        f"{role}{server.on(host)}": server.line("app", "logs", "--roles", role, *_at(server, host))
        for role, host in bad
    }
    return not_up("not running, or started again and again", logs)


def differences(site: Site) -> list[str]:
    """What runs and is in no file of the project."""
    server = Server(site)
    look = server.look()
    places = {(role, host) for role in server.roles for host in server.hosts_of(look, role)}
    found = [
        f"The role {role} runs on {host}, and config/deploy.yml does not have it{' there' if role in server.roles else ''}: "
        "it stays as it is."
        for role, host in sorted({(one.role, one.host) for one in server.containers(look) if one.runs} - places)
    ]
    names = {(server.called(name), host) for name in server.accessories for host in server.hosts_of_accessory(name)}
    ours = {
        (one.service, one.host)
        for one in look.containers
        if not one.role and one.service.startswith(f"{server.service}-")
    }
    others = _of_other_sites(look, server)
    found += [
        f"{name} runs on {host}, and config/deploy.yml has no such accessory"
        f"{' there' if name in dict(names) else ''}: it stays as it is."
        for name, host in sorted(ours - names)
        if not any(name.startswith(f"{other}-") for other in others)
    ]
    if len(web := server.visited(look, _failed(look))) > 1 and not under_way(server, look):
        again = server.site.command("deploy")
        found.append(
            f"The servers have different versions: {visitors_get(server, web)}. `{again}` gives all the same one."
        )
    # Where there is something to deploy, the release says it.
    if (problem := server.held(look)) and is_online(server, look, site.commit):
        found.append(problem)
    return found


def _of_other_sites(look: Look, server: Server) -> set[str]:
    """Services whose names begin as this one's, such as site-staging beside site."""
    return {one.service for one in look.containers if one.role and one.service != server.service}

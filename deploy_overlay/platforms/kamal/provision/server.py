"""The site's servers as SSH shows them, and Kamal's commands for them. One question to each server answers everything.

A server is asked with the ssh program, whose answers have a form (`docker ps --format json`), and changed with Kamal's own
commands, so that its lock, its audit log and the project's hooks see everything.
"""

from __future__ import annotations

import functools
import json
import os
import re
import shlex
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import yaml

from ....adapter.cli import Cli
from ....adapter.ownership import reason_not_to_use
from ....adapter.request import PRODUCTION
from ....adapter.site import Site
from ....adapter.ssh import QUIET, ssh
from ....adapter.steps import Command
from ....base.message import Failure
from ....base.release import command
from ..configuration import hosts_of_accessory, hosts_of_roles, merged, primary_role
from ..files import STAGING
from ..several import kept_by_docker
from .audit import Boot, Lock, as_holder, boots, lock_of
from .values import environ, printed

CONFIGURATION, LOOK = "configuration", "look"  # notes
HOLDS = 0.4  # seconds for which the server is not asked again, unless something is changed: less than a second thought
LINES = 500  # of the audit log
UNLOCK = ("lock", "release")
DEPLOYING = 3600.0  # seconds
_MARKED = re.compile(r"=(\w+)")
# Each part begins with a line of its own; the last one shows that the answer is whole.
QUESTION = """\
echo =docker; docker version --format '{{{{.Server.Version}}}}' 2>&1
echo =containers; docker ps --all --no-trunc --format '{{{{json .}}}}' 2>/dev/null
echo =volumes; docker volume ls --format '{{{{.Name}}}}' 2>/dev/null
echo =mark; cat {mark} 2>/dev/null
echo =lock; test ! -d {lock} || {{ echo held; base64 -d {lock}/details 2>/dev/null; echo; }}
echo =audit; tail -n {lines} {audit} 2>/dev/null
echo =end"""


def _plain(found: Any) -> Any:
    """The same with names instead of Ruby's symbols."""
    if isinstance(found, dict):
        return {str(name).removeprefix(":"): _plain(value) for name, value in found.items()}
    return found


class _Loader(yaml.SafeLoader):
    """Kamal prints some settings as objects of Ruby, of which the fields are wanted."""


def _fields(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> Any:
    return loader.construct_mapping(node, deep=True) if isinstance(node, yaml.MappingNode) else None


_Loader.add_multi_constructor("!ruby/", _fields)


class Container(NamedTuple):
    host: str
    name: str
    state: str  # running, restarting, exited, created, paused, dead
    status: str  # for people: Up 3 minutes (healthy)
    image: str
    created: str  # ISO 8601
    service: str  # of Kamal's labels
    role: str  # empty for an accessory
    destination: str

    @property
    def runs(self) -> bool:
        return self.state in ("running", "restarting")


@dataclass(frozen=True)
class Look:
    """What is on the servers, by host. `docker` has versions of engines, "" where there is none.

    Kamal's lock is on the primary host; so is the audit log that has every release.
    """

    docker: Mapping[str, str]
    containers: tuple[Container, ...]
    volumes: Mapping[str, tuple[str, ...]]
    marks: Mapping[str, str]  # "" where there is none
    lock: Lock | None
    boots: tuple[Boot, ...]

    def named(self, name: str, host: str = "") -> Container | None:
        return next((one for one in self.containers if one.name == name and host in ("", one.host)), None)


@dataclass(frozen=True)
class Server:
    site: Site

    @property
    def destination(self) -> tuple[str, ...]:
        """https://kamal-deploy.org/docs/configuration/overview/#destinations"""
        environment = self.site.request.environment
        if environment == PRODUCTION:
            return ()
        answers = self.site.answers
        if environment != STAGING or not answers.text("kamal_staging"):
            line = command(
                answers.values, "set", f"kamal_staging={STAGING}.example.com", answers_file=answers.answers_file
            )
            raise Failure(
                f"This project has no environment {environment} on Kamal: the one that there can be beside production is "
                f"{STAGING}. Add it with `{line}`, commit, and give --environment {STAGING}.",
                anchor="kamal-environment",
            )
        return ("--destination", environment)

    @functools.cached_property
    def configuration(self) -> dict[str, Any]:
        """What `kamal config` says. Raises Failure where Kamal does not accept the files."""
        notes, cli = self.site.notes, self.site.cli
        argv = ("config", *self.destination)
        if CONFIGURATION not in notes:
            done = cli.answer(Command(argv, environ=environ(self.site)))
            if done.status != 0:
                raise cli.failure(done, cli.line(*argv))
            notes[CONFIGURATION] = done.output
        try:
            # The first line of YAML follows warnings, where Ruby prints any.
            found = yaml.load(notes[CONFIGURATION][notes[CONFIGURATION].index("---") :], _Loader)
            return dict(_plain(found))
        except (ValueError, TypeError, yaml.YAMLError) as error:
            raise ValueError(f"`{cli.line(*argv)}` is not YAML: {error}") from error

    @property
    def service(self) -> str:
        found = str(self.configuration["service_with_version"])
        return found.removesuffix(f"-{self.configuration['version']}")

    @functools.cached_property
    def _file(self) -> dict[str, Any]:
        return merged(self.site.root, "".join(self.destination[1:]))

    @property
    def roles(self) -> list[str]:
        """The one that visitors reach first."""
        found = [str(role) for role in self.configuration["roles"]]
        first = primary_role(self._file)
        return sorted(found, key=lambda role: (role != first, role))

    @functools.cached_property
    def places(self) -> dict[str, list[str]]:
        """By role, its hosts, which `kamal config` does not tell; without a role whose hosts Ruby writes."""
        if len(self.hosts) == 1:
            return dict.fromkeys(self.roles, self.hosts)
        found = {role: [*hosts] for role, hosts in hosts_of_roles(self._file).items() if role in self.roles}
        return {role: hosts for role, hosts in found.items() if {*hosts} <= {*self.hosts}}

    def hosts_of(self, look: Look, role: str) -> list[str]:
        """The hosts of a role: where Ruby writes them, those on which it runs."""
        if role in self.places:
            return self.places[role]
        return [*dict.fromkeys(one.host for one in self.containers(look, role) if one.runs)] or self.hosts[:1]

    @property
    def app_hosts(self) -> list[str]:
        """Those of roles: all of them if Ruby writes any."""
        known = {host for hosts in self.places.values() for host in hosts}
        return [host for host in self.hosts if host in known or {*self.places} != {*self.roles}]

    def hosts_of_accessory(self, name: str) -> list[str]:
        found = hosts_of_accessory(self.accessories[name], hosts_of_roles(self._file))
        return [host for host in found if host in self.hosts] or self.hosts[:1]

    def on(self, host: str) -> str:
        """` on HOST` if there are several."""
        return f" on {host}" if len(self.hosts) > 1 else ""

    @property
    def accessories(self) -> dict[str, dict[str, Any]]:
        """By name; what is called service-name on the server."""
        found = self.configuration.get("accessories") or {}
        return {str(name): one for name, one in found.items() if isinstance(one, dict)}

    def called(self, accessory: str) -> str:
        """The name of an accessory's container."""
        return str(self.accessories[accessory].get("service") or f"{self.service}-{accessory}")

    @property
    def hosts(self) -> list[str]:
        first = str(self.configuration["primary_host"])
        return [first, *(str(host) for host in self.configuration["hosts"] if host != first)]

    @property
    def place(self) -> str:
        return self._place(self.hosts[0])

    @property
    def own_volumes(self) -> list[str]:
        """Those of roles that Docker keeps."""
        return kept_by_docker([one for one in self.configuration.get("volume_args") or [] if one != "--volume"])

    @property
    def volumes(self) -> list[tuple[str, str]]:
        """Those of the configuration that Docker keeps, each with its host, the ones with least to lose first."""
        found = [
            (name, host)
            for accessory in self.accessories
            for name in kept_by_docker(self.accessories[accessory].get("volumes") or [])
            for host in self.hosts_of_accessory(accessory)
        ]
        found += [(name, host) for name in self.own_volumes for host in self.app_hosts]
        return sorted(dict.fromkeys(found), key=lambda one: (one[0].endswith("-data"), one[0].endswith("-postgres")))

    def ssh(self, host: str = "") -> tuple[Cli, tuple[str, ...]]:
        """The ssh program, and the arguments that lead to a host of the site, the primary one unless named."""
        place = self._place(host or self.hosts[0])
        options = self.configuration.get("ssh_options") or {}
        port = options.get("port") or 22
        given: tuple[str, ...] = ("-p", str(port)) if port != 22 else ()
        proxy = options.get("proxy") or {}
        if jump := proxy.get("jump_proxies"):
            given += ("-J", str(jump))
        elif template := proxy.get("command_line_template"):
            given += ("-o", f"ProxyCommand={template}")
        for key in options.get("keys") or []:
            given += ("-i", str(key))
        return ssh(self.site.cli, place, given, where="config/deploy.yml"), (*QUIET, *given, place)

    def _place(self, host: str) -> str:
        user = (self.configuration.get("ssh_options") or {}).get("user") or "root"
        return f"{user}@{host}"

    def asked(self, line: str, host: str = "", *, secret: bool = False) -> str:
        """What a line for the server's shell prints. Raises Failure where the server cannot be asked."""
        cli, place = self.ssh(host)
        done = cli.ask(*place, line, secret=secret)
        if done.status != 0:
            failure = cli.failure(done, cli.line(*place, "..."))
            if failure.anchor == "platform-unreachable":
                raise failure
            raise Failure(str(failure), anchor="kamal-server")
        return done.output

    def on_server(self, line: str, host: str = "", **more: Any) -> Command:
        """A command for the shell of a host, the primary one unless named."""
        cli, place = self.ssh(host)
        shown = cli.line(*place[len(QUIET) :], line)
        return Command((*place, line), program="ssh", shown=shown, **more)

    def changed_by(self, *argv: str, timeout: float = 600, progress: str = "") -> list[Command]:
        """A command of Kamal's that takes the lock, with the values that .kamal/secrets refers to.

        The lock that an interrupted run of this clone left is released before.
        """
        locked = self.left_by_us(self.look())
        self.changing()
        return [self._kamal(*one, timeout=timeout, progress=progress) for one in (*([UNLOCK] if locked else []), argv)]

    def _kamal(self, *argv: str, timeout: float, progress: str) -> Command:
        site = self.site
        holder = as_holder(site.git("config", "user.name") or "somebody", site.record.clone())
        return Command(
            (*argv, *self.destination),
            environ=environ(site) | _git_setting("user.name", holder),
            timeout=timeout,
            progress=progress,
        )

    def changing(self) -> None:
        """What was seen does not hold any more."""
        self.site.notes.pop(LOOK, None)

    def line(self, *argv: str) -> str:
        return self.site.cli.line(*argv, *self.destination)

    def file(self, name: str) -> str:
        """A file of the site's in the folder that Kamal has on the server."""
        return shlex.quote(f".kamal/{'-'.join((self.service, *self.destination[1:], name))}")

    def look(self) -> Look:
        """Raises Failure where a host cannot be asked, or does not let the user use Docker."""
        notes = self.site.notes
        moment, _, text = notes.get(LOOK, "0 ").partition(" ")
        if time.monotonic() - float(moment) > HOLDS:
            lock = shlex.quote(f".kamal/{'-'.join(('lock', self.service, *self.destination[1:]))}")
            line = QUESTION.format(mark=self.file("project"), lock=lock, audit=self.file("audit.log"), lines=LINES)
            text = json.dumps([self.asked(line, host) for host in self.hosts])
            notes[LOOK] = f"{time.monotonic()} {text}"
        told = dict(zip(self.hosts, map(_parts, json.loads(text)), strict=True))
        first = told[self.hosts[0]]
        held = first["lock"]
        return Look(
            docker={host: self._docker(one["docker"], host) for host, one in told.items()},
            containers=tuple(_container(line, host) for host, one in told.items() for line in one["containers"]),
            volumes={host: tuple(one["volumes"]) for host, one in told.items()},
            marks={host: "".join(one["mark"]).strip() for host, one in told.items()},
            lock=lock_of("\n".join(held[1:])) if held else None,
            boots=tuple(boots(first["audit"])),
        )

    def _docker(self, told: list[str], host: str) -> str:
        text = " ".join(told)
        if re.fullmatch(r"[\d.]+\S*", text):
            return text
        if re.search(r"not found|No such file", text):
            return ""
        user = self._place(host).partition("@")[0]
        if "permission denied" in text:
            raise Failure(
                f"{user} may not use Docker on {host}: run `sudo usermod -aG docker {user}` there, then run this again.",
                anchor="kamal-server",
            )
        raise Failure(
            f"Docker does not answer on {host}: {text}. Start it there with `systemctl start docker`, then run this again.",
            anchor="kamal-server",
        )

    def containers(self, look: Look, role: str = "", host: str = "") -> list[Container]:
        """Those of the site's roles, or of one of them, on all hosts or one of them, the newest first."""
        destination = "".join(self.destination[1:])
        there = (one for one in look.containers if host in ("", one.host))
        mine = (one for one in there if one.service == self.service and one.destination == destination)
        return sorted(
            (one for one in mine if one.role and role in ("", one.role)), key=lambda one: one.created, reverse=True
        )

    def version(self, container: Container) -> str:
        """The version that a container runs, which is the end of its name; empty for one that Kamal has put aside."""
        prefix = "-".join((self.service, container.role, *self.destination[1:]))
        found = container.name.removeprefix(f"{prefix}-")
        return "" if "_replaced_" in found else found

    def running(self, look: Look) -> dict[tuple[str, str], set[str]]:
        """By role and host, the versions that run, the role and the host that visitors reach first."""
        places = [(role, host) for role in self.roles for host in self.hosts_of(look, role)]
        return {
            (role, host): {self._of(one) for one in self.containers(look, role, host) if one.runs}
            for role, host in places
        }

    def visited(self, look: Look, new: str = "") -> dict[str, list[str]]:
        """The hosts by the version that their visitors get: of two that run there, not the one that is `new`."""
        found: dict[str, list[str]] = {}
        for (role, host), versions in self.running(look).items():
            if role == self.roles[0]:
                for version in sorted(versions - {new} or versions):
                    found.setdefault(version, []).append(host)
        return found

    def changed_values(self, look: Look) -> list[str]:
        """Names whose value in the newest container of a role is another than .kamal/secrets gives now."""
        now = printed(self.site, self.destination)
        # Kamal writes other characters in a form of its own.
        plain = [name for name, value in now.items() if value and value.isprintable() and "\\" not in value]
        found: list[dict[str, str]] = []
        for host in self.hosts:
            running = [one for one in self.containers(look, host=host) if one.runs and one.role in self.roles]
            if newest := {one.role: one.name for one in reversed(running)}:
                line = "docker inspect --format '{{json .Config.Env}}' " + shlex.join(newest.values())
                told = filter(None, self.asked(line, host, secret=True).splitlines())
                found += [dict(str(one).partition("=")[::2] for one in json.loads(values)) for values in told]
        return [name for name in plain if any(values.get(name, now[name]) != now[name] for values in found)]

    def _of(self, container: Container) -> str:
        return self.version(container) or container.name

    def marks(self, look: Look, host: str) -> list[str]:
        """Whose the service on a host is; a version that this clone has in its history is this project's."""
        if look.marks[host]:
            return [look.marks[host]]
        versions = {self.version(one) for one in self.containers(look, host=host)} - {""}
        return [self.site.mark] if any(self.is_commit(version) for version in versions) else []

    def is_commit(self, version: str) -> bool:
        """Whether this clone has the commit that a version is."""
        return bool(re.fullmatch(r"[0-9a-f]{40}", version)) and self.site.git("cat-file", "-t", version) == "commit"

    def is_used(self, look: Look, host: str) -> bool:
        """Whether anything on a host has the site's names."""
        names = {self.called(name) for name in self.accessories}
        there = (one.name for one in look.containers if one.host == host)
        return bool(self.containers(look, host=host)) or any(name in names for name in there)

    def refused(self, look: Look, host: str) -> str:
        """Why the run may not use the service on a host; empty where it may."""
        if not look.marks[host] and not self.is_used(look, host):
            return ""
        cure = f"or choose another name with {self.site.request.another_name}."
        return reason_not_to_use(
            self.site,
            "service",
            self.identity(host),
            f"The service {self.identity(host)}",
            self.marks(look, host),
            unused=lambda: not self.is_used(look, host),
            cure=cure,
            other=cure.removeprefix("or "),
        )

    def identity(self, host: str) -> str:
        return f"{self.service} on {host}"

    def held(self, look: Look) -> str:
        """Why nothing can be changed now: who holds the lock; empty where nobody does, or an interrupted run of this clone."""
        lock = look.lock
        if lock is None or self.left_by_us(look):
            return ""
        since = f" since {lock.at.replace('T', ' ').removesuffix('Z')} UTC" if lock.at else ""
        what = "" if lock.automatic or not lock.message else f" ({lock.message})"
        of = f", for the version {lock.version[:12]}" if lock.version and lock.automatic else ""
        return (
            f"{lock.by} holds Kamal's lock on {self.hosts[0]}{since}{of}{what}: wait until the lock is released. If nobody is at "
            f"work, release it with `{self.line(*UNLOCK)}`."
        )

    def left_by_us(self, look: Look) -> bool:
        """Whether a run of this clone left the lock that was interrupted, and of which nothing is at work any more."""
        record = self.site.record
        return look.lock is not None and look.lock.clone == record.clone() and not record.left_running()


def _git_setting(name: str, value: str) -> dict[str, str]:
    """https://git-scm.com/docs/git-config#ENVIRONMENT"""
    count = int(os.environ.get("GIT_CONFIG_COUNT") or 0)
    return {"GIT_CONFIG_COUNT": str(count + 1), f"GIT_CONFIG_KEY_{count}": name, f"GIT_CONFIG_VALUE_{count}": value}


def _parts(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        if marked := _MARKED.fullmatch(line):
            lines = found[marked[1]] = []
        elif found:
            lines.append(line)
    if "end" not in found:
        raise ValueError(f"the server's answer is not whole: {text[-120:]!r}")
    return found


def _container(line: str, host: str) -> Container:
    found = json.loads(line)
    labels = str(found.get("Labels") or "")

    def label(name: str) -> str:
        told = re.search(rf"(?:^|,){name}=([^,]*)", labels)
        return told[1] if told else ""

    return Container(
        host=host,
        name=str(found["Names"]),
        state=str(found["State"]),
        status=str(found.get("Status") or ""),
        image=str(found.get("Image") or ""),
        created=_moment(str(found.get("CreatedAt") or "")),
        service=label("service"),
        role=label("role"),
        destination=label("destination"),
    )


def _moment(text: str) -> str:
    """`2026-11-29 09:30:00 +0000 UTC` in ISO 8601."""
    found = re.match(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) ([+-]\d{4})", text)
    return f"{found[1]}T{found[2]}{found[3][:3]}:{found[3][3:]}" if found else text

"""Kamal and servers with SSH, as far as the command uses them: what a server keeps is in files, and outlives each call.

Written from Kamal's own source, https://github.com/basecamp/kamal/tree/v2.11.0/lib/kamal, and compared with the real program in
tests/slow/server. A line for the server's shell is run by a real one, with a `docker` that reads the files. Of a deployment,
Kamal's order is kept: lock, proxy, accessories, hooks, one role after the other, the log, the lock again.
"""

from __future__ import annotations

import base64
import json
import re
import secrets
import shutil
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from .server import now
from .stand_in import Ended, StandIn

VALUES = ("SECRET_KEY", "POSTGRES_PASSWORD", "REDIS_PASSWORD", "BACKUP_BUCKET", "BACKUP_ACCESS_KEY_ID",
          "BACKUP_SECRET_ACCESS_KEY", "KAMAL_REGISTRY_PASSWORD")  # fmt: skip
OTHERS = ("MAIL_PASSWORD", "PAYMENT_KEY", "EMAIL_HOST")  # that a site which moves here brings
HOLDER, REHEARSED = "GIT_CONFIG_VALUE_0", "DEPLOY_OVERLAY_REHEARSED"
TOOLS = ("sh", "cat", "base64", "tail", "mkdir", "rm", "grep", "mv")
# `docker` of the server: its answers are the files that the simulation writes.
DOCKER = """#!/bin/sh
case "$1 $2" in
  "version --format") echo 28.5.1 ;;
  "ps --all") cat "{state}/containers" ;;
  "volume ls") cat "{state}/volumes" ;;
  "volume rm") grep -vx "$3" "{state}/volumes" > "{state}/kept"; mv "{state}/kept" "{state}/volumes" ;;
  "inspect --format")
    case "$3" in *.Config.Env*) shift 3; for one; do cat "{state}/env-$one"; done ;; *) echo 172.18.0.2 ;; esac ;;
  *) echo "unknown: $*" >&2; exit 1 ;;
esac
"""

OCCUPIED = """ERROR (SSHKit::Command::Failed): Exception while executing on host server.example.com: docker exit status: 123
docker stderr: Error response from daemon: driver failed programming external connectivity on endpoint kamal-proxy (75154b86): \
Bind for 0.0.0.0:443 failed: port is already allocated
docker: Error response from daemon: Conflict. The container name "/kamal-proxy" is already in use by container "f52fee30e2be"."""


class Machine:
    """A server: `who` is in the lines of its audit log, `refuses` is what ssh says instead of leading there."""

    def __init__(self, folder: Path, who: str = "ada@example.com") -> None:
        self.folder, self.who = folder, who
        self.home, self.state, self.programs = folder / "home", folder / "state", folder / "programs"
        for place in (self.home, self.state, self.programs):
            place.mkdir(parents=True)
        for name in TOOLS:
            (self.programs / name).symlink_to(str(shutil.which(name)))
        self.refuses = ""
        self.failing: set[str] = set()
        self._write([], [])

    def containers(self) -> list[dict[str, str]]:
        return [json.loads(line) for line in (self.state / "containers").read_text(encoding="utf-8").splitlines()]

    def volumes(self) -> list[str]:
        return (self.state / "volumes").read_text(encoding="utf-8").split()

    def install_docker(self) -> None:
        program = self.programs / "docker"
        program.write_text(DOCKER.format(state=self.state), encoding="utf-8")
        program.chmod(0o755)

    def running(self, service: str = "site") -> dict[str, str]:
        """The version of each role that runs."""
        found = [
            one for one in self.containers() if one["State"] == "running" and f"service={service}," in one["Labels"]
        ]
        return {_label(one, "role"): one["Names"].rpartition("-")[2] for one in found if _label(one, "role")}

    def values(self, role: str = "web") -> dict[str, str]:
        """The variables of the newest container of a role that runs."""
        one = next(one for one in self.containers() if one["State"] == "running" and _label(one, "role") == role)
        listed = json.loads((self.state / f"env-{one['Names']}").read_text(encoding="utf-8"))
        return dict(each.partition("=")[::2] for each in listed)

    def mark(self, service: str = "site") -> str:
        file = self.home / ".kamal" / f"{service}-project"
        return file.read_text(encoding="utf-8").strip() if file.exists() else ""

    def lock(
        self, by: str, version: str = "f" * 40, message: str = "Automatic deploy lock", service: str = "site"
    ) -> None:
        """Somebody takes the lock."""
        folder = self.home / ".kamal" / f"lock-{service}"
        folder.mkdir(parents=True)
        text = f"Locked by: {by} at {now()}\nVersion: {version}\nMessage: {message}"
        (folder / "details").write_bytes(base64.encodebytes(text.encode()))

    def unlock(self, service: str = "site") -> None:
        shutil.rmtree(self.home / ".kamal" / f"lock-{service}")

    def start(self, name: str, labels: str, image: str, volumes: list[str]) -> None:
        one = {
            "Names": name, "Labels": labels, "Image": image, "State": "running", "Status": "Up 3 seconds",
            "CreatedAt": time.strftime("%Y-%m-%d %H:%M:%S +0000 UTC", time.gmtime()),
        }  # fmt: skip
        self._write([one, *self.containers()], [*self.volumes(), *volumes])

    def stop(self, name: str) -> None:
        self._write(
            [one | {"State": "exited"} if one["Names"] == name else one for one in self.containers()], self.volumes()
        )

    def rename(self, name: str, new: str) -> None:
        self._write(
            [one | {"Names": new} if one["Names"] == name else one for one in self.containers()], self.volumes()
        )

    def remove(self, wanted: Callable[[dict[str, str]], bool]) -> None:
        self._write([one for one in self.containers() if not wanted(one)], self.volumes())

    def _write(self, containers: list[dict[str, str]], volumes: list[str]) -> None:
        (self.state / "containers").write_text("".join(f"{json.dumps(one)}\n" for one in containers), encoding="utf-8")
        (self.state / "volumes").write_text("".join(f"{one}\n" for one in dict.fromkeys(volumes)), encoding="utf-8")

    def audit(self, destination: str, service: str, text: str, role: str = "") -> None:
        tags = "".join(f" [{one}]" for one in (destination, role) if one)
        file = self.home / ".kamal" / f"{'-'.join(filter(None, (service, destination)))}-audit.log"
        file.parent.mkdir(exist_ok=True)
        with file.open("a", encoding="utf-8") as opened:
            opened.write(f"[{now()}] [{self.who}]{tags} {text}\n")


class Kamal(Machine):
    """The owner's two programs, `kamal` and `ssh`, and the server that both lead to; `others` are further ones, by name.

    `failing` are versions whose web container does not answer, `broken` those whose migration fails.
    """

    SLOW = 600.0  # seconds that a call without an answer takes

    def __init__(self, folder: Path, who: str = "ada@example.com") -> None:
        super().__init__(folder, who)
        self.others: dict[str, Machine] = {}
        self.broken: set[str] = set()
        self.ruby: dict[str, str] = {}  # what Ruby makes of a text in config/deploy.yml
        self.occupied = False  # whether another program has the ports of kamal-proxy
        self.rehearsals = 0
        self.migrate: Callable[[], None] = lambda: None
        self.seen: list[dict[str, str]] = []  # variables of each call of Kamal's that changes something
        self.asked: list[str] = []
        self.fault: tuple[int, str] | None = None
        self.kill: Callable[[], None] = lambda: None
        self.secrets: list[str] = []
        self._lock, self._closing = threading.RLock(), threading.Event()
        self.kamal = StandIn(
            folder / "kamal",
            "kamal",
            lambda words, given: self._call("kamal", words, self._kamal),
            (*VALUES, *OTHERS, HOLDER, REHEARSED),
        )
        self.ssh = StandIn(folder / "ssh", "ssh", lambda words, given: self._call("ssh", words, self._ssh))

    def add(self, *names: str) -> None:
        """Further servers, with nothing on them."""
        self.others |= {name: Machine(self.folder / name, self.who) for name in names}

    def machine(self, name: str) -> Machine:
        return self.others.get(name, self)

    @property
    def machines(self) -> list[Machine]:
        return [self, *self.others.values()]

    def close(self) -> None:
        self._closing.set()
        self.kamal.close()
        self.ssh.close()

    # What the loop over faults asks

    def begin(self, fault: tuple[int, str] | None = None, kill: Callable[[], None] = lambda: None) -> None:
        with self._lock:
            self.asked, self.fault, self.kill = [], fault, kill

    def confidential(self) -> list[str]:
        return list(self.secrets)

    def final(self) -> dict[str, Any]:
        """What is there, without times, and without containers that Kamal has put aside."""
        running = [one for machine in self.machines for one in machine.containers() if one["State"] == "running"]
        files = [path for machine in self.machines for path in (machine.home / ".kamal").glob("*") if path.is_file()]
        return {
            "running": sorted(one["Names"] for one in running),
            "volumes": sorted(name for machine in self.machines for name in machine.volumes()),
            "files": sorted(path.name for path in files),
            "locked": any((self.home / ".kamal").glob("lock-*")),
        }

    # The programs

    def _call(self, program: str, words: list[str], act: Callable[[list[str]], str]) -> str:
        if (program, tuple(words)) == ("kamal", ("version",)):
            return "2.11.0"
        looks = (program == "kamal" and words[0] in ("config", "secrets")) or (
            program == "ssh" and any(one in words[-1] for one in ("echo =docker", ".Config.Env"))
        )
        with self._lock:
            number = len(self.asked)
            self.asked.append(
                f"{'GET ' if looks else ''}{program} {' '.join(words) if program == 'kamal' else words[-1][:40]}"
            )
            kind = self.fault[1] if self.fault is not None and self.fault[0] == number else ""
            if kind.isdecimal():
                raise Ended(255 if program == "ssh" else 1, f"made to fail with {kind}")
            if kind == "killed before":
                self.kill()
                if not looks and program == "kamal":
                    self._cut_off(words)
                raise Ended(1, "killed")
            if kind != "timeout":
                output = act(words)
        if kind == "timeout":
            self._closing.wait(self.SLOW)
            raise Ended(1, "ended")
        if kind == "killed after":
            self.kill()
        if kind in ("dropped", "killed after"):
            raise Ended(255 if program == "ssh" else 1, "Connection reset by peer")
        return output

    def _ssh(self, words: list[str]) -> str:
        machine = self.machine(words[-2].rpartition("@")[2])
        if machine.refuses:
            raise Ended(255, machine.refuses)
        environ = {"PATH": str(machine.programs), "HOME": str(machine.home)}
        done = subprocess.run(
            [machine.programs / "sh", "-c", words[-1]],
            cwd=machine.home,
            env=environ,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise Ended(done.returncode, done.stderr)
        return done.stdout

    def _kamal(self, words: list[str]) -> str:
        words, destination = _parted(words)
        site = _Site(self, self.kamal.at.folder, destination)
        if words == ["config"]:
            return site.printed()
        if words == ["secrets", "print"]:
            return "\n".join(f"{name}={value}" for name, value in site.values().items())
        self.seen.append(dict(self.kamal.at.environ))
        if words == ["lock", "release"]:
            self.unlock(site.full)
            return "Released the deploy lock"
        holder = self.kamal.at.environ.get(HOLDER) or "Ada"
        if (self.home / ".kamal" / f"lock-{site.full}").exists():
            raise Ended(1, "Deploy lock found. Run 'kamal lock help' for more information")
        self.lock(holder, site.version, service=site.full)
        try:
            site.act(words)
        finally:
            self.unlock(site.full)
        return ""

    def _cut_off(self, words: list[str]) -> None:
        """The machine that deploys loses its power: the lock stays, and of a deployment the first role has been replaced."""
        words, destination = _parted(words)
        site = _Site(self, self.kamal.at.folder, destination)
        if words == ["lock", "release"] or (self.home / ".kamal" / f"lock-{site.full}").exists():
            return
        self.lock(self.kamal.at.environ.get(HOLDER) or "Ada", site.version, service=site.full)
        if words[0] == "deploy":
            site.boot("web", site.version)


class _Site:
    """What Kamal makes of the files of a project for one destination."""

    def __init__(self, world: Kamal, root: Path, destination: str) -> None:
        self.world, self.root, self.destination = world, root, destination
        file = root / "config" / "deploy.yml"
        text = file.read_text(encoding="utf-8")
        for ruby, word in world.ruby.items():
            text = text.replace(ruby, word)
        self.content: dict[str, Any] = yaml.safe_load(text)
        if destination:
            beside = root / "config" / f"deploy.{destination}.yml"
            if not beside.exists():
                raise Ended(1, f"ERROR (RuntimeError): Configuration file not found in {beside}")
            _merge(self.content, yaml.safe_load(beside.read_text(encoding="utf-8")))
        if "servers" not in self.content:
            raise Ended(1, "ERROR (Kamal::ConfigurationError): Missing required configuration for servers")
        command = ["git", "rev-parse", "HEAD"]
        self.version = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout.strip()
        self.service = self.content["service"]
        self.full = "-".join(filter(None, (self.service, destination)))
        self.image = f"{self.content['registry']['server']}/{self.content['image']}"
        self.accessories: dict[str, Any] = self.content.get("accessories") or {}
        servers = self.content["servers"]
        self.hosts = {role: _names(one.get("hosts") if isinstance(one, dict) else one) for role, one in servers.items()}
        self.roles: list[str] = list(servers)

    @property
    def app_hosts(self) -> list[str]:
        """That of the web role first."""
        return list(dict.fromkeys([*self.hosts["web"], *(host for hosts in self.hosts.values() for host in hosts)]))

    @property
    def machines(self) -> list[Machine]:
        """Those of roles."""
        return [self.world.machine(host) for host in self.app_hosts]

    def accessory_hosts(self, name: str) -> list[str]:
        own = self.accessories[name]
        named = [*_names(own.get("host")), *_names(own.get("hosts"))]
        return named or [
            host for role in _names(own.get("role")) + _names(own.get("roles")) for host in self.hosts[role]
        ]

    def accessory_machines(self, name: str) -> list[Machine]:
        return [self.world.machine(host) for host in self.accessory_hosts(name)]

    def printed(self) -> str:
        """As `kamal config` prints it: YAML with symbols of Ruby for names."""
        hosts = dict.fromkeys(
            [*self.app_hosts, *(host for name in self.accessories for host in self.accessory_hosts(name))]
        )
        options = {":user": "root", ":port": 22, ":keepalive": True, ":log_level": ":fatal"}
        options |= {f":{name}": value for name, value in (self.content.get("ssh") or {}).items()}
        found = {
            ":roles": sorted(self.roles), ":hosts": [*hosts], ":primary_host": self.hosts["web"][0], ":version": self.version,
            ":repository": self.image, ":absolute_image": f"{self.image}:{self.version}",
            ":service_with_version": f"{self.service}-{self.version}",
            ":volume_args": [part for one in self.content.get("volumes") or [] for part in ("--volume", one)],
            ":ssh_options": options, ":sshkit": {}, ":builder": self.content["builder"], ":accessories": self.accessories,
        }  # fmt: skip
        return "---\n" + yaml.safe_dump(found, sort_keys=False)

    def values(self) -> dict[str, str]:
        name = f"secrets.{self.destination}" if self.destination else "secrets"
        lines = (self.root / ".kamal" / name).read_text(encoding="utf-8").splitlines()
        environ = self.world.kamal.at.environ
        found = {}
        for line in lines:
            if re.match(r"\w+=", line):
                key, _, value = line.partition("=")
                found[key] = re.sub(r"\$(\w+)", lambda one: environ.get(one[1], ""), value)
        return found

    def act(self, words: list[str]) -> None:
        match words:
            case ["server", "bootstrap"]:
                self._bootstrap()
            case ["accessory", "boot", name]:
                self.boot_accessory(name)
            case ["accessory", "remove", name, "--confirmed"]:
                for machine in self.accessory_machines(name):
                    machine.remove(lambda one: one["Names"] == f"{self.service}-{name}")
                    # https://github.com/basecamp/kamal/blob/v2.11.0/lib/kamal/commands/accessory.rb: remove_service_directory
                    shutil.rmtree(machine.home / f"{self.service}-{name}", ignore_errors=True)
            case ["setup"]:
                self._bootstrap()
                self._deploy(self.version, accessories=True)
            case ["deploy"]:
                self._deploy(self.version)
            case ["deploy", "--skip-push"]:
                self._deploy(self.version, built=True)
            case ["rollback", version]:
                self._roll_back(version)
            case ["app", "remove"]:
                for machine in self.machines:
                    machine.remove(lambda one: f"service={self.service},role=" in one["Labels"])
            case _:
                raise Ended(1, f"ERROR (Thor::UndefinedCommandError): Could not find command {words}")

    def _bootstrap(self) -> None:
        for machine in (*self.machines, *(one for name in self.accessories for one in self.accessory_machines(name))):
            machine.install_docker()

    def boot_accessory(self, name: str) -> None:
        container, own = f"{self.service}-{name}", self.accessories[name]
        for machine in self.accessory_machines(name):
            if any(one["Names"] == container for one in machine.containers()):
                continue
            volumes = [one.partition(":")[0] for one in own.get("volumes") or []]
            for one in own.get("directories") or []:
                (machine.home / container / one.partition(":")[0]).mkdir(parents=True)
            machine.start(container, f"service={container},org.opencontainers=1", own["image"], volumes)
            machine.audit(self.destination, self.service, f"Booted {name} accessory")

    def _deploy(self, version: str, accessories: bool = False, built: bool = False) -> None:
        if not built and not self.world.kamal.at.environ.get(REHEARSED):
            self.world.rehearsals += 1
        if not all((machine.programs / "docker").exists() for machine in self.machines):
            raise Ended(1, "ERROR (SSHKit::Command::Failed): docker: command not found")
        for host in self.hosts["web"]:
            if not any(one["Names"] == "kamal-proxy" for one in self.world.machine(host).containers()):
                self.world.machine(host).start("kamal-proxy", "", "basecamp/kamal-proxy:v0.9.2", [])
        for name in self.accessories if accessories else ():
            self.boot_accessory(name)
        for machine in self.machines:
            machine.audit(self.destination, self.service, f"Pulled image with version {version}")
        if version in self.world.broken:
            raise Ended(1, "ERROR (Kamal::Cli::HookError): Hook `pre-app-boot` failed:\nRuntimeError: broken")
        if "postgres" in self.accessories and not self._is_up("postgres"):
            raise Ended(1, "ERROR (Kamal::Cli::HookError): Hook `pre-app-boot` failed:\nPostgreSQL does not answer")
        self.world.migrate()
        self._start(version)

    def _is_up(self, name: str) -> bool:
        there = [one for machine in self.accessory_machines(name) for one in machine.containers()]
        return any((one["Names"], one["State"]) == (f"{self.service}-{name}", "running") for one in there)

    def _roll_back(self, version: str) -> None:
        for role, hosts in self.hosts.items():
            for host in hosts:
                names = {one["Names"] for one in self.world.machine(host).containers()}
                if self.called(role, version) not in names:
                    return  # with exit status 0, as the real one
        self._start(version)

    def _start(self, version: str) -> None:
        for role in self.roles:
            self.boot(role, version)
        for machine in self.machines:
            machine.audit(self.destination, self.service, f"Tagging {self.image}:{version} as the latest image")

    def boot(self, role: str, version: str) -> None:
        if self.world.occupied:  # in the words of Docker 28 and Kamal 2.11
            raise Ended(1, OCCUPIED)
        for host in self.hosts[role]:
            self._boot(role, version, self.world.machine(host))

    def _boot(self, role: str, version: str, machine: Machine) -> None:
        name = self.called(role, version)
        if any(one["Names"] == name for one in machine.containers()):
            machine.rename(name, f"{name}_replaced_{secrets.token_hex(8)}")
        old = [one["Names"] for one in machine.containers() if one["State"] == "running" and self._is_of(one, role)]
        machine.audit(self.destination, self.service, f"Booted app version {version}", role)
        labels = f"service={self.service},role={role},destination={self.destination},org.opencontainers=1"
        volumes = [one.partition(":")[0] for one in self.content.get("volumes") or []]
        environ = [f"{key}={value}" for key, value in self._environ(role).items()]
        (machine.state / f"env-{name}").write_text(f"{json.dumps(environ)}\n", encoding="utf-8")
        machine.start(name, labels, f"{self.image}:{version}", volumes)
        if version in self.world.failing | machine.failing:
            machine.stop(name)
            raise Ended(
                1, "ERROR (SSHKit::Command::Failed): target failed to become healthy within configured timeout (2m0s)"
            )
        for one in old:
            machine.stop(one)

    def _environ(self, role: str) -> dict[str, str]:
        """What containers of a role get: secrets that are listed for all, and for it."""
        own = self.content["servers"][role]
        listed = [self.content.get("env") or {}, (own.get("env") or {}) if isinstance(own, dict) else {}]
        wanted = {name for one in listed for name in one.get("secret") or []}
        return {name: value for name, value in self.values().items() if name in wanted}

    def _is_of(self, one: dict[str, str], role: str) -> bool:
        labels = (_label(one, "service"), _label(one, "role"), _label(one, "destination"))
        return labels == (self.service, role, self.destination)

    def called(self, role: str, version: str) -> str:
        return "-".join(filter(None, (self.service, role, self.destination, version)))


def _parted(words: list[str]) -> tuple[list[str], str]:
    """A command of Kamal's without its destination, and that."""
    if "--destination" not in words:
        return words, ""
    at = words.index("--destination")
    return words[:at] + words[at + 2 :], words[at + 1]


def _names(value: Any) -> list[str]:
    """Of a host or a role, or a list of them, whose members may have tags."""
    found = value if isinstance(value, list) else [] if value is None else [value]
    return [str(next(iter(one))) if isinstance(one, dict) else str(one) for one in found]


def _label(one: dict[str, str], name: str) -> str:
    found = re.search(rf"(?:^|,){name}=([^,]*)", one["Labels"])
    return found[1] if found else ""


def _merge(one: dict[str, Any], other: dict[str, Any]) -> None:
    for name, value in other.items():
        if isinstance(value, dict) and isinstance(one.get(name), dict):
            _merge(one[name], value)
        else:
            one[name] = value

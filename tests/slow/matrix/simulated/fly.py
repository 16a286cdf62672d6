"""Fly.io from fly.toml and the Dockerfile that it names: https://fly.io/docs/reference/configuration/

The instructions of the Dockerfile are carried out on folders that stand for those of the image. What needs the image
itself (system packages, users) is left out here: tests/slow/images builds the real one. Each process of [processes] has
a Machine of its own, which has the volume only where [mounts] says so.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.support import Project, interpreter
from tests.support.cache import settled_folder
from tests.support.serving import free_port

from . import node
from .site import BuildFailed, Given, Process, Site, executed, found, machine, tools_with

# Done by a real build of the image alone. Anything else in a RUN has to be carried out.
_OF_THE_IMAGE = re.compile(r"apt-get |useradd |/usr/local/")
_MOUNTS = re.compile(r"^(--mount=\S+\s+)+")
# Stand-ins for programs that need the image's user.
_AS_APP = {
    "install": '[ "$1 $2 $3 $4 $5" = "-d -o app -g app" ] || exit 1\nshift 5\nexec mkdir -p "$@"\n',
    "setpriv": 'while [ "${1#--}" != "$1" ]; do shift; done\nexec "$@"\n',
}
# The rendered process that starts scheduled jobs.
_CLOCK = re.compile(r"python -m ([\w.]+\.schedule)\b")
_ONCE = """
import subprocess
from {} import JOBS
assert JOBS
for _, _, command in JOBS:
    subprocess.run(command, shell=True, check=True)
"""
_PACKAGE_MANAGER = re.compile(r"pip install --root-user-action=ignore (\S+)$")


@dataclass
class Stage:
    """What the instructions of one stage of a Dockerfile lead to."""

    env: dict[str, str] = field(default_factory=dict)
    folder: str = "/"
    python: str = ""
    steps: list[tuple[str, str]] = field(default_factory=list)  # COPY and RUN, in order
    command: list[str] = field(default_factory=list)


def stages(text: str) -> list[tuple[str, Stage]]:
    """The stages of a Dockerfile in order, by name ("" for the last): https://docs.docker.com/reference/dockerfile/"""
    read: list[tuple[str, Stage]] = []
    lines = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    for instruction, rest in re.findall(r"^([A-Z]+)\s+(.*)$", re.sub(r"\\\n\s*", " ", lines), re.MULTILINE):
        if instruction == "FROM":
            image, _, name = rest.partition(" AS ")
            base = dict(read).get(image)
            version = re.match(r"python:(\d+\.\d+)", image)
            stage = (
                Stage(dict(base.env), base.folder, base.python) if base else Stage(python=version[1] if version else "")
            )
            read.append((name.strip(), stage))
            continue
        stage = read[-1][1]
        if instruction == "ENV":
            stage.env |= dict(pair.split("=", 1) for pair in shlex.split(rest))
        elif instruction == "WORKDIR":
            stage.folder = rest
        elif instruction == "CMD":
            stage.command = json.loads(rest)
        elif instruction in ("COPY", "RUN"):
            stage.steps.append((instruction, f"{stage.folder}\0{rest}"))
        elif instruction != "USER":
            raise BuildFailed(f"an instruction that is not known here: {instruction}")
    return read


@dataclass(frozen=True)
class Image:
    """Folders of this machine that stand for those of the image."""

    places: dict[str, Path]

    def here(self, text: str) -> str:
        """A text in which the image's folders are those that stand for them."""
        names = "|".join(re.escape(name) for name in self.places)
        return re.sub(rf"(?<![\w./-])({names})(?![\w-])", lambda match: str(self.places[match[1]]), text)

    def environ(self, stage: Stage, python: Path, tools: str = "") -> dict[str, str]:
        """The variables of a step; `tools` is where a package manager was installed, beside the Python of the image."""
        env = {name: self.here(value) for name, value in stage.env.items() if name != "PATH"}
        own = [self.here(part) for part in stage.env["PATH"].split(":") if part.startswith(tuple(self.places))]
        path = [*own, *filter(None, [tools]), str(python.parent), "/usr/bin", "/bin"]
        return {**machine(), "HOME": str(self.places["/tmp"]), **env, "PATH": ":".join(path)}


@dataclass(frozen=True)
class Container:
    """What the Dockerfile led to, and the variables that a process in it has."""

    image: Image
    stage: Stage
    venv: Path
    environ: dict[str, str]
    place: Path

    def command(self, words: Sequence[str]) -> list[str]:
        """As it is started here."""
        return found(_started_here(words, self.image, self.stage, self.place), self.environ)


def container(clone: Project, dockerfile: str, place: Path, log: Path) -> Container:
    """The instructions of the Dockerfile, carried out; raises BuildFailed where a build of the image would fail."""
    ordered = stages((clone.root / dockerfile).read_text(encoding="utf-8"))
    named, final = dict(ordered), ordered[-1][1]
    python = interpreter(final.python)
    venv = _installed(named["dependencies"], clone, python)
    places = {"/app": clone.root, "/venv": venv, "/data": place / "data", "/tmp": place / "tmp"}
    for folder in ("data", "tmp"):
        (place / folder).mkdir()
    image = Image(places)
    environ = image.environ(final, python, str(_as_app(place / "programs")))
    if "frontend" in named:
        _built_front_end(named["frontend"], image, log)
    for instruction, step in final.steps:
        folder, _, command = step.partition("\0")
        if instruction == "RUN" and not _OF_THE_IMAGE.search(command):
            executed(["/bin/sh", "-c", image.here(command)], Path(image.here(folder)), environ, log)
    return Container(image, final, venv, environ, place)


def built(clone: Project, place: Path, services: Given) -> Site:
    """The site after `fly deploy` of this clone; raises BuildFailed where Fly.io would give up."""
    fly = tomllib.loads((clone.root / "fly.toml").read_text(encoding="utf-8"))
    log = place / "fly.log"
    made = container(clone, fly["build"]["dockerfile"], place, log)
    environ, data = made.environ, made.image.places["/data"]
    app, port = fly["app"], free_port()
    # The port of [env] belongs to a machine of its own; here several sites share one.
    given = {name: str(value) for name, value in fly.get("env", {}).items()} | _secrets(services)
    given |= {"FLY_APP_NAME": app, "PRIMARY_REGION": fly["primary_region"], "PORT": str(port)}
    if int(fly["env"]["PORT"]) != fly["http_service"]["internal_port"]:
        raise BuildFailed(f"nothing answers on the port {fly['http_service']['internal_port']} of internal_port")
    release = fly.get("deploy", {}).get("release_command")
    processes = dict(fly.get("processes", {}))
    if processes and fly["http_service"].get("processes") != ["app"]:
        raise BuildFailed("visitors would come to each process")
    web = shlex.split(processes.pop("app")) if processes else made.stage.command
    mounted = (fly.get("mounts") or {}).get("processes", ["app", *processes])
    beside = {}
    for name, line in processes.items():
        words = found(shlex.split(line), environ)
        if name not in mounted:
            words = with_own_disk(words, data, place / "machines" / name)
        beside[name] = Process(words, environ | given | {"FLY_PROCESS_GROUP": name})
    return Site(
        python=made.venv / "bin" / "python",
        folder=Path(made.image.here(made.stage.folder)),
        environ=environ | given,
        command=made.command(web),
        host=f"{app}.fly.dev",
        # https://fly.io/docs/networking/request-headers/
        headers={"X-Forwarded-Proto": "https", "Fly-Client-IP": "203.0.113.7", "X-Forwarded-For": "203.0.113.7"},
        log=log,
        seconds=float(fly["kill_timeout"].removesuffix("s")),
        release=[found(shlex.split(release), environ)] if release else [],
        # The machine is asked by its own address: https://fly.io/docs/reference/health-checks/
        probe=(fly["http_service"]["checks"][0]["path"], "172.19.12.34:8000"),
        beside=beside,
        jobs=once_each(beside),
    )


def _secrets(services: Given) -> dict[str, str]:
    """Of `fly mpg attach`, `fly storage create` and `fly secrets set`."""
    told = {"DATABASE_URL": services.database, **services.bucket, **services.variables}
    if services.bucket:
        told["BUCKET_NAME"] = services.bucket["AWS_STORAGE_BUCKET_NAME"]
    return told | ({"REDIS_URL": services.redis} if services.redis else {})


def once_each(beside: Mapping[str, Process]) -> dict[str, Process]:
    """The jobs of the process that starts them at their times, each started once as it would be, from the Django root."""
    found = {}
    for name, process in beside.items():
        if match := _CLOCK.search(shlex.join(process.command)):
            found[name] = Process(["python", "-c", _ONCE.format(match[1])], process.environ)
    return found


def _as_app(folder: Path) -> Path:
    folder.mkdir()
    for name, script in _AS_APP.items():
        (folder / name).write_text(f"#!/bin/sh\n{script}", encoding="utf-8", newline="\n")
        (folder / name).chmod(0o755)
    return folder


def _started_here(command: Sequence[str], image: Image, stage: Stage, place: Path) -> list[str]:
    """The command, with a script of the image in its place where it is one: its folders are those that stand for them."""
    if command[0] != "sh":
        return list(command)
    script = Path(image.here(stage.folder)) / command[1]
    here = place / script.name
    here.write_text(image.here(script.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
    return ["sh", str(here), *command[2:]]


def with_own_disk(command: Sequence[str], data: Path, own: Path) -> list[str]:
    """The command on another Machine, where the folder of the volume is one of the image. It takes root."""
    if os.geteuid() != 0:
        return list(command)
    (own / "media").mkdir(parents=True)
    script = f'mount --bind {shlex.quote(str(own))} {shlex.quote(str(data))} && exec "$@"'
    return ["/usr/bin/unshare", "--mount", "/bin/sh", "-euc", script, "sh", *command]


def _built_front_end(stage: Stage, image: Image, log: Path) -> None:
    """The stage that has Node.js, carried out where its files are copied to in the end."""
    environ = node.on_path("/usr/bin:/bin", {**machine(), "HOME": str(image.places["/tmp"])})
    for kind, step in stage.steps:
        folder, _, command = step.partition("\0")
        if kind == "RUN":
            command = image.here(_MOUNTS.sub("", command))
            executed(["/bin/sh", "-c", command], Path(image.here(folder)), environ, log)


def _installed(stage: Stage, clone: Project, python: Path) -> Path:
    """/venv after the stage that installs, made once for what it is made of: its instructions and the files it copies."""
    copied = [shlex.split(step.partition("\0")[2]) for kind, step in stage.steps if kind == "COPY"]
    files = {path: (clone.root / path).read_bytes() for *paths, _ in copied for path in paths}

    def make(made: Path) -> None:
        for name in ("app", "tmp"):
            (made / name).mkdir()
        image = Image({"/app": made / "app", "/venv": made / "venv", "/tmp": made / "tmp"})
        tools = ""
        for kind, step in stage.steps:
            folder, _, command = step.partition("\0")
            Path(image.here(folder)).mkdir(parents=True, exist_ok=True)
            if kind == "COPY":
                *paths, target = shlex.split(command)
                for path in paths:
                    there = Path(image.here(target))
                    there = there / Path(path).name if target.endswith("/") else there
                    there.parent.mkdir(parents=True, exist_ok=True)
                    there.write_bytes(files[path])
                continue
            command = _MOUNTS.sub("", command)
            if manager := _PACKAGE_MANAGER.match(command):
                tools = str(tools_with(python, manager[1].strip('"')))
            elif not _OF_THE_IMAGE.search(command):
                environ = image.environ(stage, python, tools)
                executed(["/bin/sh", "-c", image.here(command)], Path(image.here(folder)), environ, made / "log")

    content = {path: read.hex() for path, read in files.items()}
    return settled_folder("matrix-fly", [content, stage.steps, stage.env, str(python)], make) / "venv"

"""Fly.io from fly.toml and the Dockerfile that it names: https://fly.io/docs/reference/configuration/

The instructions of the Dockerfile are carried out on folders that stand for those of the image. What needs the image
itself (system packages, users) is left out here: tests/slow/images builds the real one.
"""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from tests.support import Project, interpreter
from tests.support.cache import settled_folder
from tests.support.serving import free_port

from . import node
from .site import BuildFailed, Site, executed, found, machine, tools_with

# Done by a real build of the image alone. Anything else in a RUN has to be carried out.
_OF_THE_IMAGE = re.compile(r"apt-get |useradd |/usr/local/")
_MOUNTS = re.compile(r"^(--mount=\S+\s+)+")
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


def built(clone: Project, place: Path, database: str, secrets: dict[str, str]) -> Site:
    """The site after `fly deploy` of this clone; raises BuildFailed where Fly.io would give up."""
    fly = tomllib.loads((clone.root / "fly.toml").read_text(encoding="utf-8"))
    text = (clone.root / fly["build"]["dockerfile"]).read_text(encoding="utf-8")
    ordered = stages(text)
    named, final = dict(ordered), ordered[-1][1]
    python = interpreter(final.python)
    log = place / "fly.log"
    venv = _installed(named["dependencies"], clone, python)
    places = {"/app": clone.root, "/venv": venv, "/data": place / "data", "/tmp": place / "tmp"}
    for folder in ("data", "tmp"):
        (place / folder).mkdir()
    image = Image(places)
    environ = image.environ(final, python)
    if "frontend" in named:
        _built_front_end(named["frontend"], image, log)
    for instruction, step in final.steps:
        folder, _, command = step.partition("\0")
        if instruction == "RUN" and not _OF_THE_IMAGE.search(command):
            executed(["/bin/sh", "-c", image.here(command)], Path(image.here(folder)), environ, log)
    app, port = fly["app"], free_port()
    # The port of [env] belongs to a machine of its own; here several sites share one.
    given = {**{name: str(value) for name, value in fly.get("env", {}).items()}, **secrets}
    given |= {"DATABASE_URL": database, "FLY_APP_NAME": app, "PRIMARY_REGION": fly["primary_region"], "PORT": str(port)}
    if int(fly["env"]["PORT"]) != fly["http_service"]["internal_port"]:
        raise BuildFailed(f"nothing answers on the port {fly['http_service']['internal_port']} of internal_port")
    release = fly.get("deploy", {}).get("release_command")
    return Site(
        python=venv / "bin" / "python",
        folder=Path(image.here(final.folder)),
        environ=environ | given,
        command=found(final.command, environ),
        host=f"{app}.fly.dev",
        # https://fly.io/docs/networking/request-headers/
        headers={"X-Forwarded-Proto": "https", "Fly-Client-IP": "203.0.113.7", "X-Forwarded-For": "203.0.113.7"},
        log=log,
        seconds=float(fly["kill_timeout"].removesuffix("s")),
        release=[found(shlex.split(release), environ)] if release else [],
        # The machine is asked by its own address: https://fly.io/docs/reference/health-checks/
        probe=(fly["http_service"]["checks"][0]["path"], "172.19.12.34:8000"),
    )


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
    files = {path: (clone.root / path).read_text(encoding="utf-8") for *paths, _ in copied for path in paths}

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
                    there.write_text(files[path], encoding="utf-8")
                continue
            command = _MOUNTS.sub("", command)
            if manager := _PACKAGE_MANAGER.match(command):
                tools = str(tools_with(python, manager[1].strip('"')))
            elif not _OF_THE_IMAGE.search(command):
                environ = image.environ(stage, python, tools)
                executed(["/bin/sh", "-c", image.here(command)], Path(image.here(folder)), environ, made / "log")

    return settled_folder("matrix-fly", [files, stage.steps, stage.env, str(python)], make) / "venv"

"""Processes besides the web server in deployment files: Procfile, uWSGI, Supervisor, systemd, Compose."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from typing import NamedTuple

from ...base.evidence import Evidence
from ...base.files import join, parent
from ...base.programs import MONITORS
from ...base.requirements import canonical
from ..dependencies import installed
from ..deployed import DeployFile, deploy_files
from ..project import Project
from .cron import command_of, lines, timed_units
from .uwsgi import mules

# Processes that are not workers, whatever their name.
_NO_WORKER = re.compile(
    r"\b(migrate|collectstatic|run\w*server\w*|test|check|flower|createsuperuser|loaddata|compilemessages|shell|shell_plus|dbshell"
    r"|tailwind|watch|watchmedo|livereload|browser_sync|mkdocs|makemigrations|flush"
    r"|gunicorn|uwsgi|daphne|uvicorn|hypercorn|granian|waitress-serve)\b"
)
_STARTS_WORKER = re.compile(
    r"(python3?\s+(\./)?manage\.py|\./manage\.py|celery|rq|dramatiq|periodiq|procrastinate|arq|faust|taskiq)\s+(?=\S)"
)
# A program of the project: a module or a file.
_OWN = re.compile(r"^python3?(?:\.\d+)?\s+(?:-u\s+)?(?:-m\s+(?P<module>[\w.]+)|(?P<path>[\w./-]+\.py))(?=\s|$)")
_OF_PACKAGE = re.compile(r"^(?:python3?(?:\.\d+)?\s+-m\s+)?(?P<name>[A-Za-z][\w-]*)(?=[\s.]|$)")
# What a command starts, by a word in it.
_OF_COMMAND = (
    (re.compile(r"\bcelery\b"), "celery"),
    (re.compile(r"rqworker|rqscheduler|rqcron|\brq\b"), "rq"),
    (re.compile(r"run_huey|huey_consumer"), "huey"),
    (re.compile(r"rundramatiq|\bdramatiq\b|\bperiodiq\b"), "dramatiq"),
    (re.compile(r"qcluster"), "django-q"),
    (re.compile(r"db_worker"), "django-tasks"),
    (re.compile(r"procrastinate"), "procrastinate"),
    (re.compile(r"\brunworker\b"), "channels"),
    (re.compile(r"manage\.py|^(arq|faust|taskiq)\s"), "command"),
)
# Schedulers, of which two would start each job twice.
_SCHEDULER = re.compile(r"^(clock|cron|crons|beat|.*schedul\w*)$", re.IGNORECASE)
_SCHEDULES = re.compile(r"\b(rqscheduler|rqcron|periodiq|runapscheduler|run_apscheduler|crontask|start_scheduler)\b")
# Words before the program: a shell, a pause, an environment's runner, a watcher, a folder.
_BEFORE = re.compile(
    rf"^(?:sleep\s+\d+\s*(?:;|&&)\s*|(?:exec|nohup|time|{MONITORS})\s+|(?:/\S*/)?(?:ba|da)?sh\s+-l?c\s+|(?:poetry|uv|pipenv|pdm)\s+run\s+|\w+=\S*\s+|env\s+(?=\w+=))+"
)
_PROGRAM = re.compile(
    r"^(?:[\w.@%~{}$()-]*/)+(?=(?:python3?(?:\.\d+)?|celery|rq|dramatiq|procrastinate)\s)|^\./(?=celery\s)"
)
# In uwsgi's files of any format, and among the arguments of its program.
_UWSGI = re.compile(
    r"^\s*<?(?:legion-|smart-|cron-)?attach-daemon2?\s*[=:>]\s*(?:\S+\.pid\s+)?(?:.*\bcmd=)?[\"']?(?P<command>[^\"',<]+)"
)
_ATTACHED = re.compile(r"--(?:legion-|smart-)?attach-daemon2?[\"']?[=,\s]+[\"'](?:cmd=)?(?P<command>[^\"']+)")
# Images of their own for what runs beside the site.
_OF_WORKERS = re.compile(
    r"worker|consumer|celery|beat|schedul|queue|listen|daemon|(?<![a-z])bot(?![a-z])", re.IGNORECASE
)
_STARTS = re.compile(r"^\s*(?:CMD|ENTRYPOINT)\s+(?P<command>\S.*)$", re.IGNORECASE)
_SECTION = re.compile(r"^\s*\[program:(?P<name>[\w.-]+)\]")
_COMMAND = re.compile(r"^\s*command\s*=\s*(?P<command>\S.*)$")
_UNIT = re.compile(r"^\s*ExecStart\s*=\s*[-@:+!]*(?P<command>\S.*)$")
# The keys of Compose, Kubernetes, Render, DigitalOcean and Upsun.
_KEY = re.compile(
    r"^(?P<indent>\s*(?:-\s+)?)(?:command|entrypoint|args|startCommand|dockerCommand|run_command|start|cmd)\s*:\s*(?P<command>.*)$"
)
_NAME = re.compile(r"^\s*(?:-\s+)?name:\s*[\"']?(?P<name>[\w-]+)[\"']?\s*$")
_WATCHER = re.compile(r"^\s*\[watcher:(?P<name>[\w.-]+)\]")
_CMD = re.compile(r"^\s*cmd\s*=\s*(?P<command>\S.*)$")
# Names of processes with their commands, in fly.toml's [processes] and in heroku.yml's `run:`.
_PROCESS = re.compile(
    r"^\s*(?P<name>[\w-]+)\s*(?:=|:)\s*[\"']?(?P<command>(?:\S*/)?(?:python|celery|rq|dramatiq|\./manage|exec)\S*\s.*)$"
)
# Kubernetes' kinds that end: https://kubernetes.io/docs/concepts/workloads/controllers/job/
_JOB = re.compile(r"^kind:\s*(Cron)?Job\b", re.MULTILINE)
# Usual names of management commands that end.
_ENDS = re.compile(
    r"manage\.py\s+(wait|init|load|seed|set_?up|create|import|export|update|rebuild|clear|clean|make|bootstrap|generate|dump"
    r"|reset|delete|remove|ensure|compile|compress|populate|add|fix|register|configure)"
)
# Keys and kinds in YAML below which commands run once or at certain times.
_TIMES = frozenset(
    {"cron", "crons", "jobs", "job", "cronjob", "release", "hooks", "initcontainers", "lifecycle", "healthcheck",
     "pre_deploy", "post_deploy", "predeploycommand", "livenessprobe", "readinessprobe", "startupprobe"}
)  # fmt: skip
# Scripts that run once: their last command is not a process.
_ONCE = frozenset(
    {"release", "build", "deploy", "prestart", "boot", "install", "setup", "init", "migrate", "test", "cron"}
)
# Syntax that needs a shell, the script's caller, or systemd's name of an instance.
_SHELL = re.compile(r"[;&|]|%\(|%[a-zA-Z](?!\S)|\$[@*\d{(]|\$\w|\bsleep\b")
MAX_WORDS = 30  # lines of one command


class Process(NamedTuple):
    """A process besides the web server; `service` as in django_services, or "command" for the project's commands."""

    service: str
    name: str
    command: str
    place: Evidence


def processes(project: Project) -> list[Process]:
    """The processes of the production Procfile; without one, those of the other files, each command once."""
    for file in deploy_files(project):
        above = parent(file.path)
        if file.kind == "procfile" and (above in (".", project.root) or project.root.startswith(f"{above}/")):
            return list(_workers(project, chain(_in_procfile(file), _of_mules(project, file)), declared=True))
    found: dict[str, Process] = {}
    timed = timed_units(project)
    jobs = {command_of(project, line.command) for line in lines(project)}  # a script of the repository may run one too
    for file in deploy_files(project):
        declared = file.kind == "server"
        commands = chain(_elsewhere(file), _of_mules(project, file))
        for one in _workers(project, commands, declared) if file.path not in timed else ():
            if one.command not in jobs:
                found.setdefault(one.command, one)
    return list(found.values())


def _workers(
    project: Project, commands: Iterator[tuple[str, str, Evidence]], declared: bool = False
) -> Iterator[Process]:
    """`declared`: the file has nothing but processes, so that the program of any installed package is one."""
    for name, written, place in commands:
        command = _plain(written)
        if name in ("web", "release") or _NO_WORKER.search(command) or _SHELL.search(command):
            continue
        service = next((key for pattern, key in _OF_COMMAND if pattern.search(command)), "")
        starts = (service and _STARTS_WORKER.match(command)) or _is_own(project, command)
        if starts or (declared and _is_of_package(project, command)):
            command = re.sub(r"^(python3?\s+)?(\./)?manage\.py\b", "python -m django", command)
            name = name or service_name(command)
            if _SCHEDULES.search(command) or _SCHEDULER.match(name):
                name = "scheduler"
            yield Process(service or "command", name, command, place)


def _is_own(project: Project, command: str) -> bool:
    match = _OWN.match(command)
    if match is None or (match["path"] or "").endswith("manage.py"):
        return False
    if match["module"]:
        # What lies beside the Django root, as a bot with an image of its own, cannot be imported there.
        roots = [path for path in project.code_roots() if path in (project.root, *project.added_folders())]
        return project.locate(match["module"], tuple(roots)) is not None
    path = match["path"].removeprefix("./")
    return not path.startswith(("/", "..")) and project.repository.is_file(join(project.root, path))


def _is_of_package(project: Project, command: str) -> bool:
    """Whether a command is the program or the module of a package that production installs."""
    match = _OF_PACKAGE.match(command)
    return match is not None and canonical(match["name"]) in installed(project)


def _plain(command: str) -> str:
    """The command without parts that only its file or machine needs: brackets, a shell, the program's path."""
    command = command.strip()
    if command.startswith("["):
        command = " ".join(re.findall(r"[\"']([^\"']*)[\"']", command))
    command = command.strip("\"' ")
    command = _BEFORE.sub("", command).strip("\"' ")
    command = _PROGRAM.sub("", command)
    command = re.sub(r"^python3?(?:\.\d+)?\s+(?:\S*/)?manage\.py\b", "python manage.py", command)
    return re.sub(r"^python3?(?:\.\d+)?\s+-m\s+celery\b", "celery", command)


def service_name(command: str) -> str:
    """A name for an unnamed process: the management command, or the program."""
    words = re.findall(r"[\w-]+", re.sub(r"^python -m django\s+", "", command))
    return words[0] if words else "worker"


def _in_procfile(file: DeployFile) -> Iterator[tuple[str, str, Evidence]]:
    for match, place in file.matches(re.compile(r"^([\w-]+):\s*(\S.*)$")):
        yield match.group(1), match.group(2), place
    yield from _attached(file)


def _attached(file: DeployFile) -> Iterator[tuple[str, str, Evidence]]:
    return (("", match["command"], place) for match, place in file.matches(_ATTACHED))


def _of_mules(project: Project, file: DeployFile) -> Iterator[tuple[str, str, Evidence]]:
    return (("mule", f"python {script}", place) for script, place in mules(project, file))


def _elsewhere(file: DeployFile) -> Iterator[tuple[str, str, Evidence]]:
    if file.kind == "server":
        yield from _in_server(file)
    elif file.kind == "script":
        yield from _lasting(_in_script(file))
    elif file.kind in ("compose", "platform") and not _JOB.search(file.text):
        yield from _lasting(_under_keys(file))
    elif file.kind == "docker" and _OF_WORKERS.search(file.path):
        yield from _lasting(("", match["command"], place) for match, place in file.matches(_STARTS))
    if file.path.endswith((".toml", "heroku.yml")) and file.kind == "platform":
        yield from _named_processes(file)
    yield from _attached(file)


def _named_processes(file: DeployFile) -> Iterator[tuple[str, str, Evidence]]:
    """fly.toml's [processes] and heroku.yml's `run:`, without release commands."""
    section = ""
    for number, line in file.lines:
        if opened := re.match(r"\[(?P<toml>[\w.-]+)\]|(?P<yaml>\w+):\s*$", line):
            section = opened["toml"] or opened["yaml"]
        elif section in ("processes", "run") and (found := _PROCESS.match(line)):
            yield found["name"], found["command"], Evidence(file.path, number, line.strip()[:100])


def _lasting(commands: Iterator[tuple[str, str, Evidence]]) -> Iterator[tuple[str, str, Evidence]]:
    return (one for one in commands if not _ENDS.search(re.sub(r"[\"',]+", " ", one[1])))


def _in_server(file: DeployFile) -> Iterator[tuple[str, str, Evidence]]:
    name = ""
    for number, line in file.lines:
        place = Evidence(file.path, number, line.strip()[:100])
        section = _SECTION.match(line) or _WATCHER.match(line)
        name = section["name"] if section else name
        if found := _UWSGI.match(line):
            yield "", found["command"], place
        elif program := (_COMMAND.match(line) or _UNIT.match(line) or _CMD.match(line)):
            unit = file.path.rpartition("/")[2].partition(".")[0].partition("@")[0]
            yield name or unit, program["command"], place


def _in_script(file: DeployFile) -> Iterator[tuple[str, str, Evidence]]:
    """A script starts its last command, unless it is for a step of the release."""
    stem = re.split(r"[^a-z]+", file.path.rpartition("/")[2].lower())
    if _ONCE & set(stem):
        return
    lines = [(number, line.strip()) for number, line in file.lines if line.strip()]
    if lines and not re.match(r"(fi|done|esac|\}|wait)\b", lines[-1][1]):
        number, line = lines[-1]
        yield "", line, Evidence(file.path, number, line[:100])


def _same_item(one: tuple[int, str], opened: re.Match[str]) -> bool:
    """Whether a kind on an earlier line belongs to this line's entry: `- type: cron`."""
    return one[0] == len(opened["indent"]) and one[1] in _TIMES and "-" not in opened["indent"]


def _service(above: list[tuple[int, str]]) -> str:
    """The service of a Compose file that a line belongs to."""
    words = [word for _, word in above]
    at = words.index("services") if "services" in words else len(words)
    return words[at + 1] if at + 1 < len(words) else ""


def _under_keys(file: DeployFile) -> Iterator[tuple[str, str, Evidence]]:
    """Commands in YAML: on the line of their key, folded below it, or a list of words."""
    lines, name = file.lines, ""
    above: list[tuple[int, str]] = []
    for position, (number, line) in enumerate(lines):
        if opened := re.match(r"(?P<indent>\s*(?:-\s+)?)(?P<key>[\w-]+):\s*(?P<value>\S*)", line):
            above = [one for one in above if one[0] < len(opened["indent"]) or _same_item(one, opened)]
            word = opened["value"] if opened["key"] in ("type", "kind") else opened["key"]
            above.append((len(opened["indent"]), word.lower()))
        section = _NAME.match(line)
        name = section["name"] if section else _service(above) or name
        found = _KEY.match(line)
        if not found or any(word in _TIMES for _, word in above):
            continue
        written = found["command"].strip()
        if written in ("", ">", "|", ">-", "|-", "[") or (written.startswith("[") and "]" not in written):
            below = [written.strip(">|-[ ")]
            for _, following in lines[position + 1 : position + 1 + MAX_WORDS]:
                indent = len(following) - len(following.lstrip())
                item = indent == len(found["indent"]) and following.lstrip().startswith("- ")
                if following.strip() and indent <= len(found["indent"]) and not item and following.strip() != "]":
                    break
                below.append(re.sub(r"^-\s+", "", following.strip()).strip("[],\"' "))
            joined = " ".join(word for word in below if word)
            written = re.sub(r"[\"',\s]+", " ", joined) if written.startswith("[") else joined
        yield name, written, Evidence(file.path, number, line.strip()[:100])

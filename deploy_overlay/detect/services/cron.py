"""Scheduled jobs in deployment files: crontabs, app.json, Render, Upsun, Kubernetes, systemd timers, workflows.

Only commands that run in the Django root: management commands, and the project's modules.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ...base.evidence import Evidence
from ...base.files import join, parent
from ..deployed import DEVELOPMENT_WORDS, DeployFile, deploy_files, words_of
from ..project import Project
from .times import every, five_fields, of_timer


class Line(NamedTuple):
    """A job in a file: schedule, command, name ("" for none), and place."""

    schedule: str
    command: str
    name: str
    place: Evidence


# https://crontab.guru: five fields, or a name such as @daily.
_FIELDS = (
    r"(?P<schedule>@(?:yearly|annually|monthly|weekly|daily|midnight|hourly)"
    r"|(?:[\d*/,?-]+\s+){3}[\w*/,?-]+\s+[\w*/,?-]+)"
)
_LINE = re.compile(rf"(?:^|[\s\"'`(]){_FIELDS}\s+(?P<command>\S.*)$")
_LOOP = re.compile(r"\bwhile\b[^;\n]*[;\n]\s*do\b(?P<body>.{1,2000}?)\bdone\b", re.DOTALL)
_SLEEP = re.compile(r"\bsleep\s+(?P<count>\d{1,6})(?P<unit>[smhd]?)\b")
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
_NAMES = re.compile(r"(?i)^(crontabs?|crons?|cronjobs?)([._-][\w.-]+)?$|^[\w.-]+[._-]cron(tab|jobs?)?$|^cron\.json$")
_FOLDERS = frozenset({"cron", "crons", "cron.d", "crontabs", "crontab"})
_CODE = (".py", ".js", ".ts", ".md", ".rst", ".html", ".css", ".lock", ".go", ".rb", ".php", ".service", ".timer")
MAX_FILES = 20
MAX_JOBS = 50
LARGEST_TABLE = 200_000  # characters

# Words before the arguments of a management command.
_PYTHON = r"(?:(?:\S*/)?python[\d.]*\s+(?:-\w\s+)*)"
_MANAGE = re.compile(rf"(?:{_PYTHON}|\./|(?<![\w/]))(?:[\w./~-]*/)?manage\.py\s+(?P<arguments>\S.*)$")
_MODULE = re.compile(r"(?:\S*/)?python[\d.]*\s+(?:-u\s+)?-m\s+(?P<module>[\w.]+)(?:\s+(?P<arguments>\S.*))?$")
_ADMIN = re.compile(r"(?:^|[\s/])django-admin(?:\.py)?\s+(?P<arguments>\S.*)$")
_ARGUMENT = re.compile(r"[\w./:=@,+-]+")
_SETTINGS = re.compile(r"--settings(?:=|$)|--configuration(?:=|$)|--pythonpath(?:=|$)")
_SCRIPT = re.compile(r"(?:^|\s)(?:\$\{?\w+\}?)?(?P<path>[\w./~-]*\.sh)\b(?:\s+(?P<arguments>\S.*))?$")
_GIVEN = re.compile(r"\"?\$(?:\{?[@*]\}?)\"?")
# Commands of a release, a build or a test, and servers, are not jobs.
_NO_JOB = frozenset(
    {"migrate", "collectstatic", "test", "check", "runserver", "makemigrations", "compilemessages", "shell", "compress",
     "createsuperuser", "crontab", "flush", "dbshell", "loaddata", "startapp"}
)  # fmt: skip
# A step of a workflow runs on the server if it logs in there first.
_ON_SERVER = re.compile(
    r"\bheroku\s+run\b|\bfly(ctl)?\s+(ssh\s+console|machine\s+run)\b|\bdokku\s+run\b|(?:^|\s)ssh\s+\S|\bupsun\s+ssh\b"
    r"|\bplatform\s+ssh\b|\brailway\s+(ssh|run)\b|\bkubectl\s+exec\b|\bgcloud\s+run\s+jobs\b|\bdocker\s+exec\b"
)
_UWSGI = re.compile(
    r"^\s*(?:unique-|legion-)?cron2?\s*[=:]\s*[\"']?(?:(?P<fields>(?:-?\d+\s+){5})|(?P<options>(?:\w+=-?\w+,?)+)\s+)(?P<command>\S.*?)[\"']?$"
)
_OFELIA = re.compile(
    r"ofelia\.job-(?:exec|run|local)\.(?P<name>[\w.-]+)\.(?P<key>schedule|command)\s*[:=]\s*[\"']?(?P<value>[^\"']+)"
)


def command_of(project: Project, written: str) -> str:
    """The command as it runs in the Django root, `python -m django NAME ...`; "" for commands that are not the project's."""
    script = _SCRIPT.search(written)
    return _by_script(project, script) if script else _plain_command(project, written)


def _by_script(project: Project, written: re.Match[str]) -> str:
    """The command of a script of the repository that has one, which may get the script's arguments."""
    parts = written["path"].strip("/").split("/")
    ends = ("/".join(parts[position:]) for position in range(len(parts)))
    path = next((end for end in ends if project.repository.is_file(end)), "")
    text = project.repository.text(path) or "" if path else ""
    found = set()
    for line in text.split("\n"):
        if not line.lstrip().startswith("#"):
            found.add(_plain_command(project, _GIVEN.sub(lambda _: written["arguments"] or "", line)))
    found -= {""}
    return found.pop() if len(found) == 1 else ""


def _plain_command(project: Project, written: str) -> str:
    for pattern in (_MANAGE, _ADMIN, _MODULE):
        match = pattern.search(written)
        if match is None:
            continue
        module = match.groupdict().get("module")
        arguments = _arguments(written[: match.start("arguments")], match["arguments"]) if match["arguments"] else []
        if arguments is None:
            return ""
        if module and module != "django":
            own = project.locate(module) or project.locate(f"{module}.__main__")
            return " ".join(["python -m", module, *arguments]) if own and module not in ("celery",) else ""
        words = _without_settings(arguments)
        if not words or words[0] in _NO_JOB or words[0].startswith("-"):
            return ""
        return " ".join(["python -m django", *words])
    return ""


def _arguments(before: str, text: str) -> list[str] | None:
    """The words of a command up to a redirection or the next command; None if only a shell understands them."""
    around = [mark for mark in "\"'`" if before.count(mark) % 2]
    for mark in around:
        text = text.partition(mark)[0]
    text = re.split(r"\s+\d?>|>|\s*[;&|]|\s+#|\)", text.rstrip("\\"))[0]
    words = text.split()
    return words if all(_ARGUMENT.fullmatch(word) for word in words) else None


def _without_settings(words: list[str]) -> list[str]:
    """Without options and variables for the settings, because commands follow DJANGO_SETTINGS_MODULE."""
    kept: list[str] = []
    skip = False
    for word in words:
        if skip:
            skip = False
        elif _SETTINGS.match(word):
            skip = "=" not in word
        else:
            kept.append(word)
    return kept


def lines(project: Project) -> list[Line]:
    """The jobs of all files, nearest to production first."""
    found: list[Line] = project.once("lines of cron", lambda: _lines(project))
    return found


def _lines(project: Project) -> list[Line]:
    found: list[Line] = []
    for file in deploy_files(project):
        found += _in_file(project, file)
    for path in _cron_files(project):
        file = DeployFile(path, "cron", 1, project.repository.text(path) or "")
        found += [*_cron_lines(file), *(_loops(file) if path.endswith(".sh") else ())]
    return found[:MAX_JOBS]


def _cron_files(project: Project) -> Iterator[str]:
    """Files named for cron, or in a folder named for it, among the folders that are listed anyway."""
    repository = project.repository
    found = 0
    folders = [*repository.folders(), *(name for name in (".ebextensions",) if repository.is_folder(name))]
    for folder in folders:
        named = folder.rpartition("/")[2].lower() in _FOLDERS
        for name in repository.listing(folder).files:
            looks = named or bool(_NAMES.match(name)) or (folder == ".ebextensions" and name.endswith(".config"))
            if looks and not name.endswith(_CODE) and not words_of(join(folder, name)) & DEVELOPMENT_WORDS:
                found += 1
                if found > MAX_FILES:
                    return
                yield join(folder, name)


def _in_file(project: Project, file: DeployFile) -> Iterator[Line]:
    name = file.path.rpartition("/")[2]
    if ".github/workflows" in f"{file.path}/":
        return
    if file.path.endswith((".yml", ".yaml", ".json")) and re.search(r"cron|schedule", file.text, re.IGNORECASE):
        yield from _in_table(file)
    if name.startswith(("railway.", "fly")) and name.endswith(".toml"):
        yield from _in_railway(file)
    if file.kind in ("docker", "script"):
        yield from _cron_lines(file)
    if file.kind in ("script", "compose"):
        yield from _loops(file)
    if "ofelia.job-" in file.text:
        yield from _in_labels(file)
    if name.endswith(".service"):
        yield from _of_timer(project, file)
    if file.kind == "server" and "cron" in file.text:
        yield from _of_uwsgi(file)


def _cron_lines(file: DeployFile) -> Iterator[Line]:
    for number, line in file.lines:
        match = _LINE.search(line)
        if match and re.search(r"py|django|\.sh\b" if file.kind == "cron" else r"py|django", match["command"]):
            before, command = line[: match.start("schedule")], match["command"]
            for mark in "\"'`":
                if before.count(mark) % 2:
                    command = command.partition(mark)[0]  # the line stands between quotation marks
            yield Line(match["schedule"], command, "", Evidence(file.path, number, line.strip()[:100]))


def _of_uwsgi(file: DeployFile) -> Iterator[Line]:
    """https://uwsgi-docs.readthedocs.io/en/latest/Cron.html: -1 is any, and -5 every fifth; 7 is Sunday."""
    for match, place in file.matches(_UWSGI):
        said = dict(re.findall(r"(minute|hour|day|month|week)=(-?\d+)", match["options"] or ""))
        numbers = [said.get(name, "-1") for name in ("minute", "hour", "day", "month", "week")]
        numbers = match["fields"].split() if match["fields"] else numbers
        fields = ["*" if text == "-1" else f"*/{text[1:]}" if text.startswith("-") else text for text in numbers]
        yield Line(" ".join(fields), match["command"], "", place)


def _loops(file: DeployFile) -> Iterator[Line]:
    """`while true; do python manage.py NAME; sleep 3600; done` of a shell."""
    text = "\n".join(line for _, line in file.lines)
    for loop in _LOOP.finditer(text) if "while" in text else ():
        slept = _SLEEP.search(loop["body"])
        seconds = int(slept["count"]) * _SECONDS[slept["unit"]] if slept else 0
        schedule = "" if seconds % 60 or not seconds else every(seconds // 60, "m")
        for command in re.split(r"\n|;|&&|\|\|", loop["body"]) if schedule else ():
            if re.search(r"manage\.py|python|django", command):
                place = Evidence(file.path, _line_of(file, command.strip()), f"repeated each {slept and slept[0]}")
                yield Line(schedule, command.strip(), "", place)


def _in_table(file: DeployFile) -> Iterator[Line]:
    """Every mapping in YAML or JSON with a schedule and a command, under any platform's names."""
    for document in _documents(file):
        for name, table in _tables(document):
            schedule = _schedule_of(table)
            command = _command_of(table)
            if schedule and command:
                line = _line_of(file, schedule)
                yield Line(schedule, command, name, Evidence(file.path, line, f"{schedule} {command}"[:100]))


def _documents(file: DeployFile) -> list[Any]:
    if len(file.text) > LARGEST_TABLE:
        return []
    try:
        if file.path.endswith(".json"):
            return [json.loads(file.text)]
        import yaml  # few projects have such a file

        class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
            """Ignores platforms' tags, such as !include."""

        Loader.add_multi_constructor("!", lambda loader, suffix, node: None)
        return list(yaml.load_all(file.text, Loader))
    except (ValueError, RecursionError):
        return []
    except Exception as problem:  # yaml's errors, whose class is not loaded for JSON
        if type(problem).__module__.startswith("yaml"):
            return []
        raise


def _tables(document: object) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Mappings with their key or name, in order, up to a limit."""
    todo: list[tuple[str, object, int]] = [("", document, 0)]
    seen = 0
    while todo and seen < 5_000:
        name, value, depth = todo.pop(0)
        seen += 1
        if isinstance(value, Mapping):
            yield _name_of(value) or name, value
            todo += [(str(key), part, depth + 1) for key, part in value.items() if depth < 8]
        elif isinstance(value, list):
            todo += [(name, part, depth + 1) for part in value[:200] if depth < 8]


def _name_of(table: Mapping[str, Any]) -> str:
    meta = table.get("metadata")
    name = table.get("name") or (meta.get("name") if isinstance(meta, Mapping) else "")
    return name if isinstance(name, str) else ""


def _schedule_of(table: Mapping[str, Any]) -> str:
    """https://render.com/docs/blueprint-spec, https://docs.upsun.com/create-apps/app-reference/single-runtime-image.html#crons,
    https://dokku.com/docs/processes/scheduled-cron-tasks/, https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/,
    https://docs.railway.com/reference/config-as-code, https://docs.digitalocean.com/products/app-platform/reference/app-spec/
    """
    spec, deploy = table.get("spec"), table.get("deploy")
    for value in (
        table.get("schedule"),
        spec,
        table.get("cronSchedule"),
        spec.get("schedule") if isinstance(spec, Mapping) else None,
        deploy.get("cronSchedule") if isinstance(deploy, Mapping) else None,
    ):
        if isinstance(value, Mapping):
            value = value.get("cron")
        if isinstance(value, str) and five_fields(value):
            return value
    if isinstance(table.get("command"), str):
        # Scalingo writes both into one text: https://doc.scalingo.com/platform/app/task-scheduling/scalingo-scheduler
        match = _LINE.search(str(table["command"]))
        return match["schedule"] if match else ""
    return ""


def _command_of(table: Mapping[str, Any]) -> str:
    commands = table.get("commands")
    deploy = table.get("deploy")
    for value in (
        table.get("command"), table.get("cmd"), table.get("startCommand"), table.get("dockerCommand"),
        table.get("run_command"), commands.get("start") if isinstance(commands, Mapping) else None,
        deploy.get("startCommand") if isinstance(deploy, Mapping) else None, _of_container(table.get("spec")),
    ):  # fmt: skip
        if isinstance(value, list):
            value = " ".join(str(word) for word in value)
        if isinstance(value, str) and value.strip():
            return next((line for line in value.splitlines() if re.search(r"\bmanage\.py|\bpython|django", line)), "")
    return ""


def _of_container(spec: object) -> list[Any] | None:
    """What the first container of a Kubernetes CronJob runs."""
    for key in ("jobTemplate", "spec", "template", "spec", "containers"):
        spec = spec.get(key) if isinstance(spec, Mapping) else None
    first = spec[0] if isinstance(spec, list) and spec else None
    if not isinstance(first, Mapping):
        return None
    return [word for key in ("command", "args") for word in _as_list(first.get(key))]


def _as_list(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value] if isinstance(value, str) else []


def _line_of(file: DeployFile, text: str) -> int | None:
    return next((number for number, line in file.lines if text in line), None)


def _in_railway(file: DeployFile) -> Iterator[Line]:
    schedule = re.search(r"^\s*cronSchedule\s*=\s*[\"']([^\"']+)", file.text, re.MULTILINE)
    command = re.search(r"^\s*startCommand\s*=\s*[\"'](.+)[\"']\s*$", file.text, re.MULTILINE)
    if schedule and command:
        place = Evidence(file.path, _line_of(file, schedule[1]), f"{schedule[1]} {command[1]}"[:100])
        yield Line(schedule[1], command[1], "", place)


def _in_labels(file: DeployFile) -> Iterator[Line]:
    """Labels of a Compose file for Ofelia: https://github.com/mcuadros/ofelia#docker"""
    jobs: dict[str, dict[str, tuple[str, Evidence]]] = {}
    for match, place in file.matches(_OFELIA):
        jobs.setdefault(match["name"], {})[match["key"]] = (match["value"].strip(), place)
    for name, job in jobs.items():
        if {"schedule", "command"} <= job.keys():
            yield Line(job["schedule"][0], job["command"][0], name, job["schedule"][1])


def _of_timer(project: Project, file: DeployFile) -> Iterator[Line]:
    """What a service unit starts with the timer of the same name."""
    path = f"{file.path.removesuffix('.service')}.timer"
    timer = project.repository.text(path) if project.repository.is_file(path) else None
    started = re.search(r"^\s*ExecStart\s*=\s*(\S.*)$", file.text, re.MULTILINE)
    when = re.search(r"^\s*(OnCalendar|OnUnitActiveSec|OnUnitInactiveSec)\s*=\s*(\S.*)$", timer or "", re.MULTILINE)
    if timer and started and when:
        line = timer[: when.start()].count("\n") + 1
        name = file.path.rpartition("/")[2].removesuffix(".service")
        yield Line(of_timer(when[1], when[2]), started[1], name, Evidence(path, line, when[0].strip()))


def workflow_lines(project: Project) -> Iterator[Line]:
    """Scheduled workflows of GitHub whose steps run a command on the server; without those that only test."""
    repository = project.repository
    folder = ".github/workflows"
    for name in repository.listing(folder).files[:MAX_FILES] if repository.is_folder(folder) else ():
        path = join(folder, name)
        text = repository.text(path) if name.endswith((".yml", ".yaml")) else None
        schedules = re.findall(r"^\s*-\s*cron:\s*[\"']?([^\"'#\n]+)", text or "", re.MULTILINE)
        if text is None or not schedules or not _ON_SERVER.search(text):
            continue
        for number, line in enumerate(text.split("\n"), 1):
            if _ON_SERVER.search(line) and not line.lstrip().startswith("#"):
                for schedule in schedules:
                    yield Line(schedule.strip(), line, "", Evidence(path, number, line.strip()[:100]))


def timed_units(project: Project) -> set[str]:
    """Paths of systemd services that a timer starts, and that are therefore not workers."""
    return {
        file.path
        for file in deploy_files(project)
        if file.path.endswith(".service")
        and (
            project.repository.is_file(f"{file.path.removesuffix('.service')}.timer")
            or re.search(r"^\s*Type\s*=\s*oneshot", file.text, re.MULTILINE)
        )
        and parent(file.path)
    }

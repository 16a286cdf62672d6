"""Checks before the server starts: settings, required variables, Django's checks, migrations, static files."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from ..base.env_file import read_env_file
from ..base.message import first_of
from ..base.programs import last_line, shortened
from ..base.quoting import shell_word
from .database import Database
from .preparation import CannotTest
from .production import Production
from .refusals import public_host
from .results import Outcome, Results, failed, noted, passed
from .server_limits import last_error
from .stage import Result, Stage, StartedProgram
from .trouble import condensed, last_trouble

# What it takes for a file that Git LFS keeps; the path or name of one is left open.
LFS_CURE = "Run `git lfs migrate export --include={}` for what the site needs, or keep it in a bucket."
ERROR, WARNING = 40, 30  # https://docs.djangoproject.com/en/stable/ref/checks/#messages


def check_variables(production: Production, given: Collection[str], repository: Path) -> Outcome:
    """Every variable that the project requires has a value."""
    required = production.required
    lacking = [name for name in required if name not in given]
    if not lacking:
        return passed(f"{len(required)} required variable{'s' if len(required) != 1 else ''}, none missing")
    told = "; ".join(f"{name} ({required[name]})" for name in lacking)
    places = (repository / production.answers.django_root / ".env", repository / ".env")
    file = next((path for path in places if path.is_file()), None)
    shown = shell_word(file.relative_to(repository).as_posix()) if file else "FILE"
    return failed(
        f"not set: {told}",
        f"Set {'them' if len(lacking) > 1 else 'it'} in this shell, or use a file: --env-file {shown}.",
    )


def check_settings(stage: Stage, environ: Mapping[str, str], results: Results) -> tuple[Outcome, dict[str, Any]]:
    """The production settings can be imported, and DEBUG is off. Raises CannotTest if they need an unreachable host."""
    result = stage.inside(environ, "settings", str(stage.repository))
    if result.code != 0 or result.data is None:
        _require_network(result.output, stage)
        error = condensed(result.output, stage.repository)
        cure = _not_installed(error, stage) or _not_yet_loaded(error) or "Correct this error in the settings."
        return failed(error, cure), {}
    facts: dict[str, Any] = result.data
    if facts["DEBUG"]:
        return failed("DEBUG is on", "Set DEBUG = False at the end of the production settings."), facts
    local = [name for name in map(Path, facts["env_files"]) if name.is_file()]
    if local:
        names = ", ".join(sorted(_named_in(local) & set(facts["set_variables"]))) or "some"
        results.add_unproven(
            f"The project reads {', '.join(sorted({path.name for path in local}))}, which is not deployed. It sets: "
            f"{names}. Set what production needs on the platform."
        )
    hosts = ", ".join(facts["ALLOWED_HOSTS"] or []) or "none"
    return passed(f"DEBUG off, hosts: {hosts}"), facts


def _named_in(files: Sequence[Path]) -> set[str]:
    """The variables in these files. Settings set others as well: Django itself sets TZ."""
    names: set[str] = set()
    for path in files:
        with contextlib.suppress(OSError, ValueError):
            names |= set(read_env_file(path))
    return names


def start_without(stage: Stage, environ: Mapping[str, str], name: str, facts: Mapping[str, Any]) -> StartedProgram:
    """Start to load the production settings without this variable."""
    # A .env file would give the variable back where it is unset, and leaves it alone where it is empty.
    without = {key: value for key, value in environ.items() if key != name}
    unset = {**without, name: ""} if facts["env_files"] else without
    return stage.start_action(unset, "settings", str(stage.repository))


def check_refusal(stage: Stage, name: str, program: StartedProgram) -> Outcome:
    """Without this variable, the project must exit with a message that names it, and with an error code."""
    result = program.result()
    cure = f"Require {name} in {stage.package}/environment.py, and read it in {stage.package}/settings.py."
    if result.code == 0:
        return failed(f"the settings start without {name}", cure)
    if "Traceback" in result.output:
        return failed(f"a traceback instead of a message: {last_line(result.output)}", cure)
    if name not in result.output:
        return failed(f"it stops, but does not say that {name} is missing. It says {last_line(result.output)}", cure)
    return passed(next(line.strip() for line in result.output.splitlines() if name in line))


def check_deploy(stage: Stage, program: StartedProgram, facts: Mapping[str, Any]) -> tuple[Outcome, dict[str, Any]]:
    """`check --deploy`: errors and warnings about security and mail fail, other warnings are a note.

    `facts` are those of check_settings. Raises CannotTest if the project asks a host out of reach while it is loaded.
    """
    result = program.result()
    if result.code != 0 or result.data is None:
        _require_network(result.output, stage)
        error = condensed(result.output, stage.repository)
        cure = "Correct this error: the project does not load with the production settings."
        return failed(error, _not_installed(error, stage) or _not_set(error, stage, facts) or cure), {}
    messages = [message for message in result.data["messages"] if message["level"] >= WARNING]
    grave = [
        message
        for message in messages
        if message["level"] >= ERROR or str(message["id"]).startswith(("security.", "mail."))
    ]
    if grave:
        grave.sort(key=lambda message: -int(message["level"]))
        told = _messages_told(grave, stage)
        hint = next((" ".join(str(message["hint"]).split()) for message in grave if message["hint"]), "")
        cure = hint or "Correct these; https://docs.djangoproject.com/en/stable/ref/checks/ explains each."
        return failed(told, cure), result.data
    if messages:
        return noted(_messages_told(messages, stage)), result.data
    return passed("no error, no warning"), result.data


def check_migrations(stage: Stage, found: Mapping[str, Any]) -> Outcome:
    """The models of all apps in the repository match their migrations.

    `found` has the labels of these `apps`, or else the `output` of makemigrations --check, and its `changes`. It is a
    failure where the database would lack something: new choices of a field or another index are a note.
    """
    if "apps" in found:
        apps = found["apps"]
        return passed(f"{', '.join(apps)} up to date") if apps else noted("no app in the repository has models")
    output = str(found["output"])
    stage.keep(output)
    lacking = re.findall(r"^Migrations for '([^']+)'", output, re.MULTILINE)
    if lacking:
        changes = found.get("changes") or []
        needed = [one for one in changes if one["needed"]]
        told = first_of([one["change"] for one in needed or changes], 3) or "see the full output"
        text = f"models of {', '.join(lacking)} have changes without a migration: {told}"
        cure = f"Run python manage.py makemigrations {' '.join(lacking)} and commit the result."
        if changes and not needed:
            return noted(f"{text}. The site runs without it. {cure}")
        return failed(text, cure)
    return failed(condensed(output, stage.repository), "Run python manage.py makemigrations and do what it says.")


def check_release(
    stage: Stage, environ: Mapping[str, str], database: Database, commands: Sequence[str]
) -> tuple[Outcome, str]:
    """The commands of a release, such as migrations, run on an empty database; also returns the output of the last one."""
    applied: list[tuple[str, str]] = []
    for command in commands:
        result = stage.django(environ, *shlex.split(command))
        found = re.findall(r"^\s+Applying (\S+?)\.\.\.(.*)$", result.output, re.MULTILINE)
        if result.code != 0:
            return _not_released(stage, command, result.output, found), result.output
        applied += found
    return passed(f"{len(applied)} migrations on {database.description}"), ""


def _not_released(stage: Stage, command: str, output: str, applied: Sequence[tuple[str, str]]) -> Outcome:
    error = condensed(output, stage.repository)
    if not command.startswith("migrate"):
        return failed(f"{command}: {error}", f"Correct what `python -m django {command}` reports.")
    at = f" in {applied[-1][0]}" if applied and "OK" not in applied[-1][1] else ""
    if "SystemCheckError" in output:
        return failed("stopped by the error that check --deploy found", "Correct that error first.")
    cure = "Change the migration so that it runs on an empty database."
    if "Error loading" in output and "module" in output:
        cure = "Add the database driver to your dependencies and install it."
    elif "syntax error at or near" in output:
        # PostgreSQL's words for a statement that another database understands.
        cure = "Its SQL is another database's: change the migration so that it runs on PostgreSQL."
        if re.search(r"(?i)\bLINE \d+: .*\b(PRAGMA|AUTOINCREMENT)\b", output):
            cure += " Or use SQLite in production too: `deploy-overlay set deploy_database=sqlite`."
    return failed(f"stopped{at}: {error}", cure)


def check_collectstatic(
    stage: Stage,
    building: Mapping[str, str],
    environ: Mapping[str, str],
    commands: Sequence[str],
    facts: Mapping[str, Any],
    elsewhere: str,
) -> tuple[Outcome, dict[str, Any]]:
    """The build collects static files without variables, where the server finds them; those on another service stay there.

    `commands` are collectstatic and what a build runs after it; `building` is the environment of a build, and `environ` the
    site's; `elsewhere` the storage of static files where it is another service, else empty.
    """
    if "django.contrib.staticfiles" not in (facts["INSTALLED_APPS"] or []):
        return noted("django.contrib.staticfiles is not installed, so there are no static files"), {}
    for command in commands:
        options = ["--dry-run"] if elsewhere and command.startswith("collectstatic") else []
        result = stage.django(building, *shlex.split(command), *options)
        if result.code != 0:
            return _not_built(stage, command, result, absent_from(building, environ, facts)), {}
    if elsewhere:
        return noted(f"static files go to another service ({elsewhere}): nothing was uploaded"), {
            "elsewhere": elsewhere
        }
    found = stage.inside(environ, "static")
    if found.code != 0 or found.data is None:
        return _not_collected(found, stage), {}
    if stage.package and (kept := found.data.get("pointers")):
        told = f"{first_of(kept, 3)}: a platform gets only the Git LFS pointer, not the content"
        return failed(told, LFS_CURE.format(shell_word(PurePosixPath(kept[0]).name))), {}
    others = [command for command in commands if not command.startswith("collectstatic")]
    collected = "collected without variables" if stage.package else "collected"
    return passed(", ".join([f"{found.data['files']} files, {collected}", *others])), found.data


def _not_built(stage: Stage, command: str, result: Result, absent: Collection[str]) -> Outcome:
    """The failure of a build command. A build lacks the variables `absent`, one of which is the usual cause."""
    if not command.startswith("collectstatic"):
        return build_command_failed(stage, command, result, absent)
    outcome = _not_collected(result, stage)
    if "could not be found with" in result.output or not stage.package:
        return outcome
    return failed(
        f"collectstatic fails without variables, as in a build: {outcome.detail}",
        _placeholder_cure(stage, result.output, absent),
    )


def absent_from(building: Mapping[str, str], environ: Mapping[str, str], facts: Mapping[str, Any]) -> set[str]:
    """The variables that the site has or asks for, and that a build does not have."""
    return {*environ, *facts["unset"]} - {*building}


def build_command_failed(stage: Stage, command: str, result: Result, absent: Collection[str]) -> Outcome:
    """The failure of a command of Django that a build runs beside collectstatic; a build lacks the variables `absent`."""
    error = condensed(result.output, stage.repository)
    cure = f"Correct what `DEPLOY_BUILD=1 python -m django {command}` reports."
    return failed(f"{command}: {error}", _placeholder_cure(stage, result.output, absent, cure))


def _placeholder_cure(stage: Stage, output: str, absent: Collection[str], cure: str = "") -> str:
    """The fix for a build that fails because it lacks a variable: the one that is named where it fails, else after `cure`."""
    if not stage.package:
        return cure
    trouble = last_trouble(output, stage.repository)
    told = (trouble.error, trouble.source) if trouble else (last_line(output),)
    name = next(filter(None, (_named(absent, text) for text in told)), "")
    added = f"Add {name}, which a build does not have," if name else f"{cure} If a variable is missing, add it".lstrip()
    place = f"{stage.package.replace('.', '/')}/environment.py"
    return f"{added} to REQUIRED in {place}, so that it has a placeholder in the build."


def _named(variables: Collection[str], error: str) -> str:
    """The one of these variables that the error names, else empty. A name of one word counts in quotes, as in a KeyError."""
    words = {*re.findall(r"\b[A-Za-z0-9]*_\w*", error), *re.findall(r"['\"](\w+)['\"]", error)}
    return min(words & {*variables}, key=error.index, default="")


def _not_collected(result: Result, stage: Stage) -> Outcome:
    error = condensed(result.output, stage.repository)
    cure = "Correct what collectstatic reports."
    if "could not be found with" in result.output:
        cure = "Commit this file, or remove the reference to it from the style sheet."
    return failed(error, cure)


def _require_network(output: str, stage: Stage) -> None:
    """Raise CannotTest if loading the project failed because a host on the internet is unreachable from here."""
    host = public_host(last_error(output))
    trouble = last_trouble(output, stage.repository)
    if host and trouble:
        raise CannotTest(
            f"The project sends a request to {host} while it is loaded, and this machine cannot reach it ({trouble}). In "
            "production, no process starts while that host does not answer. Make the request in the function that needs "
            "its answer, or rehearse again where the host can be reached."
        )


def _not_yet_loaded(error: str) -> str:
    """The fix for settings that read one of themselves from django.conf; empty for other errors.

    django.conf only has what DJANGO_SETTINGS_MODULE has loaded so far, which is nothing of the overlay's module.
    """
    found = re.search(r"'Settings' object has no attribute '(?P<name>\w+)'", error)
    if not found:
        return ""
    return (
        f"Import {found['name']} from the module that sets it. Your settings read it from django.conf.settings, which is "
        "empty until they are loaded."
    )


def _not_installed(error: str, stage: Stage) -> str:
    """The fix for a missing module or system library; empty for other errors."""
    library = re.search(r"Could not find the (GDAL|GEOS) library", error)
    if library:
        return (
            f"Install {library[1]} on this machine, which GeoDjango needs: "
            "https://docs.djangoproject.com/en/stable/ref/contrib/gis/install/geolibs/."
        )
    found = re.search(r"No module named '(?P<name>[\w.]+)'", error)
    if not found:
        return ""
    name = found["name"]
    return f"Install the package that provides {name} for {stage.python}, and add it to your production dependencies."


def _not_set(error: str, stage: Stage, facts: Mapping[str, Any]) -> str:
    """The fix for an error that names an unset variable of the settings; empty for other errors."""
    name = _named(facts.get("unset", ()), error)
    if not name:
        return ""
    cure = f"Set {name}, which the settings read: write {name}=VALUE into a file, and add --env-file FILE here."
    place = f"{stage.package.replace('.', '/')}/environment.py"
    return f"{cure} If the site needs it, add it to REQUIRED in {place}." if stage.package else cure


def _messages_told(messages: Sequence[Mapping[str, Any]], stage: Stage) -> str:
    """One line for each kind of message, because a check may say the same about every file."""
    kinds: dict[str, list[Mapping[str, Any]]] = {}
    for message in messages:
        kinds.setdefault(str(message["id"]), []).append(message)
    lines = []
    for identity, alike in kinds.items():
        text = " ".join(str(alike[0]["text"]).split()).replace(f"{stage.repository}{os.sep}", "")
        more = f" (and {len(alike) - 1} more like it)" if len(alike) > 1 else ""
        lines.append(shortened(f"{identity} {text}".strip()) + more)
    left = f"\nand {len(lines) - 8} more" if len(lines) > 8 else ""
    return "\n".join(lines[:8]) + left

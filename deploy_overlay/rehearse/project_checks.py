"""Checks before the server starts: settings, required variables, Django's checks, migrations, static files."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .database import Database
from .overlay import Overlay
from .program import Result, Stage
from .record import Book, Outcome, failed, noted, passed
from .surroundings import missing_variables
from .trouble import condensed, last_line, shortened

ERROR, WARNING = 40, 30  # https://docs.djangoproject.com/en/stable/ref/checks/#messages


def check_variables(overlay: Overlay, environ: Mapping[str, str], stage: Stage) -> Outcome:
    """Every variable that the project requires has a value."""
    lacking = missing_variables(overlay, environ)
    if not lacking:
        count = len(overlay.required)
        return passed(f"{count} required variable{'s' if count != 1 else ''}, none missing")
    told = "; ".join(f"{name} ({overlay.required[name]})" for name in lacking)
    local = next((path for path in (stage.django_root / ".env", stage.repository / ".env") if path.is_file()), None)
    file = local.name if local and local.parent == stage.django_root else str(local or "FILE")
    return failed(
        f"not set: {told}",
        f"Set {'them' if len(lacking) > 1 else 'it'} in this shell, or use a file: --env-file {file}.",
    )


def check_settings(stage: Stage, environ: Mapping[str, str], book: Book) -> tuple[Outcome, dict[str, Any]]:
    """The production settings can be imported, and DEBUG is off."""
    result = stage.inside(environ, "settings")
    if result.code != 0 or result.data is None:
        error = condensed(result.output, stage.repository)
        return failed(error, _not_installed(error) or "Fix the error in the settings."), {}
    facts: dict[str, Any] = result.data
    if facts["DEBUG"]:
        return failed("DEBUG is on", "Set DEBUG = False at the end of the production settings."), facts
    local = [name for name in map(Path, facts["env_files"]) if name.is_file()]
    if local:
        names = ", ".join(facts["env_names"]) or "some"
        book.leave_open(
            f"The project reads {', '.join(sorted({path.name for path in local}))}, which no platform has; "
            f"it sets: {names}. Set what production needs on the platform."
        )
    hosts = ", ".join(facts["ALLOWED_HOSTS"] or []) or "none"
    return passed(f"DEBUG off, hosts: {hosts}"), facts


def check_refusal(stage: Stage, environ: Mapping[str, str], name: str, facts: Mapping[str, Any]) -> Outcome:
    """Without this variable, the project must exit with a message that names it, and with an error code."""
    # A .env file would give the variable back where it is unset, and leaves it alone where it is empty.
    without = {key: value for key, value in environ.items() if key != name}
    result = stage.inside({**without, name: ""} if facts["env_files"] else without, "settings")
    cure = f"Require {name} in {stage.package}/environment.py, and read it in {stage.package}/settings.py."
    if result.code == 0:
        return failed(f"the settings start without {name}", cure)
    if "Traceback" in result.output:
        return failed(f"a traceback instead of a message: {last_line(result.output)}", cure)
    if name not in result.output:
        return failed(f"it stops without mentioning {name}: {last_line(result.output)}", cure)
    return passed(next(line.strip() for line in result.output.splitlines() if name in line))


def check_deploy(stage: Stage, environ: Mapping[str, str]) -> tuple[Outcome, dict[str, Any]]:
    """`check --deploy`: errors and warnings about security and mail fail, other warnings are a note."""
    result = stage.inside(environ, "checks")
    if result.code != 0 or result.data is None:
        error = condensed(result.output, stage.repository)
        cure = "Fix the error: the project does not load with the production settings."
        return failed(error, _not_installed(error) or cure), {}
    messages = [message for message in result.data["messages"] if message["level"] >= WARNING]
    grave = [
        message
        for message in messages
        if message["level"] >= ERROR or str(message["id"]).startswith(("security.", "mail."))
    ]
    if grave:
        grave.sort(key=lambda message: -int(message["level"]))
        told = "\n".join(_message_line(message) for message in grave[:8])
        more = f"\nand {len(grave) - 8} more" if len(grave) > 8 else ""
        hint = next((" ".join(str(message["hint"]).split()) for message in grave if message["hint"]), "")
        cure = hint or "Fix these. Each is explained at https://docs.djangoproject.com/en/stable/ref/checks/"
        return failed(told + more, cure), result.data
    if messages:
        return noted("\n".join(_message_line(message) for message in messages[:8])), result.data
    return passed("no error, no warning"), result.data


def check_migrations(stage: Stage, environ: Mapping[str, str]) -> Outcome:
    """The models of all apps in the repository match their migrations."""
    result = stage.inside(environ, "migrations")
    if result.code == 0 and result.data is not None:
        apps = result.data["apps"]
        return passed(f"{', '.join(apps)} up to date") if apps else noted("no app in the repository has models")
    lacking = re.findall(r"^Migrations for '([^']+)'", result.output, re.MULTILINE)
    if lacking:
        changes = "; ".join(line.strip() for line in result.output.splitlines() if re.match(r"\s+[-+~] ", line))
        return failed(
            f"models of {', '.join(lacking)} have changes without a migration: {changes[:200]}",
            f"Run python manage.py makemigrations {' '.join(lacking)} and commit the result.",
        )
    error = condensed(result.output, stage.repository)
    return failed(error, "Run python manage.py makemigrations and do what it says.")


def check_migrate(stage: Stage, environ: Mapping[str, str], database: Database, before: Sequence[str] = ()) -> Outcome:
    """All migrations run on an empty database, after the commands that a release runs `before` them."""
    for command in before:
        result = stage.django(environ, *shlex.split(command))
        if result.code != 0:
            error = condensed(result.output, stage.repository)
            return failed(f"{command}: {error}", f"Fix the error of python -m django {command} reports.")
    result = stage.django(environ, "migrate", "--noinput", "--verbosity", "1")
    applied = re.findall(r"^\s+Applying (\S+?)\.\.\.(.*)$", result.output, re.MULTILINE)
    if result.code == 0:
        return passed(f"{len(applied)} migrations on {database.description}")
    at = f" in {applied[-1][0]}" if applied and "OK" not in applied[-1][1] else ""
    if "SystemCheckError" in result.output:
        return failed("stopped by the error that check --deploy found", "Fix that error first.")
    cure = "Change the migration so that it runs on an empty database."
    if "Error loading" in result.output and "module" in result.output:
        cure = "Add the database driver to your dependencies and install it."
    elif database.unproven:
        cure = f"It may need PostgreSQL. {database.unproven[0].partition('. ')[2]}"
    elif "is not available" in result.output:
        cure = "Set DATABASE_URL to a server with this extension; an empty database there is used."
    return failed(f"stopped{at}: {condensed(result.output, stage.repository)}", cure)


def check_collectstatic(
    stage: Stage, environ: Mapping[str, str], facts: Mapping[str, Any], after: Sequence[str] = ()
) -> tuple[Outcome, dict[str, Any]]:
    """Static files are collected into a temporary folder; files kept on another service are only counted.

    `after` are the commands that a build runs on what was collected.
    """
    if "django.contrib.staticfiles" not in (facts["INSTALLED_APPS"] or []):
        return noted("django.contrib.staticfiles is not installed, so there are no static files"), {}
    found = stage.inside(environ, "static")
    elsewhere = (found.data or {}).get("elsewhere")
    if elsewhere:
        result = stage.django(environ, "collectstatic", "--noinput", "--dry-run", "--verbosity", "1")
        if result.code == 0:
            return noted(f"static files go to another service ({elsewhere}): nothing was uploaded"), found.data
        return _not_collected(result, stage), {}
    if Path(str(facts["STATIC_ROOT"])).resolve() != Path(environ["STATIC_ROOT"]).resolve():
        return failed(
            f"STATIC_ROOT is {facts['STATIC_ROOT']}, not the variable STATIC_ROOT",
            "Read STATIC_ROOT from the environment in the production settings.",
        ), {}
    result = stage.django(environ, "collectstatic", "--noinput", "--verbosity", "1")
    if result.code != 0:
        return _not_collected(result, stage), {}
    for command in after:
        result = stage.django(environ, *shlex.split(command))
        if result.code != 0:
            error = condensed(result.output, stage.repository)
            return failed(f"{command}: {error}", f"Fix the error of python -m django {command} reports."), {}
    found = stage.inside(environ, "static")
    if found.code != 0 or found.data is None:
        return _not_collected(found, stage), {}
    return passed(", ".join([f"{found.data['files']} files", *after])), found.data


def check_image_build(stage: Stage, environ: Mapping[str, str]) -> Outcome:
    """collectstatic runs without variables, as it must when the image is built."""
    result = stage.django(environ, "collectstatic", "--noinput", "--dry-run", "--verbosity", "0")
    if result.code == 0:
        return passed("collectstatic runs without variables")
    return failed(
        f"collectstatic fails without variables: {condensed(result.output, stage.repository)}",
        f"If a variable is missing, add it to REQUIRED in {stage.package.replace('.', '/')}/environment.py, so that it has "
        "a placeholder in the build.",
    )


def _not_collected(result: Result, stage: Stage) -> Outcome:
    error = condensed(result.output, stage.repository)
    cure = "Fix the error of collectstatic."
    if "could not be found with" in result.output:
        cure = "Commit this file, or remove the reference to it from the style sheet."
    return failed(error, cure)


def _not_installed(error: str) -> str:
    """The fix for a missing module or system library, else nothing."""
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
    return f"Install what provides {name} beside {sys.executable}, and add it to what production installs if it is not."


def _message_line(message: Mapping[str, Any]) -> str:
    text = " ".join(str(message["text"]).split())
    return shortened(f"{message['id']} {text}".strip())

"""The management commands of a build, in order: collectstatic, and what some apps need before or after it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...base.evidence import Evidence, Fact
from ...base.files import join
from ..deployed import deploy_files
from ..production import installed_apps, production_names
from ..project import Project
from ..repository import tracked
from ..settings import GAP, RepoPath, truth

COLLECTSTATIC = "collectstatic --noinput"
# App: the command that its documentation has before collectstatic.
# https://github.com/jrief/django-sass-processor#offline-compilation
# https://django-statici18n.readthedocs.io/en/latest/commands.html
# https://github.com/vintasoftware/django-js-reverse#usage-as-static-file
# https://django-tailwind-cli.readthedocs.io/latest/usage/
BEFORE = {
    "sass_processor": "compilescss",
    "statici18n": "compilejsi18n",
    "django_tailwind_cli": "tailwind build",
}
# Build commands of any app, if a deployment file runs them.
KNOWN = re.compile(
    r"(?:manage\.py|django-admin|-m (?:django|manage))[\"',\s]+(compilemessages|compress|compilescss|compilejsi18n"
    r"|collectstatic_js_reverse|compilestatic|build_webpack|download_vendor_files|vendor_files|thumbnail_placeholders"
    r"|tailwind(?:[\"',\s]+--[\w-]+)*[\"',\s]+build)\b"
)
MAX_LOCALES = 60
MAX_TEMPLATES = 400


def django_build_commands(project: Project) -> Fact:
    """Arguments of manage.py, one string per command, in order, including collectstatic."""
    before: dict[str, Evidence] = {}
    after: dict[str, Evidence] = {}
    for command, place in _of_apps(project):
        before.setdefault(command, place)
    messages = _uncompiled_messages(project)
    if messages:
        before = {"compilemessages": messages, **before}
    compressed = _compressed(project)
    if compressed:
        after["compress"] = compressed
    for command, place, late in _run_elsewhere(project):
        if command not in {**before, **after}:
            (after if late or command == "compress" else before)[command] = place
    order = [*before, COLLECTSTATIC, *after]
    return Fact(order, (*before.values(), *after.values()))


def _of_apps(project: Project) -> Iterator[tuple[str, Evidence]]:
    apps, place = installed_apps(project)
    read = production_names(project)
    for app, command in BEFORE.items():
        if place and any(name == app or name.startswith(f"{app}.apps.") for name in apps):
            automatic = "TAILWIND_CLI_AUTOMATIC_DOWNLOAD"
            if app == "django_tailwind_cli" and read and truth(read.names.get(automatic, True)) is False:
                yield "tailwind download_cli", read.places.get(automatic, place)
            yield command, place
    if place and read and _theme(project) and not _built_by_npm(project):
        yield "tailwind build", read.places.get("TAILWIND_APP_NAME", place)  # its standalone form, without Node.js


def _theme(project: Project) -> str:
    """The folder of django-tailwind's theme, "" without one: https://django-tailwind.readthedocs.io/en/latest/installation.html"""
    apps, _ = installed_apps(project)
    read = production_names(project)
    name = read.names.get("TAILWIND_APP_NAME") if read and "tailwind" in apps else None
    path = project.locate(name) if isinstance(name, str) and GAP not in name else None
    return path.rpartition("/")[0] if path else ""


def _built_by_npm(project: Project) -> bool:
    """Whether the theme is a front end of npm, which is built with Node.js and not by the command of its app."""
    theme = _theme(project)
    return bool(theme) and project.repository.is_file(join(theme, "static_src", "package.json"))


def _compressed(project: Project) -> Evidence | None:
    """django-compressor that `compress` has to run for: https://django-compressor.readthedocs.io/en/stable/settings.html

    Where the settings do not say so, by the first template with its tag: production cannot write files at a request.
    """
    apps, _ = installed_apps(project)
    read = production_names(project)
    if "compressor" not in apps or read is None:
        return None
    if "COMPRESS_ENABLED" in read.places and truth(read.names.get("COMPRESS_ENABLED")) is False:
        return None
    if truth(read.names.get("COMPRESS_OFFLINE")) is True:
        return read.places.get("COMPRESS_OFFLINE")
    return _compressing_template(project)


def _compressing_template(project: Project) -> Evidence | None:
    """The first template of the project with django-compressor's tag."""
    repository = project.repository
    looked = 0
    for folder in repository.folders():
        if not re.search(r"(^|/)(templates|jinja2)(/|$)", folder):
            continue
        for name in repository.listing(folder).files:
            looked += 1
            text = repository.text(join(folder, name)) if name.endswith(".html") and looked < MAX_TEMPLATES else None
            found = re.search(r"{%-?\s*compress\s", text) if text else None
            if text and found:
                return Evidence(join(folder, name), text.count("\n", 0, found.start()) + 1, "compresses static files")
    return None


def _uncompiled_messages(project: Project) -> Evidence | None:
    """The first translation whose .mo file is not committed."""
    sources: list[str] = []
    for folder in _locale_folders(project):
        for language in project.repository.listing(folder).folders[:MAX_LOCALES]:
            messages = join(folder, language, "LC_MESSAGES")
            if project.repository.is_folder(messages):
                files = project.repository.listing(messages).files
                sources += [join(messages, name) for name in files if name.endswith(".po")]
    if not sources:
        return None
    compiled = set(tracked(project, [re.sub(r"\.po$", ".mo", path) for path in sources]))
    lost = [path for path in sources if re.sub(r"\.po$", ".mo", path) not in compiled]
    return Evidence(lost[0], None, "a translation without its .mo file") if lost else None


def _locale_folders(project: Project) -> list[str]:
    """Where Django looks for the project's translations: LOCALE_PATHS and each app's `locale`."""
    repository = project.repository
    read = production_names(project)
    said = read.names.get("LOCALE_PATHS") if read else None
    found = [item.path for item in said if isinstance(item, RepoPath)] if isinstance(said, (list, tuple)) else []
    apps, _ = installed_apps(project)
    for app in apps:
        path = project.locate(app.partition(".apps.")[0]) if GAP not in app else None
        if path:
            found.append(join(path.rpartition("/")[0] or ".", "locale"))
    return [folder for folder in dict.fromkeys(found) if repository.is_folder(folder)]


def _run_elsewhere(project: Project) -> Iterator[tuple[str, Evidence, bool]]:
    """Such commands in deployment files, and whether they come after collectstatic there."""
    for file in deploy_files(project):
        if file.kind in ("env", "compose", "server") or "/.github/" in f"/{file.path}":
            continue
        collected = next((number for number, line in file.lines if "collectstatic" in line), None)
        for match, place in file.matches(KNOWN):
            words = re.split(r"[\"',\s]+", match.group(1))
            command = " ".join(word for word in words if not word.startswith("--"))
            # Those are decided by what the project has.
            decided = command in ("compilemessages", "compress") or (
                command == "tailwind build" and _built_by_npm(project)
            )
            if not decided:
                late = collected is not None and place.line is not None and place.line > collected
                yield command, place, late

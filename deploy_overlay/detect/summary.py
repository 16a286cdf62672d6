"""The summary of the facts before the first question: five lines, each with the file that it comes from.

A sixth line lists workers, services and a front-end build, if there are any.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from ..base.evidence import Fact
from ..base.versions import DJANGO_PYTHONS
from .look import Facts

WIDTH = 79  # of 80 columns: some terminals wrap after the last one
_DATABASES = {"postgresql": "PostgreSQL", "sqlite": "SQLite", "mysql": "MySQL", "oracle": "Oracle"}
_ASKED = "unclear, asked below"


def summarize(facts: Facts, filled: Callable[[list[str]], Iterable[str]] = lambda names: ()) -> list[str]:
    """Lines of at most WIDTH columns, in ASCII unless the project's names are not. Raises Failure as the facts do.

    `filled` returns the variables that the user does not have to set.
    """
    rows = [
        _django(facts),
        _settings(facts),
        _dependencies(facts),
        _python(facts),
        _needs(facts, filled),
        *_beside(facts),
    ]
    labels = max(len(label) for label, _, _ in rows)
    values = min(max(len(value) for _, value, _ in rows), 36)
    return [_line(label.ljust(labels), value, place, values) for label, value, place in rows]


def _line(label: str, value: str, place: str, values: int) -> str:
    start = f"  {label}  {value:<{values}}"
    room = WIDTH - len(start) - 4
    if not place or room < 8:
        return _cut(start, WIDTH).rstrip()
    shown = place if len(place) <= room else f"...{place[3 - room :]}"  # keep the end: file name and line
    return f"{start}  ({shown})"


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 3]}..."


def _place(fact: Fact) -> str:
    """The first file and line that shows a fact, or a note that says why there is none."""
    if not fact.evidence:
        return ""
    first = fact.evidence[0]
    return (f"{first.path}:{first.line}" if first.line else first.path) or first.note


def _value_or_unclear(fact: Fact, value: str) -> str:
    return value if fact.sure else _ASKED


def _django(facts: Facts) -> tuple[str, str, str]:
    root, django = facts.fact("django_root"), facts.fact("django_version")
    where = "at the root" if root.value == "." else f"in {root.value}/"
    return f"Django {django.value}".strip(), _value_or_unclear(root, where), _place(root)


def _settings(facts: Facts) -> tuple[str, str, str]:
    fact = facts.fact("django_settings_module")
    return "Settings", _value_or_unclear(fact, str(fact.value)), _place(fact)


def _dependencies(facts: Facts) -> tuple[str, str, str]:
    manager, files = facts.fact("django_dependency_manager"), facts.fact("django_dependency_files")
    listed: Sequence[str] = files.value
    shown = manager if not manager.sure else files
    return "Dependencies", _value_or_unclear(shown, str(manager.value)), ", ".join(listed)


def _python(facts: Facts) -> tuple[str, str, str]:
    fact, django = facts.fact("django_python_version"), facts.fact("django_version")
    place = _place(fact)
    if fact.evidence and fact.evidence[0] in django.evidence:
        newest = DJANGO_PYTHONS.get(django.value, ("", ""))[1] == fact.value
        place = f"newest for Django {django.value}" if newest else "newest on all platforms"
    return "Python", _value_or_unclear(fact, str(fact.value)), place


def _needs(facts: Facts, filled: Callable[[list[str]], Iterable[str]]) -> tuple[str, str, str]:
    database, variables = facts.fact("django_database"), facts.fact("django_required_env")
    name = _DATABASES.get(str(database.value), "none")
    count = len(set(variables.value) - set(filled(variables.value)))
    needs = f", {count} variable{'s' if count > 1 else ''} to set" if count else ""
    return "Database", _value_or_unclear(database, name) + needs, _place(database)


def _beside(facts: Facts) -> list[tuple[str, str, str]]:
    services, front_end = facts.fact("django_services"), facts.fact("django_frontend")
    build = str(front_end.value.get("build") or front_end.value.get("install")) if front_end.value else ""
    # An empty title hides a service for which the project needs nothing.
    titles = {"media": "uploads", "storage": "", "mail": "", "dynaconf": "", "one-process": "one process", "uwsgi": ""}
    running = [name for name in (titles.get(name, name) for name in services.value) if name]
    names = ", ".join(filter(None, [*running, build]))
    return [("Also", names, _place(services if running else front_end))] if names else []

"""What was seen, in a few lines for people: the facts that a deployment stands on, each with where it stands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .facts import Fact, Refusal
from .look import Facts

MAX_VALUE = 48


def _folder(value: Any) -> str:
    return "the root of the repository" if value == "." else f"{value}/"


def _listed(value: Any) -> str:
    return ", ".join(value)


def _front_end(value: Any) -> str:
    return f"{value.get('build') or value.get('install')} in {_folder(value['root'])}" if value else ""


# In the order in which they are read; an empty value has no line.
LINES: tuple[tuple[str, str, Callable[[Any], str]], ...] = (
    ("Django root", "django_root", _folder),
    ("Settings", "django_settings_module", str),
    ("Dependencies", "django_dependency_manager", str),
    ("Python", "django_python_version", str),
    ("Database", "django_database", str),
    ("Front end", "django_frontend", _front_end),
    ("Beside the site", "django_services", _listed),
    ("Must be set", "django_required_env", _listed),
)


def evidence_lines(facts: Facts) -> list[str]:
    """Lines such as `Django root   backend/   (backend/manage.py:9)`, aligned; a fact that is refused has none."""
    rows = []
    for label, name, shown in LINES:
        try:
            fact = facts.fact(name)
        except Refusal:
            continue
        value = shown(fact.value)
        if value:
            value = value if len(value) <= MAX_VALUE else value[: MAX_VALUE - 4].rstrip(", ") + " ..."
            rows.append((label, value + (" ?" if fact.candidates else ""), _place(fact)))
    width = max((len(label) for label, _, _ in rows), default=0)
    values = max((len(value) for _, value, _ in rows), default=0)
    return [f"{label:{width}}  {value:{values}}  {place}".rstrip() for label, value, place in rows]


def _place(fact: Fact) -> str:
    """Where the value stands: the first place with a line, else the first file."""
    named = [one for one in fact.evidence if one.path]
    first = next((one for one in named if one.line), next(iter(named), None))
    if first is None:
        return f"({fact.evidence[0].note})" if fact.evidence else ""
    return f"({first.path}:{first.line})" if first.line else f"({first.path})"

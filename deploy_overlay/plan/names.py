"""Names that people give: apps and domains."""

from __future__ import annotations

import re
from pathlib import Path

from pydantic_core import Url

from ..base.answer_forms import shown

APP_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
SHORTEST_APP_NAME = 3
DOMAIN_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


def matches(value: object, pattern: str) -> bool:
    """Whether the whole value has the form of a regular expression."""
    return re.fullmatch(pattern, str(value)) is not None


def app_name(root: Path, longest: int) -> str:
    """A name that platforms accept, from the folder's name."""
    name = re.sub(r"[^a-z0-9]+", "-", root.resolve().name.lower()).strip("-")
    name = re.sub(r"^[^a-z]+", "", name)[:longest].strip("-")
    return name if len(name) >= SHORTEST_APP_NAME else f"{name}-site".strip("-")


def app_name_problem(given: object, longest: int) -> str:
    """Empty, or the rule that the name breaks: it becomes a DNS label of at most 63 characters.

    Each rule fits behind Copier's words at a prompt of 80 columns. https://www.rfc-editor.org/rfc/rfc1035
    """
    name = str(given)
    if APP_NAME.fullmatch(name) and SHORTEST_APP_NAME <= len(name) <= longest:
        return ""
    if not SHORTEST_APP_NAME <= len(name) <= longest:
        return f"Use {SHORTEST_APP_NAME} to {longest} characters."
    if not re.fullmatch(r"[a-z0-9-]+", name):
        return "Use only a-z, 0-9 and hyphens."
    if not re.match(r"[a-z]", name):
        return "Begin with a letter: my-site."
    return "Hyphens go between words: my-site."


def database_name(name: str) -> str:
    """The name of an app's database and its user: letters, digits and underscores, which need no quotes."""
    return "".join(letter if letter.isalnum() else "_" for letter in name).lower()


def domains(text: object) -> list[str]:
    """The domains in an answer as browsers send them, in order, once each.

    Commas or spaces stand between them, a YAML list is fine too; `bücher.example` becomes `xn--bcher-kva.example`.
    """
    parts = text if isinstance(text, list) else re.split(r"[\s,;\[\]'\"]+", str(text or ""))
    names = (str(part).strip().rstrip(".") for part in parts)
    return list(dict.fromkeys(_as_sent(name) or name for name in names if name))


def domains_problem(text: object) -> str:
    """The error for a domain that is not a host name, or empty: https://www.rfc-editor.org/rfc/rfc1123#section-2.1"""
    for domain in domains(text):
        labels = domain.split(".")
        formed = _as_sent(domain) and all(DOMAIN_LABEL.fullmatch(label) for label in labels)
        if not formed or len(labels) < 2 or len(domain) > 253:
            return f"{shown(domain)} is not a domain: use names such as www.example.com."
        if labels[-1].isdigit():
            return f"{shown(domain)} is an address, not a domain: use names such as www.example.com."
    return ""


def _as_sent(name: str) -> str:
    """The name in the form that browsers send; empty if it cannot be a host name.

    https://url.spec.whatwg.org/#host-parsing, whose rules Python's own codec `idna` does not follow: it makes `straße`
    another domain, `strasse`.
    """
    if re.search(r"[\x00-\x20/\\?#@:%\[\]]", name):
        return ""  # would be read as another part of an address
    try:
        return (Url(f"https://{name}/").host or "").rstrip(".")
    except ValueError:
        return ""

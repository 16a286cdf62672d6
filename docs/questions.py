"""Writes the tables of questions.md from the questions themselves: `python -m docs.questions`, or `make questions`.

What a question is called, what it asks, what it takes and what it begins with stand in its YAML file; the form of a fact
is in deploy_overlay/base/answer_forms.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment

from deploy_overlay.ask.platforms import FUNCTIONS
from deploy_overlay.base.answer_forms import ANSWERS
from deploy_overlay.base.questions import labels, questions
from deploy_overlay.detect import FACTS
from deploy_overlay.platforms import platforms
from deploy_overlay.platforms.questions import FOLDER, asked

PAGE = Path(__file__).with_name("questions.md")
REPOSITORY = PAGE.parent.parent
TABLE = re.compile(r"(<!-- (?P<table>[a-z]+), written by `make questions` -->\n).*?(<!-- end -->)", re.DOTALL)
# What the page says once above its table, and the message for a wrong answer says in full.
_DETAILS = re.compile(r"[;:,] | with |(?<=path) from | of (?:letters|manage)")
_ARTICLE = re.compile(r"^(?:an? |the name of an? )")
# So that the choices are those of a project that has both.
WORKERS = [{"service": "celery", "name": name, "command": f"celery {name}"} for name in ("worker", "beat")]
# Defaults that are computed, in words; those of facts are what is seen in the project.
IN_WORDS = {
    "deploy_platforms": "the platform whose files are there, else `fly`",
    "deploy_name": "the folder's name",
    "deploy_database": "`postgres`; `external` where the project uses MySQL or Oracle",
    "deploy_domains": "none; platforms without an address of their own need one",
    "deploy_registry": "the registry that the platform starts itself, if it does",
    "deploy_registry_user": "the account in `deploy_registry`",
    "deploy_uninstall": "`no`",
}


def page(text: str) -> str:
    """The page with its tables as they are to be."""
    tables = {"questions": _questions, "facts": _facts}
    return TABLE.sub(lambda found: "".join([found[1], *tables[found["table"]](), found[3]]), text)


def _questions() -> Iterator[str]:
    everything = asked()
    of_platforms = {name: questions(FOLDER / name) for name in platforms()}
    own = sorted((name for name in everything if not any(name in one for one in of_platforms.values())), key=_place)
    yield "\n"
    yield from _rows(everything, own)
    for name, listed in of_platforms.items():
        yield f"\n{platforms()[name].name}:\n\n"
        yield from _rows(everything, listed)
    yield "\n"


def _place(name: str) -> int:
    """Where a shared question stands, in the order in which Copier asks."""
    included = re.findall(
        r"^!include (questions/\S+)", (REPOSITORY / "copier.yml").read_text(encoding="utf-8"), re.MULTILINE
    )
    text = "\n".join((REPOSITORY / path).read_text(encoding="utf-8") for path in included)
    return text.index(f"\n{name}:")


def _rows(everything: Mapping[str, Mapping[str, Any]], names: Iterable[str]) -> Iterator[str]:
    yield "| name | what | default |\n| --- | --- | --- |\n"
    for name in names:
        question = everything[name]
        if name in FACTS or question.get("when") is False or _is_computed(name, question):
            continue
        stored = "\u00a0¹" if question.get("secret") else ""
        yield f"| `{name}`{stored} | {_what(question)} | {_default(name, question)} |\n"


def _facts() -> Iterator[str]:
    yield "\n| name | what | takes |\n| --- | --- | --- |\n"
    for name, question in asked().items():
        if question.get("when") is not False and (name in FACTS or _is_computed(name, question)):
            yield f"| `{name}` | {_what(question)} | {_form(name, question)} |\n"
    yield "\n"


def _is_computed(name: str, question: Mapping[str, Any]) -> bool:
    """Whether it is found out like a fact, and never asked."""
    return question.get("ask") is False and "{{" in str(question.get("default")) and name not in IN_WORDS


def _what(question: Mapping[str, Any]) -> str:
    sentence = re.sub(r"\{\{.*?\}\}", "", str(question["help"])).strip()
    choices = question.get("choices") or {}
    if isinstance(choices, list):
        return f"{sentence}: {', '.join(f'`{value}`' for value in choices)}"
    rendered = Environment(autoescape=False)
    rendered.globals |= {function.__name__: function for function in FUNCTIONS}
    given = {"deploy_platforms": list(platforms()), "django_workers": WORKERS}
    offered = [
        f"`{value}` ({rendered.from_string(str(label)).render(given).strip().replace(chr(10), ' ')})"
        for label, value in labels(question).items()
    ]
    return f"{sentence}: {'; '.join(offered)}" if offered else sentence


def _default(name: str, question: Mapping[str, Any]) -> str:
    default = question.get("default")
    if "{{" in str(default) or "{%" in str(default):
        return IN_WORDS.get(name, "depends on the project")
    if default in ("", [], None):
        return "none"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


def _form(name: str, question: Mapping[str, Any]) -> str:
    about = ANSWERS.get(name)
    if about is None:
        return "true or false" if question.get("type") == "bool" else "text, such as `3.13`"
    if about.choices:
        return ", ".join(f"`{choice}`" for choice in about.choices if choice)
    if about.parts:
        keys = ", ".join(f"`{key}`" for key in (about.example[0] if about.listed else about.example))
        return f"a list of tables of {keys}" if about.listed else f"a table of {keys}; `{{}}` for none"
    words = _ARTICLE.sub("", _DETAILS.split(about.form.words)[0]) if about.form else "text"
    return f"[{words}, ...]" if about.listed else words


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")

"""Checks answers that come from the command line or a data file against the questions themselves."""

from __future__ import annotations

import difflib
import functools
import math
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from .answer_forms import form_problem, shown
from .message import Failure, answer_anchor

# In C where PyYAML was built with it: the same rules, ten times as fast.
_FASTEST: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_FASTEST):  # type: ignore[valid-type, misc]
    """Ignores `!include`, a tag of Copier's own, because the folder is read file by file."""


_Loader.add_constructor("!include", lambda loader, node: None)


@functools.cache
def questions(folder: Path) -> dict[str, dict[str, Any]]:
    """Every question in a folder's files by name, as the YAML describes it."""
    return {name: question for name, question in _content(folder).items() if not name.startswith("_")}


@functools.cache
def settings(folder: Path) -> dict[str, Any]:
    """Everything in the files that is not a question: names that begin with `_`."""
    return {name: value for name, value in _content(folder).items() if name.startswith("_")}


def _content(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for path in sorted(folder.glob("*.yml")):
        for content in yaml.load_all(path.read_text(encoding="utf-8"), Loader=_Loader):
            found |= content or {}
    return found


def answer_problem(
    questions: Mapping[str, Mapping[str, Any]],
    name: str,
    value: object,
    validate: Callable[[str, object], str],
    *,
    words: Collection[str] = (),
    replayed: bool,
) -> Failure | None:
    """Why `-d name=value` is not accepted, and what would be; None if it is.

    `validate` renders the validator of a question, `words` are questions that take one word. Where stored answers are
    `replayed`, unknown names pass, of questions that there were once, and so do derived ones.
    """
    if name not in questions:
        return None if replayed else Failure(_unknown(questions, name), anchor="unknown-question")
    anchor = answer_anchor(name)
    question = questions[name]
    if question.get("when") is False:
        derived = f"{name} is derived from other answers. Run this again without -d {name}."
        return None if replayed else Failure(derived, anchor="derived-answer")
    if question.get("multiselect"):
        parsed = parse_list(value)
        if parsed is None or (not parsed and validate(name, [])):
            known = choices(question)
            meant = [word for word in re.split(r"[\s,]+", str(value)) if word in known] or known[:2]
            return Failure(f'{name} takes a list, such as: -d "{name}=[{", ".join(meant)}]"', anchor=anchor)
        values: list[object] = list(parsed)
        once = list(dict.fromkeys(map(str, values)))
        if len(once) < len(values):
            text = f'{name} names something twice. Write it as: -d "{name}=[{", ".join(once)}]"'
            return Failure(text, anchor=anchor)
    else:
        values = [value]
    allowed = choices(question)
    for one in values:
        if allowed and str(one) not in allowed:
            return Failure(f"{name} cannot be {shown(str(one))}: choose from {', '.join(allowed)}.", anchor=anchor)
    kind = str(question.get("type"))
    if not _of_type(kind, values):
        return Failure(f"{name} cannot be {shown(value)}: it takes {_TYPES[kind]}.", anchor="answer-of-another-type")
    wrong = (
        None if question.get("multiselect") else form_problem(name, _parsed(value) if kind == "yaml" else value, words)
    )
    if wrong:
        return wrong
    problem = validate(name, values if question.get("multiselect") else value)
    if problem and name not in problem:
        problem = f"{name} cannot be {shown(value)}. {problem}"  # with -d there is no prompt above it
    return Failure(problem, anchor=anchor) if problem else None


def first_problem(
    questions: Mapping[str, Mapping[str, Any]],
    data: Mapping[str, object],
    validate: Callable[[str, object], str],
    *,
    words: Collection[str] = (),
    replayed: bool,
) -> Failure | None:
    """The problem of the first answer in `data` that is not accepted.

    Lists come first, because the rules of other questions use them.
    """
    ordered = sorted(data.items(), key=lambda item: not questions.get(item[0], {}).get("multiselect"))
    problems = (
        answer_problem(questions, name, value, validate, words=words, replayed=replayed) for name, value in ordered
    )
    return next(filter(None, problems), None)


def damage(
    answers_file: str, questions: Mapping[str, Mapping[str, Any]], stored: Mapping[str, object], facts: Iterable[str]
) -> Failure | None:
    """The error if stored answers lack facts that their version always stores, because somebody removed them; else None."""
    always = [name for name in facts if name in questions and "when" not in questions[name]]
    missing = [name for name in always if name not in stored]
    if "_commit" not in stored or not missing:
        return None
    return Failure(
        f"{answers_file} cannot be read ({', '.join(missing[:3])} missing): restore it with git and run Copier again.",
        anchor="answers-file-damaged",
    )


def choices(question: Mapping[str, Any]) -> list[str]:
    """The values that a question offers, as text; none if it accepts anything."""
    return list(labels(question).values())


def labels(question: Mapping[str, Any]) -> dict[str, str]:
    """A question's choices: the text that people see, and its value. A choice with a validator is a table."""
    offered = question.get("choices") or []
    pairs = offered.items() if isinstance(offered, Mapping) else zip(offered, offered, strict=True)
    return {str(label): str(value["value"] if isinstance(value, Mapping) else value) for label, value in pairs}


def parse_list(value: object) -> list[object] | None:
    """The list in a -d option, which is YAML; None for anything else."""
    value = parse_value(value)
    return value if isinstance(value, list) else None


def _of_type(kind: str, values: Iterable[object]) -> bool:
    """Whether Copier can convert these to the question's type; otherwise it would end in a traceback."""
    return all(_TYPE_CHECKS[kind](value) for value in values)


def _is_text(value: object) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    # No file and no command line takes the character that ends a text in C.
    return number or (isinstance(value, str) and "\0" not in value)


def _is_yaml(value: object) -> bool:
    try:
        return _parsed(value) is not None
    except (ValueError, RecursionError, yaml.YAMLError):
        return False


def _parsed(value: object) -> object:
    return yaml.safe_load(value) if isinstance(value, str) else value


def parse_value(value: object) -> object:
    """An answer to a question of type yaml. A -d option is text, which stays as it is if it is not YAML."""
    try:
        return _parsed(value)
    except yaml.YAMLError:
        return value


_TYPES = {
    "str": "text",
    "int": "a whole number",
    "bool": "true or false",
    "yaml": "a value of YAML, such as [one, two]",
}
_TYPE_CHECKS: dict[str, Callable[[object], bool]] = {
    "str": _is_text,
    "int": lambda value: re.fullmatch(r"-?[0-9]{1,9}", str(value)) is not None,
    "bool": lambda value: re.fullmatch(r"true|false|yes|no|on|off|[yntf01]", str(value), re.IGNORECASE) is not None,
    "yaml": _is_yaml,
}


def _unknown(questions: Mapping[str, Mapping[str, Any]], name: str) -> str:
    near = difflib.get_close_matches(name, questions, n=1)
    asked = sorted(key for key, question in questions.items() if question.get("when") is not False)
    cure = f"did you mean {near[0]}?" if near else f"there are {', '.join(asked)}."
    return f"No question is called {name}: {cure}"

"""The form that an answer must have before it goes into files: a name, a path or a command, and never code beside it.

What is rendered ends in a Dockerfile, in YAML, in Python and in shell commands. Quotes, line ends or `$(...)` in a folder's
name or in a variable's, whether given, stored or seen in the project, would be configuration there.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, TypeVar

from .message import Failure

Found = TypeVar("Found")
LONGEST = 400  # characters; a command of a package.json may be as long as a line


class Form(NamedTuple):
    """A pattern that a whole text has to match, and the words that say so."""

    pattern: re.Pattern[str]
    words: str


def _form(pattern: str, words: str) -> Form:
    return Form(re.compile(pattern, re.ASCII), words)


_OTHER = r"[^\x00-\x7f]"  # letters of other alphabets: what cannot be seen among them is refused apart
PATH = _form(
    rf"(?![-~ ])(?!.* /?$)(?:[\w.@+,=~ -]|{_OTHER})+(?:/(?:[\w.@+,=~ -]|{_OTHER})+)*/?",
    "a path from the root of the repository, of letters, digits, spaces inside it and . _ - @ + , = ~; rename what has others",
)
KEPT = _form(rf"(?:[\w./@+,=~ ?-]|{_OTHER})+", "a path from the root of the repository; ? is any one character")
NO_PATH = Form(re.compile(rf"(?:{PATH.pattern.pattern})?", re.ASCII), PATH.words)
DOTTED = _form(rf"(?:(?:\w|{_OTHER})+(?:\.(?:\w|{_OTHER})+)*)?", "a dotted name of Python, such as mysite.settings")
APPLICATION = _form(
    rf"(?:(?:\w|{_OTHER})+(?:\.(?:\w|{_OTHER})+)*:(?:\w|{_OTHER})+)?",
    "package.module:name, such as mysite.wsgi:application",
)
IDENTIFIER = _form(r"[A-Za-z_]\w*", "a name of Python, such as deploy")
CLASS = _form(r"(?:[A-Za-z_]\w*)?", "the name of a class, such as Production")
VARIABLE = _form(r"[A-Za-z_]\w*", "the name of an environment variable: letters, digits and _")
ASSIGNED = _form(
    r"(?:[A-Za-z_]\w*=[\w .,:;/@+%-]*)?", "NAME=value with letters, digits and . , : ; / @ + %, such as DEBUG=False"
)
WORD = _form(r"(?![-.])[\w.@+-]+", "a word of letters, digits and . _ - @ +")
NAME = _form(r"(?:(?![-.])[\w.@+-]+)?", "a word of letters, digits and . _ - @ +")
ARGUMENTS = _form(
    r"\w(?:[\w .,/@=+-]|:(?! ))*", "a command of manage.py with its options, such as `compress --force`, without quotes"
)
# A command is code already, its owner's: it only has to stay on its line.
COMMAND = _form(r"(?!.*<<)(?:.*[^\\])?", "a command on one line, without << and without \\ at its end")
SCRIPT = _form(r"(?:(?!-)[\w.:@/+-]+)?", "the name of a script of package.json, such as build")
PACKAGE = _form(r"(?:@?\w[\w.@/+-]*)?", "a package of npm, such as pnpm@9")
IMAGE = _form(r"\w[\w.:@/-]*", "the name of an image, such as node:24-slim")
NODE = _form(r"\d{1,3}", "the major version of Node.js, such as 24")

TEXTS = {
    "django_root": PATH,
    "django_dependency_root": PATH,
    "django_source_root": PATH,
    "django_install_folder": NO_PATH,
    "django_static_root": NO_PATH,
    "django_settings_module": DOTTED,
    "django_configuration": CLASS,
    "django_wsgi": APPLICATION,
    "django_asgi": APPLICATION,
    "django_secret_key_env": CLASS._replace(words=VARIABLE.words),
    "django_debug_env": ASSIGNED,
    "deploy_package": IDENTIFIER,
    "fly_org": NAME,
    "fly_cluster": NAME,
    "heroku_team": NAME,
    "upsun_organization": NAME,
    "upsun_project": NAME,
}
LISTS = {
    "django_python_path": PATH,
    "django_dependency_files": PATH,
    "django_other_manage_py": PATH,
    "django_image_keeps": KEPT,
    "django_dependency_groups": WORD,
    "django_dependency_extras": WORD,
    "django_install_files": PATH,
    "django_build_secrets": VARIABLE,
    "django_settings_assigned": WORD,
    "django_required_env": VARIABLE,
    "django_services": WORD,
    "django_system_libraries": WORD,
    "django_unproven": WORD,
    "django_dev_apps": DOTTED,
    "django_build_commands": ARGUMENTS,
    "deploy_kept_files": PATH,
    "deploy_platforms": WORD,
    "deploy_own_answers": VARIABLE,
}
FRONTEND = {
    "root": PATH,
    "manager": WORD,
    "node": NODE,
    "script": SCRIPT,
    "install": COMMAND,
    "build": COMMAND,
    "tool": PACKAGE,
    "image": IMAGE,
}
# Questions whose own check says more about what is given.
JUDGED = frozenset(
    {
        "django_root", "django_settings_module", "django_wsgi", "django_asgi", "django_dependency_root",
        "django_dependency_files", "django_frontend", "django_workers", "deploy_platforms",
    }
)  # fmt: skip
WORKER = {"service": WORD, "name": WORD, "command": COMMAND}


def form_problem(name: str, value: Any) -> Failure | None:
    """None, or why the answer cannot go into the files; None too for a question that has no form."""
    if name in TEXTS:
        told = _text_problem(value, TEXTS[name])
    elif name in LISTS:
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            return Failure(f'{name} takes a list. Write it as: -d "{name}=[one, two]"', anchor="answer-not-a-list")
        told = _first(_text_problem(item, LISTS[name]) for item in value)
    elif name == "django_frontend":
        told = _frontend_problem(value)
    elif name == "django_workers":
        workers = value if isinstance(value, list) else [value]
        told = _first(_parts_problem(item, WORKER) for item in workers)
    else:
        told = None
    if told is None:
        return None
    wrong, words = told
    return Failure(f"{name} cannot be {shown(wrong)}: it takes {words}.", anchor="answer-form")


def first_form_problem(answers: Mapping[str, Any]) -> Failure | None:
    """What is wrong with the form of the first of these answers that has a wrong one."""
    return _first(form_problem(name, value) for name, value in answers.items())


def shown(value: object) -> str:
    """A value as a message shows it: on one line, short, and with everything visible."""
    text = ascii(value) if not str(value).isprintable() else repr(value)
    return text if len(text) <= 80 else f"{text[:76]}..."


def _first(problems: Iterable[Found | None]) -> Found | None:
    return next(filter(None, problems), None)


def _frontend_problem(value: Any) -> tuple[Any, str] | None:
    if value == {}:
        return None
    told = _parts_problem(value, FRONTEND)
    if told:
        return told
    if not isinstance(value.get("files"), list):
        return value.get("files"), 'a list of paths as "files"'
    if not isinstance(value.get("modules"), bool):
        return value.get("modules"), 'true or false as "modules"'
    return _first(_text_problem(path, PATH) for path in value["files"])


def _parts_problem(value: Any, forms: Mapping[str, Form]) -> tuple[Any, str] | None:
    """`image` may be missing: versions before it had none."""
    missing = not isinstance(value, Mapping) or [key for key in forms if key not in value and key != "image"]
    if missing:
        return value, f"all of {', '.join(forms)}"
    for key, form in forms.items():
        part = value.get(key, "x")
        told = _text_problem(str(part) if isinstance(part, int) else part, form)
        if told:
            return told[0], f'{told[1]} as "{key}"'
    return None


def _text_problem(value: object, form: Form) -> tuple[Any, str] | None:
    """The value that has another form, and words for the one that it should have."""
    if not isinstance(value, str):
        return value, form.words
    if len(value) > LONGEST:
        return value, f"{LONGEST} characters at most"
    if not value.isprintable():
        return value, f"{form.words}; without line ends and characters that cannot be seen"
    wrong = not form.pattern.fullmatch(value) or (form is IDENTIFIER and keyword.iskeyword(value))
    return (value, form.words) if wrong else None

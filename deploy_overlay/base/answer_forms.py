"""The form that an answer must have before it goes into files: a name, a path or a command, and no other code.

Answers end up in a Dockerfile, in YAML, in Python and in shell commands. Quotes, line ends or `$(...)` in a folder's
or a variable's name, whether the user typed it or it was detected, would be code there.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple, TypeVar

from .message import Failure, answer_anchor
from .unclear import answer_option

Found = TypeVar("Found")
LONGEST = 400  # characters
LONGEST_COMMAND = 4000  # as a build of many scripts takes


class Form(NamedTuple):
    """A pattern that a whole text has to match, and the words that say so."""

    pattern: re.Pattern[str]
    words: str


def _form(pattern: str, words: str) -> Form:
    return Form(re.compile(pattern, re.ASCII), words)


def _cron_field(number: str) -> str:
    """`*`, or numbers and ranges of them; with or without a step."""
    span = rf"(?:{number})(?:-(?:{number}))?"
    return rf"(?:\*|{span}(?:,{span})*)(?:/[1-9]\d?)?"


_OTHER = r"[^\x00-\x7f]"  # letters of other alphabets: what cannot be seen among them is refused apart
PATH = _form(
    rf"(?![-~ ])(?!.* /?$)(?:[\w.@+,=~ -]|{_OTHER})+(?:/(?:[\w.@+,=~ -]|{_OTHER})+)*/?",
    "a path from the root of the repository, of letters, digits, spaces and . _ - @ + , = ~ (rename files with other characters)",
)
KEPT = _form(rf"(?:[\w./@+,=~ ?-]|{_OTHER})+", "a path from the root of the repository; ? is any one character")
NO_PATH = Form(re.compile(rf"(?:{PATH.pattern.pattern})?", re.ASCII), PATH.words)
DOTTED = _form(rf"(?:(?:\w|{_OTHER})+(?:\.(?:\w|{_OTHER})+)*)?", "a dotted Python name, such as mysite.settings")
APPLICATION = _form(
    rf"(?:(?:\w|{_OTHER})+(?:\.(?:\w|{_OTHER})+)*:(?:\w|{_OTHER})+)?",
    "package.module:name, such as mysite.wsgi:application",
)
IDENTIFIER = _form(r"[A-Za-z_]\w*", "a Python name, such as deploy")
CLASS = _form(r"(?:[A-Za-z_]\w*)?", "the name of a class, such as Production")
VARIABLE = _form(r"[A-Za-z_]\w*", "the name of an environment variable: letters, digits and _")
ASSIGNED = _form(
    r"(?:[A-Za-z_]\w*=[\w .,:;/@+%-]*)?", "NAME=value with letters, digits and . , : ; / @ + %, such as DEBUG=False"
)
REPLACED = _form(
    r'[A-Za-z_]\w*=(?:[\w .,:;/@+%-]*|\["[\w.:/-]+"\])',
    'NAME=value with letters, digits and . , : ; / @ + %, or NAME=["value"]',
)
WORD = _form(r"(?![-.])[\w.@+-]+", "a word of letters, digits and . _ - @ +")
NAME = _form(r"(?:(?![-.])[\w.@+-]+)?", "a word of letters, digits and . _ - @ +")
ARGUMENTS = _form(
    r"\w(?:[\w .,/@=+-]|:(?! ))*", "a command of manage.py with its options, such as `compress --force`, without quotes"
)
# A command is the user's own code: it only has to stay on its line.
COMMAND = _form(r"(?!.*<<)(?:.*[^\\])?", "a command on one line, without << and without \\ at its end")
_SCRIPT = rf"(?!-)(?:[\w.:@/+-]|{_OTHER})+"
SCRIPTS = _form(
    rf"(?:{_SCRIPT}(?: {_SCRIPT})*)?",
    "names of scripts of package.json with a space between them, such as build:css build:js",
)
CONSTRAINT = _form(r"[\w.*^~<>=!,| ]*", "versions such as ==0.11.*, or nothing")
PACKAGE = _form(r"(?:@?\w[\w.@/+-]*)?", "a package of npm, such as pnpm@9")
IMAGE = _form(r"\w[\w.:@/-]*", "the name of an image, such as node:24-slim")
_CRON = (r"[0-5]?\d", r"[01]?\d|2[0-3]", r"0?[1-9]|[12]\d|3[01]", r"0?[1-9]|1[0-2]", r"[0-7]")
SCHEDULE = _form(
    " ".join(map(_cron_field, _CRON)),
    "five fields of cron: minute hour day month weekday, in digits, such as 17 3 * * *",
)
URL_PATH = _form(r"/(?:[\w.~-]+/)+", "a path that begins and ends with a slash, such as /media/")
NODE = _form(r"\d{1,3}", "the major version of Node.js, such as 24")


class Answer(NamedTuple):
    """The kind of an answer: one text or, with `listed`, a list of texts of this form; or a table of parts."""

    form: Form | None = None
    listed: bool = False
    parts: Mapping[str, Form] = {}
    lists: Mapping[str, Form] = {}  # parts that are lists of texts
    choices: tuple[str, ...] = ()
    example: Any = None
    noun: str = ""  # what the message calls it if the value has another kind
    entry: bool = False  # whether docs/errors.md has its own entry for it


def _parts(**forms: Form) -> Mapping[str, Form]:
    return forms


# All answers, of facts and of questions; the questions of platforms take one word.
ANSWERS = {
    "django_root": Answer(PATH),
    "django_dependency_root": Answer(PATH),
    "django_source_root": Answer(PATH),
    "django_settings_module": Answer(DOTTED),
    "django_configuration": Answer(CLASS),
    "django_wsgi": Answer(APPLICATION, entry=True),
    "django_asgi": Answer(APPLICATION, entry=True),
    "django_secret_key_env": Answer(CLASS._replace(words=VARIABLE.words)),
    "django_debug_env": Answer(ASSIGNED),
    "django_dependency_manager": Answer(choices=("pip", "pip-tools", "poetry", "pipenv", "uv", "pdm"), entry=True),
    "django_database": Answer(choices=("postgresql", "sqlite", "mysql", "oracle", ""), entry=True),
    "django_python_path": Answer(PATH, listed=True),
    "django_dependency_files": Answer(
        PATH, listed=True, example=["requirements.txt"], noun="a list of files", entry=True
    ),
    "django_dependency_groups": Answer(WORD, listed=True),
    "django_dependency_extras": Answer(WORD, listed=True),
    "django_install_files": Answer(PATH, listed=True),
    "django_install_folder": Answer(NO_PATH),
    "django_build_secrets": Answer(VARIABLE, listed=True),
    "django_library_env": Answer(VARIABLE, listed=True),
    "django_replaced_env": Answer(REPLACED, listed=True),
    "django_manager_required": Answer(CONSTRAINT),
    "django_unproven": Answer(WORD, listed=True),
    "django_static_root": Answer(NO_PATH),
    "django_image_keeps": Answer(KEPT, listed=True),
    "django_other_manage_py": Answer(PATH, listed=True),
    "django_settings_assigned": Answer(WORD, listed=True),
    "django_required_env": Answer(VARIABLE, listed=True),
    "django_services": Answer(WORD, listed=True),
    "django_system_libraries": Answer(WORD, listed=True),
    "django_dev_apps": Answer(DOTTED, listed=True),
    "django_build_commands": Answer(ARGUMENTS, listed=True),
    "django_frontend": Answer(
        parts=_parts(
            root=PATH,
            manager=WORD,
            node=NODE,
            script=SCRIPTS,
            install=COMMAND,
            build=COMMAND,
            tool=PACKAGE,
            image=IMAGE,
        ),
        example={
            "root": ".",
            "manager": "npm",
            "node": "24",
            "script": "build",
            "install": "npm ci",
            "build": "npm run build",
            "tool": "",
            "image": "node:24-slim",
            "files": [],
            "modules": False,
        },
        lists=_parts(files=PATH),
        noun="a front-end build",
        entry=True,
    ),
    "django_workers": Answer(
        parts=_parts(
            service=WORD, name=WORD, command=COMMAND, concurrency=WORD, early=DOTTED
        ),  # the last two may be missing
        listed=True,
        example=[{"service": "celery", "name": "worker", "command": "celery --app mysite worker"}],
        noun="a list of workers",
        entry=True,
    ),
    "django_stores": Answer(
        parts=_parts(kind=WORD),
        lists=_parts(roles=WORD, variables=VARIABLE, fixed=VARIABLE),
        listed=True,
        example=[{"kind": "redis", "roles": ["queue", "cache"], "variables": ["REDIS_URL"], "fixed": []}],
        noun="a list of stores",
    ),
    "django_schedule": Answer(
        parts=_parts(name=WORD, command=COMMAND, schedule=SCHEDULE, source=WORD),
        listed=True,
        example=[
            {
                "name": "clearsessions",
                "command": "python -m django clearsessions",
                "schedule": "17 3 * * *",
                "source": "usual",
            }
        ],
        noun="a list of scheduled jobs",
    ),
    "django_uploads": Answer(
        parts=_parts(store=WORD, access=WORD, path=URL_PATH),
        example={"store": "disk", "access": "private", "path": "/media/"},
        noun="where uploaded files go",
    ),
    "deploy_package": Answer(IDENTIFIER),
    "deploy_kept_files": Answer(PATH, listed=True),
    "deploy_platforms": Answer(WORD, listed=True),
    "deploy_runs": Answer(WORD, listed=True),
    "deploy_own_answers": Answer(VARIABLE._replace(words="the name of a question"), listed=True),
}
MANAGERS = ANSWERS["django_dependency_manager"].choices
_MAY_LACK = frozenset({"image"})  # versions before it had none


def form_problem(name: str, value: Any, words: Collection[str] = ()) -> Failure | None:
    """Why the answer cannot go into the files; None if it can, or if the question has no form.

    `words` are the names of further questions, which take one word or nothing.
    """
    about = ANSWERS.get(name) or (Answer(NAME) if name in words else None)
    if about is None:
        return None
    entry = answer_anchor(name)
    if about.choices:
        known = ", ".join(filter(None, about.choices))
        wrong = not isinstance(value, str) or value not in about.choices
        return Failure(f"{name} cannot be {shown(value)}: choose from {known}.", anchor=entry) if wrong else None
    items = value if about.listed else [value]
    if about.parts:
        if value == {} and not about.listed:
            return None
        complete = isinstance(items, list) and all(_has_all(item, about) for item in items)
    else:
        complete = not about.listed or (isinstance(value, list) and all(isinstance(item, str) for item in value))
    if not complete:
        example = about.example or ["one", "two"]
        none = "" if about.listed else f", or {answer_option(name, {})} for none"
        text = f"{name} takes {about.noun or 'a list'}. Write it as: {answer_option(name, example)}{none}"
        return Failure(text, anchor=entry) if about.entry else Failure(text, anchor="answer-not-a-list")
    told = _first(
        _parts_problem(item, about) if about.parts else _text_problem(item, about.form or WORD) for item in items
    )
    if told is None:
        return None
    wrong_value, taken = told
    text = f"{name} cannot be {shown(wrong_value)}: it takes {taken}."
    own = about.entry and not about.listed and not about.parts
    return Failure(text, anchor=entry) if own else Failure(text, anchor="answer-form")


def first_form_problem(answers: Mapping[str, Any], words: Collection[str] = ()) -> Failure | None:
    """The problem of the first of these answers that has a wrong form."""
    return _first(form_problem(name, value, words) for name, value in answers.items())


def shown(value: object) -> str:
    """A value as a message shows it: on one line, short, and with everything visible."""
    text = ascii(value) if not str(value).isprintable() else repr(value)
    return text if len(text) <= 80 else f"{text[:76]}..."


def _first(problems: Iterable[Found | None]) -> Found | None:
    return next(filter(None, problems), None)


def _has_all(item: object, about: Answer) -> bool:
    """Whether a table has every part; those of the example without a form are lists of paths, and true or false."""
    example = about.example[0] if about.listed else about.example
    return isinstance(item, Mapping) and all(key in item or key in _MAY_LACK for key in example)


def _parts_problem(item: Mapping[str, Any], about: Answer) -> tuple[Any, str] | None:
    for key, form in about.parts.items():
        if key not in item:
            continue
        part = item[key]
        told = _text_problem(str(part) if isinstance(part, int) and not isinstance(part, bool) else part, form)
        if told:
            return told[0], f'{told[1]} as "{key}"'
    for key in about.lists:
        if not isinstance(item.get(key, []), list):
            return item[key], f'a list as "{key}"'
    if not isinstance(item.get("modules", False), bool):
        return item["modules"], 'true or false as "modules"'
    return _first(_text_problem(part, form) for key, form in about.lists.items() for part in item.get(key, []))


def _text_problem(value: object, form: Form) -> tuple[Any, str] | None:
    """The value if it has another form, and the words for the form that it should have."""
    if not isinstance(value, str):
        return value, form.words
    longest = LONGEST_COMMAND if form in (COMMAND, SCRIPTS) else LONGEST
    if len(value) > longest:
        return value, f"{longest} characters at most"
    if not value.isprintable():
        return value, f"{form.words}, without line breaks or invisible characters"
    wrong = not form.pattern.fullmatch(value) or (form is IDENTIFIER and keyword.iskeyword(value))
    return (value, form.words) if wrong else None

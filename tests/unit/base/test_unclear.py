"""A fact that nobody decided, and the answer that can be pasted."""

import shlex
import shutil
import subprocess
from typing import Any

import pytest
import yaml

from deploy_overlay.base.unclear import answer_option, unclear

BUILD = {
    "root": ".",
    "manager": "npm",
    "node": "24",
    "script": "build",
    "install": "npm ci",
    "build": "npm run build -- --mode=production, then: done",
    "tool": "",
    "files": ["static/dist", "a b.js"],
    "modules": False,
    "image": "node:24-slim",
}
VALUES = [
    "postgresql",
    "mysite.settings",
    "",
    ["."],
    [],
    ["backend", "back end/src", "24", "no"],
    {},
    BUILD,
    {**BUILD, "install": "sh -c 'npm ci'"},
    {**BUILD, "build": 'FLAG="a b" npm run build && echo $HOME `date` \\n!'},
    {**BUILD, "build": 'it\'s "both"'},
    {**BUILD, "root": "fröntend"},
    [{"service": "celery", "name": "worker", "command": "celery --app mysite worker"}],
    ("two", "words"),
]


def as_data(option: str) -> tuple[str, Any]:
    flag, text = shlex.split(option)
    assert flag == "-d"
    name, _, value = text.partition("=")
    return name, value


@pytest.mark.parametrize("value", VALUES, ids=str)
def test_what_is_pasted_is_the_value(value: Any) -> None:
    name, text = as_data(answer_option("django_frontend", value))
    assert name == "django_frontend"
    wanted = list(value) if isinstance(value, tuple) else value
    assert (text if isinstance(value, str) else yaml.safe_load(text)) == wanted


@pytest.mark.parametrize("value", [value for value in VALUES if not set(str(value)) & set('$`\\!"')], ids=str)
def test_a_plain_value_needs_nothing_but_double_quotes(value: Any) -> None:
    option = answer_option("x", value)
    inside = option.removeprefix("-d ")
    if inside.startswith('"'):
        assert inside.endswith('"')
        inside = inside[1:-1]
    # nothing in it that sh, cmd.exe or PowerShell would read in its own way between double quotes
    assert not set(inside) & set('"$`\\!%^')


@pytest.mark.skipif(not shutil.which("sh"), reason="there is no sh here")
@pytest.mark.parametrize("value", VALUES, ids=str)
def test_a_shell_gives_it_on_unchanged(value: Any) -> None:
    done = subprocess.run(["sh", "-c", f'printf "%s|" {answer_option("x", value)}'], capture_output=True, check=True)
    assert done.stdout.decode() == "".join(f"{word}|" for word in shlex.split(answer_option("x", value)))


def test_the_sentence_names_what_was_found_and_what_to_give() -> None:
    said = unclear("django_database", ("postgresql", "mysql"))
    assert str(said) == ("django_database is unclear: postgresql or mysql. Choose with: -d django_database=postgresql")
    assert said.anchor == "not-clear"
    assert str(unclear("django_python_path", (["."], ["src", "."]))) == (
        'django_python_path is unclear: [.] or [src, .]. Choose with: -d "django_python_path=[.]"'
    )


def test_the_only_value_is_not_called_a_choice() -> None:
    told = str(unclear("django_settings_module", ["mysite.settings.dev"]))

    assert "only mysite.settings.dev was found" in told and "Choose" not in told
    assert "-d django_settings_module=mysite.settings.dev" in told

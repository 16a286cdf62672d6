"""Strings that are rendered without Jinja come out as Jinja renders them."""

from pathlib import Path

import pytest
import yaml
from jinja2 import Environment, StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

from extensions.short_templates import made_once

CONFIG = Path(__file__).resolve().parent.parent / "copier.yml"
ENVOPS = yaml.safe_load(CONFIG.read_text(encoding="utf-8").partition("\n---\n")[0])["_envops"]

STRINGS = (
    "",
    "str",
    "two words\n",
    "line\n\n",
    "old\r\nMac\rand Windows\r\n",
    "#} %} }}",
    "100 % of it",
    "a { alone",
    "{{ name }}",
    "{% if name %}yes{% endif %}",
    "{# nothing #}left",
    "before {{ name }}\n",
    "élan ☃\u2028here",
)


def environment() -> Environment:
    return SandboxedEnvironment(**{**ENVOPS, "undefined": StrictUndefined})


@pytest.mark.parametrize("source", STRINGS)
def test_every_string_renders_as_with_jinja_alone(source: str) -> None:
    jinja, quick = environment(), made_once(environment().from_string)
    for context in ({"name": "x"}, {"name": ""}):
        assert (
            quick(source).render(**context)
            == quick(source).render(context)
            == jinja.from_string(source).render(context)
        )


def test_a_string_is_compiled_once() -> None:
    quick = made_once(environment().from_string)
    assert quick("str") is quick("str")
    assert quick("{{ name }}") is not quick("{{ other }}")

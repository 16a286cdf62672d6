"""Templates of the short strings that Copier renders hundreds of times: a type, a file name, a question's help."""

from __future__ import annotations

import functools
from collections.abc import Callable

from jinja2 import Template

# What begins an expression, a statement or a comment, and what Jinja writes in another way.
# https://jinja.palletsprojects.com/en/stable/api/#jinja2.Environment
_NOT_AS_WRITTEN = frozenset("{\r")


def made_once(from_string: Callable[[str], Template]) -> Callable[[str], Template]:
    """`Environment.from_string`, asked once for each string; one without Jinja's syntax renders to itself at once.

    Of an environment with Jinja's usual delimiters and `keep_trailing_newline`, as `_envops` in copier.yml has them.
    """

    @functools.cache
    def template(source: str) -> Template:
        made = from_string(source)
        if _NOT_AS_WRITTEN.isdisjoint(source):
            made.render = lambda *_arguments, **_context: source  # type: ignore[method-assign]
        return made

    return template

"""Settings for a Python that is newer than the one that runs Copier."""

from __future__ import annotations

import ast
from collections.abc import Callable

import pytest

from deploy_overlay.base.newer_syntax import for_older_pythons
from deploy_overlay.detect import Facts
from tests.unit.detect.conftest import SETTINGS, django_project

NEWER = '''\
import os


type Names[T] = list[T]


class Box[T: (int, str)]:
    pass


def first[T](items: list[T], of: "T" = None) -> T:
    """Says [nothing] of "it's"."""
    return items[0]  # it's the first


HOST = f"{os.environ["HOST"]}.example.com:{os.getenv("PORT", "443")}"
PLAIN, TEXT = f"{{}}", f"{HOST!r:>{len("x")}}"
try:
    import secrets
except ImportError, AttributeError:
    secrets = None
'''


def test_what_newer_pythons_brought_is_read(facts: Callable[..., Facts]) -> None:
    seen = facts(django_project(body=SETTINGS + NEWER))

    assert seen.fact("django_settings_module").value == "site_.settings"
    assert seen.fact("django_required_env").value == ["HOST"]


@pytest.mark.parametrize(
    "text",
    [
        "A = 'it is \"so\"'\nB = f'{A}'  # don't\n",
        'A = """\ndef x[T](): f"{a["b"]}"\n',
        'A = f"{\n',
        "class (:\n",
        "A = r'\\'\nB = f\"{A['x']}\"\n",
        "type = 1\ntype\t= 2\n",
    ],
)
def test_what_is_written_otherwise_stays_and_nothing_is_raised(text: str) -> None:
    assert for_older_pythons(text).count("\n") == text.count("\n")
    try:
        before = ast.dump(ast.parse(text))
    except SyntaxError:
        return
    assert ast.dump(ast.parse(for_older_pythons(text))) == before

"""From the output of a program that failed comes one line: the exception and where in the project it was raised."""

import json
import textwrap
from pathlib import Path

import pytest

from deploy_overlay.rehearse.trouble import condensed, last_trouble

ACCESS = '127.0.0.1 - - [01/Jan/2026:00:00:00 +0000] "GET /about/ HTTP/1.1" 500 145'
CHAINED = """\
Internal Server Error: /about/
Traceback (most recent call last):
  File "{root}/notes/views.py", line 3, in first
    one()
KeyError: 'x'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "{root}/notes/views.py", line 9, in about
    return render(
        request,
    )
  File "/usr/lib/python3/site-packages/django/urls/base.py", line 98, in reverse
    resolved_url = resolver._reverse_with_prefix(view, prefix, *args, **kwargs)
django.urls.exceptions.NoReverseMatch: Reverse for "it's" not found.
"""
TOLD = """notes/views.py:9: django.urls.exceptions.NoReverseMatch: Reverse for "it's" not found."""
GROUP = """\
  + Exception Group Traceback (most recent call last):
  |   File "{root}/notes/views.py", line 2, in about
  |     await many()
  | ExceptionGroup: unhandled errors in a TaskGroup (1 sub-exception)
  +-+---------------- 1 ----------------
    | Traceback (most recent call last):
    |   File "{root}/notes/views.py", line 7, in one
    |     raise ValueError("no")
    | ValueError: no
    +------------------------------------
"""
INDENTED = """\
    Traceback (most recent call last):
      File "{root}/notes/tasks.py", line 4, in run
        raise ValueError("no")
    ValueError: no
"""
CUT_OFF = 'Traceback (most recent call last):\n  File "/x.py", line 1, in y\n'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path


def printed(text: str, root: Path) -> str:
    return text.replace("{root}", root.as_posix())


def test_the_last_traceback(root: Path) -> None:
    output = f"{printed(CHAINED, root)}{ACCESS}\n"
    assert condensed(output, root) == TOLD
    found = last_trouble(output, root)
    assert found and found.kind == "NoReverseMatch"


@pytest.mark.parametrize("form", [json.dumps, repr], ids=["json", "repr"])
def test_a_traceback_quoted_in_a_log_line(root: Path, form: object) -> None:
    assert callable(form)
    record = {
        "event": "failed",
        "exception": printed(CHAINED, root).rstrip(),
        "request": "GET /about/",
        "level": "error",
    }
    assert condensed(f"{form(record)}\n{ACCESS}\n", root) == TOLD


def test_a_traceback_of_its_own_is_preferred_to_a_quoted_one(root: Path) -> None:
    record = json.dumps({"exception": CUT_OFF + "ValueError: quoted"})
    assert condensed(f"{printed(CHAINED, root)}{record}\n{ACCESS}\n", root) == TOLD


def test_an_earlier_traceback_where_the_last_one_has_no_end(root: Path) -> None:
    assert condensed(printed(CHAINED, root) + CUT_OFF, root) == TOLD


def test_tracebacks_with_a_margin(root: Path) -> None:
    assert condensed(printed(GROUP, root), root) == "notes/views.py:7: ValueError: no"
    assert condensed(printed(INDENTED, root), root) == "notes/tasks.py:4: ValueError: no"


def test_a_traceback_after_a_line_that_was_not_ended(root: Path) -> None:
    traceback = textwrap.dedent(printed(INDENTED, root))
    assert condensed(f"  Applying notes.0002_fill...{traceback}", root) == "notes/tasks.py:4: ValueError: no"


def test_without_a_traceback_the_last_line(root: Path) -> None:
    assert condensed(f"something\n\n{ACCESS}\n\n", root) == ACCESS
    assert last_trouble(ACCESS, root) is None

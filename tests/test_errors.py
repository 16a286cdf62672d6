"""Every message that a user can meet has its entry in docs/errors.md under its anchor, and every entry is met in a test."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.anchors import ANYTHING, catalogue
from tests.support.sources import modules

RAISED = {"Failure", "Stop"}
# In rendered files: what stops the site itself, and its release.
RENDERED = {"not-started", "table-in-use"}


def calls(*folders: str) -> Iterator[tuple[Path, ast.Call]]:
    for path, parsed in modules(*folders):
        for node in ast.walk(parsed):
            if isinstance(node, ast.Call):
                yield path, node


def named(node: ast.Call) -> str:
    function = node.func
    return (
        function.attr if isinstance(function, ast.Attribute) else function.id if isinstance(function, ast.Name) else ""
    )


def given_anchor(node: ast.Call) -> ast.expr | None:
    return next((keyword.value for keyword in node.keywords if keyword.arg == "anchor"), None)


def answers_with_rules() -> set[str]:
    """Questions whose answers are refused by choices, by a validator or by what the project says."""
    from deploy_overlay.base.answer_forms import ANSWERS
    from deploy_overlay.base.message import answer_anchor
    from deploy_overlay.detect.overrides import CHECKS
    from deploy_overlay.platforms.questions import asked

    by_rule = {name for name, question in asked().items() if question.get("validator") or question.get("choices")}
    with_form = {name for name, about in ANSWERS.items() if about.entry}
    return {answer_anchor(name) for name in {*by_rule, *CHECKS, *with_form}}


def checks_of_the_rehearsal() -> set[str]:
    from deploy_overlay.rehearse.rehearsal import (
        BUILD_CHECKS,
        CODE_CHECK,
        DATABASE_CHECK,
        IMAGE_CHECK,
        MAIL_CHECK,
        MEMORY_CHECK,
        PREPARATION,
        RELEASE_CHECK,
        SETTINGS_CHECK,
    )
    from deploy_overlay.rehearse.results import check_anchor
    from deploy_overlay.rehearse.server_checks import WITH_SERVER

    names = ("variables", "needs SECRET_KEY", "kept files", "build commands", "process worker", "job report")
    names += (
        *PREPARATION,
        SETTINGS_CHECK,
        DATABASE_CHECK,
        *BUILD_CHECKS,
        RELEASE_CHECK,
        *WITH_SERVER,
        CODE_CHECK,
        IMAGE_CHECK,
        MAIL_CHECK,
        MEMORY_CHECK,
    )
    return {check_anchor(name) for name in names}


def raised() -> set[str]:
    found = set()
    for _, node in calls("deploy_overlay/"):
        anchor = given_anchor(node)
        if named(node) in RAISED and isinstance(anchor, ast.Constant):
            found.add(str(anchor.value))
    return found


def test_every_message_says_where_to_read_more() -> None:
    without = [
        f"{path.name}:{node.lineno}"
        for path, node in calls("deploy_overlay/")
        if named(node) in RAISED and given_anchor(node) is None and len(node.args) < 2
    ]

    assert not without


def test_the_catalogue_has_every_message_and_no_other() -> None:
    assert set(catalogue()) == raised() | answers_with_rules() | checks_of_the_rehearsal() | RENDERED


def written(node: ast.expr) -> str:
    """The text of a message as the catalogue would quote it: ANYTHING stands for what is put in."""
    match node:
        case ast.Constant(value=str(text)):
            return " ".join(re.sub(r"\s", " ", text).split(" "))
        case ast.JoinedStr(values=parts):
            return "".join(written(part) for part in parts)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return written(left) + written(right)
    return ANYTHING


def agree(message: str, quote: str) -> bool:
    """Whether one of both has a piece of the other that is not put in, and long enough to tell."""
    return any(piece in message for piece in pieces(quote)) or any(piece in quote for piece in pieces(message))


def pieces(text: str) -> set[str]:
    found = {piece.strip(" .,:;`(") for piece in text.split(ANYTHING)}
    return {piece for piece in found if len(piece) >= min(12, max(map(len, found)))}


def test_a_message_is_quoted_under_its_anchor() -> None:
    """But for one whose sentence is made elsewhere, which begins with it."""
    for path, node in calls("deploy_overlay/"):
        anchor = given_anchor(node)
        if named(node) not in RAISED or not isinstance(anchor, ast.Constant) or not node.args:
            continue
        message = written(node.args[0])
        if not re.match(rf"{ANYTHING}($|[.,:]|\W*{ANYTHING}| `| [A-Z])", message):
            quotes = catalogue()[str(anchor.value)].messages
            assert any(agree(message, quote) for quote in quotes), f"{path.name}:{node.lineno} {message}"


@pytest.mark.parametrize("anchor", catalogue())
def test_an_entry_has_the_message_and_its_fix(anchor: str) -> None:
    entry = catalogue()[anchor]

    assert entry.messages
    assert entry.text.count("**Fix:** ") == 1


def test_every_entry_is_met_in_a_test() -> None:
    claimed = set()
    for _, node in calls("tests/"):
        anchor = given_anchor(node)
        told = node.args if named(node) in ("shows", "shows_one_of", "refused") else [anchor] if anchor else []
        claimed |= {str(argument.value) for argument in told if isinstance(argument, ast.Constant)}

    assert set(catalogue()) - claimed == set()

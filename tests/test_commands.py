"""Commands, questions and links in the pages are those that the repository has."""

from __future__ import annotations

import re

from tests.support.template import REPOSITORY

DOCUMENTS = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("**/*.md"))]


def test_the_commands_of_copier_and_make_are_ours() -> None:
    """Answers that a document gives are questions that there are, and targets that it names are targets."""
    from deploy_overlay.platforms.questions import asked

    known = set(asked())
    targets = set(re.findall(r"^([a-z-]+):", (REPOSITORY / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for path in (*DOCUMENTS, REPOSITORY / "CONTRIBUTING.md"):
        text = path.read_text(encoding="utf-8")
        given = set(re.findall(r"-d \"?((?:deploy|django|fly|heroku|upsun)_\w+)=", text))
        assert given <= known, f"{path.name}: {given - known}"
        named = set(re.findall(r"(?:^ {4}|`)make ([a-z-]+)", text, re.MULTILINE))
        assert named <= targets, f"{path.name}: {named - targets}"


def test_every_question_is_documented() -> None:
    from deploy_overlay.platforms.questions import asked

    text = (REPOSITORY / "docs" / "questions.md").read_text(encoding="utf-8")
    names = {name for name, question in asked().items() if question.get("when") is not False}

    assert {name for name in names if f"`{name}`" not in text} == set()


def test_links_of_the_pages_beside_the_documentation_lead_somewhere() -> None:
    """Those of docs/ are checked by `make docs`, anchors among them."""
    for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md"):
        links = re.findall(r"\]\((?!https?:|#)([^)#]+)", (REPOSITORY / name).read_text(encoding="utf-8"))
        assert not [link for link in links if not (REPOSITORY / link).exists()], name

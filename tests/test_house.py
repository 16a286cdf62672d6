"""The repository itself: names that every system can check out, small files, and every platform and question in its place."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

from copier._template import load_template_config

from deploy_overlay.base.scrub import scrubbed
from deploy_overlay.platforms import platforms
from tests.support.sources import modules, tracked

ROOT = Path(__file__).resolve().parent.parent
# https://learn.microsoft.com/en-us/windows/win32/fileio/naming-a-file
ILLEGAL = re.compile(r'[<>:"\\|?*\x00-\x1f]|[ .]$')
RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")


def test_every_name_can_be_checked_out_on_windows() -> None:
    parts = {part for name in tracked() for part in name.split("/")}

    assert not [part for part in parts if ILLEGAL.search(part) or RESERVED.fullmatch(part)]
    assert len({name.casefold() for name in tracked()}) == len(tracked())


def test_nothing_is_imported_that_a_user_may_not_have() -> None:
    ours = {"deploy_overlay"}
    # What Copier itself installs: https://github.com/copier-org/copier/blob/master/pyproject.toml
    # (questionary installs prompt_toolkit: https://github.com/tmbo/questionary/blob/master/pyproject.toml).
    installed = {
        "copier",
        "jinja2",
        "yaml",
        "questionary",
        "prompt_toolkit",
        "packaging",
        "platformdirs",
        "pydantic_core",
    }
    workers = {
        "celery",
        "django_rq",
        "django_tasks",
        "procrastinate",
        "django_q",
        "huey",
        "dramatiq",
        "django_dramatiq",
        "deploy_overlay_rehearsal",
    }
    for path, parsed in modules("extensions/", "hooks/", "deploy_overlay/"):
        # What runs in a process of the project has Django, and the library of the worker that it asks.
        others = {"django", *workers} if "inside" in path.parts else installed | ours
        allowed = set(sys.stdlib_module_names) | others
        for node in ast.walk(parsed):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                names = [node.module]
            for name in (name.partition(".")[0] for name in names):
                assert name in allowed, f"{path}: {name}"


def test_tests_know_the_product_by_its_public_names() -> None:
    for path, parsed in modules("tests/"):
        imports = [
            node
            for node in ast.walk(parsed)
            if isinstance(node, ast.ImportFrom) and node.module and of_product(node.module)
        ]
        names = {alias.asname or alias.name for node in imports for alias in node.names}
        private = {name for name in names if name.startswith("_")}
        private |= {
            f"{node.value.id}.{node.attr}"
            for node in ast.walk(parsed)
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
            if node.value.id in names and node.attr.startswith("_") and not node.attr.startswith("__")
        }
        assert not private, f"{path}: {private}"


def of_product(module: str) -> bool:
    return module.partition(".")[0] == "deploy_overlay"


def test_simulated_platforms_stand_on_their_own() -> None:
    """What plays a platform shares no code with what is tried against it: a mistake would be made twice and not seen."""
    for path, parsed in modules("tests/"):
        if "simulated" not in path.parts:
            continue
        for node in ast.walk(parsed):
            imported = [node.module] if isinstance(node, ast.ImportFrom) and node.module and not node.level else []
            imported += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert not [name for name in imported if of_product(name)], path


def test_every_question_file_is_asked_and_every_template_question_has_a_help() -> None:
    text = (ROOT / "copier.yml").read_text(encoding="utf-8")
    for path in (*(ROOT / "questions").glob("*.yml"), *(ROOT / "deploy_overlay" / "platforms").glob("*/questions.yml")):
        assert f"\n!include {path.relative_to(ROOT).as_posix()}\n" in text
        for name, question in load_template_config(path).items():
            asked = not name.startswith("_") and question.get("ask") is not False and question.get("when") is not False
            assert not asked or question.get("help"), name


def test_what_every_project_gets_in_its_readme_names_no_platform() -> None:
    """Each platform has its own part, in its folder."""
    template = (ROOT / "template/project/{{ deploy_folder }}/README.md.jinja").read_text(encoding="utf-8")
    named = [
        word for key, one in platforms().items() for word in (key, one.name) if re.search(rf"(?i)\b{word}\b", template)
    ]
    assert not named


def test_the_readme_names_every_make_target_that_it_uses() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    for page in ("README.md", "CONTRIBUTING.md"):
        assert set(re.findall(r"\bmake ([a-z-]+)", (ROOT / page).read_text(encoding="utf-8"))) <= targets


def test_every_decision_has_a_number_of_its_own_and_is_in_the_navigation() -> None:
    names = [path.name for path in sorted((ROOT / "docs" / "decisions").glob("*.md"))]
    listed = re.findall(r"decisions/(\S+\.md)", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"))

    assert listed == names
    assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1))


def test_no_message_of_ours_is_taken_for_a_secret() -> None:
    """What is shown goes through `scrubbed`, which must not hide the command that a message asks for."""
    for path, tree in modules("deploy_overlay/"):
        alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}  # docstrings
        for node in ast.walk(tree):
            text = ""
            if isinstance(node, ast.JoinedStr):
                text = "".join(str(part.value) if isinstance(part, ast.Constant) else "NAME" for part in node.values)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in alone:
                text = node.value
            if " " in text and "(?" not in text:  # not a pattern
                assert scrubbed(text, []) == text, path


def test_the_package_imports_its_own_modules_relatively() -> None:
    # Copier's update loads an old and a new version side by side, each under a name of its own.
    for path, parsed in modules("deploy_overlay/"):
        for node in ast.walk(parsed):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                names = [node.module]
            assert not [name for name in names if name.partition(".")[0] == "deploy_overlay"], path

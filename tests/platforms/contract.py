"""What every platform has to keep, as checks of a template's folder: of this one, or of a copy with one platform more."""

from __future__ import annotations

import hashlib
import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from copier._template import load_template_config

RUNTIME = "template/project/{{ deploy_folder }}/platforms"
STATUSES = r"stable|preliminary|deprecated until \d{4}-\d{2}-\d{2}, use .+"
# Outside the overlay's folder, whichever platform is chosen.
COMMON = {".copier-answers.yml"}


def platforms(template: Path) -> list[str]:
    """The choices of `deploy_platforms`."""
    return list(choices(template).values())


def choices(template: Path) -> dict[str, str]:
    """The platforms' names in the answers by the text that people choose from."""
    found: dict[str, str] = load_template_config(template / "questions" / "deploy.yml")["deploy_platforms"]["choices"]
    return found


def module(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"contract_{path.parent.parent.name}_{path.stem}", path)
    assert spec and spec.loader
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def runtime(template: Path, name: str) -> ModuleType:
    """What a project has as deploy/platforms/NAME.py."""
    return module(template / RUNTIME / f"{name}.py")


def hooks(template: Path, name: str) -> ModuleType:
    """The declaration of a platform, of this version of the template."""
    package = template / "deploy_overlay"
    root = f"contract_{hashlib.sha256(str(package).encode()).hexdigest()[:12]}"
    if root not in sys.modules:
        spec = importlib.util.spec_from_file_location(
            root, package / "__init__.py", submodule_search_locations=[str(package)]
        )
        assert spec and spec.loader
        sys.modules[root] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[root])
    return importlib.import_module(f"{root}.platforms.{name}")


def check_files(template: Path, name: str) -> None:
    """A file for each thing that there is to know, all named after the platform."""
    needed = (
        f"questions/{name}.yml",
        f"{RUNTIME}/{name}.py",
        f"template/parts/readme/{name}.md.jinja",
        f"deploy_overlay/platforms/{name}/__init__.py",
        f"tests/platforms/test_{name}.py",
        f"docs/platforms/{name}.md",
    )
    assert [path for path in needed if not (template / path).is_file()] == []
    for path in hooks(template, name).FILES:
        assert any((template / "template" / "project" / f"{path}{end}").is_file() for end in (".jinja", "")), path


def check_questions(template: Path, name: str) -> None:
    """Its questions are its own, asked only where it was chosen, each with a help and a default."""
    asked: dict[str, Any] = load_template_config(template / "questions" / f"{name}.yml")
    for question, said in asked.items():
        if question.startswith("_") or said.get("when") is False or said.get("ask") is False:
            continue
        assert question.startswith(f"{name}_"), question
        assert f"'{name}' in deploy_platforms" in str(said["when"]), question
        assert said["help"] and said.get("default") is not None, question
    excluded = "".join(asked["_exclude"])
    assert f"/{{{{ deploy_folder | regex_replace('[^ -~]', '?') }}}}/platforms/{name}.py" in excluded
    assert f"!include questions/{name}.yml" in (template / "questions" / "deploy.yml").read_text(encoding="utf-8")


def check_runtime(template: Path, name: str) -> None:
    """It is recognised by its own variables and by no other platform's; hosts are exact; nothing is made up."""
    platform = runtime(template, name)
    rehearsed = platform.rehearsal()
    header = platform.PROXY_SSL_HEADER
    assert header is None or (header[0].startswith("HTTP_") and header[1])
    assert not platform.running({})
    for other in platforms(template):
        assert bool(runtime(template, other).running(rehearsed)) == (other == name), other
    found = platform.hosts(rehearsed)
    assert found and all(re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", host) for host in found), found
    assert platform.database_url({**rehearsed, "DATABASE_URL": "postgres://u:p@db.example.com/d"})
    assert rehearsed["PORT"].isdecimal()


def check_status(template: Path, name: str) -> None:
    """One name and one state, in the hooks, in the project and in the text of the choice."""
    platform = hooks(template, name)
    text = next(text for text, value in choices(template).items() if value == name)
    assert re.fullmatch(STATUSES, platform.STATUS)
    assert platform.NAME == runtime(template, name).NAME
    assert text.startswith(platform.NAME)
    shown = re.findall(r"stable|preliminary|deprecated[^;)]*", text)
    assert shown == ([] if platform.STATUS == "stable" else [platform.STATUS])


def check_rendered(template: Path, name: str, root: Path, before: set[str]) -> None:
    """In a project with this platform alone: its files, the overlay's folder, and nothing of any other platform."""
    new = {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()} - before
    outside = {path for path in new if not path.startswith((".git/", "deploy/"))}
    assert outside - COMMON <= set(hooks(template, name).FILES), outside
    assert outside - COMMON, "no file of its own"
    present = {path.stem for path in (root / "deploy" / "platforms").glob("*.py")} - {"__init__"}
    assert present == {name}
    readme = (root / "deploy" / "README.md").read_text(encoding="utf-8")
    assert f"## {hooks(template, name).NAME}" in readme

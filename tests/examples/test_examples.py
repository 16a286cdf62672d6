"""Each folder here is a project with its answers; facts, plan and rendered files are compared with what lies beside it.

`pytest tests/examples --rewrite` writes them anew. Files that every project gets as they are in the template are left
out.
"""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy_overlay.base.release import REPOSITORY as REPOSITORY_ADDRESS
from deploy_overlay.detect import FACTS, look
from deploy_overlay.plan import Plan, plan
from deploy_overlay.platforms import platform, recognizers
from tests.support import adopt
from tests.support.overlay import rendered
from tests.support.template import REPOSITORY

HERE = Path(__file__).resolve().parent
CASES = sorted(path.parent.name for path in HERE.glob("*/answers.yml"))
ANSWERS = ".copier-answers.yml"
UNSHOWN = ("renovate.json",)  # holds nothing that depends on the project


@dataclasses.dataclass(frozen=True)
class Example:
    facts: str
    plan: str
    files: Mapping[str, str]  # by path from the git root


def example(case: str, template: Path, root: Path) -> Example:
    """What the overlay makes of a case's project, applied at `root` without its hooks."""
    shutil.copytree(HERE / case / "project", root)
    adopt(root)
    before = {path for path in root.rglob("*") if path.is_file()}
    given = yaml.safe_load((HERE / case / "answers.yml").read_text(encoding="utf-8"))
    seen = _facts(root)
    rendered(root, template, **given)
    fresh = {
        path.relative_to(root).as_posix(): path for path in root.rglob("*") if path.is_file() and path not in before
    }
    files = {name: path.read_text(encoding="utf-8") for name, path in fresh.items() if not name.startswith(".git/")}
    # The template of the tests is a folder; projects have its address.
    files = {name: text.replace(template.as_uri(), REPOSITORY_ADDRESS) for name, text in files.items()}
    answers = yaml.safe_load(files[ANSWERS])
    files[ANSWERS] = "".join(
        line for line in files[ANSWERS].splitlines(True) if not line.startswith(("_commit", "_src"))
    )
    alike = [
        f"{answers.get('django_root', '.')}/{answers['deploy_package']}/{name}".removeprefix("./") for name in _alike()
    ]
    plans = {name: _written(plan(answers, platform(name))) for name in answers["deploy_platforms"]}
    return Example(_yaml(seen), _yaml(plans), {name: text for name, text in files.items() if name not in alike})


def _alike() -> list[str]:
    """Files of the overlay's folder that every project gets as they are, and the bundle."""
    folder = REPOSITORY / "template" / "project" / "{{ deploy_folder }}"
    return [path.relative_to(folder).as_posix() for path in folder.rglob("*.py")]


def _facts(root: Path) -> dict[str, Any]:
    """Every fact that says something, with the places that it was seen at."""
    found = look(root, platforms=recognizers())
    facts = {name: found.fact(name) for name in FACTS}
    return {
        name: {"value": fact.value, "seen": [str(place) for place in fact.evidence]}
        for name, fact in facts.items()
        if fact.value not in ("", [], {})
    }


def _written(found: Plan) -> dict[str, Any]:
    """The plan as data; what is empty is left out."""
    return {name: _data(value) for name, value in found._asdict().items() if name != "line"}


def _data(value: Any) -> Any:
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        defaults: dict[str, Any] = type(value)._field_defaults  # type: ignore[attr-defined]
        usual = {name: one for name, one in defaults.items() if one in (True, "", None)}
        return {name: _data(one) for name, one in value._asdict().items() if name not in usual or one != usual[name]}
    return [_data(one) for one in value] if isinstance(value, tuple | list) else value


def _yaml(value: Any) -> str:
    text: str = yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=120)
    return text


@pytest.mark.parametrize("case", CASES)
def test_the_example(case: str, template: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    found = example(case, template, tmp_path / "site")
    kept = HERE / case
    if request.config.getoption("--rewrite", default=False):
        _rewrite(kept, found)
    rendered = kept / "rendered"

    assert found.facts == (kept / "facts.yml").read_text(encoding="utf-8")
    assert found.plan == (kept / "plan.yml").read_text(encoding="utf-8")
    assert sorted(found.files) == sorted(
        path.relative_to(rendered).as_posix() for path in rendered.rglob("*") if path.is_file()
    )
    for name, text in found.files.items():
        assert text == (rendered / name).read_text(encoding="utf-8"), name


def _rewrite(kept: Path, found: Example) -> None:
    (kept / "facts.yml").write_text(found.facts, encoding="utf-8", newline="\n")
    (kept / "plan.yml").write_text(found.plan, encoding="utf-8", newline="\n")
    shutil.rmtree(kept / "rendered", ignore_errors=True)
    for name, text in found.files.items():
        path = kept / "rendered" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")


def test_every_template_is_shown_by_an_example() -> None:
    """A file that no example has would change unseen."""
    folder = REPOSITORY / "template" / "project"
    templates = {path.relative_to(folder).as_posix().removesuffix(".jinja") for path in folder.rglob("*.jinja")}
    names = {Path(name).name for name in templates if "_copier_conf" not in name}
    shown = {path.name for path in HERE.glob("*/rendered/**/*") if path.is_file()}

    assert names - shown - set(UNSHOWN) == set()

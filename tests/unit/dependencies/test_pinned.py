"""The versions of dependency managers."""

from pathlib import Path

import jinja2
import pytest
from packaging.requirements import Requirement

from deploy_overlay.dependencies.pinned import PINNED, pinned_manager
from deploy_overlay.dependencies.production import installation

REPOSITORY = Path(__file__).resolve().parents[3]
HOME = REPOSITORY / "deploy_overlay" / "dependencies" / "pinned.py"


@pytest.mark.parametrize("name", PINNED)
def test_a_version_stands_in_one_place(name: str) -> None:
    version = PINNED[name].version
    files = [
        path
        for folder in ("deploy_overlay", "template", "questions")
        for path in (REPOSITORY / folder).rglob("*")
        if path.is_file() and path.suffix != ".pyc" and version in path.read_text(encoding="utf-8", errors="ignore")
    ]
    assert files == [HOME]


@pytest.mark.parametrize("name", PINNED)
def test_what_is_installed_is_that_version(name: str) -> None:
    found = Requirement(PINNED[name].requirement)
    assert (found.name, str(found.specifier)) == (name, f"=={PINNED[name].version}")


def test_pip_is_there_already() -> None:
    assert pinned_manager("pip") is None and pinned_manager("pip-tools") is None


@pytest.mark.parametrize("name", ["pip", *PINNED])
def test_the_image_installs_the_manager_before_it_runs_it(name: str) -> None:
    source = (REPOSITORY / "template" / "project" / "Dockerfile.jinja").read_text(encoding="utf-8")
    stage = source[source.index("{%- set manager = ") : source.index("{%- for file in installed.files")]
    environment = jinja2.Environment()
    environment.filters["to_json"] = lambda value: f'"{value}"'
    rendered = environment.from_string(stage).render(
        django_dependency_manager=name, installed=installation({"django_dependency_manager": name})
    )
    installs = [line.split()[-1].strip('"') for line in rendered.splitlines() if " pip install " in line]
    assert installs == ([PINNED[name].requirement] if name in PINNED else [])


@pytest.mark.parametrize(
    ("required", "installed"),
    [
        ("", PINNED["uv"].requirement),
        (">=0.5", PINNED["uv"].requirement),
        (PINNED["uv"].version, PINNED["uv"].requirement),
        ("==0.11.*", "uv==0.11.*"),
        ("0.11.14", "uv==0.11.14"),
        ("~=0.9.3", "uv~=0.9.3"),
        ("<0.6", "uv<0.6"),
        (">0.7,<0.8", "uv<0.8,>0.7"),
        ("no version", PINNED["uv"].requirement),
    ],
)
def test_what_the_project_insists_on_counts_before_ours(required: str, installed: str) -> None:
    answers = {"django_dependency_manager": "uv", "django_manager_required": required}
    pinned = installation(answers).pinned
    assert pinned is not None and Requirement(pinned.requirement) == Requirement(installed)


def test_the_form_of_poetry() -> None:
    pinned = pinned_manager("poetry", "^1.8")
    assert pinned is not None and Requirement(pinned.requirement) == Requirement("poetry>=1.8,<2")

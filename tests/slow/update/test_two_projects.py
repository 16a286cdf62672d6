"""Two Django projects in one repository: each has the overlay, answers of its own, and updates of its own."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support import Project, apply_overlay, commit, git, make_project, status, tree
from tests.support.anchors import note, shows
from tests.support.platforms import needed, platforms
from tests.support.versions import Versions, answers_of, appended, edit, taken, updated

SECOND = ".copier-answers.blog.yml"


@pytest.fixture
def shop(versions: Versions, tmp_path: Path) -> Project:
    """The first project, in backend/, with the overlay; the second, in blog/, without."""
    project = make_project(tmp_path / "library", layout="monorepo")
    shutil.copytree(project.root / "backend", project.root / "blog")
    commit(project, "A second project")
    return taken(project, versions, django_root="backend")


def blog_of(shop: Project) -> Project:
    return replace(shop, django_root=shop.root / "blog", dependency_root=shop.root / "blog")


def test_each_has_files_of_its_own(shop: Project, versions: Versions) -> None:
    first = tree(shop.root)

    taken(blog_of(shop), versions, "-a", SECOND, django_root="blog")

    after = tree(shop.root)
    assert {path: after.get(path) for path in first if path != "blog/requirements.txt"} == {
        path: digest for path, digest in first.items() if path != "blog/requirements.txt"
    }
    assert {path for path in set(after) - set(first) if not path.startswith("blog/deploy/")} == {SECOND}
    fly = (shop.root / "blog" / "deploy" / "fly.toml").read_text(encoding="utf-8")
    assert 'dockerfile = "Dockerfile"' in fly
    assert (shop.root / "blog" / "deploy" / "Dockerfile").is_file()
    assert answers_of(shop, SECOND)["deploy_name"] != answers_of(shop)["deploy_name"]


def test_each_is_updated_by_itself(shop: Project, versions: Versions) -> None:
    taken(blog_of(shop), versions, "-a", SECOND, django_root="blog")
    edit(shop, "blog/deploy/fly.toml", "min_machines_running = 0", "min_machines_running = 2")
    versions.release("1.1.0", appended("template/project/{{ deploy_folder }}/health.py", "# New.\n"))

    updated(shop, "-a", SECOND)
    assert sorted(line[3:] for line in status(shop)) == [SECOND, "blog/deploy/README.md", "blog/deploy/health.py"]
    commit(shop, "Update the blog")

    updated(shop)
    assert sorted(line[3:] for line in status(shop)) == [
        ".copier-answers.yml",
        "backend/deploy/README.md",
        "backend/deploy/health.py",
    ]


def test_one_leaves_and_the_other_stays(shop: Project, versions: Versions) -> None:
    before = tree(shop.root)
    taken(blog_of(shop), versions, "-a", SECOND, django_root="blog")

    updated(shop, "-a", SECOND, "-r", ":current:", deploy_uninstall="remove")

    assert tree(shop.root) == before


@shows("second-project")
def test_without_a_file_of_its_own_the_second_is_refused(shop: Project, versions: Versions) -> None:
    before = tree(shop.root)

    done = apply_overlay(blog_of(shop), versions.root, deploy_platforms=["fly"], django_root="blog")
    note(done.stderr)

    assert done.returncode == 1
    assert f"-a {SECOND}" in done.stderr
    assert tree(shop.root) == before


@shows("one-project-only")
@pytest.mark.parametrize("platform", [name for name, one in platforms().items() if not one.second_project])
def test_a_platform_that_reads_the_root_alone_is_refused(platform: str, shop: Project, versions: Versions) -> None:
    before = tree(shop.root)

    done = apply_overlay(
        blog_of(shop), versions.root, "-a", SECOND, deploy_platforms=[platform], django_root="blog", **needed(platform)
    )
    note(done.stderr)

    assert done.returncode == 1
    assert tree(shop.root) == before
    assert git(shop.root, "status", "--porcelain") == ""


def test_the_second_has_an_image_of_its_own_where_the_first_has_none(versions: Versions, tmp_path: Path) -> None:
    """The first is on a platform that builds by itself: no file at the root is there to be kept."""
    project = make_project(tmp_path / "library", layout="nested")
    shutil.copytree(project.root / "shelf", project.root / "blog")
    commit(project, "A second project")
    taken(project, versions, django_root="shelf", deploy_platforms=["heroku"])
    before = set(tree(project.root))

    taken(blog_of(project), versions, "-a", SECOND, django_root="blog", django_dependency_root=".")

    new = set(tree(project.root)) - before
    assert {path for path in new if not path.startswith("blog/deploy/")} == {SECOND}
    assert {"blog/deploy/fly.toml", "blog/deploy/Dockerfile", "blog/deploy/Dockerfile.dockerignore"} <= new

"""A folder may have a name in any alphabet, with spaces or with emoji: it gets the same files as any other."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import yaml

from tests.support import Project, apply_overlay, commit, git, make_project, status


def moved(project: Project, folder: str) -> Project:
    """The project with everything in this folder of its repository."""
    inside = [name for name in git(project.root, "ls-tree", "--name-only", "HEAD").splitlines() if name]
    (project.root / folder).mkdir(parents=True)
    git(project.root, "mv", *inside, folder)
    commit(project, "Into a folder")
    return project


def files(project: Project, folder: str = ".") -> set[str]:
    """What the overlay brought, as if the project were at the root."""
    prefix = "" if folder == "." else f"{folder}/"
    brought = git(project.root, "ls-files", "-z", "--others", "--exclude-standard").split("\0")
    return {path.removeprefix(prefix) for path in brought if path}


@pytest.mark.parametrize("folder", ["my site", "café", "süd/🚀"])
def test_a_folder_in_any_alphabet_gets_the_same_files(folder: str, template: Path, tmp_path: Path) -> None:
    plain = make_project(tmp_path / "plain" / "library", manager="pip")
    project = moved(make_project(tmp_path / "letters" / "library", manager="pip"), folder)

    for one in (plain, project):
        done = apply_overlay(one, template, deploy_platforms=["fly"])
        assert done.returncode == 0, done.stderr

    assert files(project, folder) == files(plain)
    commit(project, "Add the deployment overlay")
    again = apply_overlay(project, template, deploy_platforms=["fly"])
    assert again.returncode == 0, again.stderr
    assert not status(project)


def test_commands_of_the_readme_take_a_folder_as_one_word(template: Path, tmp_path: Path) -> None:
    folder = "my site, old=x"
    project = moved(make_project(tmp_path / "library", manager="pip"), folder)
    platforms = ["fly", "heroku", "upsun", "render", "compose", "kamal", "kubernetes"]
    done = apply_overlay(
        project, template, "--skip-tasks", deploy_platforms=platforms, deploy_domains="www.example.com",
        deploy_registry="ghcr.io/ada", kamal_server="192.0.2.1", deploy_ci="gitlab",
        kubernetes_delivery="gitops",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr

    readme = (project.root / folder / "deploy" / "README.md").read_text(encoding="utf-8")
    code = [line.strip() for line in readme.splitlines() if line.startswith("    ")]
    code += [text for text in re.findall(r"`([^`\n]+)`", readme) if not text.startswith((folder, "/", "./", "include"))]
    named = [line for line in code if folder in line]
    assert len(named) > 15
    for line in named:
        words = shlex.split(line)
        assert [word for word in words if f"{folder}/" in word], line
        assert not {"my", "site,"} & set(words), line
    jobs = yaml.safe_load((project.root / folder / "deploy" / "gitlab-ci.yml").read_text(encoding="utf-8"))
    scripts = [line for name, job in jobs.items() if name.startswith("deploy to") for line in job["script"]]
    named = [line for line in scripts if folder in line]
    assert len(named) >= 2  # the values of Kamal, the release that GitOps commits
    assert all(any(word.startswith(f"{folder}/") for word in shlex.split(line)) for line in named), named
    included = yaml.safe_load((project.root / ".gitlab-ci.yml").read_text(encoding="utf-8"))
    assert included == {"include": [{"local": f"{folder}/deploy/gitlab-ci.yml"}]}

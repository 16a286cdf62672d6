"""What the judges look at: the files that the overlay adds to projects of every manager and shape, before any hook runs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support import Project, adopt, apply_overlay, git, make_project
from tests.support.projects import MANAGERS

CLUSTER = {
    "deploy_platforms": ["kubernetes"],
    "deploy_domains": "www.example.com",
    "deploy_database": "external",
    "deploy_registry": "ghcr.io/you",
}
SERVER = {"deploy_platforms": ["kamal"], "deploy_domains": "www.example.com"}
# How the project is made, and what is answered.
RESULTS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    **{f"{manager}-flat": ({"manager": manager, "database": "postgresql"}, {}) for manager in MANAGERS},
    "pip-nested": ({"manager": "pip", "layout": "nested"}, {}),
    "uv-monorepo": ({"manager": "uv", "layout": "monorepo", "settings": "split"}, {}),
    "sqlite": ({"manager": "uv"}, {"deploy_database": "sqlite"}),
    "heroku-nested": ({"manager": "uv", "layout": "nested"}, {"deploy_platforms": ["heroku"]}),
    "fly-and-heroku": ({"manager": "pip"}, {"deploy_platforms": ["fly", "heroku"]}),
    "system-libraries": ({"manager": "pip"}, {"django_system_libraries": ["cairo", "git", "pango", "postgresql"]}),
    "updates": ({"manager": "pip"}, {"deploy_updates": ["github", "renovate"]}),
    "github": (
        {"manager": "pip"},
        {
            "deploy_platforms": ["fly", "heroku"],
            "deploy_ci": "github",
            "django_build_secrets": ["INDEX_TOKEN"],
            "django_required_env": ["STRIPE_KEY", "SHOP_URL"],
            "django_system_libraries": ["postgresql"],
        },
    ),
    "gitlab": (
        {"manager": "pip"},
        {
            "deploy_platforms": ["fly", "heroku"],
            "deploy_ci": "gitlab",
            "django_build_secrets": ["INDEX_TOKEN"],
            "django_required_env": ["STRIPE_KEY", "SHOP_URL"],
        },
    ),
    "cluster-on-github": ({"manager": "pip"}, {"deploy_ci": "github", **CLUSTER}),
    "cluster-on-gitlab": (
        {"manager": "pip"},
        {"deploy_ci": "gitlab", **CLUSTER, "deploy_registry": "registry.gitlab.com/you"},
    ),
    "server-on-github": ({"manager": "pip"}, {"deploy_ci": "github", **SERVER}),
    "server-on-gitlab": ({"manager": "pip"}, {"deploy_ci": "gitlab", **SERVER}),
    "gitops-on-gitlab": ({"manager": "pip"}, {"deploy_ci": "gitlab", **CLUSTER, "kubernetes_delivery": "gitops"}),
    "second-project": (
        {"manager": "pip", "layout": "nested"},
        {"deploy_beside": True, "deploy_kept_files": ["Dockerfile", "fly.toml"]},
    ),
    "own-dockerfile": ({"manager": "pip"}, {}),
}


@dataclass(frozen=True)
class Result:
    """A project with what was rendered into it; `added` are the files that it did not have before, POSIX paths."""

    project: Project
    added: tuple[str, ...]

    def named(self, *patterns: str) -> list[Path]:
        """The added files whose path ends as one of these patterns says."""
        return [self.project.root / path for path in self.added if any(Path(path).match(each) for each in patterns)]


def rendered(name: str, template: Path, folder: Path) -> Result:
    """Make the project of RESULTS and render the template into it; raises AssertionError when that fails."""
    made, answers = RESULTS[name]
    project = make_project(folder / "library", **made)
    if name == "own-dockerfile":
        (project.root / "Dockerfile").write_text("FROM scratch\n", encoding="utf-8")
        adopt(project.root)
    given = {"deploy_platforms": ["fly"], "deploy_name": "shelf"} | answers
    done = apply_overlay(project, template, "--skip-tasks", **given)
    assert done.returncode == 0, done.stderr
    listed = git(project.root, "ls-files", "-z", "--others", "--exclude-standard")
    return Result(project, tuple(filter(None, listed.split("\0"))))

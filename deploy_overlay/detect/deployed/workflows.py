"""Whether the repository has workflows on GitHub or GitLab, whose owner may want to deploy from there too."""

from __future__ import annotations

from ...base.files import Repository, join

GITHUB, GITLAB = ".github/workflows", ".gitlab-ci.yml"


def runs_workflows(repository: Repository) -> bool:
    """The repository ignores the overlay's files."""
    named = (name for name in repository.listing(GITHUB).files if name.endswith((".yml", ".yaml")))
    return repository.is_file(GITLAB) or any(repository.is_file(join(GITHUB, name)) for name in named)

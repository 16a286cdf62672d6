"""The versions of the dependency manager that a project requires. Others refuse to install."""

from __future__ import annotations

from ...base.evidence import Evidence, Fact
from ...base.files import join, parent
from ..project import Project
from .requirements_files import line_of, read_toml, table


def django_manager_required(project: Project) -> Fact:
    """A constraint such as `==0.11.*`, "" for any version.

    uv's `required-version`: https://docs.astral.sh/uv/reference/settings/#required-version
    Poetry's `requires-poetry`: https://python-poetry.org/docs/pyproject/#requires-poetry
    """
    manager = project.fact("django_dependency_manager").value
    folder = str(project.fact("django_dependency_root").value)
    while True:
        for name, keys, key in _WRITTEN.get(str(manager), ()):
            path = join(folder, name)
            required = table(read_toml(project.repository, path) or {}, *keys).get(key)
            if isinstance(required, str) and required.strip():
                return Fact(required.strip(), (Evidence(path, line_of(project.repository, path, key), required),))
        if folder == ".":
            return Fact("")
        folder = parent(folder)  # uv reads the settings of the workspace's root, or of a uv.toml above


# uv.toml counts before pyproject.toml: https://docs.astral.sh/uv/concepts/configuration-files/
_WRITTEN: dict[str, tuple[tuple[str, tuple[str, ...], str], ...]] = {
    "uv": (("uv.toml", (), "required-version"), ("pyproject.toml", ("tool", "uv"), "required-version")),
    "poetry": (("pyproject.toml", ("tool", "poetry"), "requires-poetry"),),
}

"""The project's wsgi.py and asgi.py, and the settings that they name."""

from __future__ import annotations

from ...base.files import Repository, join
from ..project import Project
from ..settings import EntryPoint
from .root import source_folders

NEUTRAL_FOLDERS = frozenset({"migrations", "management", "templatetags", "tests"})


def server_scripts(project: Project) -> dict[str, tuple[EntryPoint, ...]]:
    """The project's wsgi and asgi modules, those next to the settings first."""
    found: dict[str, tuple[EntryPoint, ...]] = project.once(
        "server scripts", lambda: {kind: tuple(_server_scripts(project, kind)) for kind in ("wsgi", "asgi")}
    )
    return found


def _server_scripts(project: Project, kind: str) -> list[EntryPoint]:
    repository, root = project.repository, project.root
    manage = project.manage_script()
    first = manage.default.partition(".")[0] if manage else ""
    prefix = "" if root == "." else root + "/"
    added = [folder for folder in (*project.added_folders(), *source_folders(project)) if folder != root]
    places: list[tuple[int, str, str]] = []
    for folder in repository.folders():
        below = folder[len(prefix) :] if folder.startswith(prefix) else ("" if folder == root else None)
        if below is None or below.count("/") > 2:
            continue
        parts = [part for part in below.split("/") if part and part != "."]
        if any(part in NEUTRAL_FOLDERS or not part.isidentifier() for part in parts):
            continue
        names = repository.listing(folder)
        inside = repository.listing(join(folder, kind)).files if kind in names.folders else ()
        # A package of that name: what it imports from its modules is not seen, so these are looked at.
        modules = [f"{kind}/{name}" for name in inside if name.removesuffix(".py").isidentifier()]
        for name in (f"{kind}.py", *sorted(modules)):
            if name in names.files or "/" in name:
                path = join(folder, name)
                if "/" not in name or name.endswith("__init__.py") or _makes_it(repository, path, kind):
                    base = max(
                        (extra for extra in added if f"{folder}/".startswith(extra + "/")), key=len, default=root
                    )
                    inner = folder[len(base) :].strip("/") if base != "." else folder.strip("./")
                    within = name.removesuffix(".py").removesuffix("/__init__").split("/")
                    dotted = ".".join([*(part for part in inner.split("/") if part), *within])
                    places.append(((0 if parts[:1] == [first] else 1) * 10 + len(parts), path, dotted))
    return [
        project.read_script(path, root, dotted)
        for _, path, dotted in sorted(places)
        if "django" in (repository.text(path) or "").lower() or "DJANGO" in (repository.text(path) or "")
    ]


def _makes_it(repository: Repository, path: str, kind: str) -> bool:
    return f"get_{kind}_application" in (repository.text(path) or "")

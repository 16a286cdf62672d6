"""Whether uploaded files are stored on the site's disk."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from ...base.evidence import Evidence, Fact
from ...base.files import join
from ..production import installed_apps, production_names
from ..project import Project
from ..settings import GAP
from .access import EDITORS, Field, access

MAX_MODELS = 200
# Apps whose models store files.
STORING = EDITORS | {
    "wagtail.images", "wagtail.documents", "wagtail.wagtailimages", "wagtail.wagtaildocs", "filer", "easy_thumbnails",
    "photologue", "cms_plugins", "oscar.apps.catalogue", "zinnia", "mezzanine.galleries", "filebrowser_safe", "filebrowser",
}  # fmt: skip


def django_uploads(project: Project) -> Fact:
    """A mapping with `store`, `access` and `path`; empty if no model stores files.

    `store`: disk or service. `access`: public or private. `path`: the path of MEDIA_URL if it is on the site, else /media/.
    """
    elsewhere = stored_elsewhere(project)
    place = elsewhere or uploads(project)
    if place is None:
        return Fact({})
    who, why = access(project, fields(project))
    table = {"store": "service" if elsewhere else "disk", "access": who, "path": _media_path(project)}
    return Fact(table, (place, why) if why else (place,))


def uploads(project: Project) -> Evidence | None:
    """The first model field or app that stores files on the disk, or None."""
    if stored_elsewhere(project):
        return None
    stored = fields(project)
    return stored[0].place if stored else _app(project)


def _media_path(project: Project) -> str:
    """MEDIA_URL as the browser sees it: https://docs.djangoproject.com/en/stable/ref/settings/#media-url"""
    read = production_names(project)
    url = read.names.get("MEDIA_URL") if read and "MEDIA_URL" not in read.undecided else None
    if not isinstance(url, str) or not re.fullmatch(r"/?(?!/)[\w.-]+(/[\w.-]+)*/?", url, re.ASCII) or ".." in url:
        return "/media/"
    return f"/{url.strip('/')}/"


def stored_elsewhere(project: Project) -> Evidence | None:
    """The setting that sends uploads to a service; None for the disk, or if it depends on a condition."""
    read = production_names(project)
    if read is None:
        return None
    for name in ("STORAGES", "DEFAULT_FILE_STORAGE"):
        value = read.names.get(name)
        if name in read.undecided or value is None:
            continue
        if isinstance(value, dict):
            value = value.get("default")
            value = value.get("BACKEND") if isinstance(value, dict) else None
        if isinstance(value, str) and GAP not in value:
            return None if _is_local(project, value) else read.places.get(name)
    return None


def _is_local(project: Project, storage: str) -> bool:
    """Whether a storage writes to the disk: Django's, or a subclass in the project."""
    if storage.startswith("django.core.files.storage.") or "FileSystem" in storage or "Local" in storage:
        return True
    path = project.locate(storage.rpartition(".")[0])
    text = project.repository.text(path) if path else None
    return text is not None and bool(re.search(r"\bFileSystemStorage\b", text))


def fields(project: Project) -> list[Field]:
    """The fields of the project's models that store files, in the order of the folders."""
    found: list[Field] = project.once("file fields", lambda: list(_fields(project)))
    return found


def _fields(project: Project) -> Iterator[Field]:
    repository = project.repository
    prefix = "" if project.root == "." else project.root + "/"
    looked = 0
    for folder in repository.folders():
        if not (folder + "/").startswith(prefix) or re.search(r"(^|/)(tests?|testing|docs?|examples?)(/|$)", folder):
            continue
        for name in repository.listing(folder).files:
            if name.endswith(".py") and ("models" in name or folder.endswith("/models")) and looked < MAX_MODELS:
                looked += 1
                path = join(folder, name)
                text = repository.text(path) or ""
                if "FileField" in text or "ImageField" in text:
                    tree = repository.tree(path)
                    yield from _in_models(tree, path) if tree else ()


def _in_models(tree: ast.Module, path: str) -> Iterator[Field]:
    for model in tree.body:
        for node in ast.walk(model):
            if not isinstance(node, (ast.Assign, ast.AnnAssign)) or not isinstance(node.value, ast.Call):
                continue
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            kind = ast.unparse(node.value.func).rpartition(".")[2]
            if not kind.endswith(("ImageField", "FileField")) or not isinstance(target, ast.Name):
                continue
            given = {keyword.arg: ast.unparse(keyword.value) for keyword in node.value.keywords}
            words = " ".join([target.id, getattr(model, "name", ""), given.get("upload_to", "")])
            place = Evidence(path, node.value.lineno, "a field that stores files")
            yield Field(target.id, kind.endswith("ImageField"), words, given.get("storage", ""), place)


def _app(project: Project) -> Evidence | None:
    apps, place = installed_apps(project)
    return place if any(app.partition(".apps.")[0] in STORING for app in apps) else None

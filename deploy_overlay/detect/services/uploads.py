"""Whether visitors' files are stored on the disk of the machine that runs the site."""

from __future__ import annotations

import ast
import re

from ...base.evidence import Evidence, Fact
from ...base.files import join
from ..production import installed_apps, production_names
from ..project import Project
from ..settings import GAP

MAX_MODELS = 200
# Apps whose models store files.
STORING = frozenset(
    {"wagtail.images", "wagtail.documents", "wagtail.wagtailimages", "wagtail.wagtaildocs", "filer", "easy_thumbnails",
     "photologue", "ckeditor_uploader", "django_summernote", "cms_plugins", "oscar.apps.catalogue", "zinnia"}
)  # fmt: skip


def django_uploads(project: Project) -> Fact:
    """A mapping with `store`, `access` and `path`; empty where no model stores files.

    `store`: disk, or service where the settings send files to one. `access`: public where everybody may see what is
    uploaded, else private. `path`: where the site has them, such as `/media/`.
    """
    elsewhere = stored_elsewhere(project)
    place = elsewhere or uploads(project)
    if place is None:
        return Fact({})
    found = {"store": "service" if elsewhere else "disk", "access": "private", "path": _path(project)}
    return Fact(found, (place,))


def _path(project: Project) -> str:
    """The path of MEDIA_URL, which Django takes from the root of the site; /media/ where the settings do not tell it.

    https://docs.djangoproject.com/en/stable/ref/settings/#media-url
    """
    read = production_names(project)
    url = read.names.get("MEDIA_URL") if read else None
    path = f"/{url.strip('/')}/" if isinstance(url, str) and url.strip("/") else ""
    return path if re.fullmatch(r"/(?:[\w.~-]+/)+", path, re.ASCII) else "/media/"


def uploads(project: Project) -> Evidence | None:
    """The first model field or app that stores files, None if there is none or a storage service takes them."""
    if stored_elsewhere(project):
        return None
    return _field(project) or _app(project)


def stored_elsewhere(project: Project) -> Evidence | None:
    """The setting that sends uploaded files to a service; None for the disk, and where it depends on a condition."""
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
            local = value.startswith("django.core.files.storage.") or "FileSystem" in value or "Local" in value
            return None if local else read.places.get(name)
    return None


def _field(project: Project) -> Evidence | None:
    repository = project.repository
    prefix = "" if project.root == "." else project.root + "/"
    looked = 0
    for folder in repository.folders():
        if not (folder + "/").startswith(prefix):
            continue
        for name in repository.listing(folder).files:
            if name.endswith(".py") and ("models" in name or folder.endswith("/models")) and looked < MAX_MODELS:
                looked += 1
                text = repository.text(join(folder, name)) or ""
                if "FileField" in text or "ImageField" in text:
                    line = _field_line(repository.tree(join(folder, name)))
                    if line:
                        return Evidence(join(folder, name), line, "a field that stores files")
    return None


def _field_line(tree: ast.Module | None) -> int | None:
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func).rpartition(".")[2]
            if name.endswith(("ImageField", "FileField")):
                return node.lineno
    return None


def _app(project: Project) -> Evidence | None:
    apps, place = installed_apps(project)
    return place if any(app.partition(".apps.")[0] in STORING for app in apps) else None

"""Whether uploads are public or private, judging by how their fields are used.

In doubt they are private: the site can still show a private file with a signed URL, but cannot take back a public one.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

from ...base.evidence import Evidence
from ...base.files import join
from ..production import installed_apps, production_names
from ..project import Project
from ..settings import Module, parts

Access = Literal["public", "private"]


class Field(NamedTuple):
    """A model field that stores files."""

    name: str
    image: bool
    words: str  # its name, its model's and where it is stored
    storage: str  # the expression of its own storage, "" for the default one
    place: Evidence


# Editors that store the images in a text, which its readers see.
EDITORS = frozenset(
    {
        "ckeditor_uploader",
        "django_ckeditor_5",
        "django_summernote",
        "froala_editor",
        "markdownx",
        "mdeditor",
        "simditor",
    }
)
# Apps that make uploads public, according to their documentation.
_PUBLIC_APPS = EDITORS | {
    "wagtail.images", "wagtail.wagtailimages", "filer", "cms", "oscar", "oscar.apps.catalogue", "photologue", "zinnia",
    "puput", "mezzanine.galleries",
}  # fmt: skip
# Apps that restrict access to uploads.
_PRIVATE_APPS = frozenset({"private_storage", "django_sendfile", "sendfile", "protected_media", "django_downloadview"})
_LOGIN = re.compile(r"LoginRequired|login_required", re.IGNORECASE)
_SHOWN = re.compile(
    r"image|photo|picture|avatar|logo|icon|cover|banner|thumb|poster|video|audio|podcast|svg|background|emoji|gallery"
)
_KEPT = re.compile(
    r"private|secret|confidential|passport|identity_?(card|document)|id_?card|receipt|invoice|signature|contract|medical|prescription"
    r"|payslip|salary|diploma|licen[cs]e|proof|evidence"
)
# Settings of django-storages that leave addresses unsigned:
# https://django-storages.readthedocs.io/en/latest/backends/amazon-S3.html and .../gcloud.html
_UNSIGNED = ("AWS_QUERYSTRING_AUTH", "GS_QUERYSTRING_AUTH")
_ACLS = ("AWS_DEFAULT_ACL", "GS_DEFAULT_ACL")
_SENDS = re.compile(r"X-Accel-Redirect|X-Sendfile|\bsendfile\(|\bFileResponse\(")
# A view that may check the user: by a decorator, a base class or a condition. Others are public.
_ASKS = re.compile(
    r"login|permission|staff|passes_test|superuser|authenticated|auth(?!or)|member|\.user\b|owner|token|Forbidden|PermissionDenied",
    re.IGNORECASE,
)
# Loading or sorting is no check: `select_related("owner")`.
_LOADS = re.compile(
    r"\.(?:select_related|prefetch_related|only|defer|order_by|values|values_list)\((?:\s*[\"'][\w-]*[\"']\s*,?)*\s*\)"
)
_OPEN_DECORATORS = frozenset(
    {"require_GET", "require_safe", "require_http_methods", "cache_page", "never_cache", "cache_control", "condition",
     "etag", "last_modified", "csrf_exempt", "csrf_protect", "ensure_csrf_cookie", "vary_on_headers", "vary_on_cookie",
     "xframe_options_exempt", "gzip_page"}
)  # fmt: skip
_OPEN_BASES = re.compile(
    r"^(Template|List|Detail|Form|\w*Archive|ArchiveIndex|DateDetail)?View$|^(SingleObject|MultipleObject|Context|Form)Mixin$"
)
_INCLUDES = re.compile(r"{%-?\s*(?:include|extends)\s+[\"']([^\"']+)[\"']")
_CONVENTIONS = {"ListView": "list", "DetailView": "detail"}
MOST_UNSURE = 5
MAX_TEMPLATES = 400
MAX_VIEWS = 60
LARGEST = 200_000  # characters


def access(project: Project, fields: list[Field]) -> tuple[Access, Evidence | None]:
    """Who may see uploads, with the evidence."""
    read = production_names(project)
    kept = _kept(project, read, fields)
    if kept:
        return "private", kept
    unsigned = _unsigned(read) if read else None
    if unsigned:
        return "public", unsigned
    unsure = [field for field in fields if not field.image and not _SHOWN.search(field.words.lower())]
    for number, field in enumerate(unsure):
        if number >= MOST_UNSURE or _open_page(project, [field]) is None:
            return "private", field.place._replace(note=f"{field.name} accepts files of any type")
    apps, place = installed_apps(project)
    shown = [app for app in apps if app.partition(".apps.")[0] in _PUBLIC_APPS and project.locate(app) is None]
    if shown and place:
        return "public", place._replace(note=f"{shown[0]} makes uploads public")
    page = _open_page(project, fields) if fields else None
    if page:
        return "public", page
    return "private", None


def _kept(project: Project, read: Module | None, fields: list[Field]) -> Evidence | None:
    """Evidence that the files are not public."""
    for field in fields:
        if re.search(r"private|protected|secure|sendfile", field.storage, re.IGNORECASE):
            return field.place._replace(note=f"{field.name} uses its own storage, {field.storage[:60]}")
        if _KEPT.search(field.words.lower()):
            return field.place._replace(note=f"{field.name} has restricted access")
    apps, place = installed_apps(project)
    for app in apps:
        if place and app.partition(".apps.")[0] in _PRIVATE_APPS:
            return place._replace(note=f"{app} checks access before it serves uploaded files")
    if read is None:
        return None
    for name, value, where in _values(read, "MIDDLEWARE", "STORAGES", "SENDFILE_BACKEND", "PRIVATE_STORAGE_ROOT"):
        texts = (
            list(_of_storages(value)) if name == "STORAGES" else [one for one in parts(value) if isinstance(one, str)]
        )
        if name == "MIDDLEWARE":
            texts = [text for text in texts if _LOGIN.search(text)]
        elif name == "STORAGES":
            texts = [text for text in texts if re.search(r"private|protected", text, re.IGNORECASE)]
        if texts:
            note = "the whole site requires login" if name == "MIDDLEWARE" else f"{name} keeps files private"
            return where._replace(note=note)
    return _sent(project, fields)


def _of_storages(value: object) -> Iterator[str]:
    """Names and classes of the storages, and the options of the default one."""
    for alias, storage in value.items() if isinstance(value, dict) else ():
        yield str(alias)
        if isinstance(storage, dict):
            yield str(storage.get("BACKEND"))
            yield from (one for one in parts(storage) if isinstance(one, str) and alias == "default")


def _values(read: Module, *names: str) -> Iterator[tuple[str, Any, Evidence]]:
    for name in names:
        if name in read.places:
            yield name, read.names.get(name), read.places[name]
        yield from ((name, value, place) for value, place, _ in read.possible.get(name, []))


def _unsigned(read: Module) -> Evidence | None:
    for name, value, place in _values(read, *_UNSIGNED, *_ACLS):
        if (name in _UNSIGNED and value is False) or (isinstance(value, str) and value.startswith("public")):
            return place._replace(note=f"{name} makes uploaded files public")
    return None


def _sent(project: Project, fields: list[Field]) -> Evidence | None:
    """A view that sends a stored file itself, so that it can check permissions."""
    names = {field.name for field in fields}
    for path, text in _views(project):
        if not _SENDS.search(text):
            continue
        tree = project.repository.tree(path)
        for node in ast.walk(tree) if tree else ():
            if isinstance(node, ast.Constant) and node.value in ("X-Accel-Redirect", "X-Sendfile"):
                return Evidence(path, node.lineno, "a view lets the web server send files")
            if not isinstance(node, ast.Call) or not node.args:
                continue
            called = ast.unparse(node.func).rpartition(".")[2]
            attributes = {part.attr for part in ast.walk(node.args[0]) if isinstance(part, ast.Attribute)}
            if called == "sendfile" or (called == "FileResponse" and attributes & (names | {"file", "path"})):
                return Evidence(path, node.lineno, "a view sends files itself")
    return None


def _views(project: Project) -> Iterator[tuple[str, str]]:
    """Paths and texts of modules with views, nearest to the root first."""
    repository = project.repository
    found = 0
    for folder in repository.folders():
        if re.search(r"(^|/)tests?(/|$)", folder):
            continue
        inside = folder.rpartition("/")[2] in ("views", "viewsets", "api")
        for name in repository.listing(folder).files:
            if name.endswith(".py") and (inside or name.startswith(("views", "viewsets", "api"))):
                found += 1
                if found > MAX_VIEWS:
                    return
                yield join(folder, name), repository.text(join(folder, name)) or ""


def _open_page(project: Project, fields: list[Field]) -> Evidence | None:
    """The template that shows one of the images on a page that needs no login."""
    names = "|".join(sorted({re.escape(field.name) for field in fields}))
    shows = re.compile(
        rf"\.(?:{names})(?:\.\w+)*\.url\b|thumbnail\s+[\w.]*\.(?:{names})\b|\.(?:{names})\s*\|\s*thumbnail"
    )
    places: dict[str, Evidence] = {}
    used_in: dict[str, set[str]] = {}
    for name, path, text in _templates(project):
        match = shows.search(text)
        if match:
            line = text[: match.start()].count("\n") + 1
            places.setdefault(name, Evidence(path, line, f"shows {match[0].strip('. ')} to anyone"))
        for included in _INCLUDES.findall(text):
            used_in.setdefault(included, set()).add(name)
    pages = _with_users(places, used_in)
    return next((place for name, place in _open(project, pages)), None) if pages else None


def _with_users(places: dict[str, Evidence], used_in: dict[str, set[str]]) -> dict[str, Evidence]:
    """The templates that show an image, and those that include or extend one of them."""
    found = dict(places)
    todo = list(places)
    while todo:
        name = todo.pop()
        for user in sorted(used_in.get(name, ())):
            if user not in found:
                found[user] = found[name]
                todo.append(user)
    return found


def _templates(project: Project) -> Iterator[tuple[str, str, str]]:
    """Names as views write them, paths and texts, without those of the admin and of mail."""
    repository = project.repository
    seen = 0
    for folder in repository.folders():
        match = re.search(r"(?:^|/)(?:templates|jinja2)(?:/(?P<inside>.*))?$", folder)
        if match is None or re.search(r"(^|/)(admin|emails?|registration)(/|$)", match["inside"] or ""):
            continue
        for name in repository.listing(folder).files:
            if name.endswith((".html", ".jinja", ".jinja2", ".j2", ".htm")):
                seen += 1
                text = repository.text(join(folder, name)) if seen <= MAX_TEMPLATES else None
                if text is not None and len(text) <= LARGEST:
                    yield join(match["inside"] or "", name).removeprefix("./"), join(folder, name), text


def _open(project: Project, pages: dict[str, Evidence]) -> Iterator[tuple[str, Evidence]]:
    """The pages that a view renders without a login."""
    protected = _protected_in_urls(project)
    stems = {name.rpartition("/")[2].partition(".")[0]: name for name in pages}
    conventional = any(stem.endswith(tuple(f"_{end}" for end in _CONVENTIONS.values())) for stem in stems)
    for path, text in _views(project):
        generic = conventional and any(base in text for base in _CONVENTIONS)
        if not generic and not any(name in text for name in pages):
            continue
        tree = project.repository.tree(path)
        for node in tree.body if tree else ():
            if not isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) or node.name in protected:
                continue
            if not _is_open(node, text):
                continue
            texts = {
                part.value for part in ast.walk(node) if isinstance(part, ast.Constant) and isinstance(part.value, str)
            }
            for name in (*(texts & pages.keys()), *(stems[stem] for stem in _by_convention(node) if stem in stems)):
                yield name, pages[name]


def _is_open(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef, text: str) -> bool:
    """Whether neither the view nor anything around it checks the user."""
    for decorator in node.decorator_list:
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        if ast.unparse(called).rpartition(".")[2] not in _OPEN_DECORATORS:
            return False
    bases = [ast.unparse(base).rpartition(".")[2] for base in node.bases] if isinstance(node, ast.ClassDef) else []
    if not all(_OPEN_BASES.match(base) for base in bases):
        return False
    return not _ASKS.search(_LOADS.sub("", "\n".join(text.split("\n")[node.lineno - 1 : node.end_lineno])))


def _by_convention(node: ast.stmt) -> Iterator[str]:
    """The default template of a generic view: https://docs.djangoproject.com/en/stable/topics/class-based-views/generic-display/"""
    if not isinstance(node, ast.ClassDef):
        return
    ends = {_CONVENTIONS.get(ast.unparse(base).rpartition(".")[2], "") for base in node.bases} - {""}
    for statement in node.body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) in ("model", "queryset"):
            model = ast.unparse(statement.value).partition(".objects")[0].rpartition(".")[2]
            yield from (f"{model.lower()}_{end}" for end in sorted(ends))


def _protected_in_urls(project: Project) -> set[str]:
    """Views that URLconfs wrap in a call, as `login_required(views.detail)` does."""
    repository = project.repository
    found: set[str] = set()
    for folder in repository.folders():
        if "urls.py" in repository.listing(folder).files:
            text = repository.text(join(folder, "urls.py")) or ""
            for wrapper, view in re.findall(r"\b(\w+)\(\s*(?:\w+\.)*?(\w+)(?:\.as_view)?\s*[(),]", text):
                if wrapper not in _OPEN_DECORATORS:
                    found.add(view)
    return found

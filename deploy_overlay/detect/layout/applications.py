"""The WSGI and ASGI applications that a server starts, as `package.module:name`."""

from __future__ import annotations

import ast

from ...base.evidence import Evidence, Fact
from ...base.files import join
from ..modules import module_name
from ..project import Project
from ..settings import EntryPoint, configuration_classes, known
from .root import source_folders
from .server_modules import server_scripts


def django_wsgi(project: Project) -> Fact:
    """`package.wsgi:application`, or ""."""
    return _application(project, "wsgi")


def django_asgi(project: Project) -> Fact:
    """`package.asgi:application`, or ""."""
    return _application(project, "asgi")


def _application(project: Project, kind: str) -> Fact:
    named = _from_settings(project, f"{kind.upper()}_APPLICATION")
    if named is not None and not _loads_it(project, kind):
        return named
    settings = str(project.fact("django_settings_module").value).partition(".")[0]
    found = [
        (f"{dotted}:{name}", Evidence(script.path, line, "defines the application"))
        for script in server_scripts(project)[kind]
        for dotted in [_dotted(project, script)]
        if script.default.partition(".")[0] in ("", settings) or _is_of_the_site(project, script, dotted, settings)
        for name, line in [_defined(project, script.path)]
        if name
    ]
    own = [pair for pair in found if pair[0].startswith((settings + ".", f"{kind}:"))]
    chosen = own or found
    if not chosen:
        return Fact("", (Evidence("", None, f"no {kind}.py"),))
    if len(chosen) > 1 and not own:
        return Fact(chosen[0][0], tuple(place for _, place in chosen), tuple(value for value, _ in chosen))
    return Fact(chosen[0][0], (chosen[0][1],))


def _is_of_the_site(project: Project, script: EntryPoint, dotted: str, package: str) -> bool:
    """Whether a script of unknown settings belongs to this package, and is not left over from one that is gone."""
    if project.locate(script.default):
        return False
    top = script.default.partition(".")[0]
    gone = not project.locate(top) and project.package_folder(top) is None
    return dotted.partition(".")[0] == package or not (gone or dotted.partition(".")[0] == top)


def _loads_it(project: Project, kind: str) -> bool:
    """Whether an entry point loads what the setting names once Django is ready: https://channels.readthedocs.io/en/2.x/"""
    scripts = server_scripts(project)[kind]
    return any("get_default_application" in (project.repository.text(script.path) or "") for script in scripts)


def _from_settings(project: Project, setting: str) -> Fact | None:
    """The value of WSGI_APPLICATION or ASGI_APPLICATION, if a module of the project defines it."""
    module = str(project.fact("django_settings_module").value)
    _, read = project.read_settings(module)
    if read is None:
        return None
    value, place = read.names.get(setting), read.places.get(setting)
    if value is None and configuration_classes(read):
        for node in ast.walk(project.repository.tree(read.path) or ast.Module([], [])):
            if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Constant):
                continue
            if any(isinstance(target, ast.Name) and target.id == setting for target in node.targets):
                value, place = node.value.value, Evidence(read.path, node.lineno, f"sets {setting}")
    if not isinstance(value, str) or not known(value) or "." not in value:
        return None
    dotted, _, name = value.rpartition(".")
    path = project.locate(dotted)
    if path is None:
        return None
    defined, line = _defined(project, path, name)
    if not defined:
        return None
    evidence = (*([place] if place else []), Evidence(path, line, "defines the application"))
    return Fact(f"{dotted}:{defined}", evidence)


def _defined(project: Project, path: str, preferred: str = "application") -> tuple[str, int | None]:
    """The name of the application in a module: the preferred one, else `application` or `app`, else ""."""
    tree = project.repository.tree(path)
    names: dict[str, int] = {}
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            names.setdefault(node.name, node.lineno)
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                if isinstance(target, ast.Name):
                    names.setdefault(target.id, node.lineno)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                names.setdefault(alias.asname or alias.name, node.lineno)
    for name in (preferred, "application", "app", "channel_layer"):
        if name in names:
            return name, names[name]
    return "", None


def _dotted(project: Project, script: EntryPoint) -> str:
    """The name under which a server imports the script, like the settings if they share a package."""
    module = str(project.fact("django_settings_module").value)
    base = next((folder for folder in project.code_roots() if project.locate(module, (folder,))), None)
    package = module.partition(".")[0]
    if base is not None and script.path.startswith(join(base, package) + "/"):
        return module_name(script.path, base)
    for root in (*project.added_folders(), *source_folders(project), project.root):
        prefix = "" if root == "." else root + "/"
        if script.path.startswith(prefix):
            return module_name(script.path, root)
    return script.path


def django_settings_assigned(project: Project) -> Fact:
    """Entry points ("manage.py", "wsgi", "asgi") that override DJANGO_SETTINGS_MODULE."""
    found: dict[str, Evidence] = {}
    manage = project.manage_script()
    if manage and manage.assigned:
        found["manage.py"] = manage.assigned
    for kind in ("wsgi", "asgi"):
        application = str(project.fact(f"django_{kind}").value)
        for script in server_scripts(project)[kind]:
            if script.assigned and _dotted(project, script) == application.partition(":")[0]:
                found[kind] = script.assigned
    return Fact(list(found), tuple(found.values()))

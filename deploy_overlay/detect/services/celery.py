"""Celery: the application of its worker, and whether it has a schedule.

https://docs.celeryq.dev/en/stable/getting-started/next-steps.html#about-the-app-argument
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from ...base.evidence import Evidence
from ...base.files import join, parent
from ..dependencies import installed, line_of
from ..deployed import deploy_files
from ..modules import module_name
from ..production import installed_apps, production_names, side_of_place
from ..project import Project
from ..settings import known
from .own_modules import own_modules

# https://docs.celeryq.dev/en/stable/userguide/configuration.html#new-lowercase-settings
BEAT_SETTINGS = ("{0}_BEAT_SCHEDULE", "{0}BEAT_SCHEDULE", "{0}_BEAT_SCHEDULER", "{0}BEAT_SCHEDULER")
_NAMESPACE = re.compile(r"\bnamespace\s*=\s*[\"'](\w+)[\"']")
APP_NAMES = frozenset({"app", "celery", "celery_app", "application"})
_COMMANDED = re.compile(r"\bcelery\s+(?:-A|--app)[= ]\s*([\w.]+)(?::\w+)?|\bcelery\b.*\s(?:-A|--app)[= ]\s*([\w.]+)")
# The command, or a script that is named for it as cookiecutter-django's start-celerybeat is.
_BEAT = re.compile(
    r"\bcelery\b.*\sbeat\b|\bcelery\b.*\s(-B|--beat)\b|\b(start|run)[-_](celery[-_]?)?beat\b|(?<!django[-_])\bcelery-?beat\b"
)
_WORKER = re.compile(r"\bcelery\b(?P<options>.*\sworker\b.*)")
_QUEUES = re.compile(r"\s(?:-Q|--queues)(?:[=\s]\s*|(?<=Q))(?P<names>[\w.,@:-]+)")
_SCHEDULER = re.compile(r"\s(?:-S|--scheduler)[=\s]\s*(?P<scheduler>[\w.:]+)")
_OPTIONS = re.compile(
    r"\s(?:(?:-c|--concurrency|-P|--pool|--autoscale|-O|--optimization|--prefetch-multiplier|--max-tasks-per-child"
    r"|--max-memory-per-child|--time-limit|--soft-time-limit)(?:=|\s+|(?<=-[cPO]))[\w,.]+"
    r"|--without-(?:gossip|mingle|heartbeat)|--disable-prefetch|-E|--(?:task-)?events)(?=\s|$)"
)
_SCHEDULES = r"^[^#]*(\bbeat_schedule\b[\"']?\s*(=|\[|\.|:)|\badd_periodic_task\s*\(|^\s*@periodic_task\b)"
MAX_IMPORTED = 50  # files
_MAY_DEFINE = re.compile(r"^(celery\w*|tasks|workers?|__init__|app)\.py$")


def has_celery(project: Project) -> bool:
    """Whether Celery is installed, or the site needs it when it starts.

    A leftover file is no reason for a worker that could not start, unless the packages are unknown, because Django is not
    among them.
    """
    names, (apps, _) = installed(project), installed_apps(project)
    if "django" not in names or any("celery" in name for name in (*names, *apps)):
        return True
    package = project.package_folder(str(project.fact("django_settings_module").value).partition(".")[0])
    tree = project.repository.tree(join(package, "__init__.py")) if package else None
    imports = [node for node in tree.body if isinstance(node, ast.ImportFrom)] if tree else []
    return any("celery" in (node.module or "") for node in imports)


def celery_app(project: Project) -> tuple[str, Evidence | None]:
    """The module of the Celery application, as `celery --app` takes it; or ""."""
    for file in deploy_files(project):
        for match, place in file.matches(_COMMANDED):
            named = match.group(1) or match.group(2)
            if project.locate(named):
                return named, place
    if not has_celery(project):
        return "", None
    package = str(project.fact("django_settings_module").value).partition(".")[0]
    found = [
        (dotted.partition(".")[0] != package, "celery" not in dotted, dotted.count("."), dotted, place)
        for dotted, place in _defined(project)
    ]
    for *_, dotted, place in sorted(found, key=lambda one: one[:4]):
        return dotted, place
    return "", None


def reads_early(project: Project, module: str) -> bool:
    """Whether importing the application reads variables or the settings' own modules.

    `celery --app` imports it before Django's settings, and with them the overlay that fills variables.
    """
    read = production_names(project)
    settings = {place.path for place in read.places.values()} if read else set()
    parts = module.split(".")
    files = [project.locate(".".join(parts[:count])) for count in range(1, len(parts) + 1)]
    waiting = [path for path in files if path]
    seen: set[str] = set()
    while waiting and len(seen) < MAX_IMPORTED:
        path = waiting.pop()
        tree = None if path in seen else project.repository.tree(path)
        seen.add(path)
        for node in _at_import(tree) if tree else ():
            if _reads_variable(node):
                return True
            imported = list(_imported_files(project, path, node))
            if settings.intersection(imported):
                return True
            waiting += imported
    return False


def _at_import(tree: ast.AST) -> Iterator[ast.AST]:
    """The nodes that run when a module is imported: not the bodies of functions."""
    for node in ast.iter_child_nodes(tree):
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            yield node
            yield from _at_import(node)


def _reads_variable(node: ast.AST) -> bool:
    """`os.environ["X"]`, `os.environ.get("X")`, `os.getenv("X")`, and what environs, django-environ and decouple have."""
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load) and _called(node.value) == "environ":
        argument: ast.AST | None = node.slice
    elif isinstance(node, ast.Call) and node.args:
        called, of = _called(node.func), _called(getattr(node.func, "value", node.func))
        named = called in ("getenv", "config", "env") or of == "env" or (of, called) == ("environ", "get")
        argument = node.args[0] if named else None
    else:
        return False
    name = argument.value if isinstance(argument, ast.Constant) else None
    return isinstance(name, str) and name.isupper() and not name.startswith("DJANGO_")


def _imported_files(project: Project, path: str, node: ast.AST) -> Iterator[str]:
    """The project's own files that an import statement reads."""
    if isinstance(node, ast.Import):
        found = [project.locate(alias.name) for alias in node.names]
    elif isinstance(node, ast.ImportFrom):
        found = [_imported_from(project, path, node)]
        inside = [
            ast.ImportFrom(f"{node.module or ''}.{alias.name}".strip("."), [], node.level) for alias in node.names
        ]
        found += [_imported_from(project, path, one) for one in inside]
    else:
        return
    yield from filter(None, found)


def queues(project: Project) -> list[str]:
    """The queues of today's workers; [] for those in the configuration.

    One worker replaces all of them. https://docs.celeryq.dev/en/stable/userguide/routing.html
    """
    named: dict[str, None] = {}
    unnamed = False
    for file in deploy_files(project):
        for _, line in file.lines:
            match = _WORKER.search(re.sub(r"[\"']\s*,\s*[\"']", " ", line))  # a list of words is one command too
            if match is None:
                continue
            found = _QUEUES.search(match["options"])
            if found is None:
                unnamed = True
            else:
                named |= dict.fromkeys(name for name in found["names"].split(",") if name)
    if not named or not unnamed:
        return list(named)
    read = production_names(project)
    names = read.names if read else {}
    if any(name in names for name in ("CELERY_TASK_QUEUES", "CELERY_QUEUES")):
        return []  # workers without queues consume all of these
    default = next((names[key] for key in ("CELERY_TASK_DEFAULT_QUEUE", "CELERY_DEFAULT_QUEUE") if key in names), "")
    return list(
        dict.fromkeys([default if isinstance(default, str) and known(default) and default else "celery", *named])
    )


def worker_options(project: Project) -> str:
    """Options of today's worker, such as number and kind of processes, as they are written.

    Empty if several workers differ, because one worker replaces all of them.
    https://docs.celeryq.dev/en/stable/reference/cli.html#celery-worker
    """
    seen: dict[str, None] = {}
    for file in deploy_files(project):
        for _, line in file.lines:
            match = _WORKER.search(re.sub(r"[\"']\s*,\s*[\"']", " ", line))
            if match is not None:
                options = re.sub(r"\s(?:-B|--beat)(?=\s|$)", " ", re.split(r"[\"'|&;>]", match["options"])[0])
                seen[" ".join(found[0].strip() for found in _OPTIONS.finditer(options))] = None
        if file.kind == "procfile" and seen:
            break  # for production
    return next(iter(seen)) if len(seen) == 1 else ""


def sets_concurrency(project: Project) -> bool:
    """Whether the settings set the number of worker processes."""
    read = production_names(project)
    names = ("CELERY_WORKER_CONCURRENCY", "CELERYD_CONCURRENCY", "CELERY_CONCURRENCY", "CELERY_WORKER_AUTOSCALER")
    return read is not None and any(name in read.places or name in read.possible for name in names)


def own_scheduler(project: Project) -> str:
    """The class of beat's scheduler if a deployment file names it; "settings" if the settings do."""
    read = production_names(project)
    for name in (text.format("CELERY") for text in BEAT_SETTINGS[2:]):
        if read is not None and read.names.get(name):
            return "settings"
    for file in deploy_files(project):
        for _, line in file.lines:
            match = _SCHEDULER.search(line) if _BEAT.search(line) else None
            if match:
                return match["scheduler"]
    return ""


def schedule(project: Project, path: str) -> Evidence | None:
    """Evidence of scheduled tasks: settings, the application in `path`, a task, or a deployment file."""
    read = production_names(project)
    namespace = _NAMESPACE.search(project.repository.text(path) or "") if path.endswith(".py") else None
    for name in (text.format(namespace[1] if namespace else "CELERY") for text in (*BEAT_SETTINGS,)):
        if read is None:
            break
        if name in read.places and read.names.get(name):
            return read.places[name]
        for value, place, _ in read.possible.get(name, []):
            if value and side_of_place(project, place) != "development":
                return place
    for source in dict.fromkeys([path, *own_modules(project)]):
        line = line_of(project.repository, source, _SCHEDULES) if source.endswith(".py") else None
        if line:
            return Evidence(source, line, "has a schedule")
    for file in deploy_files(project):
        for _, place in file.matches(_BEAT):
            return place
    return None


def _defined(project: Project) -> Iterator[tuple[str, Evidence]]:
    """Every Celery application in the first levels of the code, as a module."""
    repository = project.repository
    roots = sorted((root for root in project.code_roots() if root != "."), key=len, reverse=True)
    package = str(project.fact("django_settings_module").value).partition(".")[0]
    for folder in repository.folders():
        above = [root for root in roots if f"{folder}/".startswith(f"{root}/")]
        root = above[0] if above else "."
        if folder == root or folder[len(root) + 1 if root != "." else 0 :].count("/") > 1:
            continue
        if _of_another_project(project, folder):
            continue
        names = repository.listing(folder)
        files = [name for name in names.files if _MAY_DEFINE.match(name)]
        files += [f"{name}/__init__.py" for name in names.folders if name.startswith("celery")]
        for path in (join(folder, name) for name in files):
            line = defining_line(project, path) if repository.is_file(path) else None
            dotted = [module_name(path, base) for base in dict.fromkeys((*above, ".")) if line]
            # Under another name than that of the settings' package it would be loaded a second time.
            usable = sorted(
                (name for name in dotted if project.locate(name) == path),
                key=lambda name: name.partition(".")[0] != package,
            )
            for module in usable[:1]:
                yield module, Evidence(path, line, "defines a Celery application")


def _of_another_project(project: Project, folder: str) -> bool:
    """Whether the folder is in one beside the Django root that has a manage.py, as in a repository of several services."""
    while folder != ".":
        apart = not f"{folder}/".startswith(f"{project.root}/") and not f"{project.root}/".startswith(f"{folder}/")
        if apart and project.root != "." and project.repository.is_file(join(folder, "manage.py")):
            return True
        folder = parent(folder)
    return False


def defining_line(project: Project, path: str) -> int | None:
    """The line on which a module creates or imports its Celery application."""
    named_for_it = "celery" in path.removesuffix("/__init__.py").rpartition("/")[2]
    if not named_for_it and "elery" not in (project.repository.text(path) or ""):
        return None
    tree = project.repository.tree(path)
    if tree is None:
        return None
    makers = _makers(tree) | _imported_makers(project, path, tree, named_for_it)
    own = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.level or project.locate(node.module or ""))
        for alias in node.names
    }
    for node in _statements(tree.body):
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and isinstance(node.value, ast.Call):
            name = _called(node.value.func)
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            usual = any(_called(target) in APP_NAMES for target in targets)
            if name in makers or (named_for_it and usual and name in own):
                return node.lineno
        elif isinstance(node, ast.ImportFrom):
            bound = {alias.asname or alias.name for alias in node.names}
            if named_for_it and bound & APP_NAMES & own:
                return node.lineno
    return None


def _imported_makers(project: Project, path: str, tree: ast.Module, named_for_it: bool) -> set[str]:
    """Names that another module of the project, or a package named for Celery, has for creating the application."""
    found = set()
    for node in tree.body:
        if not isinstance(node, ast.ImportFrom):
            continue
        names = {alias.name: alias.asname or alias.name for alias in node.names}
        source = _imported_from(project, path, node)
        made = project.repository.tree(source) if source and source != path else None
        if made is not None:
            found |= {names[name] for name in names.keys() & _makers(made)}
        elif not source and named_for_it and "celery" in (node.module or "") and node.module != "celery":
            # Such as the class of tenant-schemas-celery.
            found |= {given for name, given in names.items() if name[:1].isupper()}
    return found


def _imported_from(project: Project, path: str, node: ast.ImportFrom) -> str | None:
    """The file of the project's own module that an import reads."""
    if not node.level:
        return project.locate(node.module or "")
    folder = path
    for _ in range(node.level):
        folder = parent(folder)
    base = join(folder, *(node.module or "").split("."))
    return next((name for name in (f"{base}.py", f"{base}/__init__.py") if project.repository.is_file(name)), None)


def _makers(tree: ast.Module) -> set[str]:
    """Names that create a Celery application in a module: the class, its subclasses, functions that call them."""
    makers = {"Celery"}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "celery":
            makers |= {alias.asname or alias.name for alias in node.names if alias.name == "Celery"}
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            called = {_called(base) for base in node.bases}
        elif isinstance(node, ast.FunctionDef):
            called = {_called(part.func) for part in ast.walk(node) if isinstance(part, ast.Call)}
        else:
            continue
        if called & makers:
            makers.add(node.name)
    return makers


def _called(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in body:
        yield statement
        if isinstance(statement, (ast.If, ast.Try, ast.With)):
            yield from _statements(statement.body)

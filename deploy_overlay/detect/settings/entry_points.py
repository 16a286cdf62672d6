"""Which settings module manage.py, wsgi.py and asgi.py set, and whether they override the environment."""

from __future__ import annotations

from typing import NamedTuple

from ...base.evidence import Evidence
from ...base.files import Repository
from ..modules import locate
from .frame import Frame, Run, Work
from .reader import GRAMMAR
from .values import GAP, Function

VARIABLE = "DJANGO_SETTINGS_MODULE"
_PROBE = "deploy_overlay_probe.settings"


class EntryPoint(NamedTuple):
    """The settings module that a starting script sets.

    `settings`: modules that it may name, the default first; `patterns`: names with "*" for a part that comes from
    the environment; `assigned`: it overrides DJANGO_SETTINGS_MODULE; `python_path`: folders it adds to sys.path.
    """

    path: str
    settings: tuple[tuple[str, Evidence], ...] = ()
    patterns: tuple[tuple[str, Evidence], ...] = ()
    assigned: Evidence | None = None
    python_path: tuple[str, ...] = ()
    configurations: tuple[tuple[str, Evidence], ...] = ()

    @property
    def default(self) -> str:
        return self.settings[0][0] if self.settings else ""


def read_entry_point(
    repository: Repository, path: str, root: str, dotted: str = "__main__", work: Work | None = None
) -> EntryPoint:
    """Read a starting script as Python would run it in the folder `root`.

    The environment is unknown, so every value of a variable is followed. `work` limits all readings that share it.
    """

    def run(environment: dict[str, str]) -> Run:
        return _run(repository, path, root, dotted, environment, work or Work())

    first = run({})
    names = list(first.settings_names)
    others = {read.variable for read in first.reads} - {VARIABLE}
    for variable in sorted(others)[:6]:
        names += run({variable: GAP}).settings_names
    names.sort(key=lambda name: not name.certain)
    settings: dict[str, Evidence] = {}
    patterns: dict[str, Evidence] = {}
    for name in names:
        if not isinstance(name.value, str):
            continue
        if GAP in name.value:
            patterns.setdefault(name.value.replace(GAP, "*"), name.place)
        elif name.value:
            settings.setdefault(name.value, name.place)
    assigned = None
    if any(name.assigned for name in names):
        probe = run({VARIABLE: _PROBE})
        for name in probe.settings_names:
            if name.assigned and name.certain and name.value != _PROBE:
                assigned = name.place
    return EntryPoint(
        path,
        tuple(settings.items()),
        tuple(patterns.items()),
        assigned,
        tuple(folder for folder in first.python_path if folder != root),
        tuple(first.configurations.items()),
    )


def _run(repository: Repository, path: str, root: str, dotted: str, environment: dict[str, str], work: Work) -> Run:
    run = Run(
        repository,
        lambda name: locate(repository, name, (root, *run.python_path)),
        GRAMMAR,
        dict(environment),
        working_folder=root,
        work=work,
    )
    run.read_module(path, dotted)
    if not run.settings_names:
        # A main() that something else calls: look at what the functions would do.
        _explore_functions(run, path)
    return run


def _explore_functions(run: Run, path: str) -> None:
    module = run.modules.get(path)
    if module is None:
        return
    for value in list(module.names.values()):
        if isinstance(value, Function) and hasattr(value.node, "name"):
            body = value.node.body
            if isinstance(body, list):
                with run.bounded(path):
                    Frame(run, module, {}, certain=False, local=True).explore(body)

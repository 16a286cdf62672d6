"""`env list`, `env set` and `env push`: environment variables on the platform. Their values are never shown."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Mapping, Sequence

from ..adapter.request import Request
from ..adapter.values import check_text, values_of_file
from ..base.answers import Answers
from ..base.env_file import ENV_NAME
from ..base.log import Log
from ..base.message import Failure
from ..base.progress import tell
from ..base.scrub import scrubbed
from ..base.state import State
from ..provision import variables
from ..provision.sites import site_on
from ..summary import aligned
from .deploy import names
from .machine import print_document, run_logged
from .project import Project
from .terminal import confirm, has_terminal, says_yes

SET = ("new", "changed", "replaced")  # the changes that set a variable


def act(project: Project, options: Namespace) -> int:
    """Run one of the three, on the named platform or on all."""
    if options.action == "list":
        return _list(project, options)
    return _set(project, options)


def _list(project: Project, options: Namespace) -> int:
    def work(answers: Answers, state: State, log: Log) -> list[tuple[str, str, list[tuple[str, str]]]]:
        found = []
        for name in names(options.platform, answers):
            module, site = site_on(name, answers, _request(options), state, log)
            variables.check_there(module, site)
            found.append((name, f"{site.cli.tool.title}: {site.title}", variables.list_variables(module, site)))
        return found

    status, found = run_logged("env", project, work, machine=options.json)
    if found is None:
        return status
    if options.json:
        platforms = [
            {"platform": name, "variables": [{"name": one, "set": where != "missing"} for one, where in rows]}
            for name, _, rows in found
        ]
        print_document({"environment": options.environment, "platforms": platforms})
        return 0
    for _, title, rows in found:
        print("\n".join([title, *aligned(rows)]))
    return 0


def _set(project: Project, options: Namespace) -> int:
    assert project.answers is not None
    chosen = names(options.platform, project.answers)
    push = options.action == "push"
    # Before any platform is asked.
    values = _of_file(project, options) if push else _typed(options.names)
    if not values:
        raise Failure(f"{options.file} sets no variable: write lines of the form NAME=value.", anchor="env-file")
    named = options.names if push else list(values)

    def work(answers: Answers, state: State, log: Log) -> int:
        told = []
        for name in chosen:
            told.append(_on(name, answers, state, log, values, named, options))
        if options.json:
            print_document({"changed": not options.dry_run, "environment": options.environment, "platforms": told})
        return 0

    # A dry run may run beside another run.
    status, result = run_logged("env", project, work, run=None if options.dry_run else 0, machine=options.json)
    return status if result is None else result


def _on(
    name: str,
    answers: Answers,
    state: State,
    log: Log,
    values: Mapping[str, str],
    named: Sequence[str],
    options: Namespace,
) -> dict[str, object]:
    """Set the variables on one platform, or with --dry-run show what would be set. The document for machines."""
    module, site = site_on(name, answers, _request(options), state, log)
    title = site.cli.tool.title
    variables.check_there(module, site)
    lines = variables.plan_changes(module, site, values, named)
    wanted = {line.name: values[line.name] for line in lines if line.fate in SET}
    shown = [f"{title}: {site.name}", *aligned([(line.name, _words(line)) for line in lines])]
    if wanted:
        commands, as_arguments = variables.preview_commands(module, site, wanted)
        shown += ["To be run:", *(f"  {one}" for one in commands)]
        if as_arguments:
            shown.append(f"The {title} CLI takes values only as arguments, which other users of this machine can see.")
    if not options.json:
        print(scrubbed("\n".join(shown)), flush=True)
    data: dict[str, object] = {"platform": name, "variables": [line.data() for line in lines]}
    if options.dry_run:
        return data
    if not wanted:
        tell(f"{title}: nothing to set")
        return data
    count = f"{len(wanted)} variable{'s' if len(wanted) > 1 else ''}"
    if not options.yes and not confirm(f"Set {count} on {title}?", "Nothing was set", "--yes"):
        raise Failure("Nothing was set, because you did not agree.", anchor="nobody-said-yes")
    for _ in variables.set_values(module, site, wanted):
        pass
    return data


def _words(line: variables.VariableChange) -> str:
    return f"{line.fate}{f': {line.note}' if line.note else ''}"


def _request(options: Namespace) -> Request:
    return Request(action="env", environment=options.environment, yes=says_yes(), terminal=has_terminal())


def _of_file(project: Project, options: Namespace) -> dict[str, str]:
    """The file's variables with a value, or the named ones. Raises Failure for a name that is not in it."""
    values = values_of_file(project.path(options.file), project.root)
    missing = [name for name in options.names if name not in values]
    if missing:
        raise Failure(f"{options.file} has no value for {', '.join(missing)}: add it there.", anchor="env-file")
    return {name: value for name, value in values.items() if not options.names or name in options.names}


def _typed(given: Sequence[str]) -> dict[str, str]:
    """The values of NAME=value, and for a NAME alone from the environment or a hidden prompt."""
    values: dict[str, str] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not ENV_NAME.fullmatch(name):
            raise Failure(f"{name!r} is not the name of a variable: write it as NAME=value.", anchor="not-an-answer")
        values[name] = value if equals else _asked(name)
        check_text(name, values[name])
    return values


def _asked(name: str) -> str:
    if os.environ.get(name):
        return os.environ[name]
    import questionary

    typed = questionary.password(f"{name} (hidden)").unsafe_ask() if has_terminal() else ""
    if not typed:
        raise Failure(
            f"{name} has no value: set it in the environment of this command, or write it as {name}=value.",
            anchor="not-an-answer",
        )
    return str(typed)

"""The project on a platform whose program is there, new enough and logged in."""

from __future__ import annotations

import dataclasses
from types import ModuleType

from ..adapter.cli import Cli, find
from ..adapter.prompts import Asking
from ..adapter.record import Record
from ..adapter.request import Request
from ..adapter.site import Site
from ..adapter.values import Values, values_of_file
from ..base.answers import Answers
from ..base.build_secrets import needed
from ..base.log import Log
from ..base.release import ANSWERS_FILE
from ..base.state import State
from ..plan import plan
from ..platforms import adapter, platforms


def site_on(name: str, answers: Answers, request: Request, state: State, log: Log) -> tuple[ModuleType, Site]:
    """The project on a platform whose program is there, new enough and logged in; raises Failure otherwise."""
    module = adapter(name)
    cli: Cli = find(module.tool(), answers.root, log)
    # A second project of this repository keeps a record of its own.
    record = Record(state.folder, f"{name} {_file(answers)}".strip(), request.environment, cli.account)
    cli = dataclasses.replace(cli, started=lambda pid: record.running(pid, cli.program))
    asking = Asking(request, record)
    declared = platforms()[name]
    planned = plan(answers.values, declared)
    # Where the platform builds from source, the installation reads the site's own variables.
    secrets = needed(answers.texts("django_build_secrets")) if declared.build == "source" else []
    from_file = values_of_file(request.env_file, answers.root)
    written: set[str] = module.written(answers)
    wanted = [name for name in (*planned.variables, *secrets) if name not in written]
    values = Values(request, asking, from_file, planned.app.secret_key, tuple(wanted))
    return module, Site(answers, request, record, cli, asking, values, planned)


def _file(answers: Answers) -> str:
    """What names the answers file of a second project, as records have always had it."""
    return "" if answers.answers_file == ANSWERS_FILE else f"-a {answers.answers_file} "

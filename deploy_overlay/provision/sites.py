"""The site on a platform, with its command-line program, record and values."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from ..adapter.cli import Cli, find, report_unexpected_output
from ..adapter.prompts import Prompts
from ..adapter.record import Record
from ..adapter.request import ENVIRONMENT, PRODUCTION, Request, in_environment
from ..adapter.site import Site
from ..adapter.values import Values, values_of_file
from ..base.answers import Answers
from ..base.build_secrets import needed
from ..base.log import Log
from ..base.message import Failure
from ..base.release import ANSWERS_FILE
from ..base.state import State
from ..plan import plan
from ..platforms import adapter, platforms

SHORTEST = 2  # characters of an environment's name


def check_name(name: str, answers: Answers, environment: str) -> None:
    """Raises Failure if the app of this environment has a name that is too long for the platform `name`."""
    declared, app = platforms()[name], in_environment(answers.text("deploy_name"), environment, "-")
    if environment == PRODUCTION or declared.production or len(app) <= declared.longest_name:
        return
    left = declared.longest_name - len(answers.text("deploy_name")) - 1
    cure = (
        f"use one of at most {left} characters with --environment NAME"
        if left >= SHORTEST
        else ("shorten the name of the site with -d deploy_name=NAME before its first deployment")
    )
    raise Failure(
        f"{declared.name} takes app names of up to {declared.longest_name} characters, and {app} has {len(app)}: {cure}.",
        anchor="environment-name",
    )


def site_on(name: str, answers: Answers, request: Request, state: State, log: Log) -> tuple[ModuleType, Site]:
    """The site on a platform. Raises Failure unless its program is installed, new enough and logged in."""
    module = adapter(name, answers.deploy_folder)
    check_name(name, answers, request.environment)
    cli: Cli = find(module.tool(), answers.root, log)
    if hasattr(module, "account"):
        cli = dataclasses.replace(cli, account=str(module.account(answers)))
    record = dataclasses.replace(record_of(name, answers, state.folder, request.environment), account=cli.account)
    cli = dataclasses.replace(
        cli, started=lambda pid: record.note_running(pid, cli.program), another_name=request.another_name
    )
    prompts = Prompts(request, record)
    declared = platforms()[name]
    planned = plan(answers.values, declared)
    # If the platform builds from source, the installation reads the site's own variables.
    secrets = needed(answers.texts("django_build_secrets")) if declared.build == "source" else []
    from_file = values_of_file(request.env_file, answers.root)
    written: set[str] = module.variables_in_files(answers)
    wanted = [name for name in (*planned.variables, *secrets) if name not in written]
    beside = {ENVIRONMENT: request.environment} if request.environment != PRODUCTION else {}
    values = Values(
        request, prompts, from_file, planned.app.secret_key, tuple(wanted), beside, kept=declared.keeps_values
    )
    return module, Site(answers, request, record, cli, prompts, values, planned, own_app=not declared.production)


@contextlib.contextmanager
def database_of(module: ModuleType, site: Site) -> Iterator[str]:
    """Yield the address at which this machine reaches the site's database.

    Raises Failure as the adapter does, and if the platform's answer is not as documented.
    """
    with contextlib.ExitStack() as stack:
        with report_unexpected_output(site.cli.tool.title):
            url: str = stack.enter_context(module.database(site))
        yield url


def record_of(name: str, answers: Answers, folder: Path, environment: str = PRODUCTION) -> Record:
    """What runs of this clone noted of an environment on the platform `name`; `folder` is the overlay's below the git folder.

    A second project of the repository keeps a record of its own, under the name of its answers file.
    """
    own = "" if answers.answers_file == ANSWERS_FILE else f" -a {answers.answers_file}"
    return Record(folder, f"{name}{own}", environment)

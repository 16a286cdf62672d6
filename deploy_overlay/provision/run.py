"""The run of `deploy_action=provision` or `deploy`: plan, one question, steps, and for a deployment what follows."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import re
import signal
import sys
import threading
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType

from ..adapter.cli import Cli, find, understood
from ..adapter.prompts import Asking
from ..adapter.record import Record
from ..adapter.request import Request
from ..adapter.site import Site
from ..adapter.steps import Step
from ..adapter.values import Values, values_of_file
from ..base.answers import Answers
from ..base.build_secrets import needed
from ..base.log import Log, say
from ..base.message import Failure, with_help_link
from ..base.progress import tell
from ..base.run_hook import INTERRUPTED, shown
from ..base.scrub import scrubbed
from ..base.state import State
from ..plan import plan
from ..plan.prices import money
from ..platforms import adapter, platforms, title
from . import commit as publish
from .engine import Progress, carry_out, looked_at, wait_for_what_a_killed_run_left
from .health import wait_until_healthy
from .table import differences, table, total

COPIER = "uvx --with copier-template-extensions copier"


def provision(answers: Answers, request: Request, state: State, log: Log, changed: Sequence[str]) -> int:
    """Every chosen platform in turn; the exit status. `changed` are dependency files that this run edited.

    However it ends, it says what happened, what is done, what is not, the command to continue, and the log.
    """
    answers = answers._replace(values={**answers.values, **request.answers})
    names = answers.texts("deploy_platforms")
    for number, name in enumerate(names):
        progress = Progress(others=(names[:number], names[number + 1 :]), name=name)
        try:
            with _ending_politely():
                _one(name, answers, request, state, log, changed, progress)
        except Failure as failure:
            if failure.__cause__ is not None:
                log.write("".join(traceback.format_exception(failure.__cause__)))
            return _ended(failure, 1, progress, answers, request, log)
        except KeyboardInterrupt:
            stopped = Failure("interrupted.", anchor="interrupted")
            return _ended(stopped, INTERRUPTED, progress, answers, request, log)
        except Exception as error:  # our own bug: one sentence for the user, the rest goes into the log
            log.write(traceback.format_exc())
            text = f"stopped by an unexpected error ({type(error).__name__}: {error})."
            return _ended(Failure(text, anchor="unexpected-error"), 1, progress, answers, request, log)
    return 0


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
    values = Values(request, asking, from_file, planned.app.secret_key, (*planned.variables, *secrets))
    return module, Site(answers, request, record, cli, asking, values, planned)


def ready(names: Sequence[str], env_file: str, root: Path) -> None:
    """Raises Failure where a later `provision` could not even begin; reads only."""
    log = Log(Path(os.devnull))
    for name in names:
        find(adapter(name).tool(), root, log)
    values_of_file(env_file, root)


def _one(
    name: str, answers: Answers, request: Request, state: State, log: Log, changed: Sequence[str], progress: Progress
) -> None:
    module, site = site_on(name, answers, request, state, log)
    title = site.cli.tool.title
    wait_for_what_a_killed_run_left(site.record)
    tell(f"looking at {title} ...")
    with understood(title):
        steps: list[Step] = list(module.steps(site))
        releases: list[Step] = list(module.releases(site)) if request.action == "deploy" else []
    progress.record = site.record
    looks = looked_at([*steps, *releases])
    seen = looks.seen
    todo = [step for step in steps if step.name not in seen or not seen[step.name].done]
    of = f" of {_commit_and_branch(site)}" if releases else ""
    print(f"\n{title}: the plan for {site.name}{of}, signed in as {site.cli.account}\n")
    every, currency = [*steps, *releases], platforms()[name].currency
    lines = [*table(every, seen, site.cli.name, currency), *differences(title, every, seen)]
    lines += total(every, seen, currency, site.plan.prices_seen, site.plan.prices_caveat)
    print(scrubbed("\n".join(lines)), end="\n\n", flush=True)
    if todo or releases:
        asked = "Create what is not there yet" + (", and deploy?" if releases else "?")
        progress.left = [*todo, *releases]
        how = str(module.setting(site)) if steps and steps[0] not in todo else ""
        if not site.request.terminal:
            _look_for_values(site, title, how, bool(releases))
        if not site.asking.agreed(asked, "Nothing was created"):
            raise Failure("Nothing was created, as you wished.", anchor="nobody-said-yes")
        if site.request.terminal:
            _look_for_values(site, title, how, bool(releases))
    carry_out(steps, site.cli, site.record, log, progress, looks)
    if site.values.lacking:
        names = ", ".join(site.values.lacking)
        sentence = f"These variables still have no value on {title}: {names}. {module.setting(site)}"
        if releases:
            raise Failure(f"{sentence}\nNothing was deployed.", anchor="variables-missing")
        say(sentence)
    if not releases:
        _provisioned(title, site, progress, log)
        return
    # A run that is ended between the first release and its scaling has that still to do.
    for step in releases:
        if step.creates and not (step.name in seen and seen[step.name].done):
            site.record.intends(step.name, step.creates)
    if publish.commit(site, log, changed):
        looks.seen.clear()  # another commit than the one that was looked for
    publish.left_out(site, log)
    carry_out(releases, site.cli, site.record, log, progress, looks)
    with understood(title):
        address = _checked(str(module.address(site)))
    wait_until_healthy(address, title, site.cli.line(*module.logs(site)))
    _deployed(title, site, module, address, progress, log)


def _commit_and_branch(site: Site) -> str:
    branch = site.git("branch", "--show-current")
    return f"commit {site.commit[:8]} of {f'the branch {branch}' if branch else 'no branch'}"


def _look_for_values(site: Site, title: str, how: str, deploying: bool) -> None:
    """Tells what has no value, or asks for it at a terminal, before anything exists that has a price.

    Raises Failure where a deployment needs it. `how` says how the owner sets one on the platform, where it has the app.
    """
    if site.values.unseen:
        site.values.missing(())
    if site.values.lacking and site.request.terminal:
        site.values.settable(list(site.values.lacking))
    if not site.values.lacking or not deploying:
        return
    names, first = ", ".join(site.values.lacking), site.values.lacking[0]
    here = f"Give each in the environment ({first}=... before the command), or in a file with -d deploy_env_file=FILE."
    raise Failure(
        f"These variables still have no value on {title}: {names}. {how or here}\nNothing was created or deployed.",
        anchor="variables-missing",
    )


def _checked(address: str) -> str:
    if not re.fullmatch(r"https?://[^\s<>\"']+", address):
        raise ValueError(f"no address: {address[:80]!r}")
    return address


def _provisioned(title: str, site: Site, progress: Progress, log: Log) -> None:
    lines = ["", f"deploy-overlay: {title} is ready for {site.name}, nothing is deployed yet", ""]
    lines += _listed(progress)
    lines += [
        "",
        f"Next: rehearse ({site.answers.deploy_folder}/README.md), commit, then",
        f"    {again(site.answers, dataclasses.replace(site.request, action='deploy'))}",
    ]
    lines += ["", f"Log: {shown(log.path, site.root)}"]
    print(scrubbed("\n".join(lines)), flush=True)


def _deployed(title: str, site: Site, module: ModuleType, address: str, progress: Progress, log: Log) -> None:
    lines = ["", f"deploy-overlay: {site.name} is online at {address}, {_commit_and_branch(site)}", ""]
    lines += _listed(progress)
    rows: list[tuple[str, str]] = list(module.afterwards(site))
    width = max(len(what) for what, _ in rows)
    lines += ["", "From now on", *(f"  {what:<{width}}  {command}" for what, command in rows)]
    undoing = site.record.undoing()
    if undoing:
        lines += ["", "To delete everything that was created", *(f"  {line}" for line in undoing)]
    lines += ["", f"Log: {shown(log.path, site.root)}"]
    print(scrubbed("\n".join(lines)), flush=True)
    if site.request.terminal and not site.request.yes:
        publish.offer_to_open(address)


def _listed(progress: Progress) -> list[str]:
    rows = [("done now", text) for text in progress.done] + [("was there", text) for text in progress.there]
    return [f"  {state:<9}  {text}" for state, text in rows]


def _ended(reason: Failure, status: int, progress: Progress, answers: Answers, request: Request, log: Log) -> int:
    lines = [f"deploy-overlay: {reason}", ""]
    done = [f"{text} (was there)" for text in progress.there] + progress.done
    lines += [f"Done: {', '.join(done) if done else 'nothing'}."]
    if progress.left:
        lines += [f"Not done: {', '.join(step.what for step in progress.left)}."]
    lines += _other_platforms(progress, request)
    if progress.record is not None:
        costing, undoing = progress.record.costing(), progress.record.undoing()
        currency = platforms()[progress.name].currency
        rows = [f"  {what}  {money(cost, currency)}" for what, cost in costing]
        lines += ["What was created keeps costing, a month:", *rows] if rows else []
        lines += ["To delete what was created:", *(f"  {line}" for line in undoing)] if undoing else []
    lines += _with_another_answer(str(reason), answers)
    lines += ["Continue with", f"    {again(answers, request)}", f"Log: {shown(log.path, answers.root)}"]
    log.write(f"ended: {reason}")
    print(scrubbed(with_help_link("\n".join(lines), reason.anchor)), file=sys.stderr, flush=True)
    return status


def _other_platforms(progress: Progress, request: Request) -> list[str]:
    """Where a run is for several platforms: what became of each."""
    before, after = progress.others
    if not before and not after:
        return []
    done = "deployed" if request.action == "deploy" else "provisioned"
    states = [(name, done) for name in before] + [(progress.name, "failed")] + [(name, "not begun") for name in after]
    return [f"Platforms: {', '.join(f'{title(name)} {state}' for name, state in states)}."]


def _with_another_answer(reason: str, answers: Answers) -> list[str]:
    """How to change an answer that is in files: the command that continues writes none."""
    name = next(iter(re.findall(r"-d ([a-z][a-z0-9]*_(?:name|region|plan))=", reason)), "")
    if not name:
        return []
    command = f"{COPIER} update --trust --defaults -r :current: {_file(answers)}-d {name}=..."
    return ["That answer is in files too: commit them, change it with", f"    {command}", "and commit again."]


def _file(answers: Answers) -> str:
    return "" if answers.answers_file == ".copier-answers.yml" else f"-a {answers.answers_file} "


def again(answers: Answers, request: Request) -> str:
    """The command that does the same again and changes no file: the version of the template stays."""
    options = [f"-d deploy_action={request.action}"]
    options += ["-d deploy_commit=true"] if request.commit else []
    options += ["-d deploy_existing=true"] if request.existing else []
    options += [f'-d deploy_env_file="{request.env_file}"'] if request.env_file else []
    command = f'{COPIER} recopy --trust --defaults -r :current: -s "*"'
    return f"{command} {_file(answers)}{' '.join(options)}"


@contextlib.contextmanager
def _ending_politely() -> Iterator[None]:
    """A request to end stops as Ctrl-C does: what was started is ended, and what was done is reported."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)]
    before = {number: signal.signal(number, end) for number in numbers}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)

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

from ..adapter.cli import find, understood
from ..adapter.request import PRODUCTION, Request
from ..adapter.site import Site
from ..adapter.values import values_of_file
from ..base.answers import Answers
from ..base.log import Log, say
from ..base.message import Failure, command_line, with_help_link
from ..base.progress import tell
from ..base.release import command
from ..base.run_hook import INTERRUPTED, shown
from ..base.scrub import scrubbed
from ..base.state import State
from ..plan.prices import money
from ..platforms import adapter, platforms, title
from . import commit as publish
from . import first_login
from .engine import Progress, carry_out, wait_for_what_a_killed_run_left
from .health import wait_until_healthy
from .look import commit_and_branch, view
from .sites import site_on


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
    title, progress.record = site.cli.tool.title, site.record
    wait_for_what_a_killed_run_left(site.record)
    tell(f"looking at {title} ...")
    current = view(name, module, site, releases=request.action == "deploy")
    steps, releases, looks = current.steps, current.releases, current.looks
    seen, todo = looks.seen, current.to_do
    print(scrubbed("\n".join(current.plan())), flush=True)
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
    publish.left_out(site)
    carry_out(releases, site.cli, site.record, log, progress, looks)
    with understood(title):
        address = _checked(str(module.address(site)))
        closed = str(module.closed(site))
    if not closed:
        wait_until_healthy(address, title, site.cli.line(*module.logs(site)))
    _check_background(module, site, title, address)
    _deployed(name, site, module, address, closed, progress, log)


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


def _check_background(module: ModuleType, site: Site, title: str, address: str) -> None:
    """Raises Failure where the platform shows that a process beside the web process did not stay up."""
    if not hasattr(module, "crashed"):
        return
    with understood(title):
        crashed = str(module.crashed(site))
    if crashed:
        raise Failure(f"The site is online at {address}, but {crashed}", anchor="background-process-crashed")


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


def _deployed(
    name: str, site: Site, module: ModuleType, address: str, closed: str, progress: Progress, log: Log
) -> None:
    """`closed` says why nobody could ask the site whether it is well; empty where it has answered."""
    what = f"is released, but nobody has asked {address} whether it answers" if closed else f"is online at {address}"
    lines = ["", f"deploy-overlay: {site.name} {what}, {commit_and_branch(site)}", ""]
    lines += [closed, ""] if closed else []
    lines += _listed(progress)
    rows: list[tuple[str, str]] = list(module.afterwards(site))
    first, superuser = first_login.is_due(site.record), first_login.createsuperuser(site, name)
    rows += [("create a superuser", command_line(superuser))] if superuser else []
    width = max(len(what) for what, _ in rows)
    lines += ["", "From now on", *(f"  {what:<{width}}  {command}" for what, command in rows)]
    undoing = site.record.undoing()
    if undoing:
        lines += ["", "To delete everything that was created", *(f"  {line}" for line in undoing)]
    left = first_login.left_behind(site) if first else ""
    lines += ["", left] if left else []
    lines += ["", f"Log: {shown(log.path, site.root)}"]
    print(scrubbed("\n".join(lines)), flush=True)
    if first:
        first_login.offer(site, superuser, log)
    if site.request.terminal and not site.request.yes and not closed:
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
    line = command(answers.values, "set", f"{name}=...", answers_file=answers.answers_file)
    return ["That answer is in files too: commit them, change it with", f"    {line}", "and commit again."]


def again(answers: Answers, request: Request) -> str:
    """The command that does the same again and changes no file: the version of the template stays."""
    options = ["--commit"] if request.commit else []
    options += ["--existing"] if request.existing else []
    options += ["--env-file", request.env_file] if request.env_file else []
    options += ["--environment", request.environment] if request.environment != PRODUCTION else []
    verb = "deploy" if request.action == "deploy" else "provision"
    return command(answers.values, verb, *options, answers_file=answers.answers_file)


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

"""The run of `deploy_action=provision` or `deploy`: the plan, one question, the steps, and after a deployment the summary."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from ..adapter.cli import find
from ..adapter.prompts import offered
from ..adapter.request import Request
from ..adapter.site import Site
from ..adapter.steps import Step
from ..adapter.values import values_of_file
from ..base.answers import Answers
from ..base.log import Log, say
from ..base.message import Failure, command_line, first_of
from ..base.progress import tell
from ..base.run_hook import shown
from ..base.state import State
from ..plan.prices import money
from ..platforms import adapter, platforms
from . import commit as publish
from . import first_login, local_rows, rollback
from .concurrent_deployments import refuse_to_take_back, wait_for_others
from .destroy import destroy
from .engine import Progress, carry_out, wait_for_interrupted_run
from .health import UNWELL, check_site
from .look import View, commit_and_branch, view
from .rollback import failed_stays
from .runs import ask_once, delete_commands, on_each_platform, progress_lines, show, verb_command
from .sites import site_on


def provision(answers: Answers, request: Request, state: State, log: Log, changed: Sequence[str]) -> int:
    """Provision every chosen platform in turn. The exit status; `changed` are dependency files that this run edited."""
    answers = answers.with_values(request.answers)
    failed: list[tuple[str, Progress]] = []

    def work(name: str, progress: Progress) -> None:
        try:
            _provision_on(name, answers, request, state, log, changed, progress)
        except Failure:
            failed.append((name, progress))
            raise

    done = "deployed" if request.action == "deploy" else "provisioned"
    names = answers.texts("deploy_platforms")
    status = on_each_platform(
        names, work, answers, log, done=done, continue_with=_continue_command(answers, request, request.action)
    )
    for name, progress in failed:  # at most one, because it ends the run
        _offer_to_delete(name, progress, answers, request, state, log)
    return status


def _offer_to_delete(name: str, progress: Progress, answers: Answers, request: Request, state: State, log: Log) -> None:
    """Offer to delete what a failed first run created, if it costs money. The default is to keep it."""
    cost = sum(price for _, price in progress.record.costs()) if progress.record else 0
    if not (progress.first and cost and request.terminal and hasattr(adapter(name), "destruction")) or request.yes:
        return
    price = money(cost, platforms()[name].currency)
    if offered(f"What this first run created costs {price} a month. Delete it now?"):
        alone = dataclasses.replace(request, existing=False, env_file="")
        destroy(name, answers, alone, state, log, worth_saving=False)


def ready(names: Sequence[str], env_file: str, root: Path, answers: Answers | None = None) -> None:
    """Raises Failure if a later `provision` could not even start. Changes nothing. None: the project has no answers yet."""
    log = Log(Path(os.devnull))
    for name in names:
        module = adapter(name, answers.deploy_folder) if answers else adapter(name)
        cli = find(module.tool(), root, log)
        if answers and hasattr(module, "check_account"):
            module.check_account(cli, answers)
    values_of_file(env_file, root)


def _provision_on(
    name: str, answers: Answers, request: Request, state: State, log: Log, changed: Sequence[str], progress: Progress
) -> None:
    module, site = site_on(name, answers, request, state, log)
    title, progress.record = site.cli.tool.title, site.record
    if request.promoted and not hasattr(module, "PROMOTES"):
        raise Failure(
            f"`--promote` does not work for {title}: leave it out, and the same commit is deployed.",
            anchor="platform-without-verb",
        )
    progress.first = not site.record.undo_commands()
    wait_for_interrupted_run(site.record)
    tell(f"looking at {title} ...")
    current = view(name, module, site, releases=request.action == "deploy")
    new = current.new if request.only_release else []
    if request.only_release and not new:
        current.create_nothing()
    show(current.plan())
    if new:
        raise Failure(_describe_missing(title, new), anchor="something-new")
    if current.to_do or current.releases:
        asked = "Create what is not there yet" + (", and deploy?" if current.releases else "?")
        ask_before_changes(current, progress, asked, "Nothing was created")
    create(current, progress, log)
    if not current.releases:
        _show_provisioned(title, site, progress, log)
        return
    address, closed = release_commit(current, progress, log, changed)
    _show_deployed(name, site, module, address, closed, progress, log)


def ask_before_changes(current: View, progress: Progress, question: str, nothing: str) -> None:
    """Ask the one question, and for missing values, before anything that costs money exists.

    It asks nothing if only the owner can do the first step.

    Raises Failure without a yes, and if a deployment lacks a value.
    """
    site, steps, todo = current.site, current.steps, current.to_do
    if current.begins_by_hand:
        return  # nothing changes until the owner has done it
    progress.left = [*todo, *current.releases, *current.later]
    told = site.values.kept or (steps and steps[0] not in todo)
    how = str(current.module.how_to_set_variables(site)) if told else ""
    if not site.request.terminal:
        _check_values(site, current.title, how, bool(current.releases))
    ask_once(site.prompts, question, nothing)
    if site.request.terminal:
        _check_values(site, current.title, how, bool(current.releases))


def create(current: View, progress: Progress, log: Log) -> None:
    """Create what a release needs. Raises Failure if a variable has no value and a release follows."""
    site = current.site
    carry_out(current.steps, site.cli, site.record, log, progress, current.observations)
    if site.values.lacking:
        names = ", ".join(site.values.lacking)
        sentence = f"These variables still have no value on {current.title}: {names}. {current.module.how_to_set_variables(site)}"
        if current.releases:
            raise Failure(f"{sentence}\nNothing was deployed.", anchor="variables-missing")
        say(sentence)


def release_commit(current: View, progress: Progress, log: Log, changed: Sequence[str]) -> tuple[str, str]:
    """Release the current commit. The site's address, and why it could not be checked, "" if it answered.

    Raises Failure if the site does not come up.
    """
    module, site, seen = current.module, current.site, current.observations.by_step
    # If this run is interrupted between the first release and its scaling, the next one has to scale.
    for step in current.releases:
        if step.creates and not (step.name in seen and seen[step.name].done):
            site.record.intend(step.name, step.creates)
    if publish.commit(site, log, changed):
        seen.clear()  # the commit has changed
    publish.tell_uncommitted(site)
    waited, meanwhile = wait_for_others(module, site)
    if waited:
        refuse_to_take_back(site, meanwhile)
        seen.clear()
    try:
        carry_out(current.releases, site.cli, site.record, log, progress, current.observations)
        return check_site(module, site)
    except Failure as failure:
        if failure.anchor not in UNWELL and not (failure.anchor == "deployment-failed" and failed_stays(module)):
            raise
        raise rollback.offer(current.name, module, site, failure, log, progress) from failure.__cause__


def _describe_missing(title: str, new: Sequence[Step]) -> str:
    names = first_of([step.what for step in new], 3)
    return (
        f"{title} does not have {names} yet, and --only-release creates and starts nothing: deploy once without it in a "
        "terminal, with your own login, then run this again."
    )


def _check_values(site: Site, title: str, how: str, deploying: bool) -> None:
    """Ask for missing values in a terminal, before anything that costs money exists.

    Raises Failure if a deployment lacks one. `how` says how the owner sets one on the platform, if the app exists.
    """
    if site.values.unseen:
        site.values.missing(())
    if site.values.lacking and site.request.terminal:
        site.values.settable(list(site.values.lacking))
    if not site.values.lacking or not deploying:
        return
    names, first = ", ".join(site.values.lacking), site.values.lacking[0]
    where = "" if site.values.kept else f" on {title}"
    here = f"Set them in the environment ({first}=... before the command), or in a file with -d deploy_env_file=FILE."
    raise Failure(
        f"These variables still have no value{where}: {names}. {how or here}\nNothing was created or deployed.",
        anchor="variables-missing",
    )


def _show_provisioned(title: str, site: Site, progress: Progress, log: Log) -> None:
    lines = ["", f"deploy-overlay: {title} is ready for {site.title}; nothing is deployed yet", ""]
    lines += progress_lines(progress)
    lines += [
        "",
        f"Next: rehearse ({site.answers.deploy_folder}/README.md), commit, then",
        f"    {_continue_command(site.answers, site.request, 'deploy')}",
    ]
    lines += ["", f"Log: {shown(log.path, site.root)}"]
    show(lines)


def _show_deployed(
    name: str, site: Site, module: ModuleType, address: str, closed: str, progress: Progress, log: Log
) -> None:
    """`closed` says why the site could not be checked; empty if it answered."""
    what = f"is released, but {address} was not checked" if closed else f"is online at {address}"
    if hasattr(module, "handed_over") and module.handed_over(site):
        what = "is handed over, and not online yet"
    lines = ["", f"deploy-overlay: {site.title} {what}, {commit_and_branch(site)}", ""]
    lines += [closed, ""] if closed else []
    lines += progress_lines(progress)
    rows: list[tuple[str, str]] = list(module.next_commands(site))
    rows += [("roll back", rollback.command_for(name, site))] if hasattr(module, "rollback") else []
    first, superuser = first_login.is_due(site.record), first_login.createsuperuser(site, name)
    rows += [("create a superuser", command_line(superuser))] if superuser else []
    width = max(len(what) for what, _ in rows)
    lines += ["", "Useful commands", *(f"  {what:<{width}}  {command}" for what, command in rows)]
    undoing = delete_commands(name, site.record, site.answers)
    if undoing:
        lines += ["", "To delete everything that was created", *(f"  {line}" for line in undoing)]
    local = local_rows.local_data(site) if first else None
    if local and not (site.request.terminal and not site.request.yes):
        lines += ["", f"The data in {local.path.name} was not copied. To copy it:"]
        lines += [f"    {local_rows.restore_command(site, local)}"]
    lines += ["", f"Log: {shown(log.path, site.root)}"]
    show(lines)
    if first:
        copied = local_rows.offer_rows(module, site, local, log)
        if copied:
            local_rows.offer_uploads(module, site, log)
        first_login.offer(site, [] if copied else superuser, log)
    if site.request.terminal and not site.request.yes and not closed:
        publish.offer_to_open(address)


def _continue_command(answers: Answers, request: Request, action: str) -> str:
    verb = "deploy" if action == "deploy" else "provision"
    return verb_command(answers, request, verb, *(["--commit"] if request.commit else []))

"""Jinja globals and filters for the questions."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator
from typing import Any

from copier.errors import UserMessageError
from jinja2 import Environment, pass_context
from jinja2.ext import Extension
from jinja2.runtime import Context

from .. import detect
from ..base import answer_forms, template_files
from ..base.answers import foreign
from ..base.build_secrets import is_login
from ..base.dockerignore import DATA, SECRETS
from ..base.git import overlay_folder
from ..base.interrupted_update import interrupted_update
from ..base.message import DOCUMENTATION, Failure, command_line, with_help_link
from ..base.quoting import shell_word, toml_string, yaml_word
from ..base.release import PROGRAM, Release, file_option, recorded, whole_command
from ..base.run_lock import hold_run_lock
from ..base.state import State
from ..base.system_packages import RELEASE, debian_to_build, debian_to_run, not_proven
from ..base.unclear import unclear
from ..dependencies.pinned import PINNED
from ..plan import plan
from ..plan.connections import FEWEST, TOGETHER
from ..plan.names import app_name_problem, domains, domains_problem, matches
from ..plan.variables import filled
from ..platforms import check_platforms as check_each
from ..platforms.questions import asked, parsed, retired_problem, words
from . import places, platforms, show, updating
from .project import another_overlay, app_name, free_package_name, is_temporary_copy, kept_files, project, template


def _look(context: Context, name: str) -> Any:
    visit = project(context)
    visit.check(())
    known = _facts(context)
    known.pop(name, None)
    return visit.fact(name, known)


def _facts(context: Context) -> dict[str, Any]:
    """The facts that are known so far. One that came with -d is text until Copier has asked its question."""
    known = {name: context[name] for name in detect.FACTS if name in context}
    given = context["_copier_conf"]["data"].keys() & known.keys()
    return known | parsed({name: known[name] for name in given})


def _is_replayed(context: Context) -> bool:
    """Whether stored answers are rendered in an empty folder, where Copier computes all defaults again."""
    stored = {"deploy_package", "_commit"} & set(context["_copier_conf"]["data"])
    return bool(stored) and is_temporary_copy(project(context).root)


def _refused(context: Context, failure: Failure) -> UserMessageError:
    """The error to raise; nothing is rendered yet, and an update's answers file is restored."""
    if updating.is_updating():
        updating.restore_answers(project(context).root, str(context["_copier_conf"]["answers_file"]))
    return UserMessageError(with_help_link(str(failure), failure.anchor))


def _refuse(context: Context, failure: Failure | None) -> None:
    if failure is not None:
        raise _refused(context, failure)


@contextlib.contextmanager
def _refusing(context: Context) -> Iterator[None]:
    """Turns a Failure of this block into the message with which Copier ends."""
    try:
        yield
    except Failure as failure:
        raise _refused(context, failure) from None


def _open(context: Context, name: str) -> tuple[Any, ...]:
    """Possible values of an unclear fact. Never raises, because an update asks in empty folders too."""
    if is_temporary_copy(project(context).root):
        return ()
    try:
        return tuple(_look(context, name).candidates)
    except Failure:
        return ()


@pass_context
def detected(context: Context, name: str) -> Any:
    """Value of a fact for a question's `default`; the first candidate if it is unclear.

    Raises UserMessageError if the project cannot be deployed, or with --defaults if the fact is unclear.
    """
    if _is_replayed(context):
        return ""
    with _refusing(context):
        fact = _look(context, name)
    show.show_fact(name, fact)
    # Before Copier reads it as YAML, which takes a few invisible characters for line ends and refuses others.
    _refuse(context, answer_forms.form_problem(name, fact.value))
    if not fact.candidates:
        return fact.value
    if context["_copier_conf"]["defaults"]:
        with _refusing(context):
            _look(context, "django_version")  # too old, whatever the answer
        _refuse(context, unclear(name, fact.candidates))
    return fact.candidates[0]


@pass_context
def show_seen(context: Context) -> str:
    """Show what was detected, before the first question; nothing with --defaults or --quiet."""
    conf = context["_copier_conf"]
    if conf["defaults"] or conf["quiet"] or is_temporary_copy(project(context).root):
        return ""
    with _refusing(context):
        project(context).check(())
        show.show_facts(project(context).summarize(_facts(context), filled))
    return ""


@pass_context
def unsure(context: Context, name: str) -> bool:
    """Whether a fact is unclear and must be asked."""
    return bool(_open(context, name))


@pass_context
def candidates(context: Context, name: str) -> str:
    """The end of a question's help: the possible values of an unclear fact."""
    found = _open(context, name)
    return f" (found: {', '.join(str(value) for value in found)})" if found else ""


@pass_context
def fact_problem(context: Context, name: str) -> str:
    """For a validator: why an answer is wrong for this project, so that it is asked again."""
    visit = project(context)
    if not is_temporary_copy(visit.root):
        try:
            # The other answers too: what one of them settles must not be refused here, where it ends in a traceback.
            visit.check_answers(_facts(context), name)
        except Failure as refusal:
            return show.fit_prompt(str(refusal), name)
    return ""


@pass_context
def ci_asked(context: Context) -> bool:
    """Whether the project has workflows already. An update leaves the answer as it is."""
    if updating.is_updating() or is_temporary_copy(project(context).root) or context["deploy_beside"]:
        return False
    try:
        return project(context).runs_workflows()
    except Failure:
        return False


@pass_context
def preflight(context: Context) -> str:
    """Check everything before the first file is written, also if all answers were stored by an earlier copy."""
    visit = project(context)
    if is_temporary_copy(visit.root):
        return ""
    folder = plan(context.get_all()).folder
    rendered = set(template_files.rendered_paths(template(context), folder))
    ours = rendered - set(context["deploy_kept_files"])
    facts = _facts(context)
    with _refusing(context):
        visit.check_answers(facts)
        _refuse(context, answer_forms.first_form_problem({**facts, "deploy_package": context["deploy_package"]}))
        _refuse(context, places.place_problem(visit.root, sorted(rendered), folder))
        visit.check(context["django_dependency_files"], ours)
        detect.check_discovery(visit.root, context.get_all())
        begun = detect.cut_off(visit.root, ours)
        if begun and not context["_copier_conf"]["pretend"]:
            from ..base.backup import put_aside

            put_aside(State(overlay_folder(visit.root), visit.root), begun)  # or Copier would ask about them
    return ""


@pass_context
def check_platforms(context: Context) -> str:
    """Refuse what a selected platform would refuse at the first deploy; "" if there is nothing."""
    root = project(context).root
    if not is_temporary_copy(root):
        conf = context["_copier_conf"]
        stored = template_files.stored_answers(root / str(conf["answers_file"]))
        # What is given with -d is an answer already, also to a question that comes later. With --defaults nothing is asked
        # later, where Copier would end in a traceback; otherwise it asks again where an answer no longer holds.
        later = platforms.unasked(context["deploy_platforms"])
        known = {name: value for name, value in context.get_all().items() if name not in later}
        unasked = {name: stored.get(name, value) for name, value in later.items()} if conf["defaults"] else {}
        answers = {**unasked, **conf["data"], **known}
        with _refusing(context):
            check_each(context["deploy_platforms"], root, answers)
    return ""


@pass_context
def check_given(context: Context) -> str:
    """Refuse invalid answers given with -d, at which Copier itself would end in a traceback."""
    conf = context["_copier_conf"]
    root, answers_file = project(context).root, str(conf["answers_file"])
    only_run(context)
    if not is_temporary_copy(root) and not updating.is_updating():
        _refuse(context, interrupted_update(root))
    problem_there = template_files.answers_file_problem(root, answers_file)
    problem_there = problem_there or template_files.second_project_problem(
        root, answers_file, conf["data"].get("django_root")
    )
    _refuse(context, problem_there)
    updating.restore_answers_at_exit(root, answers_file)
    stored = template_files.stored_answers(root / answers_file)
    _refuse(context, foreign(answers_file, stored))
    _refuse(context, answer_forms.first_form_problem(stored, words()) if stored else None)
    if not conf["data"]:
        return ""
    from ..base import questions

    every = asked()
    replayed = is_temporary_copy(project(context).root)  # with stored answers, of retired questions too
    damage = questions.damage(answers_file, every, conf["data"], detect.FACTS) if replayed else None
    _refuse(context, damage)

    lists = {
        name: questions.parse_value(value)
        for name, value in conf["data"].items()
        if every.get(name, {}).get("multiselect")
    }

    def problem(name: str, value: object) -> str:
        validator = every[name].get("validator", "")
        return context.environment.from_string(validator).render({**context.get_all(), **lists, name: value}).strip()

    _refuse(context, None if replayed else retired_problem(conf["data"].get("deploy_platforms")))
    refusal = questions.first_problem(every, conf["data"], problem, words=words(), replayed=replayed)
    _refuse(context, refusal)
    return ""


@pass_context
def programs_ready(context: Context) -> str:
    """Refuse, before anything is written, if a platform's CLI is missing, too old or logged out.

    Nothing is asked where nothing is to be created, and an update refuses to.
    """
    root = project(context).root
    if not platforms.creates(context) or is_temporary_copy(root):
        return ""
    from . import programs

    updating_now = programs.not_in_an_update()
    _refuse(context, updating_now)
    problem = programs.programs_problem(root, context["deploy_env_file"], context["deploy_platforms"])
    if problem:
        raise UserMessageError(problem)
    return ""


@pass_context
def only_run(context: Context) -> int:
    """The number of this run, the only one at work in the repository until its process ends: for its hooks."""
    root = project(context).root
    if context["_copier_conf"]["pretend"] or is_temporary_copy(root) or not (root / ".git").exists():
        return 0
    with _refusing(context):
        return hold_run_lock(overlay_folder(root))


@pass_context
def deploy_overlay(context: Context, *arguments: str) -> str:
    """The line that runs a verb of the command in the version that is rendered, on any machine that has uv."""
    return whole_command(
        context["_copier_answers"], *arguments, answers_file=str(context["_copier_conf"]["answers_file"])
    )


@pass_context
def ci_command(context: Context) -> str:
    """The same for a shell in which `version` has the version, so that an update of that changes no workflow."""
    source = Release(recorded(context["_copier_answers"]).source)
    version = "" if source.is_local and not (source.folder / ".git").exists() else "@$version"
    named = command_line(file_option(str(context["_copier_conf"]["answers_file"])))
    return f'uvx --from "{source.requirement}{version}" {PROGRAM} {named}'.rstrip()


ASKED = (
    show_seen,
    detected,
    fact_problem,
    unsure,
    candidates,
    ci_asked,
    preflight,
    check_platforms,
    check_given,
    programs_ready,
)
FILTERS = (
    matches, domains, domains_problem, app_name_problem, show.fit_prompt, template_files.relative_to,
    shell_word, toml_string, yaml_word, debian_to_build, debian_to_run, not_proven,
)  # fmt: skip


class DeployOverlay(Extension):
    """Registers the names above; see https://copier.readthedocs.io/en/stable/configuring/#jinja_extensions."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        for function in (
            *ASKED,
            *platforms.FUNCTIONS,
            deploy_overlay,
            ci_command,
            only_run,
            free_package_name,
            kept_files,
            app_name,
            another_overlay,
        ):
            environment.globals[function.__name__] = function
        environment.globals |= updating.questions()
        environment.globals["image_context"] = {"secrets": SECRETS, "data": DATA}
        environment.globals["threads"] = {"together": TOGETHER, "fewest": FEWEST}
        environment.globals["documentation"] = DOCUMENTATION
        environment.globals["debian_release"] = RELEASE
        environment.globals["uv_version"] = PINNED["uv"].version
        environment.tests["matching"] = matches
        environment.tests["login"] = is_login
        environment.filters |= {function.__name__: function for function in FILTERS}
        # JSON writes an emoji of a folder's name as two escapes, which YAML and Python read as two broken letters.
        environment.filters["to_json"] = functools.partial(environment.filters["to_json"], ensure_ascii=False)
        environment.filters["facts_given"] = functools.partial(updating.facts_given, facts=detect.FACTS)
        environment.filters["with_own_answers"] = functools.partial(updating.with_own_answers, facts=detect.FACTS)

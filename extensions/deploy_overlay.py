"""The module that Copier loads: what the questions may ask about the project, as Jinja globals and filters.

Detection itself is the package `detection` beside this file. An update loads the old and the new template in one
process, so what is beside this file is loaded under names made from this template's path and versions never mix.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import hashlib
import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import copier
import jinja2
from copier.errors import UserMessageError
from jinja2 import Environment, pass_context
from jinja2.ext import Extension
from jinja2.runtime import Context

HERE = Path(__file__).resolve().parent


def _sibling(file: str) -> ModuleType:
    path = HERE / file
    folder = path.parent
    name = f"deploy_overlay_{path.stem}_{folder.name}_{hashlib.sha256(str(path).encode()).hexdigest()[:12]}"
    if name not in sys.modules:
        inside = [str(folder)] if path.stem == "__init__" else None
        spec = importlib.util.spec_from_file_location(name, path, submodule_search_locations=inside)
        assert spec is not None and spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


# What Jinja compiles depends on `_envops` in copier.yml, on its own version and on the filters that Copier brings.
code = _sibling("code_cache.py").CodeCache(
    HERE.parent, [*HERE.rglob("*.py"), HERE.parent / "copier.yml"], jinja2.__version__, copier.__version__
)
code.serve_imports(HERE)
detection = _sibling("detection/__init__.py")
answers = _sibling("answers/__init__.py")
updating = _sibling("updating.py")
showing = _sibling("showing.py")
documentation = _sibling("../hooks/documentation.py")
run = _sibling("run.py")
short_templates = _sibling("short_templates.py")

_project, _template, _is_temporary_copy = run.projects(detection, answers), run.template, run.is_temporary_copy


def _look(context: Context, name: str) -> Any:
    project = _project(context)
    project.check(())
    known = {key: context[key] for key in detection.FACTS if key in context and key != name}
    return project.fact(name, known)


def _is_replayed(context: Context) -> bool:
    """Whether stored answers are rendered in an empty folder: even defaults of what is not asked are computed there."""
    stored = {"deploy_package", "_commit"} & set(context["_copier_conf"]["data"])
    return bool(stored) and _is_temporary_copy(_project(context).root)


def _refused(context: Context, message: str, anchor: str) -> UserMessageError:
    """What to raise: nothing is rendered yet, and what an update's first hook wrote is taken back."""
    updating.give_back(_project(context).root, str(context["_copier_conf"]["answers_file"]))
    return UserMessageError(documentation.told(message, anchor))


def _refuse(context: Context, problem: Any) -> None:
    if problem:
        raise _refused(context, problem.text, problem.anchor)


@contextlib.contextmanager
def _refusing(context: Context) -> Iterator[None]:
    """What detection refuses in this block ends the run with its sentence."""
    try:
        yield
    except detection.Refusal as refusal:
        raise _refused(context, str(refusal), refusal.anchor) from None


def _open(context: Context, name: str) -> tuple[Any, ...]:
    """What a fact could be where the project leaves it open. Never raises: an update asks in empty folders too."""
    if _is_temporary_copy(_project(context).root):
        return ()
    try:
        return tuple(_look(context, name).candidates)
    except detection.Refusal:
        return ()


@pass_context
def detected(context: Context, name: str) -> Any:
    """Value of a fact for a question's `default`; the first candidate where the project leaves it open.

    Raises UserMessageError where the project cannot be deployed, and where nobody can be asked for an open fact.
    """
    if _is_replayed(context):
        return ""
    with _refusing(context):
        fact = _look(context, name)
    showing.fact(name, fact)
    if not fact.candidates:
        return fact.value
    if context["_copier_conf"]["defaults"]:
        _refuse(context, answers.undecided(name, fact))
    return fact.candidates[0]


@pass_context
def show_seen(context: Context) -> str:
    """Show what was detected before the first question; nobody reads it where nobody is asked."""
    conf = context["_copier_conf"]
    if conf["defaults"] or conf["quiet"] or _is_temporary_copy(_project(context).root):
        return ""
    with _refusing(context):
        _project(context).check(())
        showing.seen(_project(context).seen({key: context[key] for key in detection.FACTS if key in context}))
    return ""


@pass_context
def unsure(context: Context, name: str) -> bool:
    """Whether a fact has to be asked."""
    return bool(_open(context, name))


@pass_context
def candidates(context: Context, name: str) -> str:
    """The end of a question's help: what was seen where the project leaves a fact open."""
    found = _open(context, name)
    return f" (found: {', '.join(str(value) for value in found)})" if found else ""


@pass_context
def fact_problem(context: Context, name: str) -> str:
    """For a validator: why an answer cannot be true of this project, so that it is asked again."""
    project = _project(context)
    if not _is_temporary_copy(project.root):
        try:
            # The other answers too: what one of them settles must not be refused here, where it ends in a traceback.
            project.check_given({key: context[key] for key in detection.FACTS if key in context}, name)
        except detection.Refusal as refusal:
            return str(refusal)
    return ""


@pass_context
def preflight(context: Context) -> str:
    """Refuse while nothing is written yet; also where all answers were stored by an earlier copy."""
    project = _project(context)
    if _is_temporary_copy(project.root):
        return ""
    folder = str(context["deploy_folder"])
    rendered = set(answers.rendered_paths(_template(context), folder))
    ours = rendered - set(context["deploy_kept_files"])
    facts = {key: context[key] for key in detection.FACTS if key in context}
    with _refusing(context):
        project.check_given(facts)
        _refuse(context, answers.first_form_problem({**facts, "deploy_package": context["deploy_package"]}))
        _refuse(context, answers.place_problem(project.root, sorted(rendered), folder))
        project.check(context["django_dependency_files"], ours)
        detection.check_discovery(project.root, context.get_all())
        for path in detection.cut_off(project.root, ours):
            (project.root / path).unlink()  # or Copier would ask about it
    return ""


@pass_context
def check_platforms(context: Context) -> str:
    """Refuse what a chosen platform would refuse later, at the first deploy; "" where none has anything against it."""
    root = _project(context).root
    for name in () if _is_temporary_copy(root) else context["deploy_platforms"]:
        with _refusing(context):
            detection.check_platform(name, root, context.get_all())
    return ""


@pass_context
def check_given(context: Context) -> str:
    """Refuse answers given with -d that no question accepts: Copier itself would end in a traceback."""
    conf = context["_copier_conf"]
    root, answers_file = _project(context).root, str(conf["answers_file"])
    problem_there = answers.answers_file_problem(root, answers_file)
    problem_there = problem_there or answers.second_project_problem(root, answers_file, conf["data"].get("django_root"))
    _refuse(context, problem_there)
    updating.watch(root, answers_file)
    _refuse(context, answers.first_form_problem(answers.stored_answers(root / answers_file)))
    if not conf["data"]:
        return ""
    questions = answers.questions(Path(conf["src_path"]) / "questions")
    replayed = _is_temporary_copy(_project(context).root)  # with stored answers, of retired questions too
    damage = answers.damage(answers_file, questions, conf["data"], detection.FACTS) if replayed else None
    _refuse(context, damage)

    def problem(name: str, value: object) -> str:
        validator = questions[name].get("validator", "")
        return context.environment.from_string(validator).render({**context.get_all(), name: value}).strip()

    refusal = answers.first_problem(questions, conf["data"], problem, retired_allowed=replayed)
    _refuse(context, refusal)
    return ""


@pass_context
def programs_ready(context: Context) -> str:
    """Refuse, before anything is written, where a platform's program is missing, too old or logged out.

    Only called where something is to be created. Updates never create anything, so they refuse the wish itself.
    """
    root = _project(context).root
    if _is_temporary_copy(root):
        return ""
    updating_now = answers.not_in_an_update()
    _refuse(context, updating_now)
    hook = HERE.parent / "hooks" / "before_copy.py"
    problem = answers.programs_problem(hook, root, context["deploy_env_file"], context["deploy_platforms"])
    if problem:
        raise UserMessageError(problem)
    return ""


@pass_context
def bundled(context: Context, name: str) -> str:
    """One file of the modules in template/parts/<name>, of the version of the template that is rendered."""
    folder = _template(context).parent / "parts" / name
    return str(code.get(f"{name} {answers.content_hash(folder)}", lambda: answers.bundled(folder)))


def _stored(context: Context) -> list[str]:
    """Names of the questions whose answers are kept."""
    questions = answers.questions(Path(context["_copier_conf"]["src_path"]) / "questions")
    return [name for name, asked in questions.items() if asked.get("when") is not False and not asked.get("secret")]


if not gc.get_freeze_count():
    gc.freeze()  # once in a process: docs/decisions/0014-what-is-loaded-is-not-searched-for-garbage.md


class DeployOverlay(Extension):
    """Registers the names above; see https://copier.readthedocs.io/en/stable/configuring/#jinja_extensions."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        environment.compile = code.kept(environment.compile)  # type: ignore[method-assign]
        environment.from_string = short_templates.made_once(environment.from_string)  # type: ignore[method-assign]
        made = _sibling("made.py").functions(answers, detection, _project, _template)
        asked = (show_seen, detected, fact_problem, unsure, candidates)
        for function in (*asked, *made, preflight, check_platforms, check_given, programs_ready, bundled):
            environment.globals[function.__name__] = function
        environment.globals |= updating.questions(_project, answers.other_overlays, detection.FACTS, _stored)
        environment.globals["documentation"] = documentation.ADDRESS
        environment.tests["matching"] = answers.matches
        plain = "matches domains domains_problem app_name_problem secret_key_name database_parts relative_to shell_word"
        for name in (*plain.split(), "toml_string"):
            environment.filters[name] = getattr(answers, name)
        # JSON writes an emoji of a folder's name as two escapes, which YAML and Python read as two broken letters.
        environment.filters["to_json"] = functools.partial(environment.filters["to_json"], ensure_ascii=False)
        for name in ("facts_given", "with_own_answers"):
            environment.filters[name] = functools.partial(getattr(updating, name), facts=detection.FACTS)

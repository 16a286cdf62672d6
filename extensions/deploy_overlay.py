"""The module that Copier loads: what the questions may ask about the project, as Jinja globals and filters.

Detection itself is the package `detection` beside this file. An update loads the old and the new template in one
process, so what is beside this file is loaded under names made from this template's path and versions never mix.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import os
import sys
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
documentation = _sibling("../hooks/documentation.py")


_projects: dict[Path, Any] = {}


def _project(context: Context) -> Any:
    conf = context["_copier_conf"]
    root = Path(str(conf["dst_path"])).absolute()
    if root not in _projects:
        left, pythons = answers.left_by_overlay(root, _template(context))
        _projects[root] = detection.Visit(root, left, pythons.get(str(conf["answers_file"]), ""))
    return _projects[root]


def _template(context: Context) -> Path:
    return Path(str(context["_copier_conf"]["src_path"])) / "template" / "project"


def _look(context: Context, name: str) -> Any:
    project = _project(context)
    project.check(())
    known = {key: context[key] for key in detection.FACTS if key in context and key != name}
    return project.fact(name, known)


def _is_temporary_copy(root: Path) -> bool:
    """An update replays the answers in new, empty folders, where there is no project to look at."""
    return not root.is_dir() or not any(root.iterdir())


def _is_replayed(context: Context) -> bool:
    """The same, where even defaults of questions that are not asked are computed: stored answers come as data."""
    return "deploy_package" in context["_copier_conf"]["data"] and _is_temporary_copy(_project(context).root)


def _refused(context: Context, message: str, anchor: str) -> UserMessageError:
    """What to raise: nothing is rendered yet, and what an update's first hook wrote is taken back."""
    updating.give_back(_project(context).root, str(context["_copier_conf"]["answers_file"]))
    return UserMessageError(documentation.told(message, anchor))


def _refused_for(context: Context, problem: Any) -> UserMessageError:
    return _refused(context, problem.text, problem.anchor)


@pass_context
def detected(context: Context, name: str) -> Any:
    """Value of a fact for a question's `default`; the first candidate where the project leaves it open.

    Raises UserMessageError where the project cannot be deployed, and where nobody can be asked for an open fact.
    """
    if _is_replayed(context):
        return ""
    try:
        fact = _look(context, name)
    except detection.Refusal as refusal:
        raise _refused(context, str(refusal), refusal.anchor) from None
    if os.environ.get("DEPLOY_OVERLAY_VERBOSE"):
        seen = ", ".join(f"{e.path}:{e.line}" if e.line else e.path for e in fact.evidence)
        print(f"{name} = {fact.value!r}{f'  ({seen})' if seen else ''}", file=sys.stderr)
    if not fact.candidates:
        return fact.value
    if context["_copier_conf"]["defaults"]:
        raise _refused_for(context, answers.undecided(name, fact))
    return fact.candidates[0]


@pass_context
def unsure(context: Context, name: str) -> bool:
    """Whether a fact has to be asked. Never raises: an update evaluates it in empty folders too."""
    if _is_temporary_copy(_project(context).root):
        return False
    try:
        return bool(_look(context, name).candidates)
    except detection.Refusal:
        return False


@pass_context
def candidates(context: Context, name: str) -> str:
    """The end of a question's help: what was seen where the project leaves a fact open."""
    if _is_temporary_copy(_project(context).root):
        return ""
    try:
        found = _look(context, name).candidates
    except detection.Refusal:
        return ""
    return f" (found: {', '.join(str(value) for value in found)})" if found else ""


@pass_context
def preflight(context: Context) -> str:
    """Refuse while nothing is written yet; also where all answers were stored by an earlier copy."""
    project = _project(context)
    if _is_temporary_copy(project.root):
        return ""
    rendered = answers.rendered_paths(_template(context), str(context["deploy_folder"]))
    kept = set(context["deploy_kept_files"])
    answered = {key: context[key] for key in detection.FACTS if key in context}
    try:
        project.check_given(answered)
        project.check(context["django_dependency_files"], (path for path in rendered if path not in kept))
    except detection.Refusal as refusal:
        raise _refused(context, str(refusal), refusal.anchor) from None
    if not context["_copier_conf"]["defaults"] and not context["_copier_conf"]["quiet"] and sys.stderr.isatty():
        for line in project.told(answered):
            print(line, file=sys.stderr)
    return ""


@pass_context
def check_platform(context: Context, name: str) -> str:
    """Refuse what a chosen platform would refuse later, at the first deploy; "" where it has nothing against it."""
    root = _project(context).root
    if name in context["deploy_platforms"] and not _is_temporary_copy(root):
        try:
            detection.check_platform(name, root, context.get_all())
        except detection.Refusal as refusal:
            raise _refused(context, str(refusal), refusal.anchor) from None
    return ""


@pass_context
def check_given(context: Context) -> str:
    """Refuse answers given with -d that no question accepts: Copier itself would end in a traceback."""
    conf = context["_copier_conf"]
    problem_there = answers.answers_file_problem(_project(context).root, str(conf["answers_file"]))
    if problem_there:
        raise _refused_for(context, problem_there)
    updating.watch(_project(context).root, str(conf["answers_file"]))
    if not conf["data"]:
        return ""
    questions = answers.questions(Path(str(conf["src_path"])) / "questions")
    replayed = _is_temporary_copy(_project(context).root)  # with stored answers, of retired questions too

    def problem(name: str, value: object) -> str:
        validator = questions[name].get("validator", "")
        return context.environment.from_string(validator).render({**context.get_all(), name: value}).strip()

    for name, value in conf["data"].items():
        refusal = answers.given_problem(questions, name, value, problem, retired_allowed=replayed)
        if refusal:
            raise _refused_for(context, refusal)
    return ""


@pass_context
def own_answers(context: Context) -> list[str]:
    """Names of the facts that the user decided: an update does not detect them again."""
    project = _project(context)
    answered = {name: context[name] for name in detection.FACTS if name in context}
    return list(updating.own_answers(detection.FACTS, answered, context["_copier_conf"]["data"], project.offered))


@pass_context
def programs_ready(context: Context) -> str:
    """Refuse, before anything is written, where a platform's program is missing, too old or logged out.

    Only called where something is to be created. Updates never create anything, so they refuse the wish itself.
    """
    root = _project(context).root
    if _is_temporary_copy(root):
        return ""
    operation = getattr(sys.modules.get("copier._main"), "_operation", None)  # questions are not told otherwise
    if operation is not None and operation.get("copy") != "copy":
        text = "An update creates and deploys nothing: deploy/README.md says how to deploy again."
        raise _refused_for(context, answers.Problem(text, anchor="update-creates-nothing"))
    hook = HERE.parent / "hooks" / "before_copy.py"
    problem = answers.programs_problem(hook, root, context["deploy_env_file"], context["deploy_platforms"])
    if problem:
        raise UserMessageError(problem)
    return ""


@pass_context
def going(context: Context) -> str:
    """Name what an update will remove, while nothing is written yet."""
    hook = HERE.parent / "hooks" / "going.py"
    chosen, leaving = context["deploy_platforms"], str(context["deploy_leave"])
    updating.going(_project(context).root, str(context["_copier_conf"]["answers_file"]), hook, chosen, leaving)
    return ""


@pass_context
def free_package_name(context: Context) -> str:
    return str(answers.free_package_name(_project(context).root / str(context["django_root"]), _template(context)))


@pass_context
def kept_files(context: Context) -> list[str]:
    own = context["django_dependency_files"]  # edited, not kept
    return [path for path in answers.kept_files(_project(context).root, _template(context)) if path not in own]


@pass_context
def app_name(context: Context, longest: int) -> str:
    return str(answers.app_name(_project(context).root, longest))


@pass_context
def bundled(context: Context, name: str) -> str:
    """One file of the modules in template/parts/<name>, of the version of the template that is rendered."""
    folder = _template(context).parent / "parts" / name
    return str(code.get(f"{name} {answers.content_hash(folder)}", lambda: answers.bundled(folder)))


class DeployOverlay(Extension):
    """Registers the names above; see https://copier.readthedocs.io/en/stable/configuring/#jinja_extensions."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        # Copier compiles the same short strings (a type, a file name, the answers file's name) hundreds of times.
        environment.from_string = functools.cache(environment.from_string)  # type: ignore[assignment, method-assign]
        environment.compile = code.kept(environment.compile)  # type: ignore[method-assign]
        asked = (detected, unsure, candidates, own_answers, free_package_name, kept_files, app_name)
        for function in (*asked, preflight, check_platform, check_given, programs_ready, going, bundled):
            environment.globals[function.__name__] = function
        environment.globals["documentation"] = documentation.ADDRESS
        environment.tests["matching"] = answers.matches
        plain = "matches domains domains_problem app_name_problem secret_key_name database_parts relative_to shell_word"
        for name in (*plain.split(), "toml_string"):
            environment.filters[name] = getattr(answers, name)
        for name in ("facts_given", "with_own_answers"):
            environment.filters[name] = functools.partial(getattr(updating, name), facts=detection.FACTS)

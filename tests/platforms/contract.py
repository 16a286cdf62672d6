"""What every platform has to keep, as checks of a template's folder: of this one, or of a copy with more platforms."""

from __future__ import annotations

import hashlib
import importlib.util
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import jinja2
from copier._template import load_template_config

RUNTIME = "template/project/{{ deploy_folder }}/platforms"
FOLDER = "deploy_overlay/platforms"
STATUSES = r"stable|preliminary|deprecated until \d{4}-\d{2}-\d{2}, use .+"
# Outside the overlay's folder, whichever platform is chosen.
COMMON = {".copier-answers.yml"}
# What people need, and the kinds that answer it: one of them has to be there, or the platform is refused by name.
NEEDS: dict[str, dict[str, Any]] = {
    "plain": {"deploy_database": "postgres"},
    "worker and Redis": {
        "deploy_database": "postgres",
        "django_workers": [{"service": "celery", "name": "worker", "command": "celery worker"}],
        "django_services": ["celery", "redis"],
        "django_stores": [{"kind": "redis", "roles": ["queue"], "variables": ["CELERY_BROKER_URL"], "fixed": []}],
    },
    "SQLite": {"deploy_database": "sqlite"},
    "uploads": {
        "deploy_database": "postgres",
        "django_uploads": {"store": "disk", "access": "public", "path": "/media/"},
    },
    "cron": {
        "deploy_database": "postgres",
        "django_schedule": [
            {"name": "nightly", "command": "python -m django nightly", "schedule": "7 3 * * *", "source": "project"}
        ],
    },
    "bucket": {
        "deploy_database": "postgres",
        "django_uploads": {"store": "disk", "access": "private", "path": "/media/"},
        "deploy_uploads": "bucket",
    },
    "volume": {
        "deploy_database": "postgres",
        "django_uploads": {"store": "disk", "access": "private", "path": "/media/"},
        "deploy_uploads": "volume",
    },
    "second project": {"deploy_database": "postgres", "deploy_beside": True},
    "no domain yet": {"deploy_database": "postgres", "deploy_domains": ""},
    "own domains only": {"deploy_database": "postgres", "deploy_domains": "www.example.com"},
}


def package(template: Path, name: str = "") -> ModuleType:
    """A module of the package of this version of the template."""
    folder = template / "deploy_overlay"
    root = f"contract_{hashlib.sha256(str(folder).encode()).hexdigest()[:12]}"
    if root not in sys.modules:
        spec = importlib.util.spec_from_file_location(
            root, folder / "__init__.py", submodule_search_locations=[str(folder)]
        )
        assert spec and spec.loader
        sys.modules[root] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[root])
    return importlib.import_module(f"{root}.{name}" if name else root)


def platforms(template: Path) -> list[str]:
    """The platforms that a version of the template offers, in its order."""
    return list(package(template, "platforms").platforms())


def declaration(template: Path, name: str) -> Any:
    """What a platform says of itself, in this version of the template."""
    return package(template, "platforms").platform(name)


def runtime(template: Path, name: str) -> ModuleType:
    """What a project has as deploy/platforms/NAME.py."""
    path = runtime_file(template, name)
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".jinja":  # as a project with everything gets it
        answers = {**NEEDS["worker and Redis"], **NEEDS["bucket"], "deploy_platforms": [name]}
        environment = jinja2.Environment(undefined=jinja2.StrictUndefined)
        environment.globals |= {one.__name__: one for one in package(template, "ask.platforms").FUNCTIONS}
        text = environment.from_string(text).render(answers)
    loaded = ModuleType(f"contract_{name}")
    exec(compile(text, str(path), "exec"), loaded.__dict__)
    return loaded


def runtime_file(template: Path, name: str) -> Path:
    plain = template / RUNTIME / f"{name}.py"
    return plain if plain.is_file() else plain.with_suffix(".py.jinja")


def check_files(template: Path, name: str) -> None:
    """A file for each thing that there is to know: its folder, its runtime, a test and a page."""
    needed = (
        f"{FOLDER}/{name}/__init__.py",
        f"{FOLDER}/{name}/questions.yml",
        f"{FOLDER}/{name}/readme.md.jinja",
        str(runtime_file(template, name).relative_to(template)),
        f"tests/platforms/test_{name}.py",
        f"docs/platforms/{name}.md",
    )
    assert [path for path in needed if not (template / path).is_file()] == []
    declared = declaration(template, name)
    for path in declared.files:
        assert any((template / "template" / "project" / f"{path}{end}").is_file() for end in (".jinja", "")), path
    for module in filter(None, (declared.checks, declared.adapter)):
        assert package(template, f"platforms.{name}.{module}")


def check_questions(template: Path, name: str) -> None:
    """Its questions are its own, asked only where it was chosen, each with a help and a default."""
    asked: dict[str, Any] = load_template_config(template / FOLDER / name / "questions.yml")
    for question, said in asked.items():
        if question.startswith("_") or said.get("when") is False or said.get("ask") is False:
            continue
        assert question.startswith(f"{name}_"), question
        assert f"'{name}' in deploy_platforms" in str(said["when"]), question
        assert said["help"] and said.get("default") is not None, question
    assert set(asked.get("_for_one_run", ())) <= set(asked)
    assert f"\n!include {FOLDER}/{name}/questions.yml\n" in (template / "copier.yml").read_text(encoding="utf-8")


def check_runtime(template: Path, name: str) -> None:
    """It is recognised by its own variables and by no other platform's; hosts are exact; nothing is made up."""
    platform = runtime(template, name)
    runs = declaration(template, name).runs
    rehearsed = runs.sets
    header = platform.PROXY_SSL_HEADER
    assert header is None or (header[0].startswith("HTTP_") and header[1])
    assert not platform.running({})
    for other in platforms(template):
        assert bool(runtime(template, other).running(rehearsed)) == (other == name), other
    found = platform.hosts(rehearsed)
    assert bool(found) == (declaration(template, name).addresses == "own")
    assert all(re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", host) for host in found), found
    assert found == ([runs.address] if runs.address else [])
    if hasattr(platform, "database_url"):
        assert platform.database_url({**rehearsed, "DATABASE_URL": "postgres://u:p@db.example.com/d"})
    assert rehearsed["PORT"].isdecimal()


def check_declaration(template: Path, name: str) -> None:
    """What it says is possible, and agrees with what the running site has and what is asked."""
    declared, types = declaration(template, name), package(template, "base.platform")
    assert re.fullmatch(STATUSES, declared.status)
    assert declared.runs.proxy_header == runtime(template, name).PROXY_SSL_HEADER
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", declared.prices_seen) and declared.prices.startswith("https://")
    for database in ("postgres", "sqlite") if declared.backups else ():
        told = declared.backups({"deploy_database": database})
        assert told.words.endswith(".") and told.source.startswith("https://"), database
        assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", told.seen), database
    assert 3 <= declared.longest_name <= 63
    assert {"web"} <= set(declared.has) <= set(types.KINDS)
    assert {"logs", "shell"} <= set(declared.verbs)
    # Of an environment beside production, each is about that alone; a bare `moon logs` asks which.
    names = ("{environment}",) if declared.production else ("{name}", "{destination}")
    lines = declared.verbs.values()
    assert all(len(line.split()) == 2 or any(name in line for name in names) for line in lines)
    asked = package(template, "platforms.questions").asked()
    for kind, has in declared.has.items():
        if isinstance(has, types.ByHand):
            assert "`" in has.words or "https://" in has.words, kind  # a command, or where it is explained
            continue
        named = [question for question in (has.plan, has.count, has.existing) if question]
        assert [question for question in named if question not in asked] == []
        if has.plan:
            assert next(iter(has.price)) == asked[has.plan]["default"], "the default plan is the first one"
            assert {str(value) for value in asked[has.plan]["choices"].values()} == set(has.price)


def check_choice(template: Path, name: str) -> None:
    """The text that people choose from has its name, the total of the defaults, and its state while it is not stable."""
    declared = declaration(template, name)
    offered = package(template, "platforms.questions").platform_choices()
    text = next(text for text, value in offered.items() if value == name)
    assert text.startswith(f"{declared.name}: {declared.choice}; ")
    if not declared.status.startswith("deprecated"):
        assert package(template, "plan").plan({}, declared).total in text
    shown = re.findall(r"stable|preliminary|deprecated[^;)]*", text)
    assert shown == ([] if declared.status == "stable" else [declared.status])
    assert len(text) < 76  # of a terminal's 80 columns, behind the mark of a choice


def check_need(template: Path, name: str, need: str) -> None:
    """What a project needs is declared, made, explained with the exact words, or refused by name with a cure."""
    declared, module = declaration(template, name), package(template, "plan.needs")
    answers = {**NEEDS[need], "deploy_name": "library"}
    offered = package(template, "platforms").platforms()
    refusal = module.refusal(name, declared, answers, offered)
    if refusal is not None:
        assert need not in ("plain", "own domains only")
        assert declared.name in str(refusal) and "deploy_" in str(refusal)
        assert refusal.anchor in ("platform-lacks", "one-project-only")
        return
    assert need != "second project" or declared.second_project
    assert need != "no domain yet" or declared.addresses == "own"
    for kind in {one.kind for one in module.needs(declared, answers)}:
        assert kind in declared.has
    for _, words in module.by_hand(declared, answers):
        assert "{name}" not in words


def check_chosen(template: Path, name: str) -> None:
    """What the owner chooses is started, made and priced, or cannot be chosen there; by hand, with the words for it."""
    declared, ask = declaration(template, name), package(template, "ask.platforms")
    module, missing = package(template, "plan"), package(template, "plan.missing").missing
    has = {**NEEDS["worker and Redis"], **NEEDS["uploads"], **NEEDS["cron"], "deploy_name": "library"}
    for kind in ("worker", "cron"):
        found = module.plan(has | {"deploy_runs": [kind]}, declared)
        wanted = [process for process in found.background if process.chosen == kind]
        states = {process.state for process in wanted}
        assert wanted and states == ({"by hand"} if ask.runs_problem([kind], [name]) else {"started"}), kind
        assert kind not in declared.has or states == {"started"} or type(declared.has[kind]).__name__ == "ByHand", kind
    for question, kind in (("deploy_redis", "redis"), ("deploy_uploads", "bucket"), ("deploy_uploads", "volume")):
        value = "platform" if kind == "redis" else kind
        found = module.plan(has | {question: value}, declared)
        resource = found.resource(kind)
        refused = ask.store_problem(kind, True, [name]) if kind == "redis" else ask.uploads_problem(kind, [name])
        assert resource is not None and (resource.how != "by hand" or refused or kind == "bucket"), kind
        lacks = [name for name in resource.variables if name not in {one.name for one in found.environment}]
        assert kind == "volume" or resource.how == "by hand" or not lacks, kind
    everything = {
        "deploy_runs": ["worker", "scheduler", "cron"],
        "deploy_redis": "platform",
        "deploy_uploads": "bucket",
        "deploy_backups": "bucket",
    }
    assert [one for one in missing(has | everything, declared) if one.option] == []


def check_kept(template: Path, name: str, root: Path, answers: Mapping[str, Any]) -> None:
    """A file that the user had is read and something is said of it, or the platform refuses it: never silence."""
    registry = package(template, "platforms")
    failure = package(template, "base.message").Failure
    declared = declaration(template, name)
    for path, file in declared.files.items():
        if not isinstance(file, str) and file.when is not None and not file.when(answers):
            continue
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("{}\n", encoding="utf-8")
        own = {**answers, "deploy_kept_files": [path], "deploy_platforms": [name]}
        try:
            registry.check_platforms([name], root, own)
        except failure as refusal:
            assert path in str(refusal), path
        else:
            told = registry.gaps(package(template, "base.answers").Answers(root, ".copier-answers.yml", own))
            assert [place for place, _ in told if place == path], path
        (root / path).unlink()


def check_rendered(template: Path, name: str, root: Path, before: set[str]) -> None:
    """In a project with this platform alone: its files, the overlay's folder, and nothing of any other platform."""
    new = {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()} - before
    outside = {path for path in new if not path.startswith((".git/", "deploy/"))}
    declared = declaration(template, name)
    assert outside - COMMON <= set(declared.purposes), outside
    assert outside - COMMON, "no file of its own"
    assert ("Dockerfile" in outside) == (declared.build != "source")
    present = {path.stem for path in (root / "deploy" / "platforms").glob("*.py")} - {"__init__"}
    assert present == {name}
    others = {path for one in package(template, "platforms").platforms().values() for path in one.in_folder}
    assert not [path for path in others - set(declared.in_folder) if (root / "deploy" / path).exists()]
    readme = (root / "deploy" / "README.md").read_text(encoding="utf-8")
    assert f"## {declared.name}" in readme

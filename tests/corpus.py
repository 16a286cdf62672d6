"""Measures detection on real projects: `python tests/corpus.py DIR [FACTS.json]`.

DIR holds checkouts, each in a folder `owner__name` or `owner/name` (a facts entry with a `subdir` may have its own
folder `owner__name__sub__dir`). FACTS.json is a list of projects with what a reader found in them. Prints, for each
fact, how many are right, unsure and wrong, then every miss with its evidence. Without facts it prints what it finds.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from deploy_overlay.base import versions
from deploy_overlay.detect import Failure, look
from deploy_overlay.detect.production import family

REFUSED = "refused"
ANY = object()
# What a reader calls the way of installing, and what detection should answer.
MANAGERS = {
    "pep621 pip": {"pip"}, "pip --group (PEP 735)": {"pip"}, "conda": {REFUSED}, "none": {REFUSED}, "rye": {REFUSED},
    "setuptools (setup.py reading requirements/)": {REFUSED, "pip"}, "docker base image": {REFUSED},
    "setup.cfg + requirements.txt as constraints": {REFUSED, "pip"}, "uv/pip (pyproject)": {"uv", "pip"},
}  # fmt: skip
SERVICES = ("celery", "rq", "channels", "redis")


@dataclass(frozen=True)
class Outcome:
    """One fact of one project: "right", "unsure", "wrong" or "skipped" (the facts file says nothing of it)."""

    project: str
    fact: str
    verdict: str
    expected: str
    found: str
    evidence: tuple[str, ...] = ()


def checkout(folder: Path, entry: dict[str, Any]) -> Path | None:
    """The folder of a project, or None when it is not there."""
    flat = entry["repo"].replace("/", "__")
    sub = entry.get("subdir") or ""
    candidates = [folder / f"{flat}__{sub.replace('/', '__')}"] if sub else []
    candidates += [folder / flat / sub, folder / entry["repo"] / sub, folder / entry["repo"].rpartition("/")[2] / sub]
    return next((path for path in candidates if path.is_dir()), None)


def expectations(entry: dict[str, Any]) -> dict[str, Any]:
    """What detection should answer: a set of right values by fact; ANY leaves a fact out, REFUSED is one value."""
    if not entry["is_django"]:
        return {"django_root": {REFUSED}}
    if "project_dir" not in entry:  # a reader looked for required variables alone
        return {"django_required_env": [set(entry["required_env"])]}
    root = str(entry["project_dir"])
    if "must ask" in root:
        return {"django_root": {"unsure", REFUSED}}
    expected: dict[str, Any] = {"django_root": {root}}
    module = entry.get("settings_production") or entry.get("settings_manage")
    expected["django_settings_module"] = {_first_word(r"[\w.]+", module)} if module else ANY
    for kind in ("wsgi", "asgi"):
        said = entry.get(kind)
        named = _first_word(r"[\w.]+(:\w+)?", said) if said else ""
        named = f"{named}:application" if named and ":" not in named else named
        expected[f"django_{kind}"] = {named, ""} if said and "not used" in said else {named}
    manager = entry["dep_manager"]
    expected["django_dependency_manager"] = MANAGERS.get(manager, {manager})
    expected["django_python_version"] = _python(entry)
    expected["django_version"] = _django(entry)
    if REFUSED in expected["django_dependency_manager"]:
        for name in ("django_version", "django_python_version"):
            expected[name] = expected[name] if expected[name] is ANY else expected[name] | {REFUSED}
    if expected["django_version"] == {REFUSED} and expected["django_python_version"] is not ANY:
        expected["django_python_version"] |= {REFUSED}
    engines = {family(part) for engine in entry.get("db") or [] for part in engine.split(";")} - {""}
    if any(re.search(r"_URL|^env ", engine) for engine in entry.get("db") or []):
        engines |= {"postgresql", "mysql"}  # production's is of the family whose driver is installed
    expected["django_database"] = engines or ANY
    for service in SERVICES:
        expected[service] = {bool(entry[service])} if service in entry else ANY
    if "required_env" in entry:
        expected["django_required_env"] = [set(entry["required_env"])]
    return expected


def _first_word(pattern: str, text: str) -> str:
    match = re.match(pattern, text)
    return match.group() if match else ""


def _python(entry: dict[str, Any]) -> Any:
    said = entry.get("python")
    if not said or not re.search(r"\d", said):
        return ANY
    constraint = said if re.match(r"[<>=~^]", said) else f"=={versions.minor(said)}.*"
    if re.match(r"~\d", constraint):
        constraint = constraint.replace("~", "~=", 1) + (".0" if constraint.count(".") < 2 else "")
    allowed = {name for name in versions.PYTHONS if versions.allows(constraint, name)}
    return allowed or {REFUSED}


def _django(entry: dict[str, Any]) -> Any:
    said = entry.get("django")
    if not said or not re.search(r"\d", said):
        return ANY
    locked = re.search(r"locked (\d+\.\d+)", said)
    constraint = f"=={locked.group(1)}" if locked else said.partition("(")[0]
    constraint = constraint if re.match(r"\s*[<>=~^]", constraint) else f"=={constraint}"
    allowed = {name for name in versions.DJANGO_PYTHONS if versions.allows(constraint, name)}
    return allowed or {REFUSED}


def measure(path: Path, entry: dict[str, Any]) -> list[Outcome]:
    """All outcomes of one project."""
    facts = look(path)
    name = entry["repo"] + (f"/{entry['subdir']}" if entry.get("subdir") else "")
    outcomes = []
    for fact, right in expectations(entry).items():
        source = "django_services" if fact in SERVICES else fact
        try:
            seen = facts.fact(source)
        except Failure as refusal:
            found: Any = REFUSED
            evidence: tuple[str, ...] = (str(refusal),)
            sure = True
        else:
            found = fact in seen.value if fact in SERVICES else seen.value
            evidence, sure = tuple(map(str, seen.evidence)), seen.sure
        if right is ANY:
            continue
        if isinstance(right, list):
            verdict = "right" if set(found) == right[0] else "wrong"
        elif not sure:
            verdict = "right" if "unsure" in right else "unsure"
        else:
            verdict = "right" if found in right else ("refused" if found == REFUSED else "wrong")
        group = "django_services" if fact in SERVICES else fact
        outcomes.append(Outcome(name, group, verdict, f"{fact} {_shown(right)}", str(found), evidence))
    return outcomes


def _shown(right: Any) -> str:
    return " or ".join(sorted(map(str, right[0] if isinstance(right, list) else right)))


def report(outcomes: list[Outcome]) -> None:
    """Print the table and the misses."""
    print(f"{'fact':28} {'right':>6} {'unsure':>7} {'refused':>8} {'wrong':>6} {'of':>5} {'right %':>8} {'wrong %':>8}")
    for fact in dict.fromkeys(outcome.fact for outcome in outcomes):
        count = Counter(outcome.verdict for outcome in outcomes if outcome.fact == fact)
        total = sum(count.values())
        print(
            f"{fact:28} {count['right']:6} {count['unsure']:7} {count['refused']:8} {count['wrong']:6} {total:5} "
            f"{100 * count['right'] / total:7.1f}  {100 * count['wrong'] / total:7.1f}"
        )
    print()
    for outcome in outcomes:
        if outcome.verdict != "right":
            print(f"{outcome.verdict:8} {outcome.project}: expected {outcome.expected}, found {outcome.found}")
            for line in outcome.evidence[:4]:
                print(f"         {line}")


def show(path: Path) -> None:
    """Print every fact of one checkout."""
    facts = look(path)
    print(path.name)
    for name in facts.names():
        try:
            fact = facts.fact(name)
        except Failure as refusal:
            print(f"  {name:28} refused: {refusal}")
            continue
        doubt = f"  (unsure: {', '.join(map(str, fact.candidates))})" if fact.candidates else ""
        print(f"  {name:28} {fact.value!r}{doubt}")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folder", type=Path, help="folder with checkouts")
    parser.add_argument("facts", type=Path, nargs="?", help="JSON list of projects with their facts")
    arguments = parser.parse_args()
    if not arguments.folder.is_dir():
        parser.error(f"{arguments.folder} is not a folder")
    if arguments.facts is None:
        for path in sorted(arguments.folder.iterdir()):
            if path.is_dir():
                show(path)
        return 0
    try:
        entries = json.loads(arguments.facts.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        parser.error(f"{arguments.facts} cannot be read as JSON: {problem}")
    outcomes: list[Outcome] = []
    missing = []
    start = time.perf_counter()
    for entry in entries:
        path = checkout(arguments.folder, entry)
        if path is None:
            missing.append(entry["repo"])
        else:
            outcomes += measure(path, entry)
    spent = time.perf_counter() - start
    report(outcomes)
    count = len(entries) - len(missing)
    print(f"\n{count} projects, {1000 * spent / max(count, 1):.0f} ms each on average")
    if missing:
        print(f"not checked out: {', '.join(missing)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

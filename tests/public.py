"""Rehearses public projects, and serves those that pass as the platform would: `python -m tests.public FOLDER...`.

Each FOLDER is a git repository of a Django project, bare or not; it is cloned, never changed. The overlay is applied for
one platform with the answers that it proposes, or with `--everything` that costs money chosen too, the result is
rehearsed, and what the rehearsal calls ready or unproven is built and started as tests/slow/matrix plays the platform.
Prints what each project came to: a verdict that the deployed site contradicts is a fault of the rehearsal. Required
variables get made-up values of a likely form.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
import tempfile
import time
import traceback
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from deploy_overlay.base.log import Log
from deploy_overlay.base.plan import Resource
from deploy_overlay.base.platform import ByHand
from deploy_overlay.plan import plan
from deploy_overlay.platforms import platform as declared
from deploy_overlay.rehearse.bucket import running_bucket
from deploy_overlay.rehearse.redis import NoRedis, running_redis
from deploy_overlay.rehearse.services import redis_variables
from tests.slow.matrix.services import KEY, database, postgresql
from tests.slow.matrix.simulated.site import BuildFailed, Given, Site
from tests.support import (
    NoPython,
    Project,
    apply_overlay,
    available,
    clone,
    commit,
    failed_checks,
    git,
    interpreter,
    rehearse,
    snapshot,
    usual_python,
)
from tests.support.programs import TOOLS, USUAL, tool
from tests.support.versions import answers_of

PATHS = ("/", "/healthz", "/admin/")
PATIENCE = 1800.0  # seconds for a rehearsal, on a machine that does other things too
FOLLOWED = 5  # redirects
RUNS = ["worker", "scheduler", "cron"]
PROOFS = ("process", "job", "schedule", "scheduled", "uploads", "mail", "memory")  # how such checks are called


@dataclass
class Result:
    """`verdict` is the rehearsal's, or "refused"; `deployed` is "answers", or why it does not; empty where not tried."""

    name: str
    platform: str
    verdict: str = ""
    seconds: float = 0.0
    found: list[str] = field(default_factory=list)  # what runs beside the site, and what it keeps
    chosen: list[str] = field(default_factory=list)  # of the plan: what is started and created
    price: str = ""
    proven: list[str] = field(default_factory=list)  # what the rehearsal says of it
    against: list[str] = field(default_factory=list)
    unproven: list[str] = field(default_factory=list)
    deployed: str = ""
    statuses: dict[str, int] = field(default_factory=dict)

    def told(self) -> str:
        lines = [f"{self.name} on {self.platform}: {self.verdict} in {self.seconds:.0f} s"]
        for word, texts in (("found", self.found), ("chosen", self.chosen), ("proven", self.proven)):
            lines += [f"  {word}: {text}" for text in texts]
        lines += [f"  price: {self.price}"] if self.price else []
        lines += [f"  against it: {text}" for text in self.against] + [f"  unproven: {text}" for text in self.unproven]
        if self.deployed:
            lines.append(f"  deployed: {self.deployed} {self.statuses or ''}".rstrip())
        return "\n".join(lines)


def tried(
    folder: Path,
    platform: str,
    template: Path,
    server: str,
    place: Path,
    variables: Mapping[str, str],
    chosen: Mapping[str, Any],
    *,
    serve: bool = True,
    again: bool = False,
) -> Result:
    """One project from the clone to the visitor; `again` where its own deployment files were removed."""
    result = Result(folder.name if folder.name != "repo" else folder.parent.name, platform)
    root = place / "project"
    git(place, "clone", "--quiet", str(folder.absolute()), str(root))
    project = Project(root, root, root, "", usual_python())
    said = _applied(project, template, {"deploy_platforms": [platform], **chosen})
    if said:
        return replace(result, verdict="refused", against=[said])
    _commit_new(project)
    answers = answers_of(project)
    project = replace(
        project,
        django_root=root / answers["django_root"],
        dependency_root=root / answers["django_dependency_root"],
        manager=answers["django_dependency_manager"],
    )
    whole = plan(answers, declared(platform))
    result.found, result.price = _found(answers), whole.price
    result.chosen = [f"{one.kind} {one.name}" for one in (*whole.beside, *whole.jobs)]
    result.chosen += [f"{one.kind}, {one.how}" for one in whole.resources]
    key, made = whole.app.secret_key, {name for one in whole.resources for name in one.variables}
    required = [name for name in answers["django_required_env"] if name not in (key, *made)]
    required = [name for name in required if not name.endswith("DATABASE_URL")]
    given = {name: made_up(name) for name in required}
    given |= variables
    env_file = place / "made-up.env"
    env_file.write_text("".join(f"{name}={value}\n" for name, value in given.items()), encoding="utf-8")
    begun = time.monotonic()
    report = rehearse(project, "--env-file", str(env_file), timeout=PATIENCE)
    result.seconds, result.verdict, result.unproven = time.monotonic() - begun, report["verdict"], report["unproven"]
    result.proven = [
        f"{check['name']}: {check['detail']}"
        for check in report["checks"]
        if check["status"] in ("pass", "note") and check["name"].partition(" ")[0] in PROOFS
    ]
    result.against = [text for text in failed_checks(report) if "[skip]" not in text]
    kept = [
        path for path in answers["deploy_kept_files"] if any(text.startswith("kept files") for text in result.against)
    ]
    if kept and not again:
        # Of the files that lack something, the owner takes the overlay's instead.
        git(root, "reset", "--quiet", "--hard", "HEAD~1")
        git(root, "rm", "--quiet", *kept)
        git(root, "commit", "--quiet", "--message", "Remove what deployed it until now")
        place = place / "again"
        place.mkdir()
        second = tried(root, platform, template, server, place, variables, chosen, serve=serve, again=True)
        return replace(
            second, name=result.name, against=[*result.against, *(f"then {text}" for text in second.against)]
        )
    if serve and report["verdict"] != "not ready":
        _deploy(result, project, answers, given, server, place)
    return result


def made_up(name: str) -> str:
    """A value for a variable, of the form that its name speaks of."""
    forms = {
        "DSN": "https://key@example.com/1",
        "URL": "https://example.com/",
        "PORT": "5000",
        "HOST": "example.com",
        "DEBUG": "0",
        "TIMEOUT": "5",
        "EMAIL": "someone@example.com",
    }
    return next((value for word, value in forms.items() if word in name), f"made-up-value-of-{name.lower()}-0123456789")


def _commit_new(project: Project) -> None:
    """What the overlay wrote, also where the project's .gitignore matches it: so does the command that deploys."""
    ignored = git(project.root, "ls-files", "-z", "--others", "--ignored", "--exclude-standard").split("\0")
    git(project.root, "add", "--force", "--", ".", *(f":(literal){path}" for path in ignored if path))
    commit(project, "Add the deployment overlay")


def _found(answers: Mapping[str, Any]) -> list[str]:
    """What the overlay found that runs beside the site, and what it keeps data in."""
    workers = [f"worker {one['name']}: {one['command']}" for one in answers["django_workers"]]
    jobs = [
        f"job {one['name']}, {one['schedule']}{'' if one['source'] == 'project' else ', usual'}"
        for one in answers["django_schedule"]
    ]
    stores = [f"{one['kind']} for {', '.join(one['roles'])}" for one in answers["django_stores"]]
    uploads = answers["django_uploads"]
    return [*workers, *jobs, *stores, *([f"uploads on {uploads['store']}, {uploads['access']}"] if uploads else [])]


def _applied(project: Project, template: Path, answers: Mapping[str, Any]) -> str:
    """What Copier said when it refused; empty where the overlay is applied, with a Python that this machine has."""
    done = apply_overlay(project, template, **answers)
    version = answers_of(project)["django_python_version"] if done.returncode == 0 else ""
    if done.returncode == 0 and available(version):
        return ""
    said = done.stderr
    for version in filter(available, USUAL):
        git(project.root, "clean", "--quiet", "-dff")
        git(project.root, "checkout", "--quiet", "--force", ".")
        done = apply_overlay(project, template, **answers, django_python_version=version)
        if done.returncode == 0:
            return ""
    return "\n".join((said or done.stderr).splitlines()[-12:])


def _deploy(
    result: Result, project: Project, answers: Mapping[str, Any], given: dict[str, str], server: str, place: Path
) -> None:
    """Build, release, start and ask what was rehearsed, and write down how it went."""
    simulated = importlib.import_module(f"tests.slow.matrix.simulated.{result.platform}")
    key = plan(answers).app.secret_key
    (place / "platform").mkdir()
    try:
        python = interpreter(answers["django_python_version"])
        deployed = replace(clone(project, place / "clone"), python=python)
        with ExitStack() as stack:
            # Where a site demands TLS of the platform's server, the one here has none.
            address = f"{stack.enter_context(database(server))}?sslmode=prefer"
            given |= {name: address for name in answers["django_required_env"] if name.endswith("DATABASE_URL")}
            whole = plan(answers, declared(result.platform))
            redis_url, keys = "", {}
            if "redis" in answers["django_services"]:
                redis = whole.resource("redis") or Resource("redis", {"REDIS_URL": "url"})
                running = stack.enter_context(running_redis(place, Log(place / "redis.log"), print))
                redis_url = running.url
                given |= redis_variables(redis, redis_url)
            if bucket := whole.resource("bucket"):
                public = answers["django_uploads"].get("access") == "public"
                keys = stack.enter_context(running_bucket(public=public)).variables(dict(bucket.variables))
            services = Given(address, {key: KEY, **given}, redis_url, keys)
            site = simulated.built(deployed, place / "platform", services)
            site = replace(site, environ={**site.environ, **given})
            site.prepare()
            with site.serving():
                result.statuses = {path: _status(site, path) for path in PATHS}
                bad = [path for path, status in result.statuses.items() if status >= 500]
                bad += ["/healthz"] if result.statuses["/healthz"] != 200 else []
                result.deployed = f"{', '.join(bad)} failed\n{site.said()}" if bad else "answers"
    except (BuildFailed, NoPython, NoRedis, AssertionError) as error:
        result.deployed = f"{type(error).__name__}: {error}"


def _status(site: Site, path: str) -> int:
    """What a visitor gets who follows redirects within the site."""
    visitor = site.visitor()
    for _ in range(FOLLOWED):
        answer = visitor.get(path)
        target = urlsplit(answer.headers.get("Location", ""))
        if answer.status not in (301, 302, 303, 307, 308) or target.netloc not in ("", site.host):
            break
        path = urljoin(path, f"{target.path or '/'}{f'?{target.query}' if target.query else ''}")
    return answer.status


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folders", type=Path, nargs="+", metavar="FOLDER", help="git repository of a Django project")
    parser.add_argument("--platform", default="heroku", help="heroku, upsun or fly")
    parser.add_argument("--results", type=Path, help="file to which each result is added, a line of JSON each")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        type=lambda text: text.split("=", 1),
        metavar="NAME=VALUE",
        help="a variable",
    )
    parser.add_argument("--everything", action="store_true", help="start and create all that the project needs")
    parser.add_argument("--only-rehearse", action="store_true", help="do not build and serve what is ready")
    options = parser.parse_args()
    # Uploads go where the platform has a volume, and to a bucket where the owner would have to make one.
    has = declared(options.platform).has
    uploads = "volume" if "volume" in has and isinstance(has.get("bucket"), ByHand) else "bucket"
    everything = {"deploy_runs": RUNS, "deploy_redis": "platform", "deploy_uploads": uploads}
    chosen = everything if options.everything else {}
    for manager in TOOLS:
        tool(manager)
    with tempfile.TemporaryDirectory(prefix="public-") as scratch, postgresql() as server:
        template = snapshot(Path(scratch) / "template")
        for folder in options.folders:
            with tempfile.TemporaryDirectory(prefix="project-") as place:
                try:
                    given, serve = dict(options.set), not options.only_rehearse
                    result = tried(folder, options.platform, template, server, Path(place), given, chosen, serve=serve)
                except Exception:
                    result = Result(folder.parent.name, options.platform, "broken", against=[traceback.format_exc()])
            print(result.told(), flush=True)
            if options.results:
                with options.results.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(asdict(result)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

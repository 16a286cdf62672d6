"""Functions about platforms for questions and templates, computed from answers and declarations only.

They may be called wherever Copier renders something, an update's temporary copies included.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence

from jinja2 import pass_context
from jinja2.runtime import Context

from ..base.actions import action
from ..base.message import first_of
from ..base.platform import IMAGE_FILES, Declared, Platform, Provided
from ..dependencies.production import Installation
from ..dependencies.production import installation as installation_of
from ..plan import Plan, prices
from ..plan import plan as make_plan
from ..plan.application import patient_worker as waits
from ..plan.backups import dump_version, has_dumps, unprotected
from ..plan.ci import trial_values
from ..plan.excluded import excluded
from ..plan.missing import Missing
from ..plan.missing import missing as missing_on
from ..plan.needs import WORDS, by_hand, refusal
from ..plan.processes import remaps_signals as remapped
from ..plan.registry import default_registry as registry_of
from ..plan.registry import registry_problem as problem_of_registry
from ..plan.registry import registry_user_problem
from ..plan.runs import adapts_redis as addresses_change
from ..plan.runs import fixed_redis as fixed_in
from ..plan.runs import (
    is_scheduler,
    keeps_uploads_free,
    kinds_found,
    needs_media,
    needs_schedule,
    runs,
    tables,
    takes_uploads,
    uses_redis,
)
from ..platforms import platform, platforms
from ..platforms.questions import for_one_run, platform_choices

ROOM = 52  # columns of a terminal's 80, behind the words of a choice
LONGEST_LABEL = 63  # of a host name: https://www.rfc-editor.org/rfc/rfc1035


def default_platform() -> str:
    """The platform that is proposed by default."""
    return next(iter(platforms()))


@pass_context
def proposed_platforms(context: Context, there: Sequence[str]) -> list[str]:
    """The one platform that the project is on already; the default one where there are several, or none.

    One that gives no address asks for the owner's domain, which --defaults cannot: then it has to come with -d.
    """
    conf = context["_copier_conf"]
    answerable = not conf["defaults"] or "deploy_domains" in conf["data"]
    if len(there) == 1 and all(one.addresses == "own" or answerable for one in _offered(there)):
        return [*there]
    return [default_platform()]


def platforms_have_image(names: Sequence[str]) -> bool:
    """Whether one of them uses our Dockerfile."""
    return any(platform(name).has_image for name in names)


def platforms_build_folder(names: Sequence[str]) -> bool:
    """Whether a deployment by hand to one of them sends the folder as it is."""
    return any(one.builds_folder for one in _offered(names))


def image_platform_files(names: Sequence[str]) -> list[str]:
    """Configuration files of platforms that run an image; the image does not need them."""
    found = (path for name in names if platform(name).has_image for path in platform(name).files)
    return [path for path in dict.fromkeys(found) if path not in IMAGE_FILES]


def image_platform_folders(names: Sequence[str]) -> list[str]:
    """Folders of such configuration in the overlay's folder."""
    found = (path for name in names if platform(name).has_image for path in platform(name).in_folder)
    return list(dict.fromkeys(path.split("/")[0] for path in found if "/" in path))


def set_by_platforms(variable: str, names: Sequence[str]) -> bool:
    """Whether one of these platforms sets this environment variable itself."""
    return any(re.fullmatch(one.runs.variables, variable) for one in _offered(names))


def longest_app_name(names: Sequence[str]) -> int:
    """Maximum length of an app's name on all of these platforms."""
    return min([LONGEST_LABEL, *(one.longest_name for one in _offered(names))])


def platforms_without(database: str, names: Sequence[str]) -> str:
    """For a choice, which cannot be selected then: those of these platforms that cannot have this database; "" for none."""
    lacking = [platform(name).name for name in names if name in platforms() and database_problem(database, [name])]
    return f"not on {' and '.join(lacking)}" if lacking else ""


def database_problem(database: str, names: Sequence[str]) -> str:
    """For a validator: why one of these platforms cannot have this database; "" if all can."""
    offered = platforms()
    found = (refusal(name, offered[name], {"deploy_database": database}, offered) for name in names if name in offered)
    return str(next(filter(None, found), ""))


@pass_context
def domains_asked(context: Context) -> bool:
    """Whether a selected platform gives the site no address of its own."""
    return any(one.addresses == "domains" for one in _offered(_selected(context)))


def domains_lacking(domains: str, names: Sequence[str]) -> str:
    """For a validator: why one of these platforms needs a domain; "" if there is one, or all give an address."""
    offered = platforms()
    found = (refusal(name, offered[name], {"deploy_domains": domains}, offered) for name in names if name in offered)
    return str(next(filter(None, found), ""))


@pass_context
def registry_used(context: Context) -> bool:
    """Whether a selected platform takes the image from a registry."""
    return any(one.build == "registry" for one in _offered(_selected(context)))


def default_registry(names: Sequence[str]) -> str:
    """The registry that these platforms start by themselves; "" if the owner has to name one."""
    return registry_of(_offered(names))


def registry_problem(given: str, names: Sequence[str]) -> str:
    """For a validator: why this cannot be the registry of these platforms; "" if it can."""
    return problem_of_registry(given, _offered(names))


def unasked(names: Sequence[str]) -> dict[str, str]:
    """What these platforms need and is answered after them, by the name of the question, where nobody answers it."""
    return {"deploy_domains": "", "deploy_registry": default_registry(names)}


def prices_of(kind: str, names: Sequence[str]) -> str:
    """Price of a kind on each of these platforms, as the end of a choice; "" if unknown, or if one of them lacks it."""
    usual, lowest = [], []
    if any(kind not in one.has for one in _offered(names)):
        return ""
    for one in _offered(names):
        price = prices.unit_price(one, kind)
        if price:
            less = prices.lowest_price(one, kind)
            usual.append(f"{one.name} {price}")
            lowest.append(f"{one.name} {price}{f' or {less}' if less else ''}")
    texts = (f" (a month: {', '.join(found)})" for found in (lowest, usual) if found)
    return next((text for text in texts if len(text) <= ROOM), "")  # of many platforms, the summary has the prices


@pass_context
def runs_found(context: Context) -> str:
    """The end of a question's help: what the project has that could be started."""
    found = [process.name for process in make_plan(context.get_all(), None).background]
    return f": {first_of(found, 4)}" if found else ""


@pass_context
def runs_asked(context: Context) -> bool:
    """Whether there is something to start, and a selected platform can start it."""
    kinds = {"cron" if kind == "cron" else "worker" for kind in kinds_found(context.get_all())}
    return any(isinstance(one.has.get(kind), Declared) for one in _offered(_selected(context)) for kind in kinds)


@pass_context
def run_prices(context: Context, kind: str, names: Sequence[str]) -> str:
    """The end of a choice of `deploy_runs`: that there is none, or its price on each platform.

    A scheduler is one more process, and so is ours for jobs.
    """
    if kind == "cron" and all(one.runs.crons for one in _offered(names)):
        return prices_of("cron", names)
    answers = context.get_all()
    if kind != "cron" and kind not in kinds_found(answers):
        return ": none found"
    workers = [one for one in tables(answers, "django_workers") if not is_scheduler(one)]
    price = prices_of("worker", names)
    return price.replace("(a month:", "(each a month:") if kind == "worker" and len(workers) > 1 else price


def runs_problem(chosen: Sequence[str], names: Sequence[str]) -> str:
    """For a validator: why one of these platforms cannot start these kinds; "" if all can."""
    wanted = {"worker" if kind == "scheduler" else kind for kind in chosen}
    return _first_without(wanted, names, "Leave it out of deploy_runs.")


@pass_context
def redis_asked(context: Context) -> bool:
    """Whether the project uses Redis, and all selected platforms can provide it."""
    return uses_redis(context.get_all()) and not store_problem("redis", True, _selected(context))


@pass_context
def makes(context: Context, kind: str, name: str) -> bool:
    """Whether the owner chose a resource that a step of ours makes on this platform."""
    found = make_plan(context.get_all(), platform(name)).resource(kind)
    return found is not None and found.how == "made"


@pass_context
def default_redis(context: Context) -> str:
    """The platform's, once workers are started that need it: nothing that costs money is created unasked."""
    answers = context.get_all()
    return "platform" if runs(answers) and not store_problem("redis", True, _selected(context)) else "external"


def store_problem(kind: str, wanted: bool, names: Sequence[str]) -> str:
    """For a validator: why one of these platforms cannot create a store; "" if it is not wanted, or all can."""
    return _first_without({kind}, names, "Choose external.") if wanted else ""


@pass_context
def uploads_asked(context: Context) -> bool:
    """Whether visitors' files are written to the disk."""
    return takes_uploads(context.get_all())


@pass_context
def default_uploads(context: Context) -> str:
    """The volume that there is in any case and that costs nothing more, where every selected platform has one."""
    chosen = _offered(_selected(context))
    on_disk = context.get("deploy_database") == "sqlite"
    return "volume" if chosen and all(on_disk or keeps_uploads_free(one) for one in chosen) else "none"


def uploads_problem(kept: str, names: Sequence[str]) -> str:
    """For a validator: why one of these platforms cannot keep uploaded files there; "" if all can."""
    for one in _offered(names):
        if kept in ("bucket", "volume") and kept not in one.has:
            return f"{one.name} has no {WORDS[kept].noun}. Choose {'bucket' if kept == 'volume' else 'none'}."
    return ""


@pass_context
def backups_asked(context: Context) -> bool:
    """Whether the database of a selected platform is one that nobody backs up."""
    return any(unprotected(context.get_all(), one) for one in _offered(_selected(context)))


def backups_problem(chosen: str, names: Sequence[str]) -> str:
    """For a validator: why there are no dumps of ours on these platforms; "" if there are, or none are wanted."""
    offered = _offered(names)
    if chosen == "none" or not offered or any(one.postgres_version for one in offered):
        return ""
    return f"{first_of([one.name for one in offered], 3)} does not need nightly dumps. Choose none."


@pass_context
def pg_dump_version(context: Context) -> str:
    """The major version of PostgreSQL whose pg_dump is in our image; "" if none is needed."""
    return dump_version(context.get_all(), _offered(_selected(context)))


@pass_context
def dumps_nightly(context: Context) -> bool:
    """Whether a process of ours dumps the database every night."""
    return has_dumps(context.get_all(), _offered(_selected(context)))


def ci_problem(chosen: str, beside: bool) -> str:
    """For a validator: why there can be no workflow of ours; "" if there can."""
    if chosen == "none" or not beside:
        return ""
    return "The first project has the workflow: add a job to it, or choose none."


@pass_context
def ci_platforms(context: Context) -> dict[str, Platform]:
    """The selected platforms that can be deployed to from continuous integration, by name."""
    offered = platforms()
    return {name: offered[name] for name in _selected(context) if name in offered and offered[name].ci}


@pass_context
def ci_values(context: Context) -> dict[str, str]:
    """Variables that a rehearsal is given in continuous integration, each with a made-up value."""
    return trial_values(context.get_all(), _offered(_selected(context)))


def _first_without(kinds: Iterable[str], names: Sequence[str], cure: str) -> str:
    """The sentence about the first platform on which nothing of ours makes one of these kinds."""
    for one in _offered(names):
        for kind in sorted(kinds):
            if not isinstance(one.has.get(kind), Provided):
                return f"The overlay does not set up {WORDS[kind].noun} on {one.name}. {cure}"
    return ""


def _selected(context: Context) -> Sequence[str]:
    """Names in the answer, which is not there yet for a question before it."""
    names: Sequence[str] = context.get("deploy_platforms", ())
    return names


def _offered(names: Sequence[str]) -> list[Platform]:
    """The declarations of these platforms; an answer may name one that there is not, until it is refused."""
    offered = platforms()
    return [offered[name] for name in names if name in offered]


def unit_price(name: str, kind: str, plan: str = "") -> str:
    """Monthly price of a kind on a platform, such as `$7`, by default for its default plan."""
    return prices.unit_price(platform(name), kind, plan)


def site_price(name: str) -> str:
    """Monthly costs of a site on a platform with the default answers."""
    return make_plan({}, platform(name)).total


@pass_context
def plan(context: Context, name: str = "") -> Plan:
    """The plan of the site on a platform, given by its name in the answers; without one, in our image."""
    return make_plan(context.get_all(), platform(name) if name else None)


@pass_context
def installation(context: Context) -> Installation:
    """How production installs the project."""
    return installation_of(context.get_all())


@pass_context
def task_request(context: Context) -> str:
    """What the task after a copy is to do, as its argument.

    `answers` are those that no rendered file has: a run that continues changes no file, not even the answers file.
    """
    if not creates(context):
        return "--configure"
    request = {
        "action": context["deploy_action"],
        "commit": context["deploy_commit"],
        "existing": context["deploy_existing"],
        "env_file": context["deploy_env_file"],
        "answers": {name: context.get(name, "") for name in for_one_run()},
    }
    return f"--request={json.dumps(request, ensure_ascii=False)}"


def creates(context: Context) -> bool:
    """Whether this run creates something on a platform."""
    return context["deploy_action"] in ("provision", "deploy")


@pass_context
def made_by_hand(context: Context, kinds: Sequence[str]) -> list[str]:
    """Instructions to create these kinds by hand on each selected platform, as sentences for deploy/README.md."""
    return [
        f"{WORDS[kind].topic} on {platform(name).name}: {words[0].lower()}{words[1:]}"
        for name in context["deploy_platforms"]
        for kind, words in by_hand(platform(name), context.get_all())
        if kind in kinds
    ]


@pass_context
def provisions(context: Context) -> bool:
    """Whether the command can create and deploy something on a selected platform."""
    return any(one.adapter for one in _offered(_selected(context)))


@pass_context
def sets_variables(context: Context) -> bool:
    """Whether the command can set variables on a selected platform."""
    return any(one.adapter and not one.keeps_values for one in _offered(_selected(context)))


@pass_context
def missing(context: Context, name: str) -> list[Missing]:
    """What the project has and its production on a platform lacks."""
    return missing_on(context.get_all(), platform(name))


@pass_context
def patient_worker(context: Context) -> bool:
    """Whether the site uses the worker in server.py, which handles slow clients."""
    return waits(context.get_all(), map(platform, context["deploy_platforms"]))


@pass_context
def starts_jobs(context: Context) -> bool:
    """Whether a process of the site's starts the scheduled jobs."""
    return needs_schedule(context.get_all(), map(platform, context["deploy_platforms"]))


@pass_context
def remaps_signals(context: Context) -> bool:
    """Whether Celery takes another signal for SIGTERM on a selected platform."""
    return remapped(context.get_all(), _offered(_selected(context)))


@pass_context
def serves_media(context: Context) -> bool:
    """Whether the site serves uploads itself."""
    return needs_media(context.get_all(), map(platform, context["deploy_platforms"]))


@pass_context
def adapts_redis(context: Context) -> bool:
    """Whether addresses of Redis in the project's settings have to change in production."""
    return addresses_change(context.get_all(), map(platform, context["deploy_platforms"]))


@pass_context
def fixed_redis(context: Context) -> list[str]:
    """Settings with an address of Redis in the code."""
    return fixed_in(context.get_all())


@pass_context
def excluded_files(context: Context) -> list[str]:
    """Patterns of template files that this project does not get."""
    return excluded(context.get_all(), platforms())


FUNCTIONS = (
    platform_choices, default_platform, proposed_platforms, platforms_have_image, image_platform_files,
    image_platform_folders, longest_app_name, database_problem,
    platforms_without, plan, prices_of, unit_price, site_price, task_request, made_by_hand, excluded_files, patient_worker,
    installation, missing, runs_found, runs_asked, run_prices, runs_problem, redis_asked, makes, default_redis, store_problem,
    backups_asked, backups_problem, dumps_nightly, pg_dump_version, remaps_signals, uploads_asked,
    default_uploads, uploads_problem, starts_jobs, serves_media, adapts_redis, fixed_redis, ci_problem,
    ci_platforms, ci_values, action, domains_asked, domains_lacking, provisions, sets_variables,
    registry_used, default_registry, registry_problem, registry_user_problem, set_by_platforms, platforms_build_folder,
)  # fmt: skip

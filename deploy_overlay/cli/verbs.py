"""Every verb of the command: its help, its options, and the function that runs it."""

from __future__ import annotations

import importlib
import re
from argparse import REMAINDER, ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable
from dataclasses import dataclass

from ..adapter.request import PRODUCTION
from .project import Project

Act = Callable[[Project, Namespace], int]


@dataclass(frozen=True)
class Verb:
    name: str
    group: str  # heading in the help
    help: str  # a phrase
    act: str  # "module:function" of this package, loaded when the verb is used
    options: Callable[[ArgumentParser], None] | None = None
    more: str = ""  # more sentences of its help
    examples: tuple[str, ...] = ()  # without the program's name
    alias: str = ""
    anywhere: bool = False  # works without the overlay too
    copiers: bool = False  # Copier itself runs the recorded version
    needs_template: bool = False
    at_root: bool = True  # runs in the git root

    def load(self) -> Act:
        module, _, function = self.act.partition(":")
        act: Act = getattr(importlib.import_module(f"{__package__}.{module}"), function)
        return act


def _answers(parser: ArgumentParser) -> None:
    parser.add_argument("-d", "--data", metavar="NAME=VALUE", action="append", default=[], help="give an answer")


def _add(parser: ArgumentParser) -> None:
    from ..platforms import platforms

    *names, last = platforms()
    offered = f"{', '.join(names)} or {last}" if names else last
    parser.add_argument("platforms", nargs="*", metavar="PLATFORM", help=f"{offered} (default: ask)")
    _answers(parser)
    parser.add_argument("--data-file", metavar="FILE", help="a YAML file of answers")
    parser.add_argument("--defaults", action="store_true", help="ask nothing, take the defaults")
    _reporting(parser)


def _set(parser: ArgumentParser) -> None:
    parser.add_argument("assignments", nargs="+", metavar="NAME=VALUE", help="an answer and its new value")
    _answers(parser)
    parser.add_argument("--defaults", action="store_true", help="ask nothing, take the defaults of new questions")
    _reporting(parser)


def _reporting(parser: ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="ask nothing, print what was done as JSON")
    parser.add_argument("-q", "--quiet", action="store_true", help="print errors only")


def _update(parser: ArgumentParser) -> None:
    parser.add_argument("--check", action="store_true", help="only say whether there is a newer version")
    parser.add_argument("--to", metavar="VERSION", help="this version instead of the newest, such as v0.3.0")
    parser.add_argument("--ask", action="store_true", help="ask every question again")
    _answers(parser)
    parser.add_argument("--defaults", action="store_true", help="ask nothing, take the defaults of new questions")
    _reporting(parser)


def _uninstall(parser: ArgumentParser) -> None:
    parser.add_argument("--list", action="store_true", help="only list what would be removed")
    parser.add_argument("-y", "--yes", action="store_true", help="remove it without asking")
    _json(parser)


def _rehearse(parser: ArgumentParser) -> None:
    from .rehearse import options  # the rehearsal declares its own options

    options(parser)


def _platform(parser: ArgumentParser) -> None:
    parser.add_argument("--platform", metavar="NAME", default="", help="only this platform of the project")
    _environment_of(parser)


def _environment_of(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--environment",
        metavar="NAME",
        type=_environment,
        default=PRODUCTION,
        help="an environment other than production, such as staging",
    )


def _environment(text: str) -> str:
    """Check the name of an environment, which becomes part of the names of apps, branches and files."""
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,18}[a-z0-9]", text):
        raise ArgumentTypeError(
            f"{text!r} is not the name of an environment: use 2 to 20 lowercase letters, digits and hyphens, such as staging"
        )
    return text


def _looking(parser: ArgumentParser) -> None:
    _platform(parser)
    _answers(parser)
    parser.add_argument("--env-file", metavar="FILE", default="", help="file of NAME=value lines for the variables")
    parser.add_argument("--existing", action="store_true", help="use an existing app without this project's mark")


def _looking_for_machines(parser: ArgumentParser) -> None:
    _looking(parser)
    _json(parser)


def _releases(parser: ArgumentParser) -> None:
    _looking_for_machines(parser)
    parser.add_argument("-n", "--number", metavar="NUMBER", type=_number, default=10, help="how many, at most")


def _number(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise ArgumentTypeError(f"{text!r} is not a number of releases: use one such as 20")
    return int(text)


def _deploying(parser: ArgumentParser) -> None:
    _looking(parser)
    parser.add_argument("-y", "--yes", action="store_true", help="create what the plan says without asking")


def _deploy(parser: ArgumentParser) -> None:
    _deploying(parser)
    parser.add_argument("--skip-rehearsal", action="store_true", help="deploy without a rehearsal")
    parser.add_argument(
        "--report", metavar="FILE", default="", help="a report from `rehearse --report` on these files, as in CI"
    )
    parser.add_argument("--commit", action="store_true", help="commit the overlay's files without asking")
    parser.add_argument(
        "--only-release", action="store_true", help="stop if something has to be created or started first, for CI"
    )
    parser.add_argument(
        "--promote", metavar="ENVIRONMENT", default="", help="release the build of another environment (Heroku)"
    )
    parser.add_argument("--dry-run", action="store_true", help="show the plan, change nothing (the same as: plan)")


def _move(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--from", metavar="PLATFORM", dest="source", default="heroku", help="the platform to move away from: heroku"
    )
    parser.add_argument("--app", metavar="NAME", required=True, help="name of the app there")
    parser.add_argument(
        "--to", metavar="PLATFORM", default="", help="the platform to move to (default: the only other one)"
    )
    parser.add_argument("--also", metavar="NAME", action="append", default=[], help="also move this variable")
    parser.add_argument("--replace", action="store_true", help="delete the data in the new database")
    parser.add_argument("--trial", action="store_true", help="copy the data and leave the old site open")
    parser.add_argument("--reopen", action="store_true", help="reopen the old site as it was")
    parser.add_argument("--dry-run", action="store_true", help="show what moves and what does not, change nothing")
    _environment_of(parser)
    _answers(parser)
    parser.add_argument("--env-file", metavar="FILE", default="", help="file of NAME=value lines for the variables")
    parser.add_argument("--existing", action="store_true", help="use an existing app without this project's mark")
    parser.add_argument("--skip-rehearsal", action="store_true", help="deploy without a rehearsal")
    parser.add_argument(
        "--report", metavar="FILE", default="", help="a report from `rehearse --report` on these files, as in CI"
    )
    parser.add_argument("--commit", action="store_true", help="commit the overlay's files without asking")
    parser.add_argument("-y", "--yes", action="store_true", help="do what the plan says without asking")
    _json(parser)


def _destroy(parser: ArgumentParser) -> None:
    _platform(parser)
    _answers(parser)
    parser.add_argument("-y", "--confirm", metavar="NAME", default="", help="the app's name, instead of typing it")
    parser.add_argument("--keep-data", action="store_true", help="keep databases, buckets and volumes")
    parser.add_argument("--dry-run", action="store_true", help="show what would be deleted, change nothing")
    _json(parser)


def _env(parser: ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="action", metavar="list | set | push", required=True, title="actions")
    listed = verbs.add_parser("list", help="list the variables on the platform and those that the site needs")
    given = verbs.add_parser("set", help="set variables; asks for values that are left out")
    given.add_argument("names", nargs="+", metavar="NAME[=VALUE]")
    pushed = verbs.add_parser("push", help="set the variables of a .env file, after showing them")
    pushed.add_argument("file", metavar="FILE")
    pushed.add_argument("names", nargs="*", metavar="NAME", help="only these, even what the platform sets by itself")
    for one in (given, pushed):
        one.add_argument("-y", "--yes", action="store_true", help="set them without asking")
        one.add_argument("--dry-run", action="store_true", help="show what would be set, change nothing")
    for one in (listed, given, pushed):
        _platform(one)
        one.add_argument("--json", action="store_true", help="print JSON; values are never shown")


def _uploads(parser: ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="action", metavar="push", required=True, title="actions")
    pushed = verbs.add_parser(
        "push", help="copy a folder of this machine to the site's uploads, after showing how much"
    )
    pushed.add_argument("folder", metavar="FOLDER", help="the MEDIA_ROOT of this machine, such as media")
    pushed.add_argument("-y", "--yes", action="store_true", help="copy without asking")
    pushed.add_argument("--dry-run", action="store_true", help="show what would be copied, change nothing")
    _platform(pushed)


def _backup(parser: ArgumentParser) -> None:
    _platform(parser)
    parser.add_argument("--file", metavar="FILE", default="", help="where to write it; by default a new, dated file")
    _json(parser)


def _restore(parser: ArgumentParser) -> None:
    parser.add_argument(
        "file",
        metavar="FILE",
        help="a file from `backup`, another dump in PostgreSQL's custom format, or a SQLite file",
    )
    _platform(parser)
    parser.add_argument(
        "-y", "--yes", action="store_true", help="replace the data without asking, except in production"
    )
    parser.add_argument(
        "--confirm", metavar="APP", default="", help="name of the app, which confirms it for production"
    )


def _run(parser: ArgumentParser) -> None:
    _platform(parser)
    parser.add_argument("command", nargs=REMAINDER, metavar="COMMAND", help="and its arguments")


def _rollback(parser: ArgumentParser) -> None:
    _platform(parser)
    parser.add_argument("--to", metavar="RELEASE", default="", help="the release, such as v12, or its commit")
    parser.add_argument("-y", "--yes", action="store_true", help="roll back without asking")
    _json(parser)


def _json(parser: ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON")


SETUP, DEPLOY, OPERATE = "Set up", "Deploy", "Operate"

VERBS = (
    Verb(
        "add",
        SETUP,
        "add the overlay to this project, or a platform to it",
        "project_files:add",
        _add,
        more="Shows what it detected, asks, and writes files. Nothing is created on a platform.",
        examples=("add", "add fly", "add heroku --defaults"),
        anywhere=True,
        copiers=True,
    ),
    Verb(
        "set",
        SETUP,
        "change an answer and the files that depend on it",
        "project_files:change",
        _set,
        more="The version stays as it is. Commit everything first.",
        examples=("set deploy_domains=example.com,www.example.com", "set fly_postgres=managed"),
        copiers=True,
    ),
    Verb(
        "update",
        SETUP,
        "bring the files to the newest version",
        "project_files:update",
        _update,
        more="Merges your edits. Nothing is committed, and nothing changes online until you deploy.",
        examples=("update", "update --check"),
        copiers=True,
    ),
    Verb(
        "uninstall",
        SETUP,
        "remove what the overlay added",
        "project_files:uninstall",
        _uninstall,
        more="Lists it first. Your own files and dependencies stay, and so does what runs on a platform.",
        examples=("uninstall --list", "uninstall"),
        copiers=True,
    ),
    Verb(
        "rehearse",
        DEPLOY,
        "prove on this machine that the site would run",
        "rehearse:rehearse",
        _rehearse,
        more="Installs, builds and runs it as production does, and needs no account. Exit codes: 0 ready, 1 not ready, 2 cannot "
        "start, 3 unproven.",
        examples=("rehearse", "rehearse --serve", "check --json --env-file ci.env"),
        alias="check",
        anywhere=True,
        at_root=False,
    ),
    Verb(
        "plan",
        DEPLOY,
        "show what a deployment would do and cost",
        "deploy:plan",
        _looking_for_machines,
        more="Asks the platform and changes nothing.",
        examples=("plan", "plan --json"),
    ),
    Verb(
        "deploy",
        DEPLOY,
        "create what is missing, and deploy the current commit",
        "deploy:deploy",
        _deploy,
        more="Shows the plan with prices and asks once. It can be run again: nothing is created twice.",
        examples=("deploy", "deploy --dry-run", "deploy --yes --commit --env-file production.env"),
        needs_template=True,
    ),
    Verb(
        "provision",
        DEPLOY,
        "create what is missing, and deploy nothing",
        "deploy:provision",
        _deploying,
        examples=("provision",),
        needs_template=True,
    ),
    Verb(
        "status",
        OPERATE,
        "show what is online, how it is and what it costs",
        "status:status",
        _looking_for_machines,
        more="Asks the platform and the site, and changes nothing.",
        examples=("status", "status --json"),
    ),
    Verb(
        "rollback",
        OPERATE,
        "go back to the previous release",
        "rollback:rollback",
        _rollback,
        more="Shows the release and the migrations that stay applied, and asks once. Variables stay as they are.",
        examples=("rollback", "rollback --to v12", "rollback --to 1a2b3c4d --yes"),
    ),
    Verb(
        "releases",
        OPERATE,
        "list what was released, when and by whom",
        "status:releases",
        _releases,
        more="Asks the platform and changes nothing.",
        examples=("releases", "releases -n 30"),
    ),
    Verb(
        "env",
        OPERATE,
        "list, set or push environment variables",
        "env:act",
        _env,
        examples=("env list", "env set EMAIL_HOST=smtp.example.com", "env push .env.production"),
    ),
    Verb(
        "uploads",
        OPERATE,
        "copy uploaded files of this machine to the site",
        "uploads:act",
        _uploads,
        examples=("uploads push media", "uploads push media --environment staging"),
    ),
    Verb(
        "backup",
        OPERATE,
        "dump the database into a file on this machine",
        "backups:backup",
        _backup,
        more="Writes a new file outside of the repository that only you can read. Changes nothing on the platform.",
        examples=("backup", "backup --environment staging", "backup --file ~/shelf.dump"),
    ),
    Verb(
        "restore",
        OPERATE,
        "replace the data in the database with a backup",
        "backups:restore",
        _restore,
        more="Shows what is replaced and asks. Backs up production first. An interrupted restore changes nothing.",
        examples=("restore shelf.dump --environment staging", "restore shelf.dump"),
    ),
    Verb(
        "move",
        OPERATE,
        "move a site here from Heroku, with its database",
        "move:move",
        _move,
        more="Shows what moves, what does not and why, and asks once. The old site is closed while its data is copied, and is "
        "never deleted. It can be interrupted and run again.",
        examples=(
            "move --app OLD --dry-run",
            "move --app OLD --trial",
            "move --from heroku --app OLD --to fly",
            "move --app OLD --reopen",
        ),
        needs_template=True,
    ),
    Verb("logs", OPERATE, "follow the site's log", "platform_commands:logs", _platform, examples=("logs",)),
    Verb(
        "shell", OPERATE, "open a shell where the site runs", "platform_commands:shell", _platform, examples=("shell",)
    ),
    Verb(
        "run",
        OPERATE,
        "run a command where the site runs",
        "platform_commands:run",
        _run,
        more="`manage` stands for manage.py with the production settings.",
        examples=("run manage createsuperuser", "run env"),
    ),
    Verb(
        "destroy",
        OPERATE,
        "delete the site from the platform, with its data",
        "destroy:act",
        _destroy,
        more="Shows what is deleted, what is lost with it and what stays, then asks for the app's name. It can be run again. "
        "Your files stay.",
        examples=("destroy --dry-run", "destroy", "destroy --environment staging --confirm library-staging"),
    ),
    Verb("open", OPERATE, "open the site in the browser", "platform_commands:browse", _platform, examples=("open",)),
)
OVERVIEW = Verb("", "", "show the state of this project and the next step", "overview:show", _json, anywhere=True)


def find(name: str) -> Verb | None:
    return next((verb for verb in VERBS if name in (verb.name, verb.alias) and name), None)

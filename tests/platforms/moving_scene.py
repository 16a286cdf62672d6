"""An app on Heroku that nobody has thought of the overlay for, and the platform that it moves to, with real databases."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from tests.platforms import tunnels
from tests.platforms.faults import Scene
from tests.platforms.fly_scene import fly
from tests.platforms.kamal_scene import GIVEN, kamal
from tests.platforms.owner import commit
from tests.platforms.render_scene import render
from tests.platforms.simulated import forward
from tests.platforms.simulated.fly import Fly
from tests.platforms.simulated.heroku import TOKEN, App, Heroku
from tests.platforms.simulated.kamal import Kamal
from tests.platforms.simulated.quick_heroku import QuickHeroku
from tests.platforms.simulated.render import Render
from tests.platforms.simulated.stand_in import StandIn
from tests.platforms.simulated.world import Ended, World, linked
from tests.platforms.upsun_scene import upsun
from tests.support.postgres import Server, sql

OLD = "shelf-old"
ADDRESS = "https://shelf-old-0123456789ab.herokuapp.com"
KEY, MAIL, PAYMENT = "key-of-the-old-site-9d2f7c51", "mail-password-of-heroku-5f1c", "payment 'key' # of heroku"
CONFIG = {
    "SECRET_KEY": KEY,
    "MAIL_PASSWORD": MAIL,
    "PAYMENT_KEY": PAYMENT,
    "EMAIL_HOST": "smtp.example.com",
    "SITE_URL": f"{ADDRESS}/shelf",
    "DJANGO_SETTINGS_MODULE": "shelf.settings_heroku",
    "DISABLE_COLLECTSTATIC": "1",
    "WEB_CONCURRENCY": "3",
}
PROCESSES = {"web": (2, "Standard-1x"), "worker": (2, "Standard-1x")}
MIGRATED = (
    "CREATE TABLE django_migrations (id serial PRIMARY KEY, app text, name text)",
    "CREATE TABLE django_content_type (id serial PRIMARY KEY, app_label text, model text)",
    "CREATE TABLE books_book (id serial PRIMARY KEY, title text NOT NULL)",
    "INSERT INTO django_migrations (app, name) VALUES ('books', '0001_initial')",
    "INSERT INTO django_content_type (app_label, model) VALUES ('books', 'book')",
)
USED = (
    "INSERT INTO books_book (title) SELECT 'book ' || n FROM generate_series(1, 300) n",
    "DELETE FROM books_book WHERE id > 290",
    "CREATE TABLE loans_loan (id bigserial PRIMARY KEY, book_id integer REFERENCES books_book, since date)",
    "INSERT INTO loans_loan (book_id, since) SELECT n, '2026-01-01' FROM generate_series(1, 40) n",
    "INSERT INTO django_migrations (app, name) VALUES ('loans', '0001_initial')",
)
TARGETS: dict[str, Callable[..., contextlib.AbstractContextManager[tuple[World, Any]]]] = {
    "fly": fly,
    "kamal": lambda folder, own, **given: kamal(folder, **({"kamal_variables": "PAYMENT_KEY,EMAIL_HOST"} | given)),
    "render": lambda folder, own, **given: render(folder, **given),
    "upsun": upsun,
}


@dataclass
class Moving:
    """`old` and `new` are the platforms, `app` is the old app, `before` and `after` are the addresses of its databases."""

    world: World
    old: Heroku
    new: Any
    app: App
    before: str
    after: str
    untold: list[str] = field(default_factory=list)  # ends of runs that left the old site closed and did not say so

    def confidential(self) -> list[str]:
        return [*self.old.confidential(), *self.new.confidential()]

    def variables(self) -> dict[str, str]:
        """Of the new site."""
        if isinstance(self.new, Fly):
            return dict(self.new.apps["shelf"].secrets)
        if isinstance(self.new, Kamal):
            return {name: value for name, value in self.new.values().items() if value}
        if isinstance(self.new, Render):
            return self.new.named("shelf").variables
        (project,) = self.new.projects
        return {name.removeprefix("env:"): one["value"] for name, one in project.variables.items()}

    def final(self) -> dict[str, Any]:
        found = {"old": self.old.final(), "new": self.new.final(), "rows": rows(self.after)}
        if isinstance(
            self.new, Kamal
        ):  # its secrets name the database, which each world has of its own, and so the commit
            head = self.world.repository.git("rev-parse", "HEAD").strip()
            found["new"]["running"] = [one.replace(head, "HEAD") for one in found["new"]["running"]]
        return found | {"untold": self.untold}


# What the stand-in of Upsun's program cannot do: stay, and know the relationships of an app.
UPSUN = """#!/usr/bin/env bash
case "$1 $2" in
    "tunnel:single "*)
        while [ "$1" != --port ]; do shift; done
        exec '{python}' '{forward}' "$2" '{where}' ;;
    "environment:relationships "*) exec cat '{relationships}' ;;
    *) exec '{program}' "$@" ;;
esac
"""


def upsun_tunnel(folder: Path, program: Path, to: str) -> Path:
    """A folder for PATH whose `upsun` is the one at `program`, with a tunnel to the database at the address `to`."""
    folder.mkdir(parents=True)
    parts = urlsplit(to)
    end = {"scheme": "pgsql", "host": "database.internal", "port": 5432, "path": unquote(parts.path[1:])}
    end |= {"username": unquote(parts.username or ""), "password": unquote(parts.password or "")}
    (folder / "relationships").write_text(json.dumps({"database": [end]}), encoding="utf-8")
    text = UPSUN.format(
        python=sys.executable, forward=forward.__file__, where=f"{parts.hostname}:{parts.port}", program=program,
        relationships=folder / "relationships",
    )  # fmt: skip
    (folder / "upsun").write_text(text, encoding="utf-8")
    (folder / "upsun").chmod(0o755)
    return folder


def to_server(world: World, folder: Path, to: str) -> Path:
    """The owner of a server has its values in the shell, but for those of the old site; ssh leads to the database."""
    parts = urlsplit(to)
    given = {name: value for name, value in GIVEN.items() if name != "SECRET_KEY"}
    world.environ |= given | {"POSTGRES_PASSWORD": unquote(parts.password or "")}
    secrets = world.repository.read(".kamal/secrets").replace("//site:$", f"//{parts.username}:$")
    secrets = secrets.replace(":5432/site", f":5432{parts.path}")
    commit(world, ".kamal/secrets", secrets)
    world.apart.append(world.repository.root / "deploy" / ".env")  # where the values are to be
    return tunnels.server(folder / "tunnel", folder / "server" / "ssh" / "ssh", to)


def rows(url: str) -> dict[str, int]:
    tables = sql(
        url, "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1"
    )
    return {table: int(sql(url, f'SELECT count(*) FROM "{table}"')[0]) for table in tables}


def migrated(url: str) -> None:
    """What `migrate` does at each release, whatever is there."""
    if not sql(url, "SELECT 1 FROM pg_class WHERE relname = 'django_migrations'"):
        sql(url, *MIGRATED)


@contextlib.contextmanager
def moving(
    folder: Path,
    target: str,
    before: str,
    after: str,
    program: Path | None = None,
    own: Path | None = None,
    **given: Any,
) -> Iterator[Moving]:
    """`before` and `after` are addresses of empty databases; `program` is the real Heroku CLI, `own` that of the target."""
    with TARGETS[target](folder, own, **given) as (world, new):
        old = Heroku(ADDRESS)
        answering = None
        if program is None:
            answering = StandIn(folder / "old", "heroku", QuickHeroku(old.url, TOKEN, old.typed))
            world.programs.append(folder / "old")
        else:
            world.programs.append(linked(program, folder / "old", "heroku"))
        world.environ |= old.environ()
        app = old.running(OLD, CONFIG, PROCESSES)
        old.secrets = [KEY, MAIL, PAYMENT]
        app.domains = {"www.example.com": True, "example.com": False}
        app.drains = ["https://drain-key-8c1d@logs.example.com/in"]
        app.buildpacks = ["heroku/python", "https://github.com/heroku/heroku-buildpack-apt"]
        old.add(app, "heroku-postgresql:essential-0", "DATABASE", before)
        redis = old.add(app, "heroku-redis:mini", "REDIS")
        old.add(app, "scheduler:standard", "SCHEDULER")
        old.add(app, "papertrail:choklad", "PAPERTRAIL")
        old.add(app, "sentry:team", "SENTRY")
        app.config["CELERY_BROKER_URL"] = f"{redis.values('REDIS')['REDIS_URL']}/1"
        sql(before, *MIGRATED, *USED)
        if target == "fly":
            ways = [tunnels.fly(folder / "tunnel", folder / "bin" / "fly", after)]
        elif target == "kamal":
            ways = [to_server(world, folder, after)]
        elif target == "render":
            ways = []  # its API tells the address
        elif own is None:
            ways = [upsun_tunnel(folder / "tunnel", folder / "bin" / "upsun", after)]
        else:
            ways = [tunnels.ssh(folder / "tunnel", after)]
        world.programs[:0] = ways
        new.server = after
        new.migrate = lambda: migrated(after)
        try:
            yield Moving(world, old, new, app, before, after)
        finally:
            if answering is not None:
                answering.close()
            old.close()


@dataclass
class Verb:
    """A world in which `run` is the move: for the loop over faults."""

    world: World
    moving: Moving

    def run(self, *, begun: Callable[[int], None] | None = None, environ: dict[str, str] | None = None) -> Ended:
        arguments = ("move", "--app", OLD, "--yes", "--skip-rehearsal")
        ended = self.world.command(*arguments, begun=begun, **(environ or {}))
        if self.moving.app.maintenance and "--reopen" not in ended.output:
            self.moving.untold.append(ended.output)
        return ended

    def texts(self) -> dict[str, str]:
        return self.world.texts()


@dataclass
class Asked:
    """The requests to one of the two platforms, the old or the new one; ends and secrets are those of both."""

    moving: Moving
    platform: Any

    def begin(self, fault: tuple[int, str] | None = None, kill: Callable[[], None] = lambda: None) -> None:
        self.platform.begin(fault, kill)

    @property
    def asked(self) -> list[Any]:
        found: list[Any] = self.platform.asked
        return found

    def final(self) -> dict[str, Any]:
        return self.moving.final()

    def confidential(self) -> list[str]:
        return self.moving.confidential()


def scene(target: str, whose: str, before: Server, after: Server) -> Scene:
    """Each world has two new databases on these servers; faults meet requests to the platform `whose`, old or new."""

    @contextlib.contextmanager
    def made(folder: Path) -> Iterator[tuple[Any, Any]]:
        given = {"django_required_env": ["MAIL_PASSWORD"]}
        with moving(folder, target, before.database(), after.database(), **given) as found:
            yield Verb(found.world, found), Asked(found, getattr(found, whose))

    return Scene(made, timeout=25)

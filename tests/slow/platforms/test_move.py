"""A site moves from Heroku with all that it has: its rows between two real PostgreSQL servers, its variables, its domains.

Slow, as it runs two servers and the command several times.
"""

from __future__ import annotations

import json
import stat
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.platforms.faults import leaked
from tests.platforms.moving_scene import KEY, MAIL, OLD, PAYMENT, TARGETS, Moving, moving, rows
from tests.platforms.owner import commit
from tests.platforms.simulated.world import Ended, kill
from tests.support.anchors import shows
from tests.support.postgres import NEWEST, Server, server, sql
from tests.tools import tool

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="PostgreSQL refuses to run for administrators")

COPIED = {"books_book": 290, "django_content_type": 1, "django_migrations": 2, "loans_loan": 40}


@pytest.fixture(scope="module")
def older() -> Iterator[Server]:
    with server(0) as running:
        yield running


@pytest.fixture(scope="module")
def newer() -> Iterator[Server]:
    with server(NEWEST) as running:
        yield running


@pytest.fixture
def move(tmp_path: Path, older: Server, newer: Server) -> Iterator[Moving]:
    given = {"django_required_env": ["MAIL_PASSWORD"]}
    with moving(tmp_path, "fly", older.database(), newer.database(), **given) as found:
        yield found


def moved(move: Moving, *more: str, **environ: str) -> Ended:
    return move.world.command("move", "--app", OLD, "--yes", "--skip-rehearsal", *more, **environ)


def test_the_own_program_of_upsun_takes_a_site_to_its_end(tmp_path: Path, older: Server, newer: Server) -> None:
    """It waits for what it has ordered, and reads the log of that."""
    given = {"django_required_env": ["MAIL_PASSWORD"]}
    databases = (older.database(), newer.database())
    with moving(tmp_path, "upsun", *databases, own=tool("upsun"), **given) as move:
        ended = moved(move)

        assert ended.status == 0, ended.output
        assert rows(move.after) == COPIED
        assert move.variables()["SECRET_KEY"] == KEY
        (project,) = move.new.projects
        assert "environment.redeploy" in [one["type"] for one in project.activities]


@pytest.mark.parametrize("target", TARGETS)
def test_a_site_moves_with_its_rows_and_its_variables(
    target: str, tmp_path: Path, older: Server, newer: Server
) -> None:
    assert older.major < newer.major
    with moving(tmp_path, target, older.database(), newer.database(), django_required_env=["MAIL_PASSWORD"]) as move:
        before = move.old.final()

        ended = moved(move)

        assert ended.status == 0, ended.output
        assert rows(move.after) == COPIED
        assert int(sql(move.after, "SELECT nextval('books_book_id_seq')")[0]) == 301
        variables = move.variables()
        assert {name: variables[name] for name in ("SECRET_KEY", "MAIL_PASSWORD", "PAYMENT_KEY", "EMAIL_HOST")} == {
            "SECRET_KEY": KEY,
            "MAIL_PASSWORD": MAIL,
            "PAYMENT_KEY": PAYMENT,
            "EMAIL_HOST": "smtp.example.com",
        }
        left = {"WEB_CONCURRENCY", "DISABLE_COLLECTSTATIC", "REDIS_URL", "CELERY_BROKER_URL", "SENTRY_DSN"}
        assert [name for name in left if variables.get(name) == move.app.config.get(name, "")] == []
        # Closed, and otherwise as it was: nothing is deleted.
        assert move.app.maintenance
        assert move.app.formation == {"web": (2, "Standard-1x"), "worker": (0, "Standard-1x")}
        assert move.old.final()["addons"] == before["addons"]
        assert move.old.final()["apps"][OLD]["config"] == before["apps"][OLD]["config"]
        assert rows(move.before) == COPIED
        for words in (f"heroku apps:destroy -a {OLD} --confirm {OLD}", "www.example.com", "--reopen"):
            assert words in ended.output
        assert leaked(move.world, move) == []

        there = move.final()
        again = moved(move)

        assert again.status == 0, again.output
        assert move.final() == there
        assert "counting" not in again.output


def test_a_look_changes_nothing_and_shows_no_value(move: Moving) -> None:
    before = move.final()

    shown = move.world.command("move", "--app", OLD, "--dry-run")
    told = move.world.command("move", "--app", OLD, "--dry-run", "--json")

    assert (shown.status, told.status) == (0, 0), shown.output + told.output
    assert move.final() == before
    document = json.loads(told.printed)
    assert document["variables"]["moves"] == ["EMAIL_HOST", "MAIL_PASSWORD", "PAYMENT_KEY", "SECRET_KEY", "SITE_URL"]
    assert document["variables"]["stays"]["CELERY_BROKER_URL"] == "has the address of REDIS_URL"
    assert (document["database"]["rows"], document["database"]["tables"]) == (333, 4)
    assert [one["name"] for one in document["domains"]] == ["www.example.com", "example.com"]
    names = [step["name"] for step in document["steps"]]
    assert names.index("release") < names.index("maintenance") < names.index("rows")
    for words in (
        "sentry:team",
        "logs.example.com",
        "heroku-buildpack-apt",
        "scheduler",
        "SITE_URL",
        "Nothing was changed",
    ):
        assert words in shown.output
    assert leaked(move.world, move) == []


def test_the_old_site_is_opened_again_and_what_is_written_then_is_copied_too(move: Moving) -> None:
    assert moved(move).status == 0

    opened = moved(move, "--reopen")

    assert opened.status == 0, opened.output
    assert not move.app.maintenance
    assert move.app.formation == {"web": (2, "Standard-1x"), "worker": (2, "Standard-1x")}
    sql(move.before, "INSERT INTO books_book (title) VALUES ('written after the copy')")

    again = moved(move)

    assert again.status == 0, again.output
    assert rows(move.after) == COPIED | {"books_book": 291}
    assert move.app.maintenance


def test_a_trial_leaves_the_old_site_open_and_the_move_for_good_copies_once_more(move: Moving) -> None:
    before = move.old.final()

    tried = moved(move, "--trial")

    assert tried.status == 0, tried.output
    assert rows(move.after) == COPIED
    assert move.old.final() == before
    assert "is still open and unchanged" in tried.output
    sql(move.before, "INSERT INTO books_book (title) VALUES ('written during the trial')")

    ended = moved(move)

    assert ended.status == 0, ended.output
    assert rows(move.after) == COPIED | {"books_book": 291}
    assert move.app.maintenance
    assert leaked(move.world, move) == []
    refused = moved(move, "--trial")
    assert refused.status == 1
    assert "old-site-closed" in refused.output


@shows("old-site-closed")
def test_a_trial_of_a_site_that_is_closed(move: Moving) -> None:
    move.app.maintenance = True

    ended = moved(move, "--trial")

    assert ended.status == 1
    assert "--reopen" in ended.output
    assert move.new.apps == {}


@shows("move-database-in-use")
def test_rows_that_visitors_have_written_to_the_new_site_are_not_lost_unasked(move: Moving) -> None:
    assert move.world.command("deploy", "--skip-rehearsal", MAIL_PASSWORD="x-of-the-new-site").status == 0
    sql(move.after, "INSERT INTO books_book (title) VALUES ('of the new site')")
    move.new.secrets.append("x-of-the-new-site")

    ended = moved(move)

    assert ended.status == 1
    assert "books_book (1 row)" in ended.output and "--replace" in ended.output
    assert not move.app.maintenance
    assert move.app.formation == {"web": (2, "Standard-1x"), "worker": (2, "Standard-1x")}
    assert rows(move.after)["books_book"] == 1

    replaced = moved(move, "--replace")

    assert replaced.status == 0, replaced.output
    assert rows(move.after) == COPIED
    assert move.variables()["SECRET_KEY"] == KEY  # the one that the deployment had made gives way
    assert move.variables()["MAIL_PASSWORD"] == "x-of-the-new-site"  # whose value is not shown, and is kept


@shows("move-extension-missing")
def test_an_extension_that_the_new_server_lacks_is_told_before_anything_is_closed(move: Moving) -> None:
    sql(move.before, "CREATE EXTENSION pgcrypto")

    ended = moved(move)

    assert ended.status == 1
    assert "pgcrypto" in ended.output
    assert not move.app.maintenance


def test_extensions_in_herokus_own_schema_are_where_a_site_finds_them(move: Moving) -> None:
    statements = (
        "CREATE SCHEMA heroku_ext",
        "CREATE EXTENSION citext SCHEMA heroku_ext",
        "CREATE TABLE member (name heroku_ext.citext UNIQUE)",
        "INSERT INTO member VALUES ('Ada')",
        "CREATE SCHEMA _heroku",
        "CREATE FUNCTION _heroku.f() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'",
        "CREATE EVENT TRIGGER log_create_ext ON ddl_command_end EXECUTE FUNCTION _heroku.f()",
    )
    sql(move.before, *statements)
    before = move.new.migrate
    move.new.migrate = lambda: (before(), sql(move.after, "CREATE EXTENSION IF NOT EXISTS citext"))[0]

    ended = moved(move)

    assert ended.status == 0, ended.output
    assert sql(move.after, "SELECT count(*) FROM member WHERE name = 'ADA'") == ["1"]
    assert sql(move.after, "SELECT nspname FROM pg_namespace WHERE nspname LIKE '%heroku%'") == []


@shows("move-copy-differs")
def test_an_old_site_that_goes_on_writing_is_told(move: Moving) -> None:
    """As a job of Heroku Scheduler does, which no program can stop."""
    over = threading.Event()

    def write() -> None:
        while not over.wait(0.05):
            if move.app.maintenance:
                sql(move.before, "INSERT INTO loans_loan (book_id) VALUES (1)")

    writing = threading.Thread(target=write)
    writing.start()
    try:
        ended = moved(move)
    finally:
        over.set()
        writing.join()

    assert ended.status == 1
    assert "loans_loan" in ended.output
    assert f"{OLD} on Heroku is closed to visitors" in ended.output and "--reopen" in ended.output

    again = moved(move)

    assert again.status == 0, again.output
    assert rows(move.after) == rows(move.before)


@pytest.mark.parametrize("after", [0.0, 0.3, 0.8, 1.5, 2.5, 4.0])
def test_a_move_that_is_killed_while_it_copies_is_repeated(move: Moving, after: float) -> None:
    pids: list[int] = []
    closed = move.old.act

    def act(asked: object) -> object:
        answer = closed(asked)  # type: ignore[arg-type]
        if move.app.maintenance and not move.app.formation["worker"][0] and pids:
            threading.Timer(after, kill, [pids.pop()]).start()
        return answer

    move.old.act = act  # type: ignore[method-assign,assignment]
    move.world.command("move", "--app", OLD, "--yes", "--skip-rehearsal", begun=pids.append)
    move.old.act = closed  # type: ignore[method-assign]
    overview = move.world.command()
    assert "closed by a move" in overview.output and f"--app {OLD} --reopen" in overview.output

    again = moved(move)

    assert again.status == 0, again.output
    assert rows(move.after) == COPIED
    assert move.app.formation["web"] == (2, "Standard-1x")
    assert leaked(move.world, move) == []
    opened = moved(move, "--reopen")
    assert opened.status == 0, opened.output
    assert move.app.formation == {"web": (2, "Standard-1x"), "worker": (2, "Standard-1x")}


def test_the_bucket_of_an_add_on_stays_the_sites_bucket(move: Moving) -> None:
    """Under the names that django-storages has, and not under those of the add-on, which these settings do not read."""
    bucket = move.old.add(move.app, "bucketeer:hobbyist", "BUCKETEER").values("BUCKETEER")

    ended = moved(move)

    assert ended.status == 0, ended.output
    variables = move.variables()
    assert variables["AWS_STORAGE_BUCKET_NAME"] == bucket["BUCKETEER_BUCKET_NAME"]
    assert variables["AWS_SECRET_ACCESS_KEY"] == bucket["BUCKETEER_AWS_SECRET_ACCESS_KEY"]
    assert "BUCKETEER_BUCKET_NAME" not in variables
    assert "until you delete the add-on bucketeer" in ended.output
    assert leaked(move.world, move) == []


def test_a_variable_of_an_add_on_moves_where_it_is_named(move: Moving) -> None:
    ended = moved(move, "--also", "SENTRY_DSN")

    assert ended.status == 0, ended.output
    assert move.variables()["SENTRY_DSN"] == move.app.config["SENTRY_DSN"]


@shows("old-variable-not-there")
def test_a_variable_that_the_old_site_does_not_have(move: Moving) -> None:
    ended = move.world.command("move", "--app", OLD, "--dry-run", "--also", "SENTRY_DNS")

    assert ended.status == 1
    assert "SENTRY_DNS" in ended.output


@shows("old-site-not-there")
def test_an_app_that_the_account_does_not_have(move: Moving) -> None:
    ended = move.world.command("move", "--app", "nobodys", "--dry-run", "--json")

    assert ended.status == 1
    assert "heroku apps" in json.loads(ended.printed)["error"]["message"]


def test_with_herokus_own_program(tmp_path: Path, older: Server, newer: Server) -> None:
    given = {"django_required_env": ["MAIL_PASSWORD"]}
    with moving(tmp_path, "fly", older.database(), newer.database(), tool("heroku"), **given) as move:
        ended = moved(move)

        assert ended.status == 0, ended.output
        assert rows(move.after) == COPIED
        assert move.app.maintenance and move.app.formation["worker"][0] == 0
        assert moved(move, "--reopen").status == 0
        assert not move.app.maintenance
        assert move.app.formation == {"web": (2, "Standard-1x"), "worker": (2, "Standard-1x")}
        assert leaked(move.world, move) == []


def on_server(tmp_path: Path, older: Server, newer: Server, **given: Any) -> Any:
    return moving(tmp_path, "kamal", older.database(), newer.database(), django_required_env=["MAIL_PASSWORD"], **given)


def test_values_for_a_server_are_in_the_file_that_git_ignores(tmp_path: Path, older: Server, newer: Server) -> None:
    with on_server(tmp_path, older, newer) as move:
        file = move.world.repository.root / "deploy" / ".env"
        file.write_text("# mine\nSECRET_KEY='a-key-of-before'\nOTHER=1\n", encoding="utf-8")

        ended = moved(move)

        assert ended.status == 0, ended.output
        text = file.read_text(encoding="utf-8")
        assert text.startswith("# mine\n# before the move: SECRET_KEY='a-key-of-before'\nOTHER=1\n")
        assert f"\nSECRET_KEY='{KEY}'\n" in text and f'\nPAYMENT_KEY="{PAYMENT}"\n' in text
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert move.variables()["PAYMENT_KEY"] == PAYMENT
        assert "www.example.com  A: the address of server.example.com" in ended.output
        line = 'deploy-overlay set "deploy_domains=www.site.invalid,www.example.com,example.com"'
        assert ended.output.count('set "deploy_domains=') == ended.output.count(line) > 0, ended.output


def test_variables_that_the_files_for_a_server_do_not_name_are_told_with_what_adds_them(
    tmp_path: Path, older: Server, newer: Server
) -> None:
    with on_server(tmp_path, older, newer, kamal_variables="") as move:
        shown = move.world.command("move", "--app", OLD, "--dry-run", "--json")

        document = json.loads(shown.printed)
        assert document["variables"]["moves"] == ["MAIL_PASSWORD", "SECRET_KEY"]
        assert document["variables"]["stays"]["PAYMENT_KEY"] == "the new site's files do not name it yet"
        (advice,) = [text for text in document["before"] if "Kamal passes only" in text]
        assert 'set "kamal_variables=EMAIL_HOST,PAYMENT_KEY,SITE_URL"`, then commit' in advice


@shows("values-not-taken")
def test_a_value_that_comes_from_elsewhere_is_not_passed_over(tmp_path: Path, older: Server, newer: Server) -> None:
    with on_server(tmp_path, older, newer) as move:
        ended = moved(move, MAIL_PASSWORD="of-the-shell-3f", SECRET_KEY="of-the-shell-9a")

        assert ended.status == 1
        assert ".kamal/secrets and deploy/.env have different values for SECRET_KEY" in ended.output
        assert not move.app.maintenance


@shows("values-not-ignored")
def test_values_are_not_written_where_they_could_be_committed(tmp_path: Path, older: Server, newer: Server) -> None:
    with on_server(tmp_path, older, newer) as move:
        commit(move.world, "deploy/.gitignore", "")

        ended = moved(move)

        assert ended.status == 1
        assert not (move.world.repository.root / "deploy" / ".env").exists()

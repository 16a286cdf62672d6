"""Every alias of DATABASES is one of the rehearsal's own databases, or a finding with its cure."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from deploy_overlay.base.scrub import scrubbed
from deploy_overlay.rehearse.aliases import Verdict, is_beside, judge, other_addresses

POSTGRES = "django.db.backends.postgresql"
DEFAULT = "postgres://rehearsal:secret@127.0.0.1:5999/postgres?sslmode=prefer"
REPORTS = "postgres://rehearsal:secret@127.0.0.1:5999/rehearsal_1?sslmode=prefer"


def settings(
    engine: str = POSTGRES, name: str = "postgres", host: str = "127.0.0.1", port: str = "5999"
) -> dict[str, str]:
    return {"ENGINE": engine, "NAME": name, "HOST": host, "PORT": port}


def judged(tmp_path: Path, **databases: Mapping[str, str]) -> Verdict:
    found = {"default": settings(), **databases}
    return judge(found, DEFAULT, {"REPORTS_DATABASE_URL": REPORTS}, tmp_path / "code", [tmp_path / "data"])


def test_default_alone(tmp_path: Path) -> None:
    verdict = judged(tmp_path)
    assert (verdict.outcome, verdict.names, verdict.unproven) == (None, ("postgres",), ())


def test_an_alias_whose_address_comes_from_a_variable_has_a_database_of_its_own(tmp_path: Path) -> None:
    verdict = judged(tmp_path, reports=settings(name="rehearsal_1"))
    assert verdict.outcome is None
    assert verdict.names == ("postgres", "rehearsal_1")


def test_a_replica_of_default_is_the_same_database(tmp_path: Path) -> None:
    assert judged(tmp_path, replica=settings()).names == ("postgres",)


def test_postgis_is_postgresql(tmp_path: Path) -> None:
    verdict = judged(tmp_path, maps=settings(engine="django.contrib.gis.db.backends.postgis", name="rehearsal_1"))
    assert verdict.names == ("postgres", "rehearsal_1")


@pytest.mark.parametrize(
    ("other", "told"),
    [
        (
            settings("django.db.backends.sqlite3", "{code}/reports.sqlite3", "", ""),
            "the file reports.sqlite3, which is not in git",
        ),
        (settings("django.db.backends.sqlite3", "/srv/reports.sqlite3", "", ""), "the file /srv/reports.sqlite3"),
        (settings(host="localhost", port="5432"), "PostgreSQL on localhost, where production has no server"),
        (settings(host="", port=""), "PostgreSQL on this machine"),
        (
            settings(host="/var/run/postgresql", port=""),
            "PostgreSQL on /var/run/postgresql, where production has no server",
        ),
        (
            settings(host="db.internal", port="5432"),
            "PostgreSQL on db.internal, an address that is fixed in the settings",
        ),
        (settings("django.db.backends.mysql", "shop", "127.0.0.1", "3306"), "MySQL on 127.0.0.1"),
        (settings(name="analytics"), "the database analytics on the server of DATABASE_URL"),
        (settings(name="rehearsal_1", port="5432"), "PostgreSQL on 127.0.0.1"),
    ],
)
def test_a_database_that_production_does_not_have(tmp_path: Path, other: dict[str, str], told: str) -> None:
    other["NAME"] = other["NAME"].replace("{code}", str(tmp_path / "code"))
    outcome = judged(tmp_path, reports=other).outcome
    assert outcome and outcome.status == "fail"
    assert told in outcome.detail
    assert 'DATABASES["reports"] = dj_database_url.config("REPORTS_DATABASE_URL")' in outcome.cure
    assert 'del DATABASES["reports"]' in outcome.cure
    assert scrubbed(outcome.cure, []) == outcome.cure  # it can be pasted


@pytest.mark.parametrize(
    "name", [":memory:", "file:shared?mode=memory&cache=shared", "{data}/reports.sqlite3", "{code}/geo.sqlite3"]
)
def test_sqlite_that_production_has_as_well(tmp_path: Path, name: str) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "geo.sqlite3").write_bytes(b"")  # in git, so it is deployed
    place = name.format(data=tmp_path / "data", code=tmp_path / "code")
    verdict = judged(tmp_path, reports=settings("django.db.backends.sqlite3", place, "", ""))
    assert verdict == Verdict(None, ("postgres",))


def test_another_engine_behind_a_variable_is_unproven(tmp_path: Path) -> None:
    verdict = judged(tmp_path, legacy=settings("django.db.backends.mysql", "rehearsal_1"))
    assert verdict.outcome is None
    assert verdict.names == ("postgres",)
    assert verdict.unproven == ("The database legacy is MySQL in production: it was not opened.",)


@pytest.mark.parametrize(
    "used", [settings(name="shop"), settings(port="5432"), settings("django.db.backends.sqlite3", "/x", "", "")]
)
def test_default_has_to_be_the_database_of_database_url(tmp_path: Path, used: dict[str, str]) -> None:
    outcome = judged(tmp_path, default=used).outcome
    assert outcome and "not the database in DATABASE_URL" in outcome.detail


def test_default_on_sqlite_is_compared_by_its_file(tmp_path: Path) -> None:
    address = f"sqlite:///{(tmp_path / 'rehearsal.sqlite3').as_posix()}"
    used = settings("django.db.backends.sqlite3", str(tmp_path / "rehearsal.sqlite3"), "", "")
    assert judge({"default": used}, address, {}, tmp_path, []).outcome is None
    elsewhere = settings("django.db.backends.sqlite3", str(tmp_path / "db.sqlite3"), "", "")
    assert judge({"default": elsewhere}, address, {}, tmp_path, []).outcome


def test_variables_that_hold_the_address_of_another_database() -> None:
    required = [
        "SECRET_KEY",
        "DATABASE_URL",
        "REPORTS_DATABASE_URL",
        "MONGODB_URL",
        "REDIS_URL",
        "REPLICA_URL",
        "BILLING_DB_URI",
        "API_URL",
    ]
    supplied = {
        "LEGACY": "mysql://shop:secret@db.example.com/shop",
        "API_URL": "https://api.example.com",
        "REDIS_URL": "redis://127.0.0.1",
        "REPLICA_URL": "https://replica.example.com",
        "BILLING_DB_URI": "postgresql+psycopg://a@b/c",
    }
    assert other_addresses(required, supplied) == ["BILLING_DB_URI", "LEGACY", "REPORTS_DATABASE_URL"]


@pytest.mark.parametrize(
    ("databases", "beside"),
    [
        ({"default": settings("django.db.backends.sqlite3", "{code}/db.sqlite3", "", "")}, True),
        ({"default": settings("django.db.backends.sqlite3", "/srv/db.sqlite3", "", "")}, False),
        ({"default": settings()}, False),
        ({"default": settings("django.db.backends.sqlite3", "{code}/db.sqlite3", "", ""), "other": settings()}, False),
        ({}, False),
    ],
)
def test_only_files_of_the_rehearsals_own_tree_are_beside_the_code(
    databases: dict[str, dict[str, str]], beside: bool, tmp_path: Path
) -> None:
    found = {alias: {**one, "NAME": one["NAME"].format(code=tmp_path / "code")} for alias, one in databases.items()}
    assert is_beside(found, tmp_path / "code") is beside

"""A site on Upsun: built and run from the rendered files as Upsun does it, on a real PostgreSQL, and asked over HTTP.

Slow, half a minute and more each: every manager really installs from its lock into a folder that is read-only afterwards.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from deploy_overlay.rehearse.postgres import running_postgres
from deploy_overlay.rehearse.stage import Stage
from tests.platforms.upsun_container import Container, at_run_time, built, running, runs_here
from tests.support import Browser, apply_overlay, clone, commit, make_project, run

pytestmark = pytest.mark.skipif(not runs_here(), reason="a folder that is read-only for root takes Linux and unshare")

DOMAIN = "library.example.com"
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


@contextmanager
def postgresql() -> Iterator[dict[str, Any]]:
    """An empty database of a throw-away server, as the endpoint of a relationship describes it."""
    with tempfile.TemporaryDirectory(prefix="upsun-") as folder:
        place = Path(folder)
        stage = Stage(place, place, place, "deploy", place / "log", Path(sys.executable))
        with running_postgres(stage, dict(os.environ), print) as server:
            url = urlsplit(server.url)
            yield {
                "username": unquote(url.username or ""), "password": unquote(url.password or ""),
                "host": url.hostname, "port": url.port, "path": url.path.strip("/"),
            }  # fmt: skip


def deployed(shape: Mapping[str, Any], answers: Mapping[str, Any], template: Path, tmp_path: Path) -> Container:
    """The container of a sample project in this shape after the build."""
    project = make_project(tmp_path / "library", **shape)
    version = run([project.python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"], tmp_path).stdout.strip()
    given = {"deploy_platforms": ["upsun"], "django_python_version": version} | answers
    done = apply_overlay(project, template, **given)
    assert done.returncode == 0, done.stderr
    commit(project, "Add the deployment overlay")
    place = tmp_path / "upsun"
    place.mkdir()
    return built(clone(project, tmp_path / "clone").root, project.python, place)


def check_site(container: Container, database: Mapping[str, Any], **variables: str) -> None:
    """Migrate as the deploy hook does, start, and use the site as visitors of Upsun's router do."""
    environ = at_run_time(container, DOMAIN, database, **variables)
    container.run_hook("deploy", environ)
    with running(container, environ) as origin:
        secure = {"Host": DOMAIN, "X-Forwarded-Proto": "https", "X-Client-IP": "192.0.2.7"}
        visitor = Browser(origin, secure)
        page = visitor.get("/")
        assert page.status == 200, f"{page.status}\n{container.said()}"
        assert page.headers["Strict-Transport-Security"]
        check_static_files(visitor, page.text)
        plain = Browser(origin, secure | {"X-Forwarded-Proto": "http"}).get("/")
        assert (plain.status, plain.headers["Location"]) == (301, f"https://{DOMAIN}/")
        assert Browser(origin, secure | {"Host": f"www.{DOMAIN}"}).get("/").status == 200
        assert Browser(origin, secure | {"Host": "elsewhere.example.net"}).get("/").status == 400
        check_account_and_upload(visitor, container)


def check_static_files(visitor: Browser, page: str) -> None:
    (sheet,) = re.findall(r'href="(/static/[^"]*shelf\.[0-9a-f]{12}\.css)"', page)
    answer = visitor.get(sheet, **{"Accept-Encoding": "gzip"})
    assert answer.status == 200
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "immutable" in answer.headers["Cache-Control"]


def check_account_and_upload(visitor: Browser, container: Container) -> None:
    """Sign up, which logs in with secure cookies, and upload a picture, which lands on the mount."""
    account = {
        "username": "ada",
        "email": "ada@example.com",
        "password1": "correct-horse-9",
        "password2": "correct-horse-9",
    }
    signed_up = visitor.post("/accounts/signup/", account)
    assert signed_up.status == 302, signed_up.text
    assert visitor.cookies and all(cookie.secure for cookie in visitor.cookies)
    book = {"title": "Notes", "author_name": "Ada", "description": ""}
    added = visitor.post("/books/add/", book, {"cover": ("cover.png", PIXEL, "image/png")})
    assert added.status == 302, added.text
    assert "Notes" in visitor.get("/").text
    (uploaded,) = container.outside("deploy-data").rglob("cover*.png")
    assert uploaded.read_bytes() == PIXEL


# What differs in the build hook; `make matrix` has every manager in every layout.
SITES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    # Of Django 4.2's, so with the scripts that an older Python puts into an environment.
    "Poetry, nested, Fixed, Django 4.2": (
        {"manager": "poetry", "layout": "nested", "django": "4.2"},
        {"upsun_flavour": "fixed"},
    ),
    "PDM, deep, Flex": ({"manager": "pdm", "layout": "deep"}, {}),
    "Pipenv, monorepo, Flex, split settings": (
        {"manager": "pipenv", "layout": "monorepo", "settings": "split", "database": "postgresql"},
        {},
    ),
    "pyproject.toml alone, monorepo, Fixed": ({"manager": "pep621", "layout": "monorepo"}, {"upsun_flavour": "fixed"}),
}


@pytest.mark.parametrize("site", SITES)
def test_a_site_is_built_and_served_as_on_upsun(site: str, template: Path, tmp_path: Path) -> None:
    shape, answers = SITES[site]
    container = deployed(shape, answers, template, tmp_path)

    with postgresql() as database:
        check_site(container, database)


def test_sqlite_outlives_a_deployment_on_the_only_place_that_can_be_written_to(template: Path, tmp_path: Path) -> None:
    answers = {"deploy_database": "sqlite", "django_required_env": ["STRIPE_KEY"]}
    container = deployed({"manager": "uv"}, answers, template, tmp_path)
    environ = at_run_time(container, DOMAIN, {})
    with pytest.raises(AssertionError, match="Not started: set STRIPE_KEY"):
        container.run_hook("deploy", environ)

    check_site(container, {}, STRIPE_KEY="sk_test")

    assert (container.outside("deploy-data") / "db.sqlite3").stat().st_size > 0
    again = environ | {"STRIPE_KEY": "sk_test"}
    container.run_hook("deploy", again)
    with running(container, again) as origin:
        assert "Notes" in Browser(origin, {"Host": DOMAIN, "X-Forwarded-Proto": "https"}).get("/").text
    script = "touch deploy-data/here && ! touch here 2>/dev/null && ! touch staticfiles/here 2>/dev/null"
    run(container.inside(script, read_only=True), container.folder, container.environment())
    assert (container.outside("deploy-data") / "here").is_file()

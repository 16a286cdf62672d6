"""Two sites on one server that Kamal deploys to: set up, replaced under load, a bad version, a rollback, one PostgreSQL.

Kamal, kamal-proxy, the engine, OpenSSH, the registry, PostgreSQL and Valkey are real; `kamal.py` and `images.py` say of what.
The rehearsal before a build is tested elsewhere: here a program in its place says whether it passed.
"""

from __future__ import annotations

import re
import secrets
import ssl
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from deploy_overlay.platforms.kamal.provision.program import PROBLEMS
from tests.slow.images.base import base_images
from tests.slow.images.buildah import Buildah
from tests.slow.matrix.visit import PIXEL, READ, used
from tests.support import Browser, Project, applied, commit, make_project
from tests.support.mail_server import mail_server
from tests.support.programs import environment
from tests.support.whole import OWN_VARIABLE

from .bucket import GATEWAY
from .engine import Engine
from .images import POSTGRES, load_kamal_proxy
from .kamal import HOST, Deployer, containers, deploying, program, registry_with_login
from .test_compose import REQUESTS, a_job_is_done, answers_again, change, signed_up_and_uploaded
from .tls import Load, browser, check_proxy_header

WHOLE: dict[str, Any] = {
    "deploy_runs": ["worker", "scheduler", "cron"], "deploy_redis": "platform", "deploy_uploads": "volume",
    "kamal_postgres": POSTGRES.partition(":")[2],
}  # fmt: skip
REFUSED = next(pattern for pattern, cure in PROBLEMS if "KAMAL_REGISTRY_PASSWORD" in cure)
REHEARSAL = """#!/bin/sh
echo "$@" >> "{folder}/rehearsals"
exit "$(cat "{folder}/verdict")"
"""


@dataclass(frozen=True)
class Site:
    deployer: Deployer
    project: Project
    name: str
    context: ssl.SSLContext

    @property
    def host(self) -> str:
        return f"{self.name}.localhost"

    @property
    def engine(self) -> Engine:
        return self.deployer.engine

    def kamal(self, *words: str, check: bool = True) -> str:
        return self.deployer.kamal(self.project.root, *words, check=check)

    def visitor(self) -> Browser:
        return browser(self.host, self.context)

    def version(self) -> str:
        """The commit that serves."""
        return self.kamal("app", "version", "--quiet").strip().splitlines()[-1].strip()


@pytest.fixture(scope="module")
def deployer(engine: Engine, bases: Buildah, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployer]:
    folder = tmp_path_factory.mktemp("deployer")
    load_kamal_proxy(engine, bases, tmp_path_factory.mktemp("proxy") / "image")
    with deploying(engine, folder) as found:
        program(folder / "programs" / "uvx", REHEARSAL.format(folder=folder))
        (folder / "verdict").write_text("0", encoding="utf-8")
        _authority(folder)
        found.builds_with(Buildah(folder / "images", bases))
        yield found
    Buildah(folder / "images", bases).discard()


def _authority(folder: Path) -> None:
    """A certificate for names of this machine, which an owner with one of their own gives to Kamal."""
    argv = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=shelf.localhost"]
    names = "subjectAltName=" + ",".join(
        f"DNS:{name}.localhost" for name in ("shelf", "notes", "books", "books-staging")
    )
    argv += ["-addext", names, "-keyout", str(folder / "key.pem"), "-out", str(folder / "certificate.pem")]
    subprocess.run(argv, env=environment(), check=True, capture_output=True)


def site(
    name: str,
    variants: list[str],
    answers: dict[str, Any],
    values: Mapping[str, str],
    deployer: Deployer,
    bases: Buildah,
    template: Path,
    folder: Path,
) -> Site:
    """A project with the overlay; its owner has a certificate and some variables more."""
    project = make_project(folder / "library", manager="uv", variants=variants)
    given = {"deploy_platforms": ["kamal"], "deploy_domains": f"{name}.localhost", "deploy_name": name}
    given |= {"kamal_server": HOST, "deploy_registry": deployer.registry, **answers}
    applied(project, template, django_python_version="3.13", **given)
    configuration = project.root / "config" / "deploy.yml"
    text = configuration.read_text(encoding="utf-8")
    text = text.replace("  ssl: true\n", "  ssl: {certificate_pem: CERTIFICATE, private_key_pem: KEY}\n")
    text = text.replace("deploy_timeout: 120\n", "deploy_timeout: 300\n")  # this machine may have much else to do
    more = "".join(f"    {variable}: {value!r}\n" for variable, value in values.items())
    configuration.write_text(text.replace("    PORT:", f"{more}    PORT:"), encoding="utf-8")
    for file in (project.root / ".kamal").glob("secrets*"):
        with file.open("a", encoding="utf-8") as opened:
            opened.write(
                f"CERTIFICATE=$(cat {deployer.folder}/certificate.pem)\nKEY=$(cat {deployer.folder}/key.pem)\n"
            )
    commit(project, "Add the deployment overlay")
    base_images(bases, project.root / "Dockerfile")
    passwords = {"SECRET_KEY": secrets.token_urlsafe(50)}
    passwords |= {variable: secrets.token_hex(12) for variable in ("POSTGRES_PASSWORD", "REDIS_PASSWORD")}
    own = Deployer(deployer.folder, deployer.engine, deployer.port, passwords)
    context = ssl.create_default_context(cafile=str(deployer.folder / "certificate.pem"))
    return Site(own, project, name, context)


@pytest.fixture(scope="module")
def whole(
    deployer: Deployer, bases: Buildah, template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    deployer.engine.free_ports()
    with ExitStack() as stack:
        with deployer.engine.network():
            mail = stack.enter_context(mail_server("0.0.0.0"))
        values = {
            "EMAIL_HOST": GATEWAY,
            "EMAIL_PORT": str(mail.port),
            "EMAIL_USE_TLS": "false",
            OWN_VARIABLE: "a-token",
        }
        found = site("shelf", ["whole"], WHOLE, values, deployer, bases, template, tmp_path_factory.mktemp("whole"))
        found.kamal("setup")
        yield found


def test_a_new_version_replaces_a_site_under_load_and_nothing_is_lost(whole: Site) -> None:
    with whole.engine.network():
        visitor = whole.visitor()
        assert visitor.get("/").status == 200
        cover = signed_up_and_uploaded(visitor)
        a_job_is_done(visitor)
    before = whole.version()

    change(whole.project, "A new version")
    with Load(whole.engine, whole.host, whole.context) as load:
        whole.kamal("deploy")
        load.until(REQUESTS)

    assert load.requests >= REQUESTS
    assert not load.lost, f"of {load.requests} requests {dict(load.lost)} were lost"
    assert whole.version() != before
    with whole.engine.network():
        assert "A new version" in visitor.get("/").text
        assert visitor.get(cover).body == PIXEL
        a_job_is_done(visitor)
    running = [name for name, state in containers(whole.engine, "shelf").items() if state == "running"]
    roles = sorted(re.sub(r"^shelf-|-[0-9a-f]{40}$", "", name) for name in running)
    assert roles == ["beat", "celery-worker", "clock", "postgres", "redis", "rq-worker", "web"]


def test_everything_works_as_on_other_platforms(whole: Site) -> None:
    with whole.engine.network():
        title = used(whole.visitor())
        check_proxy_header(whole.host, whole.visitor())

    web = next(
        name for name, state in containers(whole.engine, "shelf").items() if "-web-" in name and state == "running"
    )
    assert PIXEL.hex() in whole.engine.docker("exec", web, "python", "-c", READ, title)


def test_nothing_but_the_proxy_is_reached_from_outside(whole: Site) -> None:
    published = whole.engine.docker("ps", "--format", "{{.Names}} {{.Ports}}")

    assert [line.split()[0] for line in published.splitlines() if "->" in line] == ["kamal-proxy"]


def test_a_version_that_does_not_start_gets_no_visitors(whole: Site) -> None:
    before = whole.version()
    settings = next(whole.project.root.rglob("shelf/urls.py"))
    text = settings.read_text(encoding="utf-8")
    settings.write_text(f"{text}\nraise RuntimeError('broken')\n", encoding="utf-8")
    commit(whole.project, "A bad version")

    with Load(whole.engine, whole.host, whole.context) as load:
        told = whole.kamal("deploy", check=False)
        load.until(REQUESTS)
    assert load.requests >= REQUESTS

    assert told.startswith("exit status 1")
    assert not load.lost, f"of {load.requests} requests {dict(load.lost)} were lost"
    assert whole.version() == before
    assert "There is no deploy lock" in whole.kamal("lock", "status")
    settings.write_text(text, encoding="utf-8")
    commit(whole.project, "A good version again")


def test_the_version_before_comes_back(whole: Site) -> None:
    before = whole.version()
    with whole.engine.network():
        cover = signed_up_and_uploaded(whole.visitor())
    change(whole.project, "A version that is rolled back")
    whole.kamal("deploy")
    with whole.engine.network():
        assert "A version that is rolled back" in whole.visitor().get("/").text

    with Load(whole.engine, whole.host, whole.context) as load:
        whole.kamal("rollback", before)
        load.until(REQUESTS)

    assert load.requests >= REQUESTS
    assert not load.lost, f"of {load.requests} requests {dict(load.lost)} were lost"
    assert whole.version() == before
    with whole.engine.network():
        visitor = whole.visitor()
        assert "A version that is rolled back" not in visitor.get("/").text
        assert visitor.get(cover).body == PIXEL


def test_nothing_is_built_that_did_not_pass_its_rehearsal(whole: Site) -> None:
    before = whole.version()
    verdict = whole.deployer.folder / "verdict"
    verdict.write_text("1", encoding="utf-8")
    try:
        told = whole.kamal("deploy", check=False)
    finally:
        verdict.write_text("0", encoding="utf-8")

    assert "Hook `pre-build` failed" in told
    assert whole.version() == before
    assert "rehearse --platform kamal" in (whole.deployer.folder / "rehearsals").read_text(encoding="utf-8")


def test_a_second_site_shares_the_proxy_and_postgresql(
    whole: Site, deployer: Deployer, bases: Buildah, template: Path, tmp_path: Path
) -> None:
    answers = {"deploy_uploads": "volume", "kamal_postgres_site": "shelf"}
    other = site("notes", [], answers, {}, deployer, bases, template, tmp_path)
    password = other.deployer.values["POSTGRES_PASSWORD"]
    made = [f"CREATE ROLE notes LOGIN PASSWORD '{password}'", "CREATE DATABASE notes OWNER notes"]
    whole.engine.docker(
        "exec", "shelf-postgres", "psql", "-U", "shelf", *(part for sql in made for part in ("-c", sql))
    )

    other.kamal("setup")

    with whole.engine.network():
        assert other.visitor().get("/").status == 200
        title = f"Notes {secrets.token_hex(4)}"
        signed_up_and_uploaded(other.visitor(), title)
        assert title in other.visitor().get("/").text
        assert title not in whole.visitor().get("/").text
        answers_again(whole.visitor())
    other.kamal("app", "remove")
    with whole.engine.network():
        assert whole.visitor().get("/").status == 200


def test_a_registry_that_needs_a_login_gives_the_image_to_the_server(
    deployer: Deployer, bases: Buildah, template: Path, tmp_path: Path
) -> None:
    user, token = "ada", secrets.token_hex(12)
    with registry_with_login(deployer, user, token) as registry:
        answers = {"deploy_registry": f"{registry}/library", "deploy_registry_user": user}
        found = site("papers", [], answers, {}, deployer, bases, template, tmp_path)

        found.deployer.values["KAMAL_REGISTRY_PASSWORD"] = "another-token"
        refused = found.kamal("build", "deliver", check=False)
        found.deployer.values["KAMAL_REGISTRY_PASSWORD"] = token
        found.kamal("build", "deliver")

    assert refused.startswith("exit status 1") and re.search(REFUSED, refused)
    assert f"{registry}/library/papers" in deployer.engine.docker("images", "--format", "{{.Repository}}")

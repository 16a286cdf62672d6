"""Kamal with two servers behind a load balancer: a release on both, one that only one takes, back, and a server that is down.

Each server is an engine with SSH of its own. They share a private network, where PostgreSQL of the first one is reached.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.slow.images.buildah import Buildah
from tests.support import Browser, Project, commit
from tests.support.anchors import shows

from .connect import proxy
from .engine import Engine, running
from .images import POSTGRES, load_kamal_proxy
from .kamal import HOST, Deployer, containers
from .network import Private, load_balancer, private, unplugged
from .test_compose import REQUESTS, change
from .test_kamal import deployer as deployer
from .test_kamal import site
from .test_kamal_verbs import Owner
from .tls import Load, browser

NAME, SECOND = "books", "second-server"
DOMAIN = f"{NAME}.localhost"
DEPLOY = ("deploy", "--skip-rehearsal", "--yes")
TIMEOUT = 300  # seconds that a version has to answer


@dataclass(frozen=True)
class Pair:
    """A site on two servers, and who deploys it."""

    owner: Owner
    engines: tuple[Engine, Engine]
    between: Private

    @property
    def deployer(self) -> Deployer:
        return self.owner.site.deployer

    @property
    def project(self) -> Project:
        return self.owner.site.project

    def visitor(self) -> Browser:
        """Who comes by the load balancer; to be used within its network."""
        return browser(DOMAIN, self.owner.site.context)

    def pages(self) -> list[str]:
        """What each server answers to the load balancer."""
        found = []
        for engine in self.engines:
            with engine.network():
                answer = Browser("http://127.0.0.1", {"Host": DOMAIN, "X-Forwarded-Proto": "https"}).get("/")
            found.append(answer.text if answer.status == 200 else str(answer.status))
        return found

    def containers(self) -> list[dict[str, str]]:
        return [containers(engine, NAME) for engine in self.engines]

    def versions(self) -> list[str]:
        """The version of the site that each server runs."""
        web = f"{NAME}-web-"
        return [
            " ".join(name.removeprefix(web) for name, state in there.items() if web in name and state == "running")
            for there in self.containers()
        ]

    def is_everywhere(self, text: str) -> None:
        assert self.versions() == [self.owner.head] * 2
        assert all(text in page for page in self.pages())


@pytest.fixture(scope="module")
def pair(
    deployer: Deployer, engine: Engine, bases: Buildah, template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Pair]:
    engine.free_ports()
    with ExitStack() as stack:
        second = stack.enter_context(running(tmp_path_factory.mktemp("second")))
        load_kamal_proxy(second, bases, tmp_path_factory.mktemp("proxy") / "image")
        deployer.reaches(second, SECOND)
        between = stack.enter_context(private(engine, second))
        answers = {"deploy_runs": ["cron"], "kamal_postgres": POSTGRES.partition(":")[2]}
        found = site(NAME, [], answers, {}, deployer, bases, template, tmp_path_factory.mktemp("pair"))
        on_both(found.project, between.addresses[0])
        own = deployer.folder
        balancer = load_balancer(
            between, tmp_path_factory.mktemp("balancer"), DOMAIN, own / "certificate.pem", own / "key.pem"
        )
        stack.enter_context(balancer)
        owner = Owner(found, template, stack.enter_context(proxy(between)))
        yield Pair(owner, (engine, second), between)


def on_both(project: Project, address: str) -> None:
    """As docs/platforms/kamal.md says of several servers."""
    replaced = {
        "config/deploy.yml": {
            f"  web:\n    hosts: [{HOST}]": f"  web:\n    hosts: [{HOST}, {SECOND}]",
            "  ssl: {certificate_pem: CERTIFICATE, private_key_pem: KEY}\n": "  ssl: false\n",
            f"    image: {POSTGRES}\n": f'    image: {POSTGRES}\n    port: "{address}:5432:5432"\n',
        },
        ".kamal/secrets": {f"@{NAME}-postgres:": f"@{address}:"},
    }
    for path, texts in replaced.items():
        edit(project, path, texts)
    commit(project, "A second server")


def edit(project: Project, path: str, texts: dict[str, str]) -> None:
    text = (project.root / path).read_text(encoding="utf-8")
    for old, new in texts.items():
        assert text.count(old) == 1, f"{path} has {text.count(old)} times: {old}"
        text = text.replace(old, new)
    (project.root / path).write_text(text, encoding="utf-8")


@contextmanager
def switched_off(pair: Pair, host: str) -> Iterator[None]:
    """Within the block nobody answers to SSH under this name."""
    config = pair.deployer.folder / "home" / ".ssh" / "config"
    text = config.read_text(encoding="utf-8")
    off = f"Host {host}\n  HostName 127.0.0.1\n  Port 9\n  ProxyCommand none\n"  # nothing listens there
    config.write_text(off + text, encoding="utf-8")
    try:
        yield
    finally:
        config.write_text(text, encoding="utf-8")


def test_a_release_reaches_both_servers(pair: Pair) -> None:
    planned = pair.owner.command("plan")
    assert f"on {HOST}, {SECOND}" in planned.text and pair.containers() == [{}, {}]

    ended = pair.owner.command(*DEPLOY)

    assert f"is online at https://{DOMAIN}" in ended.text and "the site answers" in ended.text
    assert pair.versions() == [pair.owner.head] * 2
    assert [len(page) > 100 for page in pair.pages()] == [True, True]
    with pair.between.network():
        title = f"Notes {secrets.token_hex(4)}"
        visitor = pair.visitor()
        account = {"username": "ada", "email": "ada@example.com"}
        password = {"password1": "correct-horse-9", "password2": "correct-horse-9"}
        assert visitor.post("/accounts/signup/", account | password).status == 302
        book = {"title": title, "author_name": "Ada", "description": ""}
        assert visitor.post("/books/add/", book).status == 302
    assert all(title in page for page in pair.pages())
    before = pair.containers()
    assert "done now" not in pair.owner.command(*DEPLOY).text
    assert pair.containers() == before


def test_its_status_tells_what_runs_on_which(pair: Pair) -> None:
    found = pair.owner.document("status")

    version = pair.owner.head[:12]
    assert found["online"]["commit"] == pair.owner.head and found["differs"] == []
    assert [one["name"] for one in found["processes"] if one["well"]] == [
        f"web {version} on {HOST}", f"web {version} on {SECOND}", f"clock {version} on {HOST}", f"postgres on {HOST}",
    ]  # fmt: skip


def test_a_new_version_replaces_it_on_both_and_no_request_is_lost(pair: Pair) -> None:
    change(pair.project, "A second version")

    with Load(pair.between, DOMAIN, pair.owner.site.context) as load:
        pair.owner.command(*DEPLOY)
        load.until(REQUESTS)

    assert load.requests >= REQUESTS
    assert not load.lost, f"of {load.requests} requests {dict(load.lost)} were lost"
    pair.is_everywhere("A second version")


def test_the_version_before_comes_back_on_both(pair: Pair) -> None:
    later = pair.owner.head

    ended = pair.owner.command("rollback", "--yes")

    assert "is online at" in ended.text
    one, other = pair.versions()
    assert one == other != later
    assert not [page for page in pair.pages() if "A second version" in page]
    pair.owner.command(*DEPLOY)
    pair.is_everywhere("A second version")


@shows("platform-unreachable")
@pytest.mark.parametrize("host", [HOST, SECOND])
def test_a_server_that_is_down_is_named_and_nothing_is_begun(host: str, pair: Pair) -> None:
    before = pair.containers()
    change(pair.project, "A version for two servers")

    with switched_off(pair, host):
        ended = [
            pair.owner.command(*words, check=False)
            for words in (("plan",), DEPLOY, ("rollback", "--yes"), ("destroy", "--confirm", NAME), ("status",))
        ]

    assert [one.status for one in ended] == [1] * len(ended)
    assert [one.text for one in ended if f"{host} cannot be reached" not in one.text] == []
    assert pair.containers() == before
    assert all("A second version" in page for page in pair.pages())


def test_a_version_that_only_one_server_takes_is_told_with_its_servers(pair: Pair) -> None:
    """The second server does not reach PostgreSQL any more, so that nothing new gets ready there."""
    before = pair.owner.head if pair.versions() == [pair.owner.head] * 2 else pair.versions()[1]
    edit(pair.project, "config/deploy.yml", {f"deploy_timeout: {TIMEOUT}\n": "deploy_timeout: 60\n"})
    change(pair.project, "A version for one server")
    new = pair.owner.head

    with unplugged(pair.engines[1]):
        ended = pair.owner.command(*DEPLOY, check=False)
        told = pair.owner.command("status")

    assert ended.status == 1
    assert pair.versions() == [new, before]
    apart = f"visitors get {new[:12]} on {HOST} and {before[:12]} on {SECOND}"
    assert f"{new[:12]} is online in part: {apart}. Without it: web on {SECOND}" in ended.text
    assert f"The servers have different versions: {apart}" in told.text

    pair.owner.command("rollback", "--yes")
    assert pair.versions() == [before] * 2
    edit(pair.project, "config/deploy.yml", {"deploy_timeout: 60\n": f"deploy_timeout: {TIMEOUT}\n"})
    commit(pair.project, "Time for a busy machine")
    pair.owner.command(*DEPLOY)
    pair.is_everywhere("A version for one server")


def test_one_after_the_other(pair: Pair) -> None:
    """As docs/platforms/kamal.md says: each server runs the migrations, the second finds nothing to do."""
    text = "\ndeploy_timeout:"
    edit(pair.project, "config/deploy.yml", {text: f"\nboot: {{limit: 1}}{text}"})
    change(pair.project, "One after the other")

    with Load(pair.between, DOMAIN, pair.owner.site.context) as load:
        pair.owner.command(*DEPLOY)
        load.until(REQUESTS)

    assert not load.lost, f"of {load.requests} requests {dict(load.lost)} were lost"
    pair.is_everywhere("One after the other")


def test_it_is_deleted_from_both(pair: Pair) -> None:
    ended = pair.owner.command("destroy", "--confirm", NAME, check=False)
    if "run this again" in ended.text:  # of two roles at once, which Kamal does not wait for
        ended = pair.owner.command("destroy", "--confirm", NAME)

    assert ended.status == 0 and f"deleted {NAME}" in ended.text
    assert pair.containers() == [{}, {}]
    for engine in pair.engines:
        assert NAME not in engine.docker("volume", "ls", "--format", "{{.Name}}")
        assert "kamal-proxy" in engine.docker("ps", "--format", "{{.Names}}")

"""The command with the real Kamal: from nothing to a site that answers, again, a bad version, back, its data, and its end.

What is real is said in `test_kamal.py`. The command asks the site over HTTPS, under its own name and with its certificate.
"""

from __future__ import annotations

import json
import os
import secrets
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.slow.images.buildah import Buildah
from tests.slow.matrix.visit import PIXEL
from tests.support import Browser, commit
from tests.support.anchors import note
from tests.support.programs import environment

from .bucket import bucket_of_dumps
from .connect import proxy
from .images import POSTGRES
from .kamal import HOST, Deployer, containers
from .readme import lines_of
from .test_compose import change, signed_up_and_uploaded
from .test_kamal import Site, site
from .test_kamal import deployer as deployer
from .tls import browser

NAME, BUCKET = "books", "dumps-of-books-5d1c"
DOMAIN, STAGING = f"{NAME}.localhost", f"{NAME}-staging.localhost"
# The command in a mount namespace of its own, in which the site's name is known.
WITH_HOSTS = ("unshare", "--mount", "sh", "-c", 'mount --bind "$0" /etc/hosts; exec "$@"')
ANSWERS: dict[str, Any] = {
    "deploy_uploads": "volume", "deploy_runs": ["cron"], "deploy_backups": "bucket", "kamal_staging": STAGING,
    "kamal_postgres": POSTGRES.partition(":")[2],
}  # fmt: skip


@dataclass(frozen=True)
class Ended:
    status: int
    printed: str
    told: str  # standard error

    @property
    def text(self) -> str:
        return " ".join((self.printed + self.told).split())


@dataclass(frozen=True)
class Owner:
    """Who uses the command in a project."""

    site: Site
    template: Path  # whose command it is
    proxy: str

    def started(self, *words: str, **more: str) -> dict[str, Any]:
        """How the command is started."""
        deployer = self.site.deployer
        certificate = str(deployer.folder / "certificate.pem")
        environ = deployer.environ(**{"SSL_CERT_FILE": certificate, "https_proxy": self.proxy, **more})
        hosts = deployer.folder / "hosts"
        hosts.write_text(f"127.0.0.1 localhost {self.site.host} {STAGING}\n", encoding="utf-8")
        return {
            "args": [*WITH_HOSTS, str(hosts), sys.executable, str(self.template / "hooks" / "command.py"), *words],
            "cwd": self.site.project.root,
            "env": environ,
            "stdin": subprocess.DEVNULL,
            "start_new_session": True,
        }

    def command(self, *words: str, check: bool = True, **more: str) -> Ended:
        done = subprocess.run(**self.started(*words, **more), capture_output=True, text=True, timeout=1800, check=False)
        note(done.stderr)
        ended = Ended(done.returncode, done.stdout, done.stderr)
        assert not check or ended.status == 0, f"{' '.join(words)}\n{done.stdout}\n{done.stderr}"
        for value in self.site.deployer.values.values():
            assert value not in done.stdout + done.stderr
        return ended

    def document(self, *words: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.command(*words, "--json").printed)["platforms"][0]
        return found

    def pasted(self, task: str) -> str:
        """What the first line of a task in deploy/README.md prints, in a shell with the values."""
        argv = ["sh", "-c", lines_of(self.site.project, task)[0]]
        return self.site.deployer.run(self.site.project.root, *argv)

    def visitor(self, domain: str = DOMAIN) -> Browser:
        return browser(domain, self.site.context)

    def page(self, domain: str = DOMAIN) -> str:
        with self.site.engine.network():
            return self.visitor(domain).get("/").text

    @property
    def head(self) -> str:
        root = self.site.project.root
        done = subprocess.run(["git", "rev-parse", "HEAD"], cwd=root, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def logs(self) -> str:
        folder = self.site.project.root / ".git" / "deploy-overlay"
        return "".join(path.read_text(encoding="utf-8", errors="replace") for path in folder.glob("*.log"))


@pytest.fixture(scope="module")
def owner(
    deployer: Deployer, bases: Buildah, template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Owner]:
    deployer.engine.free_ports()
    found = site(NAME, [], ANSWERS, {}, deployer, bases, template, tmp_path_factory.mktemp("verbs"))
    with ExitStack() as stack:
        log = tmp_path_factory.mktemp("s3") / "log"
        found.deployer.values |= stack.enter_context(bucket_of_dumps(deployer.engine, log, BUCKET))
        yield Owner(found, template, stack.enter_context(proxy(deployer.engine)))


def test_from_nothing_to_a_site_that_answers(owner: Owner) -> None:
    planned = owner.command("plan")
    assert "kamal setup" in planned.printed and f"{NAME}-postgres" in planned.printed
    assert containers(owner.site.engine, NAME) == {}

    ended = owner.command("deploy", "--skip-rehearsal", "--yes")

    assert f"is online at https://{DOMAIN}" in ended.text
    assert "the site answers" in ended.text
    with owner.site.engine.network():
        assert owner.visitor().get("/").status == 200
    assert not (owner.site.deployer.folder / "rehearsals").exists(), "the hook rehearsed what was not to be rehearsed"


def test_again_nothing_is_done(owner: Owner) -> None:
    before = containers(owner.site.engine, NAME)

    ended = owner.command("deploy", "--skip-rehearsal", "--yes")

    assert "is online" in ended.text and "done now" not in ended.text
    assert containers(owner.site.engine, NAME) == before


def test_a_new_value_reaches_the_site_without_a_commit(owner: Owner) -> None:
    values, engine = owner.site.deployer.values, owner.site.engine
    values["SECRET_KEY"] = "another-secret-key-of-the-owner's-$own"

    ended = owner.command("deploy", "--skip-rehearsal", "--yes")

    assert "with new values of SECRET_KEY" in ended.text
    web = next(name for name, state in containers(engine, NAME).items() if "-web-" in name and state == "running")
    environ = json.loads(engine.docker("inspect", "--format", "{{json .Config.Env}}", web))
    assert f"SECRET_KEY={values['SECRET_KEY']}" in environ
    assert "done now" not in owner.command("deploy", "--skip-rehearsal", "--yes").text


def test_its_status_tells_what_runs_since_when_and_by_whom(owner: Owner) -> None:
    found = owner.document("status")

    assert found["online"]["commit"] == owner.head and found["online"]["by"]
    assert {page["path"]: page["status"] for page in found["health"]}["/healthz"] == 200
    assert {one["name"].partition(" ")[0]: one["state"] for one in found["processes"]} == {
        "web": "running", "backup": "running", "clock": "running", "postgres": "running",
    }  # fmt: skip
    assert found["problem"] == "" and found["differs"] == []
    # In a shell without the values nothing is claimed of the site.
    told = owner.command("status", **dict.fromkeys(owner.site.deployer.values, "")).text
    assert "without a value here: SECRET_KEY" in told and "The site needs" not in told


def test_a_new_version_and_one_that_does_not_start(owner: Owner) -> None:
    change(owner.site.project, "A second version")
    owner.command("deploy", "--skip-rehearsal", "--yes")
    assert "A second version" in owner.page()
    second = owner.head
    urls = next(owner.site.project.root.rglob("shelf/urls.py"))
    text = urls.read_text(encoding="utf-8")
    urls.write_text(f"{text}\nraise RuntimeError('broken')\n", encoding="utf-8")
    commit(owner.site.project, "A bad version")

    ended = owner.command("deploy", "--skip-rehearsal", "--yes", check=False)

    assert ended.status == 1
    assert f"The previous version keeps serving: {second[:12]} is online" in ended.text
    assert "A second version" in owner.page()
    found = owner.document("status")
    assert found["online"]["commit"] == second
    assert found["releases"][0]["state"] == "failed"
    urls.write_text(text, encoding="utf-8")
    commit(owner.site.project, "A good version again")


def test_a_lock_is_respected(owner: Owner) -> None:
    owner.site.kamal("lock", "acquire", "-m", "A disk is replaced")
    try:
        ended = owner.command("deploy", "--skip-rehearsal", "--yes", check=False)
        planned = owner.command("plan")
    finally:
        owner.site.kamal("lock", "release")

    assert ended.status == 1
    assert "holds Kamal's lock" in ended.text and "A disk is replaced" in ended.text
    assert "`kamal lock release`" in ended.text
    assert "Deploying would stop here" in planned.text


def test_the_version_before_comes_back(owner: Owner) -> None:
    owner.command("deploy", "--skip-rehearsal", "--yes")
    change(owner.site.project, "A version that is rolled back")
    owner.command("deploy", "--skip-rehearsal", "--yes")
    assert "A version that is rolled back" in owner.page()

    ended = owner.command("rollback", "--yes")

    assert "is online at" in ended.text
    assert "A version that is rolled back" not in owner.page()
    assert owner.document("status")["online"]["commit"] != owner.head


def test_the_database_is_saved_and_restored(owner: Owner, tmp_path: Path) -> None:
    title = f"Notes {secrets.token_hex(4)}"
    with owner.site.engine.network():
        visitor = owner.visitor()
        cover = signed_up_and_uploaded(visitor, title)
    dump = tmp_path / "books.dump"
    # Programs of PostgreSQL come from the package index, to which the proxy does not lead.
    owner.command("backup", "--file", str(dump), https_proxy="")
    owner.site.engine.docker(
        "exec", f"{NAME}-postgres", "psql", "-U", NAME, "-c", "UPDATE books_book SET title = 'Gone'"
    )
    assert title not in owner.page()

    owner.command("restore", str(dump), "--confirm", NAME, https_proxy="")

    with owner.site.engine.network():
        assert title in visitor.get("/").text
        assert visitor.get(cover).body == PIXEL


def test_a_nightly_dump_is_restored_by_the_lines_of_its_readme(owner: Owner) -> None:
    """The role made one of its own accord when it started; another has what was added since."""
    project = owner.site.project
    there, later = (f"Notes {secrets.token_hex(4)}" for _ in range(2))
    with owner.site.engine.network():
        visitor = owner.visitor()
        signed_up_and_uploaded(visitor, there)
    now = "back up the database now"
    assert "is in the bucket and readable" in owner.pasted(now)
    listed = lines_of(project, now)[0].replace("backup.py now", "backup.py list")
    dumps = owner.site.deployer.run(project.root, "sh", "-c", listed)
    assert dumps.count(".dump") >= 2, dumps
    with owner.site.engine.network():
        signed_up_and_uploaded(visitor, later)

    owner.pasted("download a dump")
    dump = owner.site.deployer.folder / "home" / "before.dump"
    command, *words = shlex.split(lines_of(project, "restore a backup")[0].replace("FILE", str(dump)))
    assert command == "deploy-overlay"
    # Programs of PostgreSQL come from the package index, to which the proxy does not lead.
    ended = owner.command(*words, "--confirm", NAME, https_proxy="")

    assert "restored" in ended.text
    with owner.site.engine.network():
        page = visitor.get("/")
        assert page.status == 200 and there in page.text and later not in page.text
        signed_up_and_uploaded(owner.visitor(), later)
    assert later in owner.page()


def test_uploads_are_saved_and_restored_by_the_lines_of_its_readme(owner: Owner) -> None:
    engine = owner.site.engine
    with engine.network():
        visitor = owner.visitor()
        cover = signed_up_and_uploaded(visitor)
    owner.pasted("back up the volume")
    web = next(name for name, state in containers(engine, NAME).items() if "-web-" in name and state == "running")
    engine.docker("exec", web, "sh", "-c", "rm -r /data/*")
    with engine.network():
        assert visitor.get(cover).status == 404

    owner.pasted("restore the volume")

    with engine.network():
        assert visitor.get(cover).body == PIXEL
        signed_up_and_uploaded(owner.visitor())


def test_logs_are_followed(owner: Owner) -> None:
    owner.page()
    with subprocess.Popen(**owner.started("logs"), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as logs:
        ended = threading.Timer(120, os.killpg, (logs.pid, signal.SIGKILL))
        ended.start()
        found = any('"GET / ' in line for line in logs.stdout or ())
        ended.cancel()
        with suppress(ProcessLookupError):
            os.killpg(logs.pid, signal.SIGKILL)

    assert found


def test_staging_is_beside_production_and_shares_nothing(owner: Owner) -> None:
    before = containers(owner.site.engine, NAME)

    ended = owner.command("deploy", "--environment", "staging", "--skip-rehearsal", "--yes")

    assert f"is online at https://{STAGING}" in ended.text
    both = containers(owner.site.engine, NAME)
    assert {name: both[name] for name in before} == before
    with owner.site.engine.network():
        title = f"Notes {secrets.token_hex(4)}"
        signed_up_and_uploaded(owner.visitor(STAGING), title)
        assert title in owner.visitor(STAGING).get("/").text
        assert "noindex" in str(owner.visitor(STAGING).get("/").headers["X-Robots-Tag"])
    assert title not in owner.page()
    assert owner.document("status", "--environment", "staging")["online"]["commit"] == owner.head
    assert "done now" not in owner.command("deploy", "--environment", "staging", "--skip-rehearsal", "--yes").text

    gone = owner.command("destroy", "--environment", "staging", "--confirm", f"{NAME}-staging", check=False)
    if "run this again" in gone.text:  # of several roles at once, which Kamal does not wait for
        gone = owner.command("destroy", "--environment", "staging", "--confirm", f"{NAME}-staging")

    assert gone.status == 0, gone.text
    assert containers(owner.site.engine, NAME) == before
    volumes = owner.site.engine.docker("volume", "ls", "--format", "{{.Name}}").split()
    assert f"{NAME}-postgres" in volumes and not [name for name in volumes if "staging" in name]
    with owner.site.engine.network():
        assert owner.visitor().get("/").status == 200


def test_another_projects_service_of_the_same_name_is_refused(
    owner: Owner, deployer: Deployer, bases: Buildah, template: Path, tmp_path: Path
) -> None:
    before = containers(owner.site.engine, NAME)
    other = site(NAME, [], ANSWERS | {"deploy_uploads": "none"}, {}, deployer, bases, template, tmp_path)

    ended = Owner(other, template, owner.proxy).command("deploy", "--skip-rehearsal", "--yes", check=False)

    assert ended.status == 1
    assert "belongs to another of your projects" in ended.text
    assert containers(owner.site.engine, NAME) == before


def test_a_second_site_is_deleted_and_the_first_keeps_answering(
    owner: Owner, deployer: Deployer, bases: Buildah, template: Path, tmp_path: Path
) -> None:
    """It has its database in the PostgreSQL of the first, where it stays until its owner drops it."""
    engine, postgres = owner.site.engine, f"{NAME}-postgres"
    answers = {"deploy_uploads": "volume", "kamal_postgres_site": NAME}
    neighbour = Owner(site("notes", [], answers, {}, deployer, bases, template, tmp_path), template, owner.proxy)
    password = neighbour.site.deployer.values["POSTGRES_PASSWORD"]
    made = f"CREATE ROLE notes LOGIN PASSWORD '{password}'", "CREATE DATABASE notes OWNER notes"
    engine.docker("exec", postgres, "psql", "-U", NAME, *(part for sql in made for part in ("-c", sql)))
    neighbour.command("deploy", "--skip-rehearsal", "--yes")
    title = f"Notes {secrets.token_hex(4)}"
    with engine.network():
        signed_up_and_uploaded(owner.visitor(neighbour.site.host), title)
    assert title in owner.page(neighbour.site.host) and title not in owner.page()
    before, volumes = containers(engine, NAME), engine.docker("volume", "ls", "--format", "{{.Name}}").split()

    ended = neighbour.command("destroy", "--confirm", "notes")

    assert "the database notes: it is in the PostgreSQL of the site books" in ended.text
    assert containers(engine, "notes") == {} and containers(engine, NAME) == before
    assert {*volumes} - {*engine.docker("volume", "ls", "--format", "{{.Name}}").split()} == {"notes-data"}
    listed = ("exec", postgres, "psql", "-U", NAME, "-Atc", "SELECT datname FROM pg_database")
    assert {NAME, "notes"} <= {*engine.docker(*listed).split()}
    with engine.network():
        signed_up_and_uploaded(owner.visitor(), title)
    assert title in owner.page()
    drop = next(line.strip() for line in (ended.printed + ended.told).splitlines() if "DROP DATABASE" in line)
    owner.site.deployer.run(owner.site.project.root, "sh", "-c", drop)
    assert "notes" not in engine.docker(*listed).split()


def test_an_unknown_server_is_not_trusted(owner: Owner, tmp_path: Path) -> None:
    known = owner.site.deployer.folder / "home" / ".ssh" / "known_hosts"
    text = known.read_text(encoding="utf-8")
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], env=environment(), check=True)
    words = key.with_suffix(".pub").read_text(encoding="utf-8").split()
    try:
        known.write_text("", encoding="utf-8")
        unknown = owner.command("status", check=False)
        known.write_text(f"{HOST} {words[0]} {words[1]}\n", encoding="utf-8")
        changed = owner.command("status", check=False)
    finally:
        known.write_text(text, encoding="utf-8")

    assert unknown.status == changed.status == 1
    assert f"does not know the key of {HOST} yet" in unknown.text
    assert f"{HOST} has a new host key" in changed.text


def test_nothing_secret_is_in_its_logs(owner: Owner) -> None:
    logs = owner.logs()

    assert "kamal setup" in logs
    assert not [name for name, value in owner.site.deployer.values.items() if value in logs]


def test_it_is_deleted_with_its_data_last(owner: Owner) -> None:
    refused = owner.command("destroy", "--confirm", "another", check=False)
    assert refused.status == 1
    destroyed = ("destroy", "--keep-data", "--confirm", NAME)
    ended = owner.command(*destroyed, check=False)
    if "a prune operation is already running" in ended.text:  # of two roles at once, which Kamal does not wait for
        assert "of all roles at once: run this again" in ended.text
        ended = owner.command(*destroyed)
    assert ended.status == 0, ended.text
    volumes = owner.site.engine.docker("volume", "ls", "--format", "{{.Name}}").split()
    assert containers(owner.site.engine, NAME) == {} and {f"{NAME}-postgres", f"{NAME}-data"} <= set(volumes)

    ended = owner.command("destroy", "--confirm", NAME)

    assert f"deleted {NAME}" in ended.text
    assert NAME not in owner.site.engine.docker("volume", "ls", "--format", "{{.Name}}")
    assert "kamal-proxy" in owner.site.engine.docker("ps", "--format", "{{.Names}}")
    assert "nothing to delete" in owner.command("destroy", "--confirm", NAME).text

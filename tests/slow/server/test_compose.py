"""Two sites on one server, with everything that a project can have: rolled out, visited, replaced under load, restarted.

The engine, Compose, Caddy, PostgreSQL and Valkey are real; their images are made here (`images.py`).
"""

from __future__ import annotations

import os
import re
import secrets
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.slow.images.base import base_images
from tests.slow.images.buildah import Buildah
from tests.slow.matrix.visit import PIXEL, READ, used
from tests.support import Browser, Project, applied, commit, make_project
from tests.support.mail_server import mail_server
from tests.support.whole import OWN_VARIABLE

from .bucket import GATEWAY, bucket_of_dumps
from .engine import Engine, restart, variables
from .images import POSTGRES, load_site
from .kamal import HOST, deploying
from .readme import lines_of
from .tls import Load, browser, check_proxy_header, trusting

WHOLE: dict[str, Any] = {
    "deploy_runs": ["worker", "scheduler", "cron"], "deploy_redis": "platform", "deploy_uploads": "volume",
    "deploy_backups": "bucket",
    "compose_postgres": POSTGRES.partition(":")[2],
}  # fmt: skip
REQUESTS = 500  # at least, while a version is replaced


@dataclass(frozen=True)
class Site:
    engine: Engine
    programs: Path
    store: Buildah
    project: Project
    name: str
    folder: Path

    @property
    def host(self) -> str:
        return f"{self.name}.localhost"

    @property
    def compose(self) -> list[str]:
        return ["docker", "compose", "-f", "deploy/compose.yaml", "-f", "deploy/compose.server.yaml"]

    def ask(self, *words: str) -> str:
        return self.engine.run([*self.compose, *words], self.project.root)

    def build(self) -> None:
        load_site(self.engine, self.store, self.project.root, self.name, self.folder)

    def pasted(self, task: str) -> None:
        """Type the commands of a task in deploy/README.md, in their order."""
        for line in lines_of(self.project, task):
            self.engine.run(["sh", "-c", line], self.project.root, **self.shell)

    @property
    def shell(self) -> dict[str, str]:
        return {"PATH": os.pathsep.join((str(self.programs), os.environ["PATH"])), "HOME": str(self.folder)}

    def roll_out(self, *programs: Path, **more: str) -> str:
        path = os.pathsep.join(map(str, (self.programs, *programs, os.environ["PATH"])))
        return self.engine.run(["sh", "deploy/rollout.sh"], self.project.root, PATH=path, **more)

    def visitor(self, context: ssl.SSLContext) -> Browser:
        return browser(self.host, context)


def site(
    name: str,
    variants: list[str],
    answers: dict[str, Any],
    values: dict[str, str],
    engine: Engine,
    programs: Path,
    bases: Buildah,
    template: Path,
    folder: Path,
) -> Site:
    """A project with the overlay, its values and its image; nothing is started yet."""
    project = make_project(folder / "library", manager="uv", variants=variants)
    given = {"deploy_platforms": ["compose"], "deploy_domains": f"{name}.localhost", "deploy_name": name} | answers
    applied(project, template, django_python_version="3.13", **given)
    commit(project, "Add the deployment overlay")
    values = {"SECRET_KEY": secrets.token_urlsafe(50), "POSTGRES_PASSWORD": secrets.token_hex(12), **values}
    (project.root / "deploy" / ".env").write_text(variables(values), encoding="utf-8")
    base_images(bases, project.root / "Dockerfile")
    found = Site(engine, programs, Buildah(folder / "images", bases), project, name, folder)
    found.build()
    return found


@pytest.fixture(scope="module")
def whole(
    engine: Engine, programs: Path, bases: Buildah, template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    engine.free_ports()
    with ExitStack() as stack:
        with engine.network():
            mail = stack.enter_context(mail_server("0.0.0.0"))
        bucket = stack.enter_context(bucket_of_dumps(engine, tmp_path_factory.mktemp("s3") / "log", "dumps"))
        values = {
            "EMAIL_HOST": GATEWAY,
            "EMAIL_PORT": str(mail.port),
            "EMAIL_USE_TLS": "false",
            OWN_VARIABLE: "a-token",
            **bucket,
        }
        folder = tmp_path_factory.mktemp("whole")
        found = site("shelf", ["whole"], WHOLE, values, engine, programs, bases, template, folder)
        found.roll_out()
        yield found
        found.ask("down", "--volumes")
        found.store.discard()


def test_a_site_is_online_and_a_new_version_replaces_it_under_load(whole: Site) -> None:
    context = trusting(whole.engine)
    with whole.engine.network():
        visitor = whole.visitor(context)
        assert visitor.get("/").status == 200
        cover = signed_up_and_uploaded(visitor)
        a_job_is_done(visitor)

    change(whole.project, "A new version")
    whole.build()
    with Load(whole.engine, whole.host, context) as load:
        whole.roll_out()
        load.until(REQUESTS)
    assert load.requests >= REQUESTS
    assert not load.lost, f"of {load.requests} requests {dict(load.lost)} were lost"
    with whole.engine.network():
        assert "A new version" in visitor.get("/").text
        assert visitor.get(cover).body == PIXEL
        a_job_is_done(visitor)


def test_everything_works_as_on_other_platforms(whole: Site) -> None:
    context = trusting(whole.engine)
    with whole.engine.network():
        title = used(whole.visitor(context))
        check_proxy_header(whole.host, whole.visitor(context))

    assert PIXEL.hex() in whole.ask("exec", "-T", "web", "python", "-c", READ, title)


def test_uploads_are_saved_and_restored(whole: Site) -> None:
    context = trusting(whole.engine)
    with whole.engine.network():
        visitor = whole.visitor(context)
        cover = signed_up_and_uploaded(visitor)
    whole.pasted("back up the volume")
    whole.ask("exec", "-T", "web", "sh", "-c", "rm -r /data/*")

    whole.pasted("restore the volume")

    with whole.engine.network():
        assert visitor.get(cover).body == PIXEL


def test_it_is_rolled_out_from_another_machine(whole: Site, tmp_path: Path) -> None:
    context = trusting(whole.engine)
    change(whole.project, "From afar")
    whole.build()

    with deploying(whole.engine, tmp_path / "deployer") as deployer:
        whole.roll_out(deployer.folder / "programs", DOCKER_HOST=f"ssh://{HOST}")

    with whole.engine.network():
        assert "From afar" in whole.visitor(context).get("/").text


def test_a_nightly_dump_is_restored_into_an_empty_database(whole: Site) -> None:
    """The first one was made when the site was, and another is made for what was added since."""
    context = trusting(whole.engine)
    program = "exec -T backup python deploy/backup.py"
    until(lambda: ".dump" in whole.ask(*program.split(), "list"), lambda: whole.ask("logs", "backup"))
    with whole.engine.network():
        title = signed_up_and_uploaded_text(whole.visitor(context))
    said = whole.ask(*program.split(), "now")
    assert "is in the bucket and readable" in said
    assert len(whole.ask(*program.split(), "list").split()) == 2
    assert whole.ask(*program.split(), "check") == ""
    whole.pasted("download a dump")

    # Another server: nothing of the old one's data is there.
    whole.ask("down", "--volumes")
    whole.roll_out()
    with whole.engine.network():
        assert title not in whole.visitor(context).get("/").text
    whole.pasted("restore a backup")

    with whole.engine.network():
        visitor = whole.visitor(context)
        answers_again(visitor)
        assert title in visitor.get("/").text


def test_everything_is_there_again_after_the_machine_was_restarted(whole: Site) -> None:
    """After the tests that need the mail server and the bucket, which stay in the network that is gone then."""
    context = trusting(whole.engine)
    with whole.engine.network():
        cover = signed_up_and_uploaded(whole.visitor(context))

    restart(whole.engine)

    with whole.engine.network():
        visitor = whole.visitor(context)
        answers_again(visitor)
        assert visitor.get(cover).body == PIXEL


def test_a_second_site_has_its_own_name_database_and_address(
    whole: Site, engine: Engine, programs: Path, bases: Buildah, template: Path, tmp_path: Path
) -> None:
    other = site("notes", [], {"deploy_database": "sqlite"}, {}, engine, programs, bases, template, tmp_path)
    try:
        other.roll_out()
        context = trusting(engine)
        with engine.network():
            assert other.visitor(context).get("/").status == 200
            assert signed_up_and_uploaded_text(other.visitor(context)) not in whole.visitor(context).get("/").text
            assert whole.visitor(context).get("/").status == 200
            # A host that neither site has reaches none of them.
            with pytest.raises(OSError):
                browser("elsewhere.localhost", context).get("/")
    finally:
        other.ask("down", "--volumes")
        other.store.discard()


def test_images_of_older_versions_are_removed(
    engine: Engine, programs: Path, bases: Buildah, template: Path, tmp_path: Path
) -> None:
    """Compose builds here, on the engine, each version on top of an image that Buildah made."""
    found = site("papers", [], {"deploy_database": "sqlite"}, {}, engine, programs, bases, template, tmp_path)
    engine.docker("tag", "papers", "papers-made")
    (found.project.root / "Dockerfile").write_text("FROM papers-made\nCOPY . .\n", encoding="utf-8")
    others = built(engine, tmp_path / "others", "deploy-overlay=another")

    def rolled_out(text: str) -> None:
        change(found.project, text)
        engine.run(["sh", "deploy/rollout.sh"], found.project.root, DOCKER_BUILDKIT="0")

    def images() -> list[str]:
        listed = engine.docker("images", "--no-trunc", "--quiet", "--filter", "label=deploy-overlay=papers")
        return sorted({*listed.split()})

    def image_of_web() -> str:
        return engine.docker("inspect", "--format", "{{.Image}}", found.ask("ps", "--quiet", "web").strip()).strip()

    try:
        rolled_out("The first version")
        first = image_of_web()
        assert images() == [first]
        rolled_out("The second version")
        second = image_of_web()
        assert second != first and images() == [second]

        urls = next(found.project.root.rglob("shelf/urls.py"))
        text = urls.read_text(encoding="utf-8")
        urls.write_text(f"{text}\nraise RuntimeError('broken')\n", encoding="utf-8")
        with pytest.raises(AssertionError, match="broken"):
            rolled_out("A version that does not start")
        assert image_of_web() == second and second in images()
        with engine.network():
            assert "The second version" in found.visitor(trusting(engine)).get("/").text
        urls.write_text(text, encoding="utf-8")
        rolled_out("The third version")

        assert images() == [image_of_web()]
        assert others in engine.docker("images", "--no-trunc", "--quiet", "--filter", "dangling=true").split()
    finally:
        found.ask("down", "--volumes")
        found.store.discard()


def built(engine: Engine, folder: Path, label: str) -> str:
    """An image without a name that a newer one has taken."""
    folder.mkdir()
    for text in ("old", "new"):
        (folder / "Dockerfile").write_text(f"FROM papers-made\nLABEL {label} age={text}\n", encoding="utf-8")
        engine.run(["docker", "build", "--quiet", "--tag", "another", "."], folder, DOCKER_BUILDKIT="0")
    return engine.docker(
        "images", "--no-trunc", "--quiet", "--filter", "dangling=true", "--filter", "label=age=old"
    ).strip()


def signed_up_and_uploaded_text(visitor: Browser) -> str:
    """The title of a book that was added."""
    title = f"Notes {secrets.token_hex(4)}"
    signed_up_and_uploaded(visitor, title)
    assert title in visitor.get("/").text
    return title


def until(happened: Callable[[], bool], otherwise: Callable[[], str], seconds: float = 300) -> None:
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, otherwise()
        time.sleep(0.5)


def answers_again(visitor: Browser) -> None:
    until = time.monotonic() + 180
    while True:
        try:
            if visitor.get("/").status == 200:
                return
        except OSError:
            pass
        assert time.monotonic() < until, "the site does not answer any more"
        time.sleep(0.5)


def signed_up_and_uploaded(visitor: Browser, title: str = "Notes") -> str:
    """Sign up and add a book with a cover; the address of the cover."""
    account = {"username": f"ada{secrets.token_hex(4)}", "email": "ada@example.com"}
    password = {"password1": "correct-horse-9", "password2": "correct-horse-9"}
    assert visitor.post("/accounts/signup/", account | password).status == 302
    assert all(cookie.secure for cookie in visitor.cookies)
    book = {"title": title, "author_name": "Ada", "description": ""}
    added = visitor.post("/books/add/", book, {"cover": ("cover.png", PIXEL, "image/png")})
    assert added.status == 302
    found = re.search(r'<img class="cover" src="([^"]+)"', visitor.get(added.headers["Location"]).text)
    assert found
    assert visitor.get(found[1]).body == PIXEL
    return found[1]


def a_job_is_done(visitor: Browser) -> None:
    """Celery and RQ each do what the site has handed over."""
    name = secrets.token_hex(4)
    assert visitor.post("/notices/send/", {"name": name}).status == 302
    until = time.monotonic() + 120
    while not all(f"to {place}-{name}@example.com" in visitor.get("/notices/").text for place in ("celery", "rq")):
        assert time.monotonic() < until, "a worker did not do its job"
        time.sleep(0.2)


def change(project: Project, text: str) -> None:
    page = next(project.root.rglob("base.html"))
    page.write_text(page.read_text(encoding="utf-8").replace("</body>", f"<p>{text}</p></body>"), encoding="utf-8")
    commit(project, text)

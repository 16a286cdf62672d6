"""The image is built by a real builder and run as the platform runs it: it serves, and holds nothing that it should not.

Slow, about half a minute a cell: each really installs, builds twice and serves. `make images` builds every cell.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests.support import Project
from tests.support.front_end import TEXT as BUNDLED

from .buildah import Build, Buildah
from .cells import CELLS, REPRESENTATIVE, Cell, base_name, fresh_store, prepared
from .contents import added_files, build_programs
from .site import HOST, SECRET_KEY, Site, postgresql, release, started

BUILT = tuple(CELLS) if os.environ.get("IMAGES") == "all" else REPRESENTATIVE
# What lies about in a developer's folder and is in no repository.
PLANTED = b"planted-4f1c-never-in-an-image"
PRIVATE = (
    ".env", ".env.local", "production.env", ".envs/.production/.django", ".envrc", ".netrc", "db.sqlite3", "debug.log",
)  # fmt: skip
CHANGE = "A change of code alone"


@pytest.mark.parametrize("cell", BUILT)
def test_an_image_is_built_serves_and_holds_no_more_than_it_needs(
    cell: str, template: Path, bases: Buildah, tmp_path: Path
) -> None:
    project = prepared(CELLS[cell], template, tmp_path)
    plant(project)
    with fresh_store(project, bases, tmp_path) as store:
        first = store.build(project.root, "first")
        change_code(project)
        second = store.build(project.root, "second")

        nothing_is_installed_again(store, first, second)
        no_secret_is_inside(store, second, base_name(project), tmp_path)
        no_program_of_the_build_is_inside(store, second)
        refuses_to_start_without_its_secrets(store, second)
        serves(store, second, project, CELLS[cell])


def plant(project: Project) -> None:
    for folder in {project.root, project.django_root}:
        for name in PRIVATE:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"SECRET_KEY=" + PLANTED + b"\n")
    upload = project.django_root / "media" / "covers" / "letter.txt"
    upload.parent.mkdir(parents=True)
    upload.write_bytes(PLANTED)


def change_code(project: Project) -> None:
    page = project.django_root / "templates" / "base.html"
    text = page.read_text(encoding="utf-8")
    assert "</body>" in text
    page.write_text(text.replace("</body>", f"{CHANGE}</body>"), encoding="utf-8")


def nothing_is_installed_again(store: Buildah, first: Build, second: Build) -> None:
    """Up to the layer with the code everything is as it was, and none of what follows installs anything."""
    assert not any(step.kept for step in first.steps if " install" in step.instruction or "sync" in step.instruction)
    changed = [step.instruction for step in second.steps if not step.kept]
    assert changed[0] == "COPY . /app"
    assert not [instruction for instruction in changed if "install" in instruction or " sync" in instruction]
    before, after = store.layers(first.image), store.layers(second.image)
    different = [number for number, pair in enumerate(zip(before, after, strict=True)) if pair[0] != pair[1]]
    assert different and different == list(range(different[0], len(after)))


def no_secret_is_inside(store: Buildah, build: Build, base: str, folder: Path) -> None:
    bad = []
    seen = 0
    for file in added_files(store, build.image, base, folder):
        seen += 1
        names = file.path.split("/")
        if PLANTED in file.content or ".git" in names or names[-1] == ".env" or names[-1].startswith(".wh..wh..env"):
            bad.append((file.layer, file.path))
    assert seen > 1000 and not bad
    told = store.inspect(build.image)
    variables = {entry.partition("=")[0] for entry in told["config"]["Env"]}
    assert not [
        name for name in variables if "SECRET" in name or "PASSWORD" in name or name in ("DATABASE_URL", "DEPLOY_BUILD")
    ]
    assert PLANTED.decode() not in str(told)


def no_program_of_the_build_is_inside(store: Buildah, build: Build) -> None:
    with store.container(build.image) as container:
        with container.files() as root:
            assert build_programs(root) == []
            # Every start would compile it anew, as an unprivileged user who cannot keep the result.
            assert list(root.glob("venv/lib/python3*/site-packages/django/__pycache__/__init__.*.pyc"))
        for module in ("pip", "ensurepip"):
            assert "No module named" in container.run("python", "-m", module, "--version", check=False)


def refuses_to_start_without_its_secrets(store: Buildah, build: Build) -> None:
    """Nor has it any of them: what stood in while it was built is gone."""
    with store.container(build.image) as container:
        said = container.run("gunicorn", "-c", "deploy/gunicorn.conf.py", check=False)
    assert "Not started: set" in said and "SECRET_KEY" in said


def serves(store: Buildah, build: Build, project: Project, cell: Cell) -> None:
    env = {"SECRET_KEY": SECRET_KEY, "FLY_APP_NAME": HOST.partition(".")[0]}
    command = store.inspect(build.image)["config"]["Cmd"]
    with store.container(build.image) as container:
        if cell.sqlite:
            # The volume that the platform mounts is empty and belongs to root.
            container.run("sh", "-c", "rm -rf /data/* && chown root:root /data", user="root")
            with started(container, command, env) as site:
                answers_like_the_site(site, cell)
                stops_when_told(site)
            assert container.run("stat", "-c", "%U", "/data/db.sqlite3").strip() == "app"
            return
        with postgresql() as url:
            env |= {"DATABASE_URL": url}
            assert "Applying books.0001_initial... OK" in release(container, project.root / "fly.toml", env)
            with started(container, command, env) as site:
                answers_like_the_site(site, cell)
                stops_when_told(site)


def answers_like_the_site(site: Site, cell: Cell) -> None:
    status = Path(f"/proc/{site.pid}/status").read_text(encoding="ascii")
    assert "Uid:\t10001\t10001\t10001\t10001" in status and "Gid:\t10001\t10001\t10001\t10001" in status

    assert site.browser.get("/healthz", Host="172.19.0.2:8000").status == 200
    assert site.browser.get("/", Host="evil.example").status == 400
    assert site.browser.get("/", **{"X-Forwarded-Proto": "http"}).status == 301
    page = site.browser.get("/")
    assert page.status == 200 and CHANGE in page.text
    styles = page.text.partition('rel="stylesheet" href="')[2].partition('"')[0]
    style = site.browser.get(styles, **{"Accept-Encoding": "gzip"})
    assert style.status == 200 and "immutable" in style.headers["Cache-Control"]
    assert style.headers["Content-Encoding"] == "gzip"
    scripts = [site.browser.get(path) for path in re.findall('<script src="([^"]+)"', page.text)]
    assert scripts and {script.status for script in scripts} == {200}
    assert "variants" not in cell.project or any(BUNDLED in script.text for script in scripts)
    signed_up = {
        "username": "ada",
        "email": "ada@example.com",
        "password1": "a-long-Phrase-42",
        "password2": "a-long-Phrase-42",
    }
    assert site.browser.post("/accounts/signup/", signed_up).status == 302


def stops_when_told(site: Site) -> None:
    """Within the time that the platform waits, of itself and without an error."""
    code, log = site.stop(seconds=30)
    _, told, afterwards = log.partition("Handling signal: term")
    assert code == 0 and told and "Traceback" not in afterwards and "Error" not in afterwards, log

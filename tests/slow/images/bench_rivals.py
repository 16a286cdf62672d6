"""Compares our image with those of other tools for the same project, and writes docs/performance.md.

`make bench-image-rivals` runs it. All start from our base image and are built by the same builder in the same minutes.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import json
import os
import platform
import re
import shutil
import statistics
import tempfile
import textwrap
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests import rivals
from tests.rivals import Deployed
from tests.support import Browser, snapshot
from tests.support.cache import cache_folder
from tests.support.page import write_part
from tests.support.serving import free_port

from .base import base_images, starting_images
from .bench import megabytes
from .buildah import Buildah, end
from .site import HOST, postgresql

ROUNDS = 3


@dataclass
class Built:
    """What was measured of one image: seconds and megabytes."""

    full: float = 0.0
    code: list[float] = field(default_factory=list)
    package: float = 0.0
    added: float = 0.0
    starts: list[float] = field(default_factory=list)


def from_our_base(site: Deployed, base: str) -> None:
    """Let every stage of the Dockerfile begin where ours does: what a tool adds to its base is compared."""
    dockerfile = site.root / "Dockerfile"
    text = re.sub(r"(?m)^FROM python:\S+", f"FROM {base}", dockerfile.read_text(encoding="utf-8"))
    dockerfile.write_text(text, encoding="utf-8")


def without_bytecode(site: Deployed, folder: Path) -> Deployed:
    """Our image without compiled packages: smaller, and each process compiles them when it starts."""
    root = folder / site.root.name
    shutil.copytree(site.root, root, symlinks=True)
    text = (root / "Dockerfile").read_text(encoding="utf-8")
    for before, after in (
        (" \\\n && { python -m compileall -qq /venv/lib || true; }", ""),
        ("pip install -r", "pip install --no-compile -r"),
        ("PYTHONUNBUFFERED=1", "PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1"),
    ):
        assert before in text, before
        text = text.replace(before, after)
    (root / "Dockerfile").write_text(text, encoding="utf-8")
    return dataclasses.replace(site, name=f"{site.name}, without bytecode", root=root)


def build(site: Deployed, store: Buildah, base: str) -> Built:
    built = Built(full=store.build(site.root, name(site)).seconds)
    for number in range(ROUNDS):
        with (site.root / "books" / "views.py").open("a", encoding="utf-8") as views:
            views.write(f"\n# changed {number}\n")
        built.code.append(store.build(site.root, name(site)).seconds)
    built.added = megabytes(store, name(site)) - megabytes(store, base)
    with (site.root / "requirements.txt").open("a", encoding="utf-8") as requirements:
        requirements.write("\nidna\n")
    built.package = store.build(site.root, name(site)).seconds
    return built


def name(site: Deployed) -> str:
    return re.sub(r"\W+", "-", site.name)


def first_answer(site: Deployed, store: Buildah, database: str) -> float:
    """Seconds from the start of a fresh container until its first good page."""
    command: list[str] = store.inspect(name(site))["config"]["Cmd"]
    port = free_port()
    command = [f":{port}" if word == ":8000" else word for word in command]
    env = {**site.variables, "SECRET_KEY": rivals.SECRET_KEY, "DATABASE_URL": database, "PORT": str(port)}
    browser = Browser(f"http://127.0.0.1:{port}", {"Host": HOST, "X-Forwarded-Proto": "https"})
    with store.container(name(site)) as container:
        begun = time.monotonic()
        process = container.start(*command, env=env, said="/tmp/site.log")
        try:
            while time.monotonic() < begun + 120:
                with contextlib.suppress(OSError):
                    if browser.get("/accounts/login/").status == 200:
                        return time.monotonic() - begun
                time.sleep(0.02)
        finally:
            end(process)
        raise AssertionError(container.taken("/tmp/site.log"))


def section(rows: dict[str, Built], base: str) -> str:
    first, *others = rows
    table = "\n".join(
        f"| {row} | {built.full:.1f} | {code:.1f} | {code / built.full:.2f} | {built.package:.1f} "
        f"| {built.added:.0f} | {statistics.median(built.starts):.2f} |"
        for row, built in rows.items()
        for code in [statistics.median(built.code)]
    )
    ratios = "; ".join(
        f"ours : {row} is {rows[first].added / rows[row].added:.2f} in size, "
        f"{statistics.median(rows[first].starts) / statistics.median(rows[row].starts):.2f} until the first page"
        for row in others
    )
    packages = ", ".join(rivals.SIMPLE_DEPLOY)
    machine = f"{os.cpu_count()} processors ({platform.machine()}) on {datetime.date.today()}"
    busy = f"a load average of {os.getloadavg()[2]:.0f}"
    return f"""## Images of other tools

The sample project in the image of each tool, with the tool's own Dockerfile on our base `{base}`, on
{machine}, with {busy}. *Code only* is the median of {ROUNDS} builds
after a change in one Python file, *one more package* the build after a line in requirements.txt, with the builder's cache of
downloads; *first page* is the median of {ROUNDS} starts, in turn. Tools: {packages}
from the package index, and the Dockerfile of flyctl's scanner.

| image | full, s | code only, s | ratio | one more package, s | added to base, MB | first page, s |
| --- | --: | --: | --: | --: | --: | --: |
{table}

{textwrap.fill(f"In this run, {ratios}.", 120)}

Our environment is copied from a stage of its own, which keeps compilers out of the image; buildah reads all of it at each build.
Without bytecode, the image is smaller, and every process compiles at its start what it imports."""


def main() -> None:
    bases = Buildah(cache_folder() / "images")
    with tempfile.TemporaryDirectory(prefix="bench-image-") as folder:
        place = Path(folder)
        for part in ("ours", "simple", "scanner", "plain"):
            (place / part).mkdir()
        ours = rivals.ours(place / "ours", snapshot(place / "template"))
        sites = [ours, rivals.simple_deploy(place / "simple"), rivals.scanner(place / "scanner")]
        sites.append(without_bytecode(ours, place / "plain"))
        base = starting_images(ours.root / "Dockerfile")[0]
        base_images(bases, ours.root / "Dockerfile")
        store = Buildah(place / "images", bases)
        store.downloads = place / "downloads"  # nothing was downloaded before
        try:
            rows = {}
            for site in sites:
                from_our_base(site, base)
                rows[site.name] = build(site, store, base)
                print(site.name, rows[site.name], flush=True)
            with postgresql() as database:
                ours.manage(database, "migrate", "--verbosity", "0")
                for _ in range(ROUNDS):
                    for site in sites:
                        rows[site.name].starts.append(first_answer(site, store, database))
            print(json.dumps({row: built.starts for row, built in rows.items()}))
        finally:
            store.discard()
    text = section(rows, base)
    print(text)
    write_part("bench-image-rivals", text)


if __name__ == "__main__":
    main()

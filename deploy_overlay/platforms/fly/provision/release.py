"""What a deployment does: image, release command, Machines. https://fly.io/docs/launch/deploy/"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ....adapter.site import Site
from ....adapter.steps import Command, Seen, Step
from ....base.overlay_files import paths
from .. import MACHINE
from .app import App

BUILD = 2400.0  # seconds


def releases(site: Site) -> Sequence[Step]:
    app = App(site)
    progress = "Fly.io builds the image and releases, some minutes ..."
    planned = [
        Step(
            name="release",
            what="release of the current commit",
            see=lambda: _see_release(app),
            commands=lambda: [Command(_deploy(app), timeout=BUILD, progress=progress)],
            price=f"up to ${MACHINE:.2f} each",
            after=("app",),
            patience=BUILD,
        )
    ]
    wanted = machines(site)
    if site.database != "sqlite":
        scale = ("scale", "count", str(wanted), "-a", app.name, "--region", app.region, "--yes")
        planned.append(
            Step(
                name="machines",
                what=f"{wanted} Machine{'s' if wanted > 1 else ''}",
                see=lambda: _see_machines(app, wanted),
                commands=lambda: [Command(scale, timeout=600)],
                creates="first scaling",
                after=("app", "release"),
                patience=120,
            )
        )
    return planned


def machines(site: Site) -> int:
    """How many Machines serve the site; a volume is held by one."""
    return 1 if site.database == "sqlite" else max(1, int(site.answers.text("fly_machines", "1") or "1"))


def label(commit: str) -> str:
    """Tag of the image, by which a release is known to be of a commit."""
    return f"commit-{commit[:12]}"


def _deploy(app: App) -> tuple[str, ...]:
    options = ("--remote-only", "--ha=false", "--yes", "--image-label", label(app.site.commit))
    return ("deploy", "-a", app.name, *configuration(app.site), *options)


def configuration(site: Site) -> tuple[str, ...]:
    """What names the file of a second project in this repository: the one at the root is the first project's."""
    return ("--config", f"{site.answers.deploy_folder}/fly.toml") if site.answers.values.get("deploy_beside") else ()


def _see_release(app: App) -> Seen:
    dirty = _uncommitted(app.site)
    if dirty:
        shown = ", ".join(dirty[:3]) + (f" and {len(dirty) - 3} more" if len(dirty) > 3 else "")
        return Seen(
            False,
            problem=f"Fly.io builds the files in this folder, but some are not committed: {shown}. Commit, stash "
            "(git stash --include-untracked) or ignore them (.gitignore).",
        )
    commit = app.site.commit
    found = app.rows("releases", "-a", app.name)
    newest: dict[str, Any] | None = max(found, key=lambda one: int(one["Version"]), default=None)
    if newest is None or not str(newest.get("ImageRef", "")).split("@")[0].endswith(f":{label(commit)}"):
        return Seen(False, f"of {commit[:8]}")
    text = f"v{newest['Version']} of {commit[:8]}"
    # The program itself carries a deployment out: one that was killed stays `running` for ever.
    if newest["Status"] == "complete":
        return Seen(True, text)
    return Seen(
        False, f"{text}: {newest['Status']}", failed=f"The release {text} is {newest['Status']}: `fly logs` says why."
    )


def _uncommitted(site: Site) -> list[str]:
    """Changes that are not the overlay's own, which are committed before the deployment."""
    ours = {*paths(site.answers), *site.answers.texts("django_dependency_files")}
    status = site.git("status", "--porcelain=v1", "-z", "--untracked-files=all", "--no-renames")
    changed = [entry.strip()[2:].strip() for entry in status.split("\0") if entry.strip()]
    return [path for path in changed if path not in ours]


def _see_machines(app: App, wanted: int) -> Seen:
    """After the first scaling the number is the owner's."""
    found = [one for one in app.rows("machine", "list", "-a", app.name) if _serves(one)]
    there = f"{len(found)} there"
    return Seen(bool(found) and (app.site.record.made("machines") or len(found) == wanted), there)


def _serves(machine: dict[str, Any]) -> bool:
    metadata = (machine.get("config") or {}).get("metadata") or {}
    return machine.get("state") not in ("destroyed", "destroying") and metadata.get("fly_process_group", "app") == "app"

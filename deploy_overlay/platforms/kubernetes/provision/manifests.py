"""The overlay of one environment, as git has it at a commit, with the image that it is to run."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

from ....adapter.site import Site
from ....base.export import exported
from ....base.message import Failure
from .. import ENVIRONMENTS, overlay

NO_IMAGE = "0" * 64
_DIGEST = re.compile(r"(?m)^(\s*digest: )sha256:[0-9a-f]{64}\b")
_NAME = re.compile(r"(?m)^(\s*newName: )\S+")
_JOB = re.compile(r"\bmigrate-[0-9a-f]{12}\b")
_CAUSE = re.compile(r"(kubernetes\.io/change-cause: )[^},\n]+")
_COMMIT = re.compile(r"\b[0-9a-f]{40}\b")


def folder(site: Site) -> str:
    """The overlay's folder, POSIX, from the git root."""
    return f"{site.plan.folder}/{overlay(site.request.environment)}"


def release_file(site: Site) -> str:
    return f"{folder(site)}/release/kustomization.yaml"


def job_of(image: str) -> str:
    """The name of the Job that migrates for this image, which is named by its digest."""
    return f"migrate-{image.rpartition('sha256:')[2][:12]}"


def commit_of(cause: str) -> str:
    """The commit that a change-cause of ours names; empty for another one."""
    found = _COMMIT.search(cause)
    return found[0] if found else ""


def released(text: str, image: str, commit: str) -> str:
    """The file of the release with this image, `registry/name@sha256:...`, and the commit that it was built from.

    Raises ValueError with what the file lacks.
    """
    name, _, digest = image.rpartition("@")
    changes = (
        ("digest: sha256:...", _DIGEST, rf"\g<1>{digest}"),
        ("newName: ...", _NAME, rf"\g<1>{name}"),
        ("the name of the Job, migrate-...", _JOB, job_of(image)),
        ("kubernetes.io/change-cause: ...", _CAUSE, rf"\g<1>deploy {commit}"),
    )
    for what, pattern, new in changes:
        text, number = pattern.subn(new, text)
        if not number:
            raise ValueError(what)
    return text


@contextlib.contextmanager
def laid_out(site: Site, commit: str, image: str) -> Iterator[Path]:
    """A folder with the files of a commit, whose overlay runs this image, while the block runs.

    Raises Failure where the commit has no such overlay.
    """
    with exported(site.root, commit, site.cli.log) as root:
        file = root / release_file(site)
        if not file.is_file():
            raise Failure(missing(site, commit), anchor="kubernetes-overlay")
        file.write_text(with_image(site, file.read_text(encoding="utf-8"), image, commit), encoding="utf-8")
        yield root


def with_image(site: Site, text: str, image: str, commit: str) -> str:
    """As `released`; raises Failure for a file that its owner has changed too much."""
    try:
        return released(text, image, commit)
    except ValueError as error:
        raise Failure(
            f"{release_file(site)} lacks {error}: take it from `git log -p -- {release_file(site)}`, commit, and run this again.",
            anchor="kubernetes-overlay",
        ) from None


def missing(site: Site, commit: str) -> str:
    name = site.request.environment
    if name in ENVIRONMENTS:
        return f"Commit {commit[:8]} does not have {release_file(site)}: commit the files of the overlay, then run this again."
    return (
        f"There is no {folder(site)}: copy {site.plan.folder}/{overlay('staging')}, change what is different in {name}, commit "
        "it, and run this again."
    )

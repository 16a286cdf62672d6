"""The image of a commit in the registry: looked for by its tag, known by its digest.

https://docs.docker.com/reference/cli/docker/buildx/imagetools/inspect/
"""

from __future__ import annotations

import json
import os
import re
import shutil

from ....adapter.site import Site
from ....adapter.steps import Command, Observation, Step
from ....base.environment import outside_copier
from ....base.export import exported
from ....base.message import Failure

IMAGE = "kubernetes_image"  # the answer for one run: where something else has built it, such as continuous integration
BY_DIGEST = re.compile(r"[^\s@]+@sha256:[0-9a-f]{64}")
BUILD = 1800.0  # seconds
NO_BUILDX = r"unknown flag: --format|not a docker command|unknown command: docker buildx"
NOT_THERE = r"(?i)not found|manifest unknown|name unknown|does not exist"


def image_step(site: Site) -> Step:
    tag = tagged(site, site.commit)
    return Step(
        name="image",
        what=f"image {tag}",
        observe=lambda: _see(site),
        commands=lambda: [_build(site)],
        plan=lambda: [_build(site).line("docker")],
        patience=30,
    )


def tagged(site: Site, commit: str) -> str:
    return f"{site.plan.registry.image}:{commit[:12]}"


def known(site: Site) -> str:
    """The image of the current commit by its digest, `registry/name@sha256:...`; empty where there is none yet."""
    given = site.answers.text(IMAGE)
    if given:
        if not BY_DIGEST.fullmatch(given):
            raise Failure(
                f"{IMAGE} is {given}, and an image is named by its digest: -d {IMAGE}={site.plan.registry.image}@sha256:...",
                anchor="kubernetes-image",
            )
        return given
    if site.notes.get(IMAGE):
        return site.notes[IMAGE]
    if not _has_docker():
        return ""
    tag = tagged(site, site.commit)
    argv = ("buildx", "imagetools", "inspect", tag, "--format", "{{json .Manifest}}")
    done = site.cli.answer(Command(argv, program="docker", timeout=60))
    if done.status != 0:
        told = done.errors + done.output
        if re.search(NO_BUILDX, told):
            raise Failure(
                "Docker lacks buildx, which builds the image: install it (https://docs.docker.com/go/buildx/), or name an "
                f"image that is in the registry with -d {IMAGE}={site.plan.registry.image}@sha256:...",
                anchor="kubernetes-image",
            )
        if re.search(NOT_THERE, told):
            return ""
        raise Failure(
            f"`docker {' '.join(argv[:4])}` failed:\n{done.reason}\n"
            f"Log in to the registry: `docker login {site.plan.registry.server}`.",
            anchor="kubernetes-image",
        )
    try:
        digest = str(json.loads(done.output)["digest"])
    except (ValueError, LookupError, TypeError):
        raise site.cli.unexpected_output(done, f"docker {' '.join(argv[:4])}", "JSON with a digest") from None
    site.notes[IMAGE] = f"{site.plan.registry.image}@{digest}"
    return site.notes[IMAGE]


def _has_docker() -> bool:
    return shutil.which("docker", path=outside_copier().get("PATH")) is not None


def _see(site: Site) -> Observation:
    found = known(site)
    if found:
        return Observation(True, found.rpartition("@")[2][:19])
    if not _has_docker():
        return Observation(
            False,
            problem=f"Docker is not on PATH, and builds the image: install it (https://docs.docker.com/engine/install/), or name "
            f"an image that is in the registry with -d {IMAGE}={site.plan.registry.image}@sha256:...",
        )
    return Observation(False, f"built from {site.commit[:8]} and pushed")


def _build(site: Site) -> Command:
    file = f"{site.plan.folder}/Dockerfile" if site.plan.own_dockerfile else "Dockerfile"
    secrets = [
        part
        for name in site.answers.texts("django_build_secrets")
        if os.environ.get(name)
        for part in ("--secret", f"id={name},env={name}")
    ]
    # Nodes are of this kind nearly everywhere; a laptop need not be.
    argv = ("buildx", "build", "--push", "--platform", "linux/amd64", "--file", file, *secrets)
    return Command(
        (*argv, "--tag", tagged(site, site.commit), "."),
        program="docker",
        timeout=BUILD,
        progress="building and pushing the image, some minutes ...",
        folder=lambda: exported(site.root, site.commit, site.cli.log),
    )

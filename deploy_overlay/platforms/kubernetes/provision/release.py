"""A release: its manifests are applied, its migration runs, its pods replace those before. Or, with GitOps, it is written down.

https://kubernetes.io/docs/reference/using-api/server-side-apply/
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from ....adapter.site import Site
from ....adapter.steps import Command, Observation, Step
from ....base.atomic_file import write_atomically
from .cluster import WEB, Cluster
from .image import image_step, known
from .manifests import NO_IMAGE, folder, job_of, laid_out, release_file, with_image

PATIENCE = 960.0  # seconds: longer than progressDeadlineSeconds of the Deployments
DIFF = "diff"  # note: what `kubectl diff` said last
SHOWN = 200  # lines of it in a plan
_OBJECT = re.compile(r"(?m)^\+\+\+ \S*?MERGED-[^/\\\s]*[/\\](\S+)[^\n]*\n@@ -(\d+)")


def releases(site: Site) -> Sequence[Step]:
    cluster = Cluster(site)
    if cluster.gitops:
        return [image_step(site), writing(site, lambda: known(site), site.commit)]
    return [image_step(site), *of_commit(cluster, site.commit, lambda: known(site))]


def of_commit(cluster: Cluster, commit: str, image: Callable[[], str]) -> list[Step]:
    """The steps that put a commit online with the image that `image()` names, or "" while that is not known."""
    site = cluster.site
    return [
        Step(
            name="manifests",
            what=f"manifests in {folder(site)}",
            observe=lambda: _see_manifests(cluster, commit, image()),
            commands=lambda: _apply(cluster, commit, image()),
            plan=lambda: [cluster.line("apply", "--server-side", "-k", folder(site))],
            after=("namespace",),
            patience=30,
        ),
        Step(
            name="migration",
            what="migration",
            observe=lambda: _see_migration(cluster, image()),
            commands=lambda: _migrate_again(cluster, commit, image()),
            plan=lambda: [cluster.line("wait", "--for=condition=complete", f"job/{job_of(image() or NO_IMAGE)}")],
            after=("namespace",),
            patience=PATIENCE,
        ),
        Step(
            name="rollout",
            what="rollout",
            observe=lambda: _see_rollout(cluster, image()),
            commands=list,
            plan=lambda: [cluster.line("rollout", "status", f"deployment/{name}") for name in cluster.deployments],
            after=("namespace",),
            patience=PATIENCE,
        ),
    ]


def _see_manifests(cluster: Cluster, commit: str, image: str) -> Observation:
    """`kubectl diff` ends with 0 without a difference, with 1 with one, and above where it cannot say.

    https://kubernetes.io/docs/reference/kubectl/generated/kubectl_diff/
    """
    site = cluster.site
    web = cluster.get("deployment", "web")
    first = web is None
    shown = image or image_of(web) or f"{site.plan.registry.image}@sha256:{NO_IMAGE}"
    argv = cluster.words("diff", "--server-side", "-k", folder(site))
    done = site.cli.answer(Command(argv, timeout=180, folder=lambda: laid_out(site, commit, shown)))
    if done.status not in (0, 1) or (done.status == 1 and not done.output.strip()):
        raise site.cli.failure(done, site.cli.line(*argv))
    site.notes[DIFF] = done.output
    if done.status == 0 and image:
        return Observation(True, first=first)
    return Observation(False, _changes(done.output) or "the image alone", first=first)


def _changes(diff: str) -> str:
    """The objects of a diff in one line: what is new, and what is changed."""
    found: dict[str, list[str]] = {"new": [], "changed": []}
    for name, line in _OBJECT.findall(diff):
        found["new" if line == "0" else "changed"].append(_object(name))
    return "; ".join(f"{word}: {', '.join(dict.fromkeys(names))}" for word, names in found.items() if names)


def _object(name: str) -> str:
    """`apps.v1.Deployment.library.web` as Deployment/web."""
    parts = name.split(".")
    kind = next((number for number, part in enumerate(parts) if part[:1].isupper()), None)
    if kind is None or len(parts) < kind + 3:
        return name
    return f"{parts[kind]}/{'.'.join(parts[kind + 2 :])}"


def told_diff(site: Site) -> list[str]:
    """What `kubectl diff` said, for a plan."""
    lines = [line for line in site.notes.get(DIFF, "").splitlines() if not line.startswith("diff ")]
    more = len(lines) - SHOWN
    return [*lines[:SHOWN], *([f"... and {more} more lines"] if more > 0 else [])]


def _apply(cluster: Cluster, commit: str, image: str) -> list[Command]:
    site = cluster.site
    return [
        Command(
            cluster.words("apply", "--server-side", "-k", folder(site)),
            timeout=300,
            folder=lambda: laid_out(site, commit, image),
            progress="applying the manifests ...",
        )
    ]


def _see_migration(cluster: Cluster, image: str) -> Observation:
    """The Job of the image; one that is gone ran to its end and was tidied away, as new pods would wait for it otherwise."""
    if not image:
        return Observation(False, "of the new image")
    name = job_of(image)
    job = cluster.get("job", name)
    if job is None:
        done = complete(cluster.get("deployment", "web"), image)
        return Observation(done, "" if done else name)
    if condition(job, "Complete"):
        return Observation(True, name)
    if condition(job, "Failed"):
        why = f"`{cluster.line('logs', f'job/{name}')}` says why."
        return Observation(
            False, f"{name} failed", failed=f"The migration {name} failed, and the old release keeps serving: {why}"
        )
    return Observation(False, name, pending=True)


def _migrate_again(cluster: Cluster, commit: str, image: str) -> list[Command]:
    """A Job that failed is deleted first: it would stay as it is."""
    again = [Command(cluster.words("delete", "job", job_of(image), "--ignore-not-found"))]
    return [*again, *_apply(cluster, commit, image)]


def condition(thing: Any, kind: str) -> bool:
    """Whether a condition of an object is true."""
    found = ((thing or {}).get("status") or {}).get("conditions") or []
    return any(one.get("type") == kind and one.get("status") == "True" for one in found)


def image_of(deployment: Any) -> str:
    """The image that the site's container of a Deployment or ReplicaSet has; empty where there is none."""
    containers = ((((deployment or {}).get("spec") or {}).get("template") or {}).get("spec") or {}).get(
        "containers"
    ) or []
    return next((str(one.get("image")) for one in containers if one.get("name") == "site"), "")


def complete(deployment: Any, image: str) -> bool:
    """Whether all pods of a Deployment run this image and are ready, as `kubectl rollout status` counts them."""
    return deployment is not None and image_of(deployment) == image and rolled_out(deployment)


def rolled_out(deployment: Any) -> bool:
    status = deployment.get("status") or {}
    wanted = deployment["spec"].get("replicas", 1)
    if status.get("observedGeneration", 0) < deployment["metadata"].get("generation", 0):
        return False
    updated = status.get("updatedReplicas", 0)
    return bool(
        updated >= wanted and status.get("replicas", 0) <= updated and status.get("availableReplicas", 0) >= updated
    )


def gave_up(deployment: Any) -> bool:
    """Whether a rollout took longer than progressDeadlineSeconds."""
    found = (deployment.get("status") or {}).get("conditions") or []
    return any(one.get("type") == "Progressing" and one.get("reason") == "ProgressDeadlineExceeded" for one in found)


def _see_rollout(cluster: Cluster, image: str) -> Observation:
    if not image:
        return Observation(False, ", ".join(cluster.deployments))
    waiting = []
    for name in cluster.deployments:
        found = cluster.get("deployment", name)
        if found is None or image_of(found) != image:
            return Observation(False, ", ".join(cluster.deployments))
        if rolled_out(found):
            continue
        if gave_up(found):
            return Observation(False, f"{name} gave up", failed=_gave_up(cluster, name))
        waiting.append(name)
    return Observation(not waiting, ", ".join(waiting), pending=bool(waiting))


def _gave_up(cluster: Cluster, name: str) -> str:
    selector = WEB if name == "web" else f"app.kubernetes.io/component={name}"
    why = f"`{cluster.line('describe', 'pods', '--selector', selector)}` says why."
    return f"The new pods of {name} did not become ready, and the old release keeps serving: {why}"


def writing(site: Site, image: Callable[[], str], commit: str) -> Step:
    """With GitOps: the image in the file of the release, in the working tree for its owner to commit, and nothing else."""
    file = site.root / release_file(site)

    def wanted() -> tuple[str, str]:
        text = file.read_text(encoding="utf-8")
        return text, with_image(site, text, image(), commit)

    def observe() -> Observation:
        text, new = wanted()
        return Observation(text == new, image().rpartition("@")[2][:19])

    def write() -> list[Command]:
        write_atomically(file, wanted()[1].encode())
        return []

    return Step(
        name="release",
        what=release_file(site),
        observe=observe,
        commands=write,
        plan=lambda: [f"writes the image into {release_file(site)}"],
        after=("image",),
    )

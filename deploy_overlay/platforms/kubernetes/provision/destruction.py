"""What deletes a site from a cluster: what runs first, so that nothing is written any more, then the namespace with its data.

https://kubernetes.io/docs/tasks/administer-cluster/namespaces/#deleting-a-namespace
"""

from __future__ import annotations

from typing import Any

from ....adapter.ownership import reason_not_to_delete, refuse_deletion
from ....adapter.site import Site
from ....adapter.steps import Command, Destruction, Leftover, Observation, Part, Step
from ....base.answers import text
from ....base.message import Failure
from ....plan.runs import redis_is_made
from .cluster import Cluster
from .manifests import folder

SOON = 120.0  # seconds until nothing runs any more
GOING = 600.0  # seconds that a namespace may take, whose disks are let go of one after another
RUNNING = "deployments,cronjobs,jobs,horizontalpodautoscalers"
# What runs in the namespace or has a disk, which somebody would miss.
OF_OTHERS = "deployments,statefulsets,daemonsets,cronjobs,jobs,pods,persistentvolumeclaims"
PART_OF = "app.kubernetes.io/part-of"
# What CloudNativePG makes for the site's database: https://cloudnative-pg.io/documentation/current/labels_annotations/
OF_CLUSTER, OF_DATABASE = "cnpg.io/cluster", "postgres"
OWN_OPERATORS = (("Cluster", "postgres"), ("Pooler", "pooler"))
# What is made for something of the list above is told by that.
MAKERS = ("Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "CronJob", "Job")


def destruction(site: Site, keep_data: bool) -> Destruction:
    cluster = Cluster(site)
    if cluster.gitops:
        raise Failure(
            f"Nothing was deleted, because your GitOps tool would recreate {site.name}. Remove {folder(site)} there, "
            f"and then run `{site.cli.line('delete', 'namespace', cluster.namespace)}`, which deletes the data too.",
            anchor="kubernetes-gitops",
        )
    cluster.check()
    bucket = site.answers.text("kubernetes_backups")
    stays = [Leftover(f"backups in {bucket}", "they are yours, in your bucket")] if bucket else []
    note = (
        "Disks whose storage class has the reclaim policy Retain are kept, and may cost money: "
        f"`{site.cli.line('get', 'persistentvolumes')}` lists them."
    )
    return Destruction([_running(cluster), _namespace(cluster, kept=keep_data)], stays, note)


def _found(cluster: Cluster) -> Any:
    """The namespace; None where it is not there. Raises Failure where it is not this project's."""
    found = cluster.found()
    if found is None:
        return None
    if why := reason_not_to_delete(
        cluster.site,
        "namespace",
        cluster.namespace,
        cluster.marks(found),
        unused=lambda: not cluster.listed("deployments,statefulsets"),
    ):
        raise refuse_deletion(f"The namespace {cluster.namespace}", why, cluster.site.cli.line(*cluster.deletion))
    return found


def _running(cluster: Cluster) -> Step:
    """What the site's processes are started by, whatever they were called when they were deployed."""
    selected = (RUNNING, "--selector", f"{PART_OF}={cluster.site.answers.text('deploy_name')}")

    def observe() -> Observation:
        if _found(cluster) is None:
            return Observation(True)
        found = cluster.listed(*selected)
        names = [one["metadata"]["name"] for one in found if one["kind"] in ("Deployment", "CronJob")]
        return Observation(not found, ", ".join(sorted(map(str, names))))

    return Step(
        name="running",
        what="what runs",
        observe=observe,
        commands=lambda: [Command(cluster.words("delete", *selected), timeout=300)],
        patience=SOON,
        deletes=("manifests", "migration", "rollout", "release"),
    )


def _namespace(cluster: Cluster, *, kept: bool) -> Step:
    name = cluster.namespace

    def observe() -> Observation:
        found = _found(cluster)
        if found is None:
            return Observation(True)
        going = (found.get("status") or {}).get("phase") == "Terminating"
        others = [] if kept or going else _of_others(cluster)
        if kept or others:
            what, why = f"namespace {name}", "kept with its data"
            if others:
                what += " with the site's data"
                why = f"it also has {', '.join(others)}, which the site does not know"
            return Observation(True, leaves=(Leftover(what, why, undo=cluster.site.cli.line(*cluster.deletion)),))
        return Observation(False, "with its Secrets, addresses and disks", pending=going, parts=tuple(_data(cluster)))

    return Step(
        name="namespace",
        what=f"namespace {name}",
        observe=observe,
        commands=lambda: [Command((*cluster.deletion, "--wait=false"))],
        patience=GOING,
        deletes=("namespace", "mark", "values"),
    )


def _of_others(cluster: Cluster) -> list[str]:
    """What is in the namespace and belongs neither to the site nor to what runs its database."""
    return [
        f"{one['kind']}/{one['metadata']['name']}" for one in cluster.listed(OF_OTHERS) if _is_of_others(cluster, one)
    ]


def _is_of_others(cluster: Cluster, one: Any) -> bool:
    metadata = one["metadata"]
    labels = metadata.get("labels") or {}
    if labels.get(PART_OF) == cluster.site.answers.text("deploy_name") or labels.get(OF_CLUSTER) == OF_DATABASE:
        return False
    owners = [(str(each.get("kind")), str(each.get("name"))) for each in metadata.get("ownerReferences") or []]
    return not any(owner in OWN_OPERATORS or owner[0] in MAKERS for owner in owners)


def _data(cluster: Cluster) -> list[Part]:
    """What of the site holds data, as the answers have it."""
    values = cluster.site.answers.values
    parts = []
    if text(values, "deploy_database") == "postgres":
        parts.append(Part("the database, CloudNativePG's cluster postgres", "everything in it"))
    if redis_is_made(values):
        parts.append(Part("Redis", "queued jobs and everything else in it"))
    return parts

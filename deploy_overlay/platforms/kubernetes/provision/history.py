"""What was released, as the ReplicaSets of the web process show it, and the pods that run.

https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#checking-rollout-history-of-a-deployment
"""

from __future__ import annotations

from typing import Any

from ....adapter.history import Release, State
from ....adapter.processes import Process, not_up
from ....adapter.site import Site
from .cluster import WEB, Cluster
from .manifests import commit_of, job_of
from .release import condition, gave_up, image_of, rolled_out

REVISION, CAUSE = "deployment.kubernetes.io/revision", "kubernetes.io/change-cause"
# https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#container-states
BAD = (
    "CrashLoopBackOff",
    "ImagePullBackOff",
    "ErrImagePull",
    "InvalidImageName",
    "CreateContainerConfigError",
    "OOMKilled",
    "Error",
)


def history(site: Site) -> list[Release]:
    """The newest first. Code that comes back runs in the ReplicaSet that it had before, so they are ordered by their birth."""
    cluster = Cluster(site)
    if not cluster.reachable:
        return []
    web = cluster.get("deployment", "web")
    if web is None:
        return []
    sets = cluster.listed("replicasets", "--selector", WEB)
    sets.sort(key=lambda one: str(one["metadata"].get("creationTimestamp") or ""), reverse=True)
    newest = str((web["metadata"].get("annotations") or {}).get(REVISION) or "")
    current = next((one for one in sets if _annotation(one, REVISION) == newest), None)
    failed = {str(job["metadata"]["name"]) for job in cluster.listed("jobs") if condition(job, "Failed")}
    if rolled_out(web) or current is None:
        serving = current
    else:
        ready = [one for one in sets if one is not current and _ready(one)]
        serving = max(ready, key=_ready, default=None)
    found = [_told(one, _state(one, current, web, failed), serving is one) for one in sets]
    if current is not None and sets and current is not sets[0] and not rolled_out(web) and not gave_up(web):
        found.insert(0, _told(current, "running", online=False))  # older code that is on its way back
    return found


def _state(one: Any, current: Any, web: Any, failed: set[str]) -> State:
    if one is current and not rolled_out(web):
        return "failed" if gave_up(web) or job_of(image_of(one)) in failed else "running"
    return "failed" if job_of(image_of(one)) in failed else "succeeded"


def _told(one: Any, state: State, online: bool) -> Release:
    cause = _annotation(one, CAUSE)
    return Release(
        version=f"v{_annotation(one, REVISION)}",
        state=state,
        commit=commit_of(cause),
        at=str(one["metadata"].get("creationTimestamp") or ""),
        what=cause,
        online=online,
        artefact=image_of(one),
    )


def _annotation(one: Any, name: str) -> str:
    return str((one["metadata"].get("annotations") or {}).get(name) or "")


def _ready(one: Any) -> int:
    return int((one.get("status") or {}).get("readyReplicas") or 0)


def processes(site: Site) -> list[Process]:
    """The pods of the site's Deployments."""
    cluster = Cluster(site)
    if not cluster.reachable:
        return []
    return [_process(cluster, pod) for pod in _pods(cluster)]


def _pods(cluster: Cluster) -> list[Any]:
    selector = f"app.kubernetes.io/component in ({', '.join(cluster.deployments)})"
    return cluster.listed("pods", "--selector", selector)


def _process(cluster: Cluster, pod: Any) -> Process:
    name, status = str(pod["metadata"]["name"]), pod.get("status") or {}
    state, well = _pod_state(status)
    return Process(
        name=name,
        state=state,
        well=well,
        since=str(status.get("startTime") or ""),
        hint="" if well else cluster.line("describe", "pod", name),
    )


def _pod_state(status: Any) -> tuple[str, bool]:
    """In Kubernetes' own word, and whether that is as it should be."""
    every = [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]
    for one in every:
        waiting = (one.get("state") or {}).get("waiting") or {}
        if waiting.get("reason") in BAD:
            return str(waiting["reason"]), False
    phase = str(status.get("phase") or "Unknown")
    if phase == "Running" and not condition({"status": status}, "Ready"):
        return "not ready", False
    return phase, phase in ("Running", "Pending", "Succeeded")


def crashed(site: Site) -> str:
    """A clause on pods beside the web process that did not stay up; empty where all did."""
    cluster = Cluster(site)
    if cluster.gitops or len(cluster.deployments) == 1:
        return ""
    found = [one for one in (_process(cluster, pod) for pod in _pods(cluster)) if one.state == "CrashLoopBackOff"]
    names = [one.name for one in found if not one.name.startswith("web-")]
    return not_up("started again and again", {name: cluster.line("logs", name, "--previous") for name in names})

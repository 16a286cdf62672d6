"""An API server of Kubernetes on loopback, as far as kubectl asks it, with controllers that carry out what is applied.

The real kubectl talks to it: discovery, server-side apply with conflicts and dry runs, lists by label. Written from
https://kubernetes.io/docs/reference/using-api/api-concepts/ and https://kubernetes.io/docs/reference/using-api/server-side-apply/.
Deployments get ReplicaSets and pods, Jobs end, and pods that wait for a migration wait for the Job of their image.
"""

from __future__ import annotations

import base64
import copy
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from .server import Answer, Asked, Refused, Simulated, now

Object = dict[str, Any]
Leaf = tuple[str, ...]


class Kind(NamedTuple):
    group: str  # and version
    plural: str
    kind: str
    namespaced: bool = True


KINDS = (
    Kind("v1", "namespaces", "Namespace", namespaced=False),
    *(Kind("v1", name, kind) for name, kind in (
        ("configmaps", "ConfigMap"), ("secrets", "Secret"), ("services", "Service"), ("pods", "Pod"),
        ("serviceaccounts", "ServiceAccount"), ("persistentvolumeclaims", "PersistentVolumeClaim"),
    )),
    *(Kind("apps/v1", name, kind) for name, kind in (
        ("deployments", "Deployment"), ("statefulsets", "StatefulSet"), ("replicasets", "ReplicaSet"),
        ("daemonsets", "DaemonSet"),
    )),
    Kind("batch/v1", "jobs", "Job"),
    Kind("batch/v1", "cronjobs", "CronJob"),
    Kind("autoscaling/v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler"),
    Kind("policy/v1", "poddisruptionbudgets", "PodDisruptionBudget"),
    Kind("networking.k8s.io/v1", "networkpolicies", "NetworkPolicy"),
    Kind("networking.k8s.io/v1", "ingresses", "Ingress"),
    Kind("gateway.networking.k8s.io/v1", "httproutes", "HTTPRoute"),
    Kind("postgresql.cnpg.io/v1", "clusters", "Cluster"),
    Kind("postgresql.cnpg.io/v1", "scheduledbackups", "ScheduledBackup"),
    Kind("postgresql.cnpg.io/v1", "poolers", "Pooler"),
    Kind("barmancloud.cnpg.io/v1", "objectstores", "ObjectStore"),
)  # fmt: skip
_PATH = re.compile(
    r"/(?:api|apis)/(?P<group>(?:[\w.]+/)?v\d\w*)(?:/namespaces/(?P<namespace>[^/]+))?/(?P<plural>[a-z]+)(?:/(?P<name>[^/]+))?"
)
_NAMESPACES = re.compile(r"/api/v1/namespaces(?:/(?P<name>[^/]+))?")
VERBS = ["create", "delete", "get", "list", "patch", "update", "watch"]
IMMUTABLE = {"Job": ("spec", "template")}
REVISION = "deployment.kubernetes.io/revision"


class Kubernetes(Simulated):
    """`lacks` are groups that the cluster does not know. `failing` are images whose migration fails, `crashing` whose pods do.

    `patience` is how often a Deployment, a Job or a namespace that is deleted is looked at before it has got on. `database` is
    the address that CloudNativePG gives to the site.
    """

    def __init__(self) -> None:
        super().__init__()
        self.objects: dict[tuple[str, str, str], Object] = {}  # by kind, namespace and name
        self.owners: dict[tuple[str, str, str], dict[str, set[Leaf]]] = {}  # the leaves of each field manager
        self.secrets: list[str] = []
        self.lacks: set[str] = set()
        self.failing: set[str] = set()
        self.crashing: set[str] = set()
        self.patience = 1
        self.database = "postgresql://app:made-database-password-5d0c@postgres-rw.site:5432/app"
        self.forbids: str = ""  # verb and plural, such as `create namespaces`
        self._version = 0

    def configuration(self, folder: Path, context: str = "here") -> Path:
        """A kubeconfig with two contexts, `elsewhere` being the other one."""
        clusters = [{"name": "simulated", "cluster": {"server": self.url}}]
        contexts = [
            {"name": name, "context": {"cluster": "simulated", "user": "ada"}} for name in (context, "elsewhere")
        ]
        document = {
            "apiVersion": "v1", "kind": "Config", "clusters": clusters, "contexts": contexts,
            "users": [{"name": "ada", "user": {}}], "current-context": context,
        }  # fmt: skip
        file = folder / "kubeconfig"
        file.write_text(yaml.safe_dump(document), encoding="utf-8")
        return file

    def of(self, kind: str) -> dict[str, Object]:
        """The objects of a kind by their names, of whichever namespace."""
        return {name: one for (own, _, name), one in self.objects.items() if own == kind}

    def confidential(self) -> list[str]:
        """Values that are nobody else's business."""
        made = [one["data"] for kind, one in ((key[0], each) for key, each in self.objects.items()) if kind == "Secret"]
        encoded = [value for data in made for value in data.values()]
        return [*self.secrets, *encoded, *(base64.b64decode(value).decode() for value in encoded)]

    def final(self) -> dict[str, Any]:
        """What is there, without times and numbers of versions."""
        return {
            "objects": sorted(key for key in self.objects if key[0] != "Pod"),
            "values": sorted(self.of("Secret").get("site", {}).get("data", {})),
            "images": sorted(_image(one) for one in self.of("Deployment").values()),
        }

    def act(self, asked: Asked) -> Answer:
        told = self._discovery(asked.path)
        if told is not None:
            return Answer(200, told)
        found = _NAMESPACES.fullmatch(asked.path)
        if found:
            return self._resource(asked, KINDS[0], "", found["name"] or "")
        found = _PATH.fullmatch(asked.path)
        kind = next(
            (one for one in KINDS if found and (one.group, one.plural) == (found["group"], found["plural"])), None
        )
        if found is None or kind is None or kind.group in self.lacks:
            raise _refused(404, "NotFound", "the server could not find the requested resource")
        return self._resource(asked, kind, found["namespace"] or "", found["name"] or "")

    # Discovery: https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api

    def _discovery(self, path: str) -> Any:
        groups = [group for group in dict.fromkeys(kind.group for kind in KINDS) if group not in self.lacks]
        if path == "/version":
            return {"major": "1", "minor": "37", "gitVersion": "v1.37.0"}
        if path == "/api":
            return {"kind": "APIVersions", "versions": ["v1"]}
        if path == "/apis":
            listed = [
                {"name": group.split("/")[0], "versions": [_version(group)], "preferredVersion": _version(group)}
                for group in groups
                if "/" in group
            ]
            return {"kind": "APIGroupList", "apiVersion": "v1", "groups": listed}
        if path == "/openapi/v3":
            return {"paths": {_place(group): {"serverRelativeURL": f"/openapi/v3/{_place(group)}"} for group in groups}}
        for group in groups:
            kinds = [kind for kind in KINDS if kind.group == group]
            if path == f"/{_place(group)}":
                listed = [
                    {
                        "name": one.plural,
                        "singularName": one.kind.lower(),
                        "namespaced": one.namespaced,
                        "kind": one.kind,
                        "verbs": VERBS,
                    }
                    for one in kinds
                ]
                return {"kind": "APIResourceList", "groupVersion": group, "resources": listed}
            if path == f"/openapi/v3/{_place(group)}":
                return {
                    "openapi": "3.0.0",
                    "info": {"title": "", "version": ""},
                    "paths": dict(map(_documented, kinds)),
                }
        return None

    # https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-uris

    def _resource(self, asked: Asked, kind: Kind, namespace: str, name: str) -> Answer:
        verb = {
            "GET": "get" if name else "list",
            "POST": "create",
            "PUT": "update",
            "PATCH": "patch",
            "DELETE": "delete",
        }
        doing = f"{verb[asked.method]} {kind.plural}"
        if doing == self.forbids:
            text = f'{kind.plural} is forbidden: User "ada" cannot {verb[asked.method]} resource "{kind.plural}"'
            raise _refused(403, "Forbidden", text)
        if asked.method == "GET" and not name:
            return self._list(kind, namespace, (asked.query.get("labelSelector") or [""])[0])
        body = asked.body if isinstance(asked.body, dict) else yaml.safe_load(asked.body or "null")
        name = name or body["metadata"]["name"]
        key = (kind.kind, namespace, name)
        there = self.objects.get(key)
        dry = asked.query.get("dryRun") == ["All"]
        manager = (asked.query.get("fieldManager") or ["kubectl"])[0]
        if asked.method in ("POST", "PATCH") and namespace and ("Namespace", "", namespace) not in self.objects:
            raise _refused(404, "NotFound", f'namespaces "{namespace}" not found')
        if asked.method == "POST":
            if there is not None:
                raise _refused(409, "AlreadyExists", f'{kind.plural} "{name}" already exists')
            return Answer(201, self._store(key, kind, body, manager, dry))
        applies = asked.headers.get("content-type", "").startswith("application/apply-patch")
        if there is None and not applies:
            raise _refused(404, "NotFound", f'{kind.plural} "{name}" not found')
        if asked.method == "GET":
            self._look(kind)
            if key not in self.objects:
                raise _refused(404, "NotFound", f'{kind.plural} "{name}" not found')
            return Answer(200, self.objects[key])
        if asked.method == "DELETE":
            if (
                kind.kind == "Namespace"
            ):  # what is in it goes first: https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/
                there = self.objects[key]
                there["status"] = {"phase": "Terminating"}
                return Answer(200, there)
            self._delete(key)
            return Answer(200, {"kind": "Status", "status": "Success"})
        if asked.method == "PUT":
            assert there is not None
            if body["metadata"].get("resourceVersion") not in (None, there["metadata"]["resourceVersion"]):
                raise _refused(
                    409, "Conflict", "the object has been modified; please apply your changes to the latest version"
                )
            return Answer(200, self._store(key, kind, body, manager, dry))
        if applies:
            force = asked.query.get("force") == ["true"]
            return Answer(200 if there else 201, self._apply(key, kind, body, manager, dry, force))
        assert there is not None
        return Answer(200, self._store(key, kind, _merged(there, body), manager, dry))

    def _list(self, kind: Kind, namespace: str, selector: str) -> Answer:
        self._look(kind)
        found = [
            one
            for (own, place, _), one in sorted(self.objects.items())
            if own == kind.kind and (not namespace or place == namespace) and _selects(selector, one)
        ]
        return Answer(200, {"kind": f"{kind.kind}List", "apiVersion": kind.group, "metadata": {}, "items": found})

    def _apply(
        self, key: tuple[str, str, str], kind: Kind, body: Object, manager: str, dry: bool, force: bool
    ) -> Object:
        """The fields that the manager applied before and leaves out now are gone; those of others stay, or conflict."""
        there = self.objects.get(key, {})
        wanted = {
            leaf: value
            for leaf, value in _leaves(body)
            if leaf[0] in ("spec", "data", "metadata") and leaf[:2] != ("metadata", "namespace")
        }
        owners = self.owners.get(key, {})
        live = dict(_leaves(there))
        conflicts = [
            (other, leaf)
            for other, leaves in owners.items()
            for leaf in sorted(leaves)
            if other != manager and leaf in wanted and live.get(leaf) != wanted[leaf]
        ]
        if conflicts and not force:
            listed = "\n".join(f'conflict with "{other}": .{".".join(leaf)}' for other, leaf in conflicts)
            number = f"{len(conflicts)} conflict{'s' if len(conflicts) > 1 else ''}"
            raise _refused(409, "Conflict", f"Apply failed with {number}: {listed}")
        result = copy.deepcopy(there)
        for leaf in owners.get(manager, set()) - set(wanted):
            _drop(result, leaf)
        return self._store(key, kind, _merged(result, body), manager, dry, owned=set(wanted))

    def _store(
        self,
        key: tuple[str, str, str],
        kind: Kind,
        body: Object,
        manager: str,
        dry: bool,
        owned: set[Leaf] | None = None,
    ) -> Object:
        there = self.objects.get(key)
        new = copy.deepcopy(body)
        metadata = new.setdefault("metadata", {})
        metadata |= {"name": key[2], **({"namespace": key[1]} if key[1] else {})}
        if there is None:
            metadata |= {"creationTimestamp": now(), "uid": hashlib.sha256(repr(key).encode()).hexdigest()[:32]}
            if "spec" in new:
                metadata["generation"] = 1
        else:
            path = IMMUTABLE.get(kind.kind)
            if path and new[path[0]][path[1]] != there[path[0]][path[1]]:
                text = f'{kind.kind}.{kind.group} "{key[2]}" is invalid: {".".join(path)}: Invalid value: field is immutable'
                raise _refused(422, "Invalid", text)
            for field in ("creationTimestamp", "uid", "generation", "resourceVersion"):
                if field in there["metadata"]:
                    metadata[field] = there["metadata"][field]
            if "status" in there:
                new["status"] = there["status"]
            if new == there:
                return there
            if new.get("spec") != there.get("spec"):
                metadata["generation"] = there["metadata"].get("generation", 0) + 1
        if dry:
            return new
        self._version += 1
        metadata["resourceVersion"] = str(self._version)
        before = dict(_leaves(there or {}))
        changed = {
            leaf
            for leaf, value in _leaves(new)
            if before.get(leaf) != value and leaf[0] in ("spec", "data", "metadata")
        }
        owners = self.owners.setdefault(key, {})
        mine = owned if owned is not None else owners.get(manager, set()) | changed
        for other in owners:
            if other != manager:
                owners[other] -= changed
        owners[manager] = set(mine)
        self.objects[key] = new
        if kind.kind == "Cluster":
            self._cluster(key[1], key[2])
        return new

    def _delete(self, key: tuple[str, str, str]) -> None:
        """An object, and what its controller made for it."""
        self.objects.pop(key, None)
        self.owners.pop(key, None)
        for own, one in list(self.objects.items()):
            owners = one["metadata"].get("ownerReferences") or []
            if own[1] == key[1] and any((each["kind"], each["name"]) == (key[0], key[2]) for each in owners):
                self._delete(own)

    # Controllers

    def _cluster(self, namespace: str, name: str) -> None:
        """CloudNativePG: https://cloudnative-pg.io/documentation/current/applications/"""
        owner = [{"kind": "Cluster", "name": name}]
        for kind, own, more in (
            ("Secret", f"{name}-app", {"data": {"uri": base64.b64encode(self.database.encode()).decode()}}),
            ("PersistentVolumeClaim", f"{name}-1", {"spec": {}}),
        ):
            metadata = {
                "name": own,
                "namespace": namespace,
                "ownerReferences": owner,
                "labels": {"cnpg.io/cluster": name},
            }
            made = {"apiVersion": "v1", "kind": kind, "metadata": metadata, **more}
            self.objects.setdefault((kind, namespace, own), made)

    def _look(self, kind: Kind) -> None:
        """Each look at them lets the controllers get on by one step."""
        if kind.kind == "Namespace":
            self._namespaces()
        if kind.kind not in ("Deployment", "Job", "ReplicaSet", "Pod"):
            return
        for (own, namespace, _), one in list(self.objects.items()):
            if own == "Job":
                self._job(one)
            if own == "Deployment":
                self._deployment(one, namespace)

    def _namespaces(self) -> None:
        for key, one in list(self.objects.items()):
            if key[0] != "Namespace" or (one.get("status") or {}).get("phase") != "Terminating":
                continue
            one["looks"] = one.get("looks", 0) + 1
            if one["looks"] > self.patience:
                for other in [other for other in self.objects if other[1] == key[2]]:
                    self._delete(other)
                self._delete(key)

    def _job(self, job: Object) -> None:
        status = job.setdefault("status", {})
        job["looks"] = job.get("looks", 0) + 1
        if job["looks"] > self.patience and "conditions" not in status:
            failed = _image(job) in self.failing
            status["conditions"] = [{"type": "Failed" if failed else "Complete", "status": "True"}]

    def _deployment(self, deployment: Object, namespace: str) -> None:
        spec, metadata = deployment["spec"], deployment["metadata"]
        name, wanted = metadata["name"], spec.get("replicas", 1)
        digest = hashlib.sha256(json.dumps(spec["template"], sort_keys=True).encode()).hexdigest()[:10]
        mine = [
            one for (own, place, _), one in self.objects.items()
            if own == "ReplicaSet" and place == namespace and one["metadata"]["ownerReferences"][0]["name"] == name
        ]  # fmt: skip
        current = next((one for one in mine if one["metadata"]["name"] == f"{name}-{digest}"), None)
        newest = max((int(one["metadata"]["annotations"][REVISION]) for one in mine), default=0)
        if current is None:
            labels = spec["template"]["metadata"]["labels"]
            current = {
                "apiVersion": "apps/v1", "kind": "ReplicaSet",
                "metadata": {
                    "name": f"{name}-{digest}", "namespace": namespace, "labels": labels, "annotations": {REVISION: "0"},
                    "creationTimestamp": f"2026-11-29T12:00:{len(self.of('ReplicaSet')):02}Z",
                    "ownerReferences": [{"kind": "Deployment", "name": name}],
                },
                "spec": {"replicas": 0, "template": copy.deepcopy(spec["template"])},
                "status": {"replicas": 0, "readyReplicas": 0},
            }  # fmt: skip
            self.objects["ReplicaSet", namespace, f"{name}-{digest}"] = current
            deployment.pop("looks", None)
        annotations = current["metadata"]["annotations"]
        if int(annotations[REVISION]) < newest or annotations[REVISION] == "0":
            annotations[REVISION] = str(newest + 1)
            deployment.pop("looks", None)
        metadata.setdefault("annotations", {})[REVISION] = annotations[REVISION]
        cause = metadata["annotations"].get("kubernetes.io/change-cause")
        if cause:
            annotations["kubernetes.io/change-cause"] = cause
        deployment["looks"] = deployment.get("looks", 0) + 1
        self._roll(deployment, namespace, current, [one for one in mine if one is not current], wanted)

    def _roll(self, deployment: Object, namespace: str, current: Object, older: list[Object], wanted: int) -> None:
        image = _image(deployment)
        job = self.objects.get(("Job", namespace, f"migrate-{image.rpartition('sha256:')[2][:12]}"))
        migrated = job is None or _is(job, "Complete")
        broken = image in self.crashing or (job is not None and _is(job, "Failed"))
        ready = migrated and not broken and deployment["looks"] > self.patience
        status: Object = {"observedGeneration": deployment["metadata"]["generation"], "updatedReplicas": wanted}
        serving = sum(int(one["status"]["readyReplicas"]) for one in older)
        if ready:
            for one in older:
                one["status"] = {"replicas": 0, "readyReplicas": 0}
            current["status"] = {"replicas": wanted, "readyReplicas": wanted}
            status |= {
                "replicas": wanted,
                "availableReplicas": wanted,
                "conditions": [{"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"}],
            }
        else:
            gave_up = broken and deployment["looks"] > self.patience + 1
            reason = "ProgressDeadlineExceeded" if gave_up else "ReplicaSetUpdated"
            current["status"] = {"replicas": wanted, "readyReplicas": 0}
            status |= {
                "replicas": wanted + serving,
                "availableReplicas": serving,
                "conditions": [{"type": "Progressing", "status": str(not gave_up), "reason": reason}],
            }
        deployment["status"] = status
        self._pods(namespace, deployment, current, older, broken)

    def _pods(self, namespace: str, deployment: Object, current: Object, older: list[Object], broken: bool) -> None:
        for one in [current, *older]:
            name = f"{one['metadata']['name']}-0"
            if not one["status"]["replicas"]:
                self.objects.pop(("Pod", namespace, name), None)
                continue
            ready = one["status"]["readyReplicas"] > 0
            state = {"running": {}} if ready or not broken else {"waiting": {"reason": "CrashLoopBackOff"}}
            self.objects["Pod", namespace, name] = {
                "apiVersion": "v1", "kind": "Pod",
                "metadata": {
                    "name": name, "namespace": namespace, "labels": one["metadata"]["labels"],
                    "ownerReferences": [{"kind": "ReplicaSet", "name": one["metadata"]["name"]}],
                },
                "status": {
                    "phase": "Running", "startTime": now(), "conditions": [{"type": "Ready", "status": str(ready)}],
                    "containerStatuses": [{"name": "site", "ready": ready, "state": state}],
                },
            }  # fmt: skip


def _place(group: str) -> str:
    return f"apis/{group}" if "/" in group else f"api/{group}"


def _version(group: str) -> Object:
    return {"groupVersion": group, "version": group.split("/")[1]}


def _documented(kind: Kind) -> tuple[str, Object]:
    """Of OpenAPI only what kubectl looks for: whether the server itself validates fields."""
    group, _, version = kind.group.rpartition("/")
    about = {"group": group, "version": version, "kind": kind.kind}
    patch = {
        "parameters": [{"name": "fieldValidation", "in": "query"}],
        "x-kubernetes-group-version-kind": about,
        "responses": {},
    }
    return f"/{_place(kind.group)}/{'namespaces/{namespace}/' if kind.namespaced else ''}{kind.plural}/{{name}}", {
        "patch": patch
    }


def _refused(status: int, reason: str, message: str) -> Refused:
    body = {
        "kind": "Status",
        "apiVersion": "v1",
        "status": "Failure",
        "message": message,
        "reason": reason,
        "code": status,
    }
    return Refused(status, body)


def _leaves(thing: Object, path: Leaf = ()) -> Iterator[tuple[Leaf, Any]]:
    """Each field that is no map, with its path."""
    for name, value in thing.items():
        if isinstance(value, dict) and value:
            yield from _leaves(value, (*path, name))
        else:
            yield (*path, name), value


def _merged(there: Object, patch: Object) -> Object:
    result = copy.deepcopy(there)
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        elif isinstance(value, dict) and isinstance(result.get(name), dict):
            result[name] = _merged(result[name], value)
        else:
            result[name] = copy.deepcopy(value)
    return result


def _drop(thing: Object, leaf: Leaf) -> None:
    for name in leaf[:-1]:
        thing = thing.get(name, {})
    thing.pop(leaf[-1], None)


def _selects(selector: str, one: Object) -> bool:
    """`a=b` and `a in (b,c)`: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors"""
    labels = one["metadata"].get("labels") or {}
    for part in re.findall(r"[^,(]+(?:\([^)]*\))?", selector):
        found = re.fullmatch(r"\s*([\w./-]+)\s+in\s+\((.*)\)\s*", part)
        if found:
            if labels.get(found[1]) not in [value.strip() for value in found[2].split(",")]:
                return False
            continue
        key, _, value = part.partition("=")
        if key.strip() and labels.get(key.strip()) != value.strip("= "):
            return False
    return True


def _image(one: Object) -> str:
    return str(one["spec"]["template"]["spec"]["containers"][0]["image"])


def _is(one: Object, condition: str) -> bool:
    return any(each["type"] == condition for each in one.get("status", {}).get("conditions", []))

"""What manifests for Kubernetes have to keep: schemas by the programs that know them, and what no schema says."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.tools import tool
from tests.tools.definitions import definitions

OLDEST = "1.30.0"  # as deploy/README.md says
# What comes from elsewhere: made by the owner, or by an operator.
GIVEN_SECRETS = {"site", "backups", "postgres-app", "registry", "web-tls"}
Document = dict[str, Any]
_PASSED: set[str] = set()


def put_together(overlay: Path) -> list[Document]:
    """What `kubectl kustomize` makes of an overlay; raises AssertionError with what it says, warnings too."""
    done = subprocess.run([tool("kubectl"), "kustomize", overlay], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and not done.stderr, done.stderr
    return [one for one in yaml.safe_load_all(done.stdout) if one]


def faults(documents: list[Document]) -> list[str]:
    """Everything that is wrong with the objects of one overlay."""
    return [*schema_faults(documents), *references(documents), *restrictions(documents)]


def schema_faults(documents: list[Document]) -> list[str]:
    """What the schemas of their kinds refuse. Objects that have passed once are not asked about again."""
    new = [one for one in documents if json.dumps(one, sort_keys=True) not in _PASSED]
    own = [one for one in new if not is_custom(one)]
    found = [*_of_kubernetes(own, ""), *_of_kubernetes(own, OLDEST)] if own else []
    found += [fault for one in new if is_custom(one) for fault in custom_faults(one)]
    if not found:
        _PASSED.update(json.dumps(one, sort_keys=True) for one in new)
    return found


def is_custom(document: Document) -> bool:
    """Whether an operator of the cluster defines the kind."""
    group = str(document["apiVersion"]).rpartition("/")[0]
    return group.endswith(".cnpg.io") or group == "gateway.networking.k8s.io"


def _of_kubernetes(documents: list[Document], version: str) -> list[str]:
    """`kubernetes-validate --strict` refuses fields that there are not."""
    with tempfile.NamedTemporaryFile("w", suffix=".yaml", encoding="utf-8") as file:
        yaml.safe_dump_all(documents, file)
        file.flush()
        options = ["--strict", *(["-k", version] if version else [])]
        done = subprocess.run(
            [tool("kubernetes-validate"), *options, file.name], capture_output=True, text=True, check=False
        )
    # What it has no schema for is a warning, and its exit status is 0 then.
    bad = [line for line in (done.stdout + done.stderr).splitlines() if not line.startswith("INFO")]
    return bad or ([f"kubernetes-validate ended with {done.returncode}"] if done.returncode else [])


def custom_faults(document: Document) -> list[str]:
    """Against the definition of its kind; a field that this lacks is refused, which a cluster would drop silently."""
    group, _, version = str(document["apiVersion"]).rpartition("/")
    schema = _schemas().get((group, version, str(document["kind"])))
    if schema is None:
        return [f"{document['apiVersion']} {document['kind']} is not defined"]
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "schema.json").write_text(json.dumps(schema), encoding="utf-8")
        (Path(folder) / "object.json").write_text(json.dumps(document), encoding="utf-8")
        done = subprocess.run(
            [tool("check-jsonschema"), "--schemafile", "schema.json", "object.json"],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
    return [] if done.returncode == 0 else [done.stdout + done.stderr]


_CACHE: dict[tuple[str, str, str], Document] = {}


def _schemas() -> Mapping[tuple[str, str, str], Document]:
    """By group, version and kind."""
    if _CACHE:
        return _CACHE
    for file in definitions().glob("*.yaml"):
        for one in yaml.safe_load_all(file.read_text(encoding="utf-8")):
            if not one or one["kind"] != "CustomResourceDefinition":
                continue
            spec = one["spec"]
            for version in spec["versions"]:
                schema = _strict(version["schema"]["openAPIV3Schema"])
                schema["properties"]["metadata"] = {"type": "object"}
                _CACHE[spec["group"], version["name"], spec["names"]["kind"]] = schema
    return _CACHE


def _strict(schema: Any) -> Any:
    """The same as JSON Schema, with objects closed whose properties are known."""
    if isinstance(schema, list):
        return [_strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: _strict(value) for key, value in schema.items() if not key.startswith("x-")}
    if schema.get("x-kubernetes-int-or-string"):
        return {"type": ["integer", "string"]}
    if isinstance(schema.get("properties"), dict):
        closed["properties"] = {name: _strict(value) for name, value in schema["properties"].items()}
        if "additionalProperties" not in schema and not schema.get("x-kubernetes-preserve-unknown-fields"):
            closed["additionalProperties"] = False
    closed.pop("format", None)  # such as int64, which JSON Schema does not know
    return closed


def pod_specs(documents: list[Document]) -> Iterator[tuple[str, Document, Document]]:
    """What starts pods: its kind and name, the labels of its pods, and their spec."""
    for one in documents:
        spec = one.get("spec", {})
        if one["kind"] == "CronJob":
            spec = spec["jobTemplate"]["spec"]
        template = spec.get("template")
        if one["kind"] in ("Deployment", "StatefulSet", "Job", "CronJob"):
            yield f"{one['kind']}/{one['metadata']['name']}", template["metadata"].get("labels", {}), template["spec"]


def containers(spec: Document) -> list[Document]:
    return [*spec.get("initContainers", []), *spec["containers"]]


def references(documents: list[Document]) -> list[str]:
    """Names of other objects that are not there, and selectors that select nothing."""
    there = {(one["kind"], one["metadata"]["name"]) for one in documents}
    there |= {("Secret", name) for name in GIVEN_SECRETS}
    names = [(one["kind"], one["metadata"].get("namespace"), one["metadata"]["name"]) for one in documents]
    found = [f"{name} is there twice" for name in {name for name in names if names.count(name) > 1}]
    if len({one["metadata"].get("namespace") for one in documents}) != 1:
        found.append("not all objects are in one namespace")
    pods = [labels for _, labels, _ in pod_specs(documents)] + [{"cnpg.io/cluster": "postgres"}]
    for name, _, spec in pod_specs(documents):
        wanted = [("ServiceAccount", spec["serviceAccountName"])] if "serviceAccountName" in spec else []
        for container in containers(spec):
            wanted += list(_named(container))
        found += [
            f"{name} names {kind} {other}, which is not there" for kind, other in wanted if (kind, other) not in there
        ]
    for one in documents:
        name = f"{one['kind']}/{one['metadata']['name']}"
        for selector in _selectors(one):
            if not any(selector.items() <= labels.items() for labels in pods):
                found.append(f"{name} selects {selector}, and no pod has it")
        target = one.get("spec", {}).get("scaleTargetRef")
        if target and (target["kind"], target["name"]) not in there:
            found.append(f"{name} scales {target['name']}, which is not there")
        for rule in one["spec"].get("rules", []) if one["kind"] == "HTTPRoute" else []:
            found += [
                f"{name} leads to {backend['name']}, which is not there"
                for backend in rule["backendRefs"]
                if ("Service", backend["name"]) not in there
            ]
    return found


def _named(container: Document) -> Iterator[tuple[str, str]]:
    for source in container.get("envFrom", []):
        for key, kind in (("configMapRef", "ConfigMap"), ("secretRef", "Secret")):
            if key in source:
                yield kind, source[key]["name"]
    for variable in container.get("env", []):
        if secret := variable.get("valueFrom", {}).get("secretKeyRef"):
            yield "Secret", secret["name"]


def _selectors(document: Document) -> Iterator[dict[str, str]]:
    spec = document.get("spec", {})
    if document["kind"] == "Service":
        yield spec["selector"]
    if document["kind"] in ("PodDisruptionBudget", "Deployment", "StatefulSet"):
        yield spec["selector"]["matchLabels"]
    if document["kind"] == "NetworkPolicy":
        yield spec["podSelector"]["matchLabels"]
        for rule in spec.get("ingress", []):
            yield from (
                source["podSelector"]["matchLabels"] for source in rule.get("from", []) if "podSelector" in source
            )


def restrictions(documents: list[Document]) -> list[str]:
    """The restricted Pod Security Standard, and what else each pod here has to be.

    https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
    """
    found = []
    for name, _, spec in pod_specs(documents):
        pod = spec.get("securityContext", {})
        if pod.get("runAsNonRoot") is not True or pod.get("seccompProfile", {}).get("type") != "RuntimeDefault":
            found.append(f"{name} may run as root, or without seccomp")
        if spec.get("automountServiceAccountToken") is not False:
            found.append(f"{name} has a token for the cluster")
        if spec.get("enableServiceLinks") is not False:
            found.append(f"{name} gets variables for each Service")
        for container in containers(spec):
            context = container.get("securityContext", {})
            if context.get("allowPrivilegeEscalation") is not False or context.get("capabilities") != {"drop": ["ALL"]}:
                found.append(f"{name}: {container['name']} may gain rights")
            if context.get("readOnlyRootFilesystem") is not True:
                found.append(f"{name}: {container['name']} may change its code")
            if not (container.get("command") or container["name"] == "redis"):
                found.append(f"{name}: {container['name']} has no command, so it serves")
            if not {"requests", "limits"} <= set(container.get("resources", {})):
                found.append(f"{name}: {container['name']} has no resources")
            mounted = {one["name"] for one in container.get("volumeMounts", [])}
            volumes = {one["name"] for one in spec.get("volumes", [])} | {"data"}
            if not mounted or not mounted <= volumes:
                found.append(f"{name}: {container['name']} mounts {sorted(mounted)} of {sorted(volumes)}")
    return found

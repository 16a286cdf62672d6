"""Recognizes projects on Kubernetes."""

from __future__ import annotations

import posixpath
import re

from ...base.evidence import Evidence
from ...base.files import join
from ...detect import Project

# Folders in which people keep manifests, besides those with a kustomization.
FOLDERS = frozenset({"k8s", "kubernetes", "kube", "manifests"})
# https://kubectl.docs.kubernetes.io/references/kustomize/glossary/#kustomization
KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")
# What runs a site; a ConfigMap or a Job alone may belong to anything.
_WORKLOAD = re.compile(r"^kind:\s*[\"']?(?:Deployment|StatefulSet|Rollout)[\"']?\s*$", re.MULTILINE)
DEPTH = 4


def there(project: Project) -> list[Evidence]:
    """Manifests of workloads in a folder for them, and kustomizations."""
    repository = project.repository
    found: list[Evidence] = []
    for folder in repository.folders():
        if folder.count("/") >= DEPTH:
            continue
        files = repository.listing(folder).files
        found += [
            Evidence(_path(folder, name), None, "is a kustomization of manifests")
            for name in KUSTOMIZATIONS
            if name in files
        ]
        if FOLDERS.isdisjoint(folder.lower().split("/")):
            continue
        found += [
            Evidence(_path(folder, name), None, "runs something on Kubernetes")
            for name in files
            if name.endswith((".yaml", ".yml")) and _WORKLOAD.search(repository.text(join(folder, name)) or "")
        ]
    return found


def _path(folder: str, name: str) -> str:
    return posixpath.normpath(join(folder, name))

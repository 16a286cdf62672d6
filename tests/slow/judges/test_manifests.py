"""The manifests for Kubernetes of every manager, layout and need: put together, against their schemas, and by themselves."""

from __future__ import annotations

import copy
import shutil
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support import make_project
from tests.support.projects import MANAGERS

from . import manifests
from .manifests import Document

LAYOUTS = ("flat", "nested", "monorepo")
_WHOLE: dict[str, Any] = {
    "django_workers": [
        {"service": "celery", "name": "worker", "command": "celery --app library worker"},
        {"service": "celery", "name": "beat", "command": "celery --app library beat"},
        {"service": "rq", "name": "Mail_queue", "command": "python manage.py rqworker mail && true"},
    ],
    "django_schedule": [
        {"name": "nightly", "command": "sh -c 'echo $(date)'", "schedule": "7 3 * * *", "source": "project"}
    ],
    "django_services": ["celery", "redis", "media"],
    "django_stores": [{"kind": "redis", "roles": ["queue"], "variables": ["CELERY_BROKER_URL"], "fixed": []}],
    "django_uploads": {"store": "disk", "access": "public", "path": "/media/"},
    "deploy_runs": ["worker", "scheduler", "cron"],
    "deploy_redis": "platform",
    "deploy_uploads": "bucket",
}
NEEDS: dict[str, dict[str, Any]] = {
    "plain": {},
    "everything": {
        **_WHOLE,
        "kubernetes_backups": "s3://library-backups/a",
        "kubernetes_backups_endpoint": "https://s3.example.com",
    },
    "own database": {"deploy_database": "external"},
    "ingress": {"kubernetes_route": "ingress", "deploy_domains": "www.example.com,example.com"},
    "GitOps without a route": {"kubernetes_route": "none", "kubernetes_delivery": "gitops"},
    "one pod": {"kubernetes_pods": 1, "kubernetes_most_pods": 1, "deploy_database": "external"},
    "many pods": {"kubernetes_most_pods": 20, "django_required_env": ["STRIPE_KEY"]},
    "second project": {"deploy_beside": True, "deploy_kept_files": ["Dockerfile"]},
}


def render(template: Path, root: Path, answers: dict[str, Any]) -> Path:
    """The overlays of a project that gets these answers."""
    import copier

    given = {"deploy_platforms": ["kubernetes"], "deploy_name": "library", "deploy_domains": "www.example.com"}
    given |= {"deploy_registry": "registry.example.com:5000/you"} | answers
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        copier.run_copy(str(template), root, data=given, defaults=True, quiet=True, unsafe=True, skip_tasks=True)
    return next(root.glob("**/kubernetes/overlays"))


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("manager", MANAGERS)
def test_manifests_of_every_need_are_sound(manager: str, layout: str, template: Path, tmp_path: Path) -> None:
    made = make_project(tmp_path / "made", manager=manager, layout=layout)
    # Where the project lies and who installs it changes nothing but the image and folders: one shape has every need.
    wanted = NEEDS if (manager, layout) == ("pip", "flat") else {need: NEEDS[need] for need in ("plain", "everything")}
    for need, answers in wanted.items():
        root = tmp_path / need.replace(" ", "-")
        shutil.copytree(made.root, root, symlinks=True)
        overlays = render(template, root, answers)
        for environment in ("production", "staging"):
            found = manifests.faults(manifests.put_together(overlays / environment))
            assert not found, f"{need}, {environment}:\n" + "\n".join(found)


@pytest.fixture(scope="module")
def whole(template: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Document]:
    project = make_project(tmp_path_factory.mktemp("whole") / "library", manager="pip")
    return manifests.put_together(render(template, project.root, NEEDS["everything"]) / "production")


def _rename(document: Document, old: str, new: str) -> bool:
    """Misspell a field wherever it is in an object."""
    found = old in document
    if found:
        document[new] = document.pop(old)
    for value in document.values():
        for one in value if isinstance(value, list) else [value]:
            found |= isinstance(one, dict) and _rename(one, old, new)
    return found


@pytest.mark.parametrize(
    ("kind", "right", "wrong"),
    [
        ("Deployment", "terminationGracePeriodSeconds", "terminationGracePeriod"),
        ("Deployment", "readOnlyRootFilesystem", "readOnlyRootFileSystem"),
        ("Job", "backoffLimit", "backOffLimit"),
        ("CronJob", "startingDeadlineSeconds", "startDeadlineSeconds"),
        ("HorizontalPodAutoscaler", "averageUtilization", "averageUtilisation"),
        ("NetworkPolicy", "policyTypes", "policyType"),
        ("HTTPRoute", "hostnames", "hosts"),
        ("HTTPRoute", "backendRefs", "backends"),
        ("Cluster", "imageName", "image"),
        ("Cluster", "isWALArchiver", "isWalArchiver"),
        ("ObjectStore", "destinationPath", "destination"),
        ("ScheduledBackup", "pluginConfiguration", "plugin"),
    ],
)
def test_a_misspelt_field_is_found(whole: list[Document], kind: str, right: str, wrong: str) -> None:
    assert manifests.schema_faults(whole) == []
    documents = copy.deepcopy(whole)
    renamed = [_rename(one, right, wrong) for one in documents if one["kind"] == kind]
    assert any(renamed)

    assert manifests.schema_faults(documents)


def _change(kind: str, change: Callable[[Document], object]) -> Callable[[list[Document]], object]:
    return lambda documents: [change(one) for one in documents if one["kind"] == kind]


@pytest.mark.parametrize(
    "change",
    [
        _change("Service", lambda one: one["spec"].update(selector={"app": "web"})),
        _change("ServiceAccount", lambda one: one["metadata"].update(name="other")),
        _change("ConfigMap", lambda one: one["metadata"].update(name="other")),
        _change("HTTPRoute", lambda one: one["spec"]["rules"][0]["backendRefs"][0].update(name="site")),
        _change("Deployment", lambda one: one["spec"]["template"]["spec"].pop("enableServiceLinks")),
        _change("Deployment", lambda one: one["spec"]["template"]["spec"]["containers"][0].pop("volumeMounts")),
        _change("CronJob", lambda one: one["spec"]["jobTemplate"]["spec"]["template"]["spec"].pop("securityContext")),
    ],
)
def test_an_unsound_set_is_found(whole: list[Document], change: Callable[[list[Document]], object]) -> None:
    documents = copy.deepcopy(whole)
    change(documents)

    assert [*manifests.references(documents), *manifests.restrictions(documents)]

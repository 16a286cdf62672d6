"""Kubernetes: what its manifests say. That Kubernetes takes them is in tests/slow/judges/test_manifests.py."""

from __future__ import annotations

import re
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.slow.judges.manifests import Document, containers, pod_specs, put_together

ANSWERS: dict[str, Any] = {
    "deploy_platforms": ["kubernetes"],
    "deploy_name": "library",
    "deploy_domains": "www.example.com,example.com",
    "deploy_registry": "ghcr.io/you",
}
BESIDE: dict[str, Any] = {
    "django_workers": [
        {"service": "celery", "name": "worker", "command": "celery --app mysite worker"},
        {"service": "celery", "name": "beat", "command": "celery --app mysite beat"},
    ],
    "django_schedule": [
        {"name": "Nightly_work", "command": "echo $(date)", "schedule": "7 3 * * *", "source": "project"}
    ],
    "deploy_runs": ["worker", "scheduler", "cron"],
}


class Rendered:
    """A project with the overlay, and the objects of one of its environments."""

    def __init__(self, root: Path, environment: str) -> None:
        self.root, self.folder = root, root / "deploy"
        self.documents = put_together(self.folder / "kubernetes" / "overlays" / environment)

    def kinds(self) -> set[str]:
        return {one["kind"] for one in self.documents}

    def get(self, kind: str, name: str) -> Document:
        found = [one for one in self.documents if (one["kind"], one["metadata"]["name"]) == (kind, name)]
        assert len(found) == 1, sorted((one["kind"], one["metadata"]["name"]) for one in self.documents)
        return found[0]

    def pod(self, kind: str, name: str) -> Document:
        return next(spec for there, _, spec in pod_specs(self.documents) if there == f"{kind}/{name}")

    def config(self) -> dict[str, str]:
        return next(dict(one["data"]) for one in self.documents if one["kind"] == "ConfigMap")


Render = Callable[..., Rendered]


@pytest.fixture(scope="session")
def render(project_with: Callable[..., Path]) -> Render:
    def rendered(environment: str = "production", **answers: Any) -> Rendered:
        return Rendered(project_with(**{**ANSWERS, **answers}), environment)

    return rendered


def test_a_pod_has_time_to_serve_on_and_to_finish_its_requests(render: Render) -> None:
    found = render()
    pod = found.pod("Deployment", "web")
    gunicorn = (found.folder / "gunicorn.conf.py").read_text(encoding="utf-8")
    graceful = re.search(r"^graceful_timeout = (\d+)", gunicorn, re.MULTILINE)
    assert graceful

    waits = pod["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]

    assert pod["terminationGracePeriodSeconds"] >= waits + int(graceful[1]) + 5


def test_probes_ask_what_health_answers(render: Render) -> None:
    found = render()
    site = found.pod("Deployment", "web")["containers"][0]
    health = (found.folder / "health.py").read_text(encoding="utf-8")
    asked = {probe: site[probe]["httpGet"]["path"] for probe in ("startupProbe", "livenessProbe", "readinessProbe")}

    assert asked == {"startupProbe": "/healthz", "livenessProbe": "/healthz", "readinessProbe": "/readyz"}
    assert 'PATH, READY_PATH = "/healthz", "/readyz"' in health


def test_a_release_waits_for_its_migrations(render: Render) -> None:
    found = render(**BESIDE)
    job = found.pod("Job", "migrate-000000000000")["containers"][0]

    assert job["command"] == ["python", "-m", "django", "migrate", "--noinput"]
    for name in ("web", "worker", "beat"):
        waits = found.pod("Deployment", name)["initContainers"]
        assert [one["command"] for one in waits] == [
            ["sh", "-c", "until python -m django migrate --check; do sleep 2; done"]
        ]
    # Another image gets another Job; anything else that changes would be refused, as a Job cannot be changed.
    assert not [source for source in job["envFrom"] if "configMapRef" in source]


def test_every_image_is_named_by_its_digest(render: Render) -> None:
    found = render(**BESIDE)
    images = {one["image"] for _, _, spec in pod_specs(found.documents) for one in containers(spec)}

    assert images == {f"ghcr.io/you/library@sha256:{'0' * 64}"}


def test_a_scheduler_never_runs_twice(render: Render) -> None:
    spec = render(**BESIDE).get("Deployment", "beat")["spec"]

    assert spec["replicas"] == 1
    assert spec["strategy"] == {"type": "Recreate"}


def test_scheduled_jobs_are_cron_jobs(render: Render) -> None:
    found = render(**BESIDE)
    job = found.get("CronJob", "nightly-work")["spec"]

    assert job["schedule"] == "7 3 * * *" and job["timeZone"] == "Etc/UTC" and job["concurrencyPolicy"] == "Forbid"
    # A shell is to run `date`; Kubernetes itself would replace $(date).
    assert found.pod("CronJob", "nightly-work")["containers"][0]["command"] == ["sh", "-c", "echo $$(date)"]
    assert not (found.folder / "schedule.py").exists()


def test_the_number_of_pods_is_the_autoscalers(render: Render) -> None:
    found = render()

    assert "replicas" not in found.get("Deployment", "web")["spec"]
    scaler = found.get("HorizontalPodAutoscaler", "web")["spec"]
    assert (scaler["minReplicas"], scaler["maxReplicas"]) == (2, 4)


def test_one_number_of_pods_needs_no_autoscaler(render: Render) -> None:
    found = render(kubernetes_pods=3, kubernetes_most_pods=3)

    assert found.get("Deployment", "web")["spec"]["replicas"] == 3
    assert "HorizontalPodAutoscaler" not in found.kinds()


def test_no_secret_is_in_git(render: Render) -> None:
    found = render(kubernetes_backups="s3://library-backups", django_required_env=["STRIPE_KEY"])

    assert "Secret" not in found.kinds()
    assert "STRIPE_KEY" not in found.config()
    assert "--from-literal=STRIPE_KEY=VALUE" in (found.folder / "README.md").read_text(encoding="utf-8")


def test_production_and_staging_have_their_own_namespace_and_hosts(render: Render) -> None:
    production = render()
    staging = render("staging")

    assert {one["metadata"]["namespace"] for one in production.documents} == {"library"}
    assert {one["metadata"]["namespace"] for one in staging.documents} == {"library-staging"}
    assert production.get("HTTPRoute", "web")["spec"]["hostnames"] == ["www.example.com", "example.com"]
    assert staging.get("HTTPRoute", "web")["spec"]["hostnames"] == ["staging.example.com"]
    assert staging.config()["DEPLOY_HOSTS"] == "staging.example.com"
    assert staging.config()["DEPLOY_OVERLAY_ENVIRONMENT"] == "staging"
    assert staging.get("Cluster", "postgres")["spec"]["instances"] == 1


def test_an_ingress_instead_of_a_gateway(render: Render) -> None:
    found = render(kubernetes_route="ingress", kubernetes_ingress_class="haproxy")

    spec = found.get("Ingress", "web")["spec"]
    assert spec["ingressClassName"] == "haproxy"
    assert [rule["host"] for rule in spec["rules"]] == spec["tls"][0]["hosts"] == ["www.example.com", "example.com"]
    assert "HTTPRoute" not in found.kinds()


def test_backups_go_to_the_bucket(render: Render) -> None:
    bucket = {"kubernetes_backups": "s3://library-backups", "kubernetes_backups_endpoint": "https://s3.example.com"}
    found = render(**bucket)

    (plugin,) = found.get("Cluster", "postgres")["spec"]["plugins"]
    assert plugin["isWALArchiver"] and plugin["parameters"] == {"barmanObjectName": "backups"}
    store = found.get("ObjectStore", "backups")["spec"]["configuration"]
    assert (store["destinationPath"], store["endpointURL"]) == ("s3://library-backups", "https://s3.example.com")
    nightly = found.get("ScheduledBackup", "nightly")["spec"]
    assert nightly["method"] == "plugin" and len(nightly["schedule"].split()) == 6


def test_a_database_of_the_owner_comes_from_the_secret(render: Render) -> None:
    found = render(deploy_database="external")
    site = found.pod("Deployment", "web")["containers"][0]

    assert "Cluster" not in found.kinds()
    assert {one["name"] for one in site["env"]} == {"DEPLOY_PLATFORM"}
    assert {"secretRef": {"name": "site"}} in site["envFrom"]


@pytest.mark.parametrize(
    "answers",
    [{"kubernetes_most_pods": 20}, {"django_services": ["channels"], "django_asgi": "mysite.asgi:application"}],
)
def test_a_pooler_stands_before_the_database_when_connections_are_too_many(
    answers: dict[str, Any], render: Render
) -> None:
    found = render(**answers)
    module = runpy.run_path(str(found.folder / "platforms" / "kubernetes.py"))
    environ = {"DATABASE_URL": "postgresql://app:a%40b@postgres-rw.library:5432/app?sslmode=require"}

    assert found.get("Pooler", "pooler")["spec"]["pgbouncer"]["poolMode"] == "transaction"
    pooled = module["database_url"](environ | {"DEPLOY_POOLER": found.config()["DEPLOY_POOLER"]})
    assert pooled == "postgresql://app:a%40b@pooler:5432/app?sslmode=require"
    assert module["POOLED_DATABASE"] is True
    # Migrations have the variables of the Secret alone: they set a limit for their own connection.
    assert module["database_url"](environ) == environ["DATABASE_URL"]


def test_few_connections_need_no_pooler(render: Render) -> None:
    found = render()

    assert "Pooler" not in found.kinds()
    assert "DEPLOY_POOLER" not in found.config()
    assert "POOLED_DATABASE" not in (found.folder / "platforms" / "kubernetes.py").read_text(encoding="utf-8")


def test_the_image_holds_no_manifest(render: Render) -> None:
    # Else each release, which writes into one, would make another image.
    lines = (render().root / ".dockerignore").read_text(encoding="utf-8").splitlines()

    assert "deploy/kubernetes" in lines

"""Names of Kubernetes objects, connections to the database, and the file of a release."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from deploy_overlay.plan import plan
from deploy_overlay.platforms import platform
from deploy_overlay.platforms.kubernetes.connections import needed, pools
from deploy_overlay.platforms.kubernetes.names import object_names
from deploy_overlay.platforms.kubernetes.provision.manifests import commit_of, job_of, released

DIGEST = "sha256:" + "0123456789abcdef" * 4
COMMIT = "89abcdef01" * 4
WORKERS: dict[str, Any] = {
    "django_workers": [{"service": "celery", "name": "worker", "command": "celery -A shelf worker"}],
    "deploy_runs": ["worker"],
}
RELEASE = (
    Path(__file__).resolve().parents[2]
    / "examples/kubernetes-whole/rendered/deploy/kubernetes/overlays/production/release/kustomization.yaml"
)


@pytest.mark.parametrize(
    ("processes", "names"),
    [
        (["web", "worker", "beat"], ["web", "worker", "beat"]),
        (["Mail_queue", "mail-queue"], ["mail-queue", "mail-queue-2"]),
        (["redis", "migrate"], ["redis-process", "migrate-process"]),
        (["---"], ["process"]),
        (["a" * 80], ["a" * 52]),
    ],
)
def test_every_process_has_a_name_of_its_own(processes: list[str], names: list[str]) -> None:
    found = object_names(processes)

    assert list(found.values()) == names
    assert all(re.fullmatch(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?", name) and len(name) <= 52 for name in names)


@pytest.mark.parametrize(
    ("answers", "total", "pooled"),
    [
        ({}, (4 + 1) * 2 * 4 + 1, False),
        ({"kubernetes_most_pods": 10}, (10 + 1) * 2 * 4 + 1, False),  # 89, and 90 are free
        ({"kubernetes_most_pods": 11}, (11 + 1) * 2 * 4 + 1, True),
        # Two processes fit into the memory of a worker; with the one that supervises, and twice during a rollout.
        (WORKERS, (4 + 1) * 2 * 4 + 2 * 3 + 1, False),
        ({"kubernetes_most_pods": 11, "deploy_database": "external"}, (11 + 1) * 2 * 4 + 1, False),
        ({"kubernetes_pods": 12, "kubernetes_most_pods": 4}, (12 + 1) * 2 * 4 + 1, True),
    ],
)
def test_connections_add_up(answers: dict[str, Any], total: int, pooled: bool) -> None:
    site = plan(answers, platform("kubernetes"))

    assert needed(answers, site).total == total
    assert pools(answers, site) is pooled


def test_under_asgi_nothing_limits_connections() -> None:
    answers = {"django_services": ["channels"], "django_asgi": "shelf.asgi:application"}

    assert pools(answers, plan(answers, platform("kubernetes")))


def test_a_release_names_image_migration_and_commit() -> None:
    text = released(RELEASE.read_text(encoding="utf-8"), f"registry.example.com:5000/you/shop@{DIGEST}", COMMIT)

    assert "    newName: registry.example.com:5000/you/shop\n" in text and f"    digest: {DIGEST}\n" in text
    assert f"value: {job_of(DIGEST)}}}" in text and job_of(DIGEST) == "migrate-0123456789ab"
    assert commit_of(text.partition("change-cause: ")[2]) == COMMIT
    # Again with another image: nothing of the first is left.
    again = released(text, f"registry.example.com:5000/you/shop@{DIGEST.replace('0', 'f')}", COMMIT)
    assert DIGEST not in again and job_of(DIGEST) not in again


@pytest.mark.parametrize("line", ["digest: ", "newName: ", "migrate-000000000000", "change-cause: "])
def test_a_release_that_its_owner_took_apart_is_not_guessed(line: str) -> None:
    text = "\n".join(one for one in RELEASE.read_text(encoding="utf-8").splitlines() if line not in one)

    with pytest.raises(ValueError, match=r"\.\.\."):
        released(text, f"ghcr.io/you/shop@{DIGEST}", COMMIT)

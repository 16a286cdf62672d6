"""Answers that a platform cannot take are refused before anything is written. Slow by their number, as each runs Copier."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from _pytest.mark import ParameterSet

from tests.support import apply_overlay, tree
from tests.support.anchors import shows
from tests.support.platforms import needed
from tests.template.conftest import small_project


def refused(anchor: str, words: str, **answers: Any) -> ParameterSet:
    return pytest.param(answers, words, marks=shows(anchor), id=f"{anchor}: {words}")


def check_refused(name: str, answers: dict[str, Any], words: str, template: Path, folder: Path) -> None:
    project = small_project(folder / "library")
    before = tree(project.root)

    done = apply_overlay(project, template, "--skip-tasks", deploy_platforms=[name], **{**needed(name), **answers})

    assert done.returncode == 1
    assert words in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
    assert tree(project.root) == before


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        refused("answer-kamal-server", "Write host, user@host", kamal_server="ssh://shop"),
        refused("answer-kamal-server", "Write host, user@host or", kamal_server="shop; reboot"),
        refused("answer-kamal-arch", "amd64", kamal_arch="x86_64"),
        refused("answer-kamal-builder", "server", kamal_builder="cloud"),
        refused("answer-kamal-variables", "separated by commas", kamal_variables="EMAIL_HOST=smtp.example.com"),
        refused("answer-kamal-staging", "staging.example.com", kamal_staging="https://staging.example.com"),
    ],
)
def test_by_kamal(answers: dict[str, Any], words: str, template: Path, tmp_path: Path) -> None:
    check_refused("kamal", answers, words, template, tmp_path)


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        pytest.param({"deploy_database": "sqlite"}, "Kubernetes has no persistent disk for SQLite", id="SQLite"),
        pytest.param({"deploy_uploads": "volume", "django_services": ["media"]}, "Choose bucket", id="volume"),
        pytest.param({"deploy_domains": ""}, "provides no address", id="no domain"),
        refused("kubernetes-connections", "PgBouncer takes 2000", kubernetes_most_pods=500),
        refused("answer-kubernetes-delivery", "choose from kubectl, gitops", kubernetes_delivery="helm"),
        refused("answer-kubernetes-route", "choose from gateway", kubernetes_route="nginx"),
        refused("answer-kubernetes-gateway", "kubectl get gateways -A", kubernetes_gateway="gateway"),
        refused(
            "answer-kubernetes-ingress-class",
            "kubectl get ingressclasses",
            kubernetes_route="ingress",
            kubernetes_ingress_class="A b",
        ),
        refused("answer-kubernetes-backups", "s3://library-backups", kubernetes_backups="library"),
        refused(
            "answer-kubernetes-backups-endpoint", "https://s3.example.com", kubernetes_backups_endpoint="s3.example.com"
        ),
        refused("answer-kubernetes-postgres", "Use a major version", kubernetes_postgres="9.6"),
        refused("answer-kubernetes-context", "kubectl config get-contexts", kubernetes_context="a b"),
        refused("answer-kubernetes-pods", "At least one pod", kubernetes_pods=0),
        refused("answer-kubernetes-most-pods", "Not fewer than kubernetes_pods", kubernetes_most_pods=0),
    ],
)
def test_by_kubernetes(answers: dict[str, Any], words: str, template: Path, tmp_path: Path) -> None:
    check_refused("kubernetes", answers, words, template, tmp_path)

"""Which platforms a project is deployed to already."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from deploy_overlay.detect import Facts
from tests.unit.detect.conftest import django_project

Build = Callable[..., Facts]


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("fly.toml", 'app = "shop"\n', ["fly"]),
        ("fly.production.toml", 'app = "shop"\n', ["fly"]),
        ("Procfile", "release: python manage.py migrate\nweb: gunicorn site_.wsgi\n", ["heroku"]),
        ("heroku.yml", "build:\n  docker:\n    web: Dockerfile\n", ["heroku"]),
        ("app.json", '{"name": "shop", "addons": ["heroku-postgresql"]}', ["heroku"]),
        (".upsun/config.yaml", "applications: {}\n", ["upsun"]),
        (".platform.app.yaml", "type: python:3.12\n", ["upsun"]),
        ("k8s/web.yaml", "apiVersion: apps/v1\nkind: Deployment\n", ["kubernetes"]),
        ("deploy/kubernetes/site.yml", "kind: Service\n---\nkind: 'StatefulSet'\n", ["kubernetes"]),
        ("infrastructure/production/kustomization.yaml", "resources: []\n", ["kubernetes"]),
        ("k8s/settings.yaml", "kind: ConfigMap\n", []),
        ("docs/web.yaml", "kind: Deployment\n", []),
        # What other tools read by the same name, and what starts a development server.
        ("app.json", '{"expo": {"name": "shop"}}', []),
        ("Procfile", "worker: celery\n", []),
        ("Procfile", "web: python manage.py runserver\n", []),
        ("Procfile.dev", "web: gunicorn site_.wsgi\n", []),
        ("deep/er/fly.toml", 'app = "other"\n', []),
    ],
)
def test_a_platform_is_known_by_its_files(facts: Build, path: str, text: str, expected: list[str]) -> None:
    fact = facts({**django_project(), path: text}).fact("django_platforms")

    assert fact.value == expected
    assert [place.path for place in fact.evidence] == [path] * len(expected)


def test_several_platforms_are_all_named_and_the_folder_of_manage_py_counts(facts: Build) -> None:
    there = {"backend/fly.toml": "", ".platform.app.yaml": "type: python:3.12\n"}

    assert facts({**django_project("backend"), **there}).fact("django_platforms").value == ["fly", "upsun"]

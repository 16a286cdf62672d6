"""What the user's own files of Kamal lack: https://kamal-deploy.org/docs/configuration/overview/"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from deploy_overlay.base.answers import Answers
from deploy_overlay.platforms import gaps

OWN = """service: shop
image: shop
servers:
  web: [shop.example.com]
proxy:
  ssl: true
  host: shop.example.com
  app_port: 8000
  healthcheck: {path: /healthz}
registry: {server: "localhost:5555"}
env:
  clear: {DEPLOY_PLATFORM: kamal}
  secret: [SECRET_KEY, DATABASE_URL]
<% require "uri" %>
builder: {arch: <%= ENV["ARCH"] %>}
"""
CHOSEN: dict[str, Any] = {
    "deploy_platforms": ["kamal"],
    "deploy_name": "shop",
    "deploy_domains": "shop.example.com",
    "deploy_kept_files": ["config/deploy.yml"],
    "deploy_package": "deploy",
    "deploy_folder": "deploy",
    "deploy_database": "postgres",
}
WORKER: dict[str, Any] = {
    "django_workers": [{"service": "celery", "name": "worker", "command": "celery -A shop worker"}],
    "deploy_runs": ["worker"],
}


BEAT: dict[str, Any] = {
    "django_workers": [{"service": "celery", "name": "beat", "command": "celery -A shop beat"}],
    "deploy_runs": ["scheduler"],
}
UPLOADS: dict[str, Any] = {"django_uploads": {"store": "disk", "access": "public"}, "deploy_uploads": "volume"}
SECOND = "volumes: ['shop-data:/data']\nservers:\n  worker: {hosts: [second]}"


def gaps_of(root: Path, path: str, text: str, **answers: Any) -> list[tuple[str, str]]:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text, encoding="utf-8")
    return gaps(Answers(root, ".copier-answers.yml", CHOSEN | {"deploy_kept_files": [path]} | answers))


def test_a_file_that_has_everything_is_passed_over(tmp_path: Path) -> None:
    assert gaps_of(tmp_path, "config/deploy.yml", OWN) == []


@pytest.mark.parametrize(
    ("before", "after", "answers", "sentence"),
    [
        ("  web: [shop", "  app: [shop", {}, "has no server for web: add `servers` with"),
        ("  app_port: 8000\n", "", {}, "expects the site on port 80, but it listens on 8000: write `app_port: 8000`"),
        ("  healthcheck: {path: /healthz}\n", "", {}, "write `healthcheck: {path: /readyz}` below `proxy`"),
        ("  ssl: true\n", "  ssl: true\n  forward_headers: true\n", {}, "trusts visitors who claim to use HTTPS"),
        ("{DEPLOY_PLATFORM: kamal}", "{}", {}, "add `DEPLOY_PLATFORM: kamal` to `env`, `clear`"),
        ("[SECRET_KEY, DATABASE_URL]", "[SECRET_KEY]", {}, "gives the site no DATABASE_URL: add it to `env`, `secret`"),
        (
            "registry:",
            "#",
            WORKER,
            "does not start worker: add a role `worker` below `servers`, with `cmd: celery -A shop",
        ),
        ("registry:", "accessories: {db: {port: 5432}}\n#", {}, 'write `port: "127.0.0.1:5432:5432"`'),
        ("registry:", 'accessories: {db: {port: "0.0.0.0:5432:5432"}}\n#', {}, "exposes db: remove its `port`"),
        ("registry:", "#", {"deploy_database": "sqlite"}, 'add `volumes: ["shop-data:/data"]`'),
        ("servers:\n", f"{SECOND}\n", {"deploy_database": "sqlite"}, "its own SQLite database"),
        ("servers:\n", f"{SECOND}\n", UPLOADS, "its own volume for uploads"),
        (
            "servers:\n",
            "servers:\n  beat: {hosts: [a, b]}\n",
            BEAT,
            "runs beat on 2 servers, so each task starts 2 times",
        ),
        ("service: shop", "service: [", {}, "is not valid YAML: "),
    ],
)
def test_what_it_lacks_is_told_with_what_to_add(
    before: str, after: str, answers: dict[str, Any], sentence: str, tmp_path: Path
) -> None:
    assert before in OWN

    found = gaps_of(tmp_path, "config/deploy.yml", OWN.replace(before, after), **answers)

    assert [path for path, _ in found] == ["config/deploy.yml"], found
    assert sentence in found[0][1]


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.3", "[fd00::3]"])
def test_a_port_that_the_internet_does_not_reach_is_fine(address: str, tmp_path: Path) -> None:
    text = OWN + f'accessories: {{db: {{port: "{address}:5432:5432"}}}}\n'

    assert gaps_of(tmp_path, "config/deploy.yml", text) == []


@pytest.mark.parametrize(
    ("path", "text", "sentence"),
    [
        (".kamal/secrets", "SECRET_KEY=$(cat key)\n", "has no DATABASE_URL: add `DATABASE_URL=$DATABASE_URL`"),
        (".kamal/hooks/pre-app-boot", "#!/bin/sh\n", "before the database is migrated"),
        (".kamal/hooks/pre-build", "#!/bin/sh\n", "does not rehearse"),
    ],
)
def test_secrets_and_hooks_are_read_too(path: str, text: str, sentence: str, tmp_path: Path) -> None:
    ((found, words),) = gaps_of(tmp_path, path, text)

    assert found == path
    assert sentence in words


def test_a_hook_that_does_it_is_passed_over(tmp_path: Path) -> None:
    assert gaps_of(tmp_path, ".kamal/hooks/pre-app-boot", "kamal app exec 'manage.py migrate'\n") == []

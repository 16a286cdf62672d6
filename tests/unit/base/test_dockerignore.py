"""What a .dockerignore keeps out of an image, and which committed files its patterns would lose."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from deploy_overlay.base.dockerignore import DATA, SECRETS, excluding, ignored_by_git_only, parse_rules, readmitted


@pytest.mark.parametrize(
    "path",
    [
        "service-account.json", "deploy/gcp-service_account-prod.json", "server.pem", "certs/private.key", ".npmrc", "ui/.npmrc",
        ".pgpass", "kubeconfig", "infra/terraform.tfvars", "backup.sql", "dumps/a.sql.gz", ".env", ".env-prod", ".env.local",
        "prod.env", "site/local_settings.py", "site/settings/local.py", ".aws/credentials", "home/.ssh/config", "id_rsa", "x.p12",
        "firebase-adminsdk-x1.json", "gcp-key.json", "vpn/office.ovpn", "dumps/a.sql.bz2", "b.dump.gz", "old.bak",
        "client_secret_1.json", "credentials.json", "secrets.yml", "db.sqlite3", "a.db", "x.log", ".terraform/a/b",
    ],
)  # fmt: skip
def test_secrets_and_data_of_a_machine_are_kept_out(path: str) -> None:
    assert excluding(parse_rules([*SECRETS, *DATA]), path)


@pytest.mark.parametrize(
    "path",
    [
        "site/settings.py",
        "site/secret_santa.py",
        "keyboard.json",
        "site/settings/production.py",
        "keys.py",
        ".env.example",
        "site/environment.py",
        "a.json",
    ],
)
def test_the_project_itself_enters(path: str) -> None:
    assert not excluding(parse_rules([*SECRETS, *DATA]), path)


@pytest.mark.parametrize(
    ("rules", "path", "excluded"),
    [
        (["media"], "media/a/b.png", True),
        (["media"], "app/media/a.png", False),
        (["**/media"], "app/media/a.png", True),
        (["*.pem"], "a/x.pem", False),
        (["a/*.pem"], "a/x.pem", True),
        (["**/*.pem", "!a/x.pem"], "a/x.pem", False),
        (["!a/x.pem", "**/*.pem"], "a/x.pem", True),
        (["# a", "", " b "], "b", True),
        (["x?.py"], "xy.py", True),
        (["[x]"], "x", False),
    ],
)
def test_rules_of_a_dockerignore(rules: list[str], path: str, excluded: bool) -> None:
    assert bool(excluding(parse_rules(rules), path)) is excluded


def test_committed_files_are_let_in_again_and_many_of_a_folder_as_the_folder() -> None:
    committed = ["a.py", "geo/places.sql", "certs/ca (old).pem", *(f"media/{number}.png" for number in range(60))]
    assert readmitted([*SECRETS, *DATA, "media"], committed) == ["certs/ca ?old?.pem", "geo/places.sql", "media"]


def test_ignored_files_that_would_enter_are_named(tmp_path: Path) -> None:
    for name in ("secret.txt", "key.pem", "certs/a.pem", "certs/b.pem", "notes/x.md", "kept.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x", encoding="utf-8")
    (tmp_path / ".gitignore").write_text("secret.txt\n*.pem\nnotes/\ncerts/\n", encoding="utf-8")
    (tmp_path / ".dockerignore").write_text("**/*.pem\n**/.git\n", encoding="utf-8")
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    assert ignored_by_git_only(tmp_path, ".dockerignore") == ["notes/", "secret.txt"]

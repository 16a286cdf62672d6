"""Kamal: what its files say. That Kamal takes them and that they run is in tests/slow/server."""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

DOMAINS = "www.example.com,example.com"
CELERY: dict[str, Any] = {
    "django_workers": [
        {"service": "celery", "name": "worker", "command": "celery -A library worker"},
        {"service": "celery", "name": "beat", "command": "celery -A library beat"},
    ],
    "django_services": ["celery", "redis"],
    "django_stores": [{"kind": "redis", "roles": ["queue"], "variables": ["CELERY_BROKER_URL"], "fixed": []}],
    "deploy_runs": ["worker", "scheduler"],
    "deploy_redis": "platform",
}


Rendered = Callable[..., Path]


@pytest.fixture(scope="session")
def rendered(project_with: Rendered) -> Rendered:
    """The root of a project that has the files."""
    return functools.partial(project_with, deploy_platforms=["kamal"], deploy_domains=DOMAINS)


def configuration(root: Path, name: str = "deploy.yml") -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((root / "config" / name).read_text(encoding="utf-8"))
    return found


def secrets(root: Path, name: str = "secrets") -> dict[str, str]:
    lines = (root / ".kamal" / name).read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


def test_nothing_is_published_and_containers_can_change_nothing(rendered: Rendered) -> None:
    found = configuration(rendered(**CELERY))

    assert set(found["accessories"]) == {"postgres", "redis"}
    assert not any("port" in accessory for accessory in found["accessories"].values())
    assert set(found["servers"]) == {"web", "worker", "beat"}
    for role in found["servers"].values():
        assert role["options"]["read-only"] is True
        assert role["options"]["cap-drop"] == "ALL"
        assert role["options"]["user"] == "10001:10001"


def test_a_scheduler_waits_until_the_one_before_it_has_stopped(rendered: Rendered) -> None:
    servers = configuration(rendered(**CELERY))["servers"]

    assert servers["beat"]["cmd"] == "sh -c 'sleep 20; exec celery -A library beat'"
    assert "sleep" not in servers["worker"]["cmd"]


def test_a_new_version_waits_for_its_database_and_its_domains_have_https(rendered: Rendered) -> None:
    proxy = configuration(rendered())["proxy"]

    assert proxy["hosts"] == DOMAINS.split(",")
    assert proxy["ssl"] is True and "forward_headers" not in proxy
    assert proxy["healthcheck"]["path"] == "/readyz"
    assert proxy["app_port"] == 8000


def test_no_file_has_a_value_and_every_secret_of_the_site_has_a_line(rendered: Rendered) -> None:
    root = rendered(django_required_env=["SECRET_KEY", "STRIPE_KEY"], **CELERY)

    listed = configuration(root)["env"]["secret"]
    found = secrets(root)
    assert set(listed) == {"SECRET_KEY", "DATABASE_URL", "REDIS_URL", "STRIPE_KEY"} <= set(found)
    assert all("$" in value for value in found.values())
    assert found["DATABASE_URL"] == "postgres://library:$POSTGRES_PASSWORD@library-postgres:5432/library"


def test_a_server_is_reached_as_the_answer_says(rendered: Rendered) -> None:
    root = rendered(kamal_server="deploy@shop:2222", kamal_builder="server", kamal_arch="arm64")

    found = configuration(root)
    assert found["servers"]["web"]["hosts"] == ["shop"]
    assert found["ssh"] == {"user": "deploy", "port": 2222}
    assert found["builder"]["remote"] == "ssh://deploy@shop:2222"
    assert found["builder"]["arch"] == "arm64"
    assert '| ssh -p 2222 "deploy@' in (root / ".kamal/hooks/pre-app-boot").read_text(encoding="utf-8")


def test_the_first_domain_is_the_server_where_none_is_named(rendered: Rendered) -> None:
    found = configuration(rendered())

    assert found["servers"]["web"]["hosts"] == ["www.example.com"]
    assert found["registry"] == {"server": "localhost:5555"}


@pytest.mark.parametrize(
    ("answers", "registry", "image"),
    [
        ({"deploy_registry": "ghcr.io/ada"}, {"username": "ada"}, "ada/library"),
        ({"deploy_registry": "ghcr.io/company", "deploy_registry_user": "ada"}, {"username": "ada"}, "company/library"),
        ({"deploy_registry": "registry.example.com"}, {"username": ["KAMAL_REGISTRY_USERNAME"]}, "library"),
    ],
)
def test_another_registry_has_a_login_whose_token_is_a_secret(
    answers: dict[str, str], registry: dict[str, Any], image: str, rendered: Rendered
) -> None:
    root = rendered(**answers)

    found = configuration(root)
    server = answers["deploy_registry"].partition("/")[0]
    assert found["registry"] == {"server": server, **registry, "password": ["KAMAL_REGISTRY_PASSWORD"]}
    assert found["image"] == image
    assert secrets(root)["KAMAL_REGISTRY_PASSWORD"] == "$KAMAL_REGISTRY_PASSWORD"


def test_staging_shares_nothing_with_production_but_the_server(rendered: Rendered) -> None:
    root = rendered(kamal_staging="staging.example.com", **CELERY)

    production, staging = configuration(root), configuration(root, "deploy.staging.yml")
    assert staging["service"] == "library-staging"
    assert staging["proxy"]["hosts"] == ["staging.example.com"]
    assert staging["env"]["clear"]["DEPLOY_HOSTS"] == "staging.example.com"
    for name, accessory in production["accessories"].items():
        assert not set(accessory["volumes"]) & set(staging["accessories"][name]["volumes"])
    assert "@library-staging-postgres:" in secrets(root, "secrets.staging")["DATABASE_URL"]


def test_one_postgresql_can_serve_several_sites(rendered: Rendered) -> None:
    root = rendered(kamal_postgres_site="shop")

    assert "accessories" not in configuration(root)
    assert secrets(root)["DATABASE_URL"] == "postgres://library:$POSTGRES_PASSWORD@shop-postgres:5432/library"
    readme = (root / "deploy" / "README.md").read_text(encoding="utf-8")
    assert 'docker exec -it shop-postgres psql -U shop -c "CREATE ROLE library LOGIN' in readme


def test_sqlite_is_on_a_volume_that_every_process_has(rendered: Rendered) -> None:
    root = rendered(deploy_database="sqlite")

    assert configuration(root)["volumes"] == ["library-data:/data"]
    assert '--volume "$service-data:/data"' in (root / ".kamal/hooks/pre-app-boot").read_text(encoding="utf-8")


def test_an_older_postgresql_keeps_its_files_where_its_image_looks(rendered: Rendered) -> None:
    postgres = configuration(rendered(kamal_postgres="17"))["accessories"]["postgres"]

    assert postgres["image"] == "postgres:17"
    assert postgres["volumes"] == ["library-postgres:/var/lib/postgresql/data"]


def test_postgresql_has_the_extensions_that_migrations_create(rendered: Rendered) -> None:
    postgres = configuration(rendered(django_services=["pgvector"]))["accessories"]["postgres"]

    assert postgres["image"] == "pgvector/pgvector:pg18-trixie"


def test_only_the_nightly_backup_gets_the_key_of_its_bucket(rendered: Rendered) -> None:
    root = rendered(deploy_backups="bucket")

    found = configuration(root)
    assert "BACKUP_SECRET_ACCESS_KEY" in found["servers"]["backup"]["env"]["secret"]
    assert "sleep" not in found["servers"]["backup"]["cmd"]
    assert not any(name.startswith("BACKUP_") for name in found["env"]["secret"])
    assert set(found["servers"]["backup"]["env"]["secret"]) <= set(secrets(root))


posix = pytest.mark.skipif(os.name != "posix", reason="hooks are for a shell")


@posix
def test_hooks_can_be_started_and_are_correct(rendered: Rendered) -> None:
    root = rendered(**CELERY)

    for hook in (root / ".kamal" / "hooks").iterdir():
        assert os.access(hook, os.X_OK), hook
        assert subprocess.run([shutil.which("sh") or "sh", "-n", hook], check=False).returncode == 0, hook


@posix
@pytest.mark.parametrize("given", [{}, {"SECRET_KEY": "a", "POSTGRES_PASSWORD": ""}])
def test_a_variable_without_a_value_stops_a_deployment(given: dict[str, str], rendered: Rendered) -> None:
    root = rendered()
    values = {"PATH": os.environ["PATH"], **given}
    hook = str(root / ".kamal" / "hooks" / "pre-deploy")

    stopped = subprocess.run([hook], cwd=root, env=values, capture_output=True, text=True, check=False)
    whole = {"SECRET_KEY": "a", "POSTGRES_PASSWORD": "b"}
    goes_on = subprocess.run([hook], cwd=root, env=values | whole, capture_output=True, text=True, check=False)

    lacking = [name for name in whole if not given.get(name)]
    assert stopped.returncode == 1
    assert re.search(rf"no value: {' '.join(lacking)}\. ", stopped.stderr)
    assert goes_on.returncode == 0, goes_on.stderr


@posix
def test_a_rollback_leaves_the_database_as_it_is(rendered: Rendered, tmp_path: Path) -> None:
    root = rendered()
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("kamal", "ssh"):
        (programs / name).write_text(
            f'#!/bin/sh\necho {name} >> "{tmp_path}/called"\ncat > /dev/null\n', encoding="utf-8"
        )
        (programs / name).chmod(0o755)
    values = {"PATH": f"{programs}:{os.environ['PATH']}", "KAMAL_SERVICE": "library", "KAMAL_VERSION": "1"}
    hook = str(root / ".kamal" / "hooks" / "pre-app-boot")

    for command, called in (("rollback", False), ("deploy", True)):
        env = values | {"KAMAL_COMMAND": command, "KAMAL_HOSTS": "server"}
        done = subprocess.run([hook], cwd=root, env=env, stdin=subprocess.DEVNULL, check=False)
        assert done.returncode == 0
        assert (tmp_path / "called").exists() is called


@posix
@pytest.mark.parametrize("here", [True, False])
def test_a_migration_waits_for_postgresql_only_where_it_is(here: bool, rendered: Rendered, tmp_path: Path) -> None:
    """With several servers, the one that migrates may not have it."""
    root = rendered()
    programs = tmp_path / "programs"
    programs.mkdir()
    called = tmp_path / "called"
    texts = {
        "kamal": "echo SECRET_KEY=a",
        "ssh": 'for line; do :; done\nexec sh -c "$line"',
        "docker": f"""echo "$1" >> "{called}"
case $1 in inspect) exit {int(not here)} ;; run) cat > "{tmp_path}/given" ;; esac""",
    }
    for name, text in texts.items():
        (programs / name).write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
        (programs / name).chmod(0o755)
    values = {"KAMAL_COMMAND": "deploy", "KAMAL_HOSTS": "server", "KAMAL_SERVICE": "library", "KAMAL_VERSION": "1"}

    done = subprocess.run(
        [str(root / ".kamal" / "hooks" / "pre-app-boot")],
        cwd=root,
        env=values | {"PATH": f"{programs}:{os.environ['PATH']}"},
        stdin=subprocess.DEVNULL,
        check=False,
    )

    assert done.returncode == 0
    assert called.read_text(encoding="utf-8").split() == ["inspect", *(["exec"] if here else []), "run"]
    assert (tmp_path / "given").read_text(encoding="utf-8") == "SECRET_KEY=a\n"

"""Environments of one site: production's names, marks and records are those of 0.1.0, which knew no other."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from deploy_overlay.adapter.record import Record
from deploy_overlay.adapter.request import Request, request
from deploy_overlay.adapter.site import Site
from deploy_overlay.base.answers import Answers
from deploy_overlay.plan import plan
from tests.support import adopt, git

# As 0.1.0 wrote it, for a project at the root and a second one with an answers file of its own.
RECORDED: dict[str, Any] = {
    "fly": {
        "intended": {"app": "shelf"},
        "created": {"app": {"name": "shelf", "undo": "fly apps destroy shelf --yes", "at": "2026-11-22T10:00:00Z"}},
        "chosen": {"fly_org": "personal"},
    },
    "fly -a .copier-answers.api.yml": {"created": {"app": {"name": "api", "undo": "", "at": "2026-11-22T10:00:00Z"}}},
    "running": {},
}


def site(root: Path, **wish: Any) -> Site:
    answers = Answers(root, ".copier-answers.yml", {"deploy_name": "shelf", "django_root": "web"})
    asked = Request(**wish)
    unused: Any = None
    return Site(answers, asked, Record(root, "fly", asked.environment), unused, unused, unused, plan(answers.values))


def test_a_record_of_0_1_0_is_productions_and_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "provisioned.json"
    path.write_text(json.dumps(RECORDED), encoding="utf-8")
    record = Record(tmp_path, "fly")

    assert record.is_done("app") and record.chosen("fly_org") == "personal" and record.undo_commands()
    assert Record(tmp_path, "fly -a .copier-answers.api.yml").is_done("app")
    assert not record.owns("app", "shelf"), "it does not say in which account: the mark of the app decides"
    record.created("app", "shelf", "fly apps destroy shelf --yes")
    assert set(json.loads(path.read_text(encoding="utf-8"))) == set(RECORDED)


def test_another_environment_has_a_record_of_its_own(tmp_path: Path) -> None:
    production, staging = Record(tmp_path, "fly"), Record(tmp_path, "fly", "staging")
    staging.created("app", "shelf-staging", "")

    assert not production.is_done("app") and staging.owns("app", "shelf-staging")
    assert not Record(tmp_path, "fly -a .copier-answers.api.yml", "staging").is_done("app")


def test_the_mark_and_the_name_of_production_are_those_of_0_1_0(tmp_path: Path) -> None:
    (tmp_path / "manage.py").touch()
    adopt(tmp_path)
    first = git(tmp_path, "rev-parse", "HEAD").strip()
    production, staging = site(tmp_path), site(tmp_path, environment="staging")

    assert production.mark == hashlib.sha256(f"{first} web".encode()).hexdigest()[:12]
    assert production.name == "shelf"
    assert staging.name == "shelf-staging"
    assert staging.mark != production.mark and len(staging.mark) == 12


def test_a_request_names_its_environment() -> None:
    assert request(["--request={}"], {}).environment == "production"
    assert request(['--request={"environment": "staging"}'], {}).environment == "staging"

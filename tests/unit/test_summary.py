"""The summary's lines at a terminal of 80 columns: no word is broken, and each command can be pasted."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path
from typing import Any

from deploy_overlay.base.answers import Answers
from deploy_overlay.base.message import COLUMNS
from deploy_overlay.base.overlay_files import GitStatus
from deploy_overlay.dependencies.add import Additions
from deploy_overlay.summary import commands_of, described, summary

PATHS = [".dockerignore", "Dockerfile", "fly.toml", "deploy", ".copier-answers.yml", "requirements.txt", '"a file"']


def test_a_command_with_many_words_is_several_commands() -> None:
    lines = commands_of("git add", PATHS)

    assert len(lines) == 2
    assert all(line.startswith("git add ") and len(f"  2. rehearse  {line}") <= COLUMNS for line in lines)
    assert [word for line in lines for word in shlex.split(line)[2:]] == shlex.split(" ".join(PATHS))


def test_one_word_that_is_too_long_stays_whole() -> None:
    assert commands_of("git add", ["a", "b" * 100, "c"]) == ["git add a", f"git add {'b' * 100}", "git add c"]


def test_a_long_text_goes_on_below_itself() -> None:
    price = "from $43.99 (fra may cost more than iad): Machine $3.19, managed PostgreSQL with 10 GB $40.80"

    first, second = described([("Fly.io", price)])

    assert max(len(first), len(second)) <= COLUMNS
    assert first.startswith("  Fly.io  from $43.99")
    assert second.startswith(" " * len("  Fly.io  ") + "PostgreSQL")


SHOP: dict[str, Any] = {
    "deploy_platforms": ["heroku"],
    "deploy_name": "shop",
    "django_workers": [{"service": "celery", "name": "worker", "command": "celery --app shop worker"}],
    "django_uploads": {"store": "disk", "access": "private", "path": "/media/"},
}


def told(root: Path, **chosen: Any) -> list[str]:
    answers = Answers(root, ".copier-answers.yml", SHOP | chosen)
    return summary(answers, Additions((), (), (), (), (), ""), (), GitStatus((), ()), "log", goes_on=True).splitlines()


def test_what_was_not_chosen_is_named_with_a_command_on_a_line_of_its_own(tmp_path: Path) -> None:
    lines = told(tmp_path)
    commands = [line.rpartition(": ")[2].strip() for line in lines if "deploy-overlay set" in line]

    assert commands == ['deploy-overlay set "deploy_runs=[worker]"', 'deploy-overlay set "deploy_uploads=bucket"']
    assert 'worker is not started: deploy-overlay set "deploy_runs=[worker]"' in lines
    assert all(len(line) <= COLUMNS for line in lines)


def test_what_was_chosen_is_not_missing(tmp_path: Path) -> None:
    lines = told(tmp_path, deploy_runs=["worker"], deploy_uploads="bucket")

    assert not any("deploy-overlay set" in line or "not started" in line for line in lines)


def test_a_command_that_does_not_fit_its_line_stands_below_the_sentence_with_the_price(tmp_path: Path) -> None:
    many = [{"service": "rq", "name": f"queue-{number}", "command": "rq worker"} for number in range(4)]
    lines = told(tmp_path, django_workers=many)

    assert "queue-0, queue-1, queue-2, queue-3 are not started (Heroku: $28 a month more):" in lines
    assert '  deploy-overlay set "deploy_runs=[worker]"' in lines


def test_what_one_platform_lacks_names_it(tmp_path: Path) -> None:
    lines = told(tmp_path, deploy_platforms=["heroku", "compose"])

    assert any(line.startswith("worker is not started:") for line in lines)
    assert any(line.startswith("Uploads are lost at each release on Heroku") for line in lines)
    assert any(line.startswith("Uploads are kept but not served on Docker Compose") for line in lines)


def test_our_own_files_that_git_ignores_are_not_private(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    (tmp_path / ".git/info/exclude").write_text(".*\n")
    for name in (".secret", ".copier-answers.yml", ".upsun/config.yaml", ".dockerignore"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    answers = Answers(tmp_path, ".copier-answers.yml", SHOP | {"deploy_platforms": ["fly"]})
    ours = [".copier-answers.yml", ".upsun/config.yaml", ".dockerignore"]
    lines = summary(answers, Additions((), (), (), (), (), ""), ours, GitStatus((), ()), "log", goes_on=True)

    assert "would add them to the image: .secret\n" in lines

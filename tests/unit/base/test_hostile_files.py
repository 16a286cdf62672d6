"""Pipes, links and values that no file of ours has: refused in a sentence or passed over, never waited for or followed."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy_overlay.base import answers, git
from deploy_overlay.base.files import read_plain
from deploy_overlay.base.message import Failure
from deploy_overlay.base.template_files import answers_file_problem, left_by_overlay, stored_answers
from tests.support.anchors import note, shows
from tests.support.hook import ANSWERS, Repository
from tests.support.template import REPOSITORY

posix = pytest.mark.skipif(os.name == "nt", reason="pipes and links as POSIX has them")
TEMPLATE = REPOSITORY / "template" / "project"


@pytest.fixture
def impatient() -> Iterator[None]:
    """Who waits for a pipe fails after 20 seconds."""

    def fail(number: int, frame: object) -> None:
        raise AssertionError("waits for a pipe")

    before = signal.signal(signal.SIGALRM, fail)
    signal.alarm(20)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@posix
@pytest.mark.usefixtures("impatient")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / ANSWERS)
    with pytest.raises(OSError, match="regular"):
        read_plain(tmp_path / ANSWERS)
    assert stored_answers(tmp_path / ANSWERS) == {}
    assert answers_file_problem(tmp_path, ANSWERS) is None
    with pytest.raises(Failure):
        answers.read(tmp_path, ANSWERS)


@posix
@pytest.mark.usefixtures("impatient")
def test_a_pipe_as_the_version_file_of_an_earlier_run(tmp_path: Path) -> None:
    (tmp_path / ANSWERS).write_text(
        "deploy_package: deploy\ndeploy_platforms: [heroku]\ndjango_python_version: '3.12'\n"
    )
    os.mkfifo(tmp_path / ".python-version")
    left, pythons = left_by_overlay(tmp_path, TEMPLATE, {".python-version": "heroku"})
    assert ".python-version" not in left
    assert pythons == {ANSWERS: "3.12"}


@posix
@pytest.mark.parametrize("reader", ["heroku", "fly", "upsun"])
@pytest.mark.usefixtures("impatient")
def test_a_pipe_as_a_platforms_own_file(reader: str, tmp_path: Path) -> None:
    from deploy_overlay.platforms import gaps

    file = {"heroku": "Procfile", "fly": "fly.toml", "upsun": ".upsun/config.yaml"}[reader]
    (tmp_path / file).parent.mkdir(exist_ok=True)
    os.mkfifo(tmp_path / file)
    values = {"deploy_platforms": [reader], "deploy_kept_files": [file], "django_wsgi": "a.wsgi:application"}
    assert isinstance(gaps(answers.Answers(tmp_path, ANSWERS, values)), list)


@posix
@shows("notes-are-a-link")
@pytest.mark.parametrize("place", [".", "state.json", "before", "nowhere"])
def test_a_link_in_the_git_folder_is_not_followed(place: str, tmp_path: Path) -> None:
    repository, outside = Repository(tmp_path / "project"), tmp_path / "outside"
    outside.mkdir()
    target = outside / "missing" if place == "nowhere" else outside
    if place in (".", "nowhere"):
        repository.overlay_folder.symlink_to(target)
    else:
        repository.overlay_folder.mkdir()
        (repository.overlay_folder / place).symlink_to(target)
    repository.write("requirements.txt", "Django==5.2\n")
    repository.commit()
    done = repository.hook()
    note(done.stderr)

    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert not list(outside.iterdir())
    assert repository.changed() == []


def test_the_git_folder_itself_may_be_elsewhere(tmp_path: Path) -> None:
    """As git makes it for a worktree or with --separate-git-dir."""
    repository = Repository(tmp_path / "project")
    repository.write("a", "")
    repository.commit()
    repository.git("worktree", "add", "--quiet", str(tmp_path / "other"))
    folder = git.overlay_folder(tmp_path / "other")
    assert folder.parent.parent == (repository.root / ".git" / "worktrees").resolve()


@shows("answers-file-damaged")
@pytest.mark.parametrize(
    "value",
    ["!!binary aGVsbG8=", "2026-11-28", "!!set {a, b}", "[{1: a}]", ".nan", "{a: !!binary aGVsbG8=}", '"\\ud800x"'],
)
def test_an_answer_that_is_none(value: str, tmp_path: Path) -> None:
    (tmp_path / ANSWERS).write_text(f"deploy_name: {value}\n", encoding="utf-8")
    with pytest.raises(Failure) as refused:
        answers.read(tmp_path, ANSWERS)
    text = f"{refused.value}\n/errors/#{refused.value.anchor}"
    note(text)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("text", ["deploy_name: !foo bar\n", "\x00\x01", "deploy_name: [\n", "- a\n", "text\n"])
def test_an_answers_file_that_is_none(text: str, tmp_path: Path) -> None:
    (tmp_path / ANSWERS).write_bytes(text.encode())
    with pytest.raises(Failure) as refused:
        answers.read(tmp_path, ANSWERS)
    assert refused.value.anchor == "answers-file-damaged"
    assert "\n" not in str(refused.value)

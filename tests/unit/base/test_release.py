"""A version of the overlay: the address that git and Python's installers want, and when two records mean the same."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from copier._vcs import get_repo

from deploy_overlay.base.message import Failure
from deploy_overlay.base.release import REPOSITORY, Release, command, installing, recorded, whole_command

OURS = {"_src_path": "gh:org/deploy-overlay", "_commit": "v0.2.0"}


@pytest.mark.parametrize(
    ("source", "version", "requirement"),
    [
        ("gh:org/deploy-overlay", "v0.2.0", f"git+{REPOSITORY}@v0.2.0"),
        ("gl:me/fork", "v1", "git+https://gitlab.com/me/fork@v1"),
        ("git@github.com:me/fork.git", "v1", "git+ssh://git@github.com/me/fork.git@v1"),
        ("git+https://git.example.com/fork", "v1", "git+https://git.example.com/fork@v1"),
        ("https://git.example.com/fork.git", "v0.2.0-12-g1a2b3c4", "git+https://git.example.com/fork.git@1a2b3c4"),
        ("https://git.example.com/fork.git", "", "git+https://git.example.com/fork.git"),
    ],
)
def test_what_installers_want(source: str, version: str, requirement: str) -> None:
    assert Release(source, version).requirement == requirement


@pytest.mark.parametrize(
    ("source", "taken"),
    [
        ("gh:org/deploy-overlay", "gh:org/deploy-overlay"),
        ("https://github.com/me/fork", "https://github.com/me/fork"),
        ("https://git.example.com/fork", "git+https://git.example.com/fork"),
        ("https://git.example.com/fork.git", "https://git.example.com/fork.git"),
        ("ssh://git@git.example.com/fork", "git+ssh://git@git.example.com/fork"),
        ("git+https://git.example.com/fork", "git+https://git.example.com/fork"),
    ],
)
def test_what_copier_takes(source: str, taken: str) -> None:
    """Installers note the address without `git+`."""
    assert Release(source, "v1").for_copier == taken
    assert get_repo(taken)


def test_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "a template"
    (folder / ".git").mkdir(parents=True)

    assert Release(str(folder), "v1").requirement == f"git+{folder.as_uri()}@v1"
    assert "%20" in Release(str(folder), "v1").requirement
    assert Release(str(tmp_path), "").requirement == str(tmp_path)  # without git there are no versions
    assert Release(folder.as_uri()).folder == folder
    assert Release(folder.as_uri()).for_copier == str(folder)


@pytest.mark.parametrize(
    "other",
    ["https://github.com/org/deploy-overlay.git", "git@github.com:org/deploy-overlay.git", "gh:Org/Deploy-Overlay/"],
)
def test_one_source_in_many_words(other: str) -> None:
    assert Release(other).key == Release(REPOSITORY).key


@pytest.mark.parametrize(
    "other",
    [
        "http://github.com/org/deploy-overlay",
        "git://github.com/org/deploy-overlay",
        "https://github.com:8443/org/deploy-overlay",
        "https://github.com.example.com/org/deploy-overlay",
        "https://github.com@example.com/org/deploy-overlay",
        "https://example.com/github.com/org/deploy-overlay",
        "gh:org/deploy-overlay-2",
        "gl:org/deploy-overlay",
        "org/deploy-overlay",
    ],
)
def test_another_source_that_looks_alike(other: str) -> None:
    assert Release(other).key != Release(REPOSITORY).key


def test_one_version_in_two_words() -> None:
    described = Release("gh:org/deploy-overlay", "v0.2.0-3-g1a2b3c4")

    assert described.is_the_same_as(Release(REPOSITORY, "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d"))
    assert not described.is_the_same_as(Release(REPOSITORY, "v0.2.0"))
    assert not Release(REPOSITORY, "v0.2.0").is_the_same_as(Release(REPOSITORY, "v0.2.1"))
    assert not Release("gh:me/fork", "v0.2.0").is_the_same_as(Release(REPOSITORY, "v0.2.0"))


@pytest.mark.parametrize(
    ("version", "named"),
    [("v0.2.0", True), ("0.2.0rc1", True), ("main", True), ("0123abc", False), ("v0.2.0-3-g0123abc", False),
     ("refs/pull/7/head", False), ("", False)],
)  # fmt: skip
def test_only_a_name_is_the_owners(version: str, named: bool) -> None:
    assert Release(REPOSITORY, version).is_named is named


@pytest.mark.parametrize("version", ["--upload-pack=x", "v1 x", "v1;x", "../x", "a..b", "v1\n", "$(x)", "@{u}"])
def test_a_text_that_is_no_version(version: str) -> None:
    with pytest.raises(Failure) as refused:
        _ = Release(REPOSITORY, version).ref
    assert refused.value.anchor == "answers-file-damaged"


def on_path(monkeypatch: pytest.MonkeyPatch, folder: Path, *names: str) -> None:
    folder.mkdir()
    for name in names:
        (folder / name).write_text("#!/bin/sh\n")
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))


@pytest.mark.skipif(os.name == "nt", reason="makes programs of a POSIX shell")
@pytest.mark.parametrize(
    ("programs", "line"),
    [
        (["deploy-overlay", "uvx"], "deploy-overlay deploy"),
        (["uvx", "pipx"], f"uvx --from git+{REPOSITORY}@v0.2.0 deploy-overlay deploy"),
        (["pipx"], f"pipx run --spec git+{REPOSITORY}@v0.2.0 deploy-overlay deploy"),
        ([], f"uvx --from git+{REPOSITORY}@v0.2.0 deploy-overlay deploy"),
    ],
)
def test_a_line_that_can_be_pasted_here(
    programs: list[str], line: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    on_path(monkeypatch, tmp_path / "bin", *programs)

    assert command(OURS, "deploy") == line
    assert whole_command(OURS, "deploy") == f"uvx --from git+{REPOSITORY}@v0.2.0 deploy-overlay deploy"


@pytest.mark.skipif(os.name == "nt", reason="makes programs of a POSIX shell")
def test_the_lines_of_the_summary_fit_the_screen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    on_path(monkeypatch, tmp_path / "bin", "uv", "uvx")

    assert len(f"  1. install   {installing({**OURS, '_commit': 'v0.10.0'})}") <= 80


def test_a_second_project_is_named() -> None:
    assert whole_command(OURS, "update", answers_file=".copier-answers.blog.yml").endswith(
        "deploy-overlay -a .copier-answers.blog.yml update"
    )


def test_without_a_record_it_is_the_newest_of_ours() -> None:
    assert recorded({}).requirement == f"git+{REPOSITORY}"
    assert recorded({"_commit": "v1"}).requirement == f"git+{REPOSITORY}"

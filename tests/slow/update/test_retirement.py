"""A platform is announced to end, with its date wherever it is chosen or read of; then it ends, and nobody is surprised."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy_overlay.base.answers import Answers
from deploy_overlay.update.retired import RETIREMENTS, Retirement, announced
from tests.platforms import contract
from tests.platforms.added import MADE_UP, PAGE, followed
from tests.slow.matrix import page
from tests.slow.update.test_choices import assert_like_fresh, with_edit
from tests.slow.update.test_untouched import twin
from tests.support import Project, commit, tree
from tests.support.anchors import shows
from tests.support.versions import Versions, answers_of, replaced, taken, update, updated

DECLARATION = f"deploy_overlay/platforms/{MADE_UP}/__init__.py"
UNTIL = "deprecated until 2027-12-31, use fly"
FIXED = Retirement("upsun_flavour", "fixed", "2028-03-31", "flex")


def with_hutch(template: Path) -> None:
    followed(PAGE.read_text(encoding="utf-8"), template)


def announced_for_hutch(template: Path) -> None:
    replaced(DECLARATION, 'status="preliminary"', f'status="{UNTIL}"')(template)


def without_hutch(template: Path) -> None:
    """What docs/deprecation.md says to do when the day has come."""
    replaced("copier.yml", f"!include deploy_overlay/platforms/{MADE_UP}/questions.yml\n---\n", "")(template)
    for file in [path for path in template.rglob("*") if MADE_UP in path.as_posix() and ".git" not in path.parts]:
        file.unlink() if file.is_file() else None
    ended = 'PLATFORM = Retired(name="Hutch", until="2027-12-31", ended="2.0.0", use="fly")'
    (template / DECLARATION).write_text(f"from ...base.platform import Retired\n\n{ended}\n", encoding="utf-8")


# Slow, several updates: one life of a platform.
@shows("no-longer-offered")
def test_a_platform_retires(versions: Versions, project: Project, tmp_path: Path) -> None:
    versions.release("1.1.0", with_hutch)
    fresh = twin(project, tmp_path / "fresh")
    taken(project, versions, deploy_platforms=[MADE_UP])
    with_edit(project, "hutch.ini")

    versions.release("1.2.0", announced_for_hutch)
    contract.check_choice(versions.root, MADE_UP)  # the choice says it too
    done = updated(project)
    assert "Hutch is supported until 2027-12-31: use fly." in done.stdout
    assert "/deprecation/" in done.stdout
    commit(project, "Update")

    versions.release("2.0.0", without_hutch)
    before = tree(project.root)
    done = update(project)
    assert done.returncode == 1
    assert f"deploy_platforms={MADE_UP} ended with version 2.0.0" in done.stderr
    assert tree(project.root) == before

    done = update(project, deploy_platforms=[MADE_UP])
    assert done.returncode == 1
    assert "Hutch ended with version 2.0.0 (announced for 2027-12-31)" in done.stderr
    assert 'choose -d "deploy_platforms=[fly]"' in done.stderr
    assert tree(project.root) == before

    done = updated(project, deploy_platforms=["fly"])
    taken(fresh, versions)
    assert answers_of(project)["deploy_platforms"] == ["fly"]
    assert "git show HEAD:hutch.ini" in done.stderr
    assert_like_fresh(project, fresh)


def test_an_option_that_ends_is_announced_in_the_update_and_in_the_matrix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "RETIREMENTS", (FIXED,))
    chosen = Answers(Path(), ".copier-answers.yml", {"upsun_flavour": "fixed"})
    other = Answers(Path(), ".copier-answers.yml", {"upsun_flavour": "flex"})

    assert list(announced(chosen, (FIXED,))) == ["upsun_flavour=fixed is supported until 2028-03-31: use flex."]
    assert list(announced(other, (FIXED,))) == []
    assert page.state("Upsun Fixed") == "deprecated until 2028-03-31, use flex"
    assert page.state("Upsun Flex") != page.state("Upsun Fixed")


def test_every_choice_that_ends_says_so_where_it_is_chosen() -> None:
    from deploy_overlay.platforms.questions import asked

    for one in RETIREMENTS:
        choices = asked()[one.question]["choices"]
        texts = [text for text, value in choices.items() if value == one.value]
        assert [one.state in text for text in texts] == ([] if one.ended else [True])


@shows("no-longer-offered")
def test_an_answer_that_no_version_of_ours_wrote_is_refused(versions: Versions, project: Project) -> None:
    """What a version offers no more, and the notes on retirement do not know."""
    taken(project, versions, deploy_updates=["renovate"])
    line = "    Renovate, if an administrator allows the template: renovate\n"
    versions.release("1.1.0", replaced("questions/updates.yml", line, ""))

    done = update(project)

    assert done.returncode == 1
    assert "This version does not support deploy_updates=renovate: choose from github" in done.stderr

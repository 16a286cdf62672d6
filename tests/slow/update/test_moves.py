"""Real changes of platforms: a project configured in the old way moves by an update, with the steps that files are not."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from tests.slow.update.test_choices import LAST_LINE, assert_like_fresh, with_edit
from tests.slow.update.test_untouched import twin
from tests.support import Project, commit, git, make_project, status, tree
from tests.support.versions import Versions, answers_of, appended, taken, updated, write

FIXED = [".platform.app.yaml", ".platform/routes.yaml", ".platform/services.yaml"]
MOVES = "https://org.github.io/deploy-overlay/moves/"


def said(done: subprocess.CompletedProcess[str]) -> str:
    """What was printed, without the ends of lines."""
    return " ".join(done.stdout.split())


def test_from_runtime_txt_to_python_version(versions: Versions, project: Project) -> None:
    """Heroku, since February 2025: https://devcenter.heroku.com/changelog-items/3141"""
    write(project, "runtime.txt", "python-3.12.4\n")
    taken(project, versions, deploy_platforms=["heroku"])
    assert (project.root / ".python-version").read_text(encoding="utf-8") == "3.12\n"
    versions.release("1.1.0", appended("template/project/Procfile.jinja", "# New.\n"))

    write(project, "runtime.txt", "python-3.13.1\n", "Another Python, where it always was")
    done = updated(project)

    assert (project.root / ".python-version").read_text(encoding="utf-8") == "3.13\n"
    assert re.search(r"runtime\.txt +replaced by \.python-version \(3\.13\):\s+`git rm runtime\.txt`", done.stdout)
    commit(project, "Update")

    git(project.root, "rm", "--quiet", "runtime.txt")
    commit(project, "As Heroku asks")
    done = updated(project)

    assert "runtime.txt" not in done.stdout
    assert answers_of(project)["django_python_version"] == "3.13"
    assert status(project) == []


def test_from_upsun_fixed_to_flex(versions: Versions, project: Project, tmp_path: Path) -> None:
    answers = {"deploy_platforms": ["upsun"]}
    fresh = taken(twin(project, tmp_path / "fresh"), versions, **answers, upsun_flavour="flex")
    taken(project, versions, **answers, upsun_flavour="fixed")
    with_edit(project, "deploy/settings.py")
    with_edit(project, FIXED[0])

    done = updated(project, "-r", ":current:", upsun_flavour="flex")

    assert_like_fresh(project, fresh, "deploy/settings.py")
    named = done.stderr.index(f"git show HEAD:{FIXED[0]}")
    assert named < done.stderr.index("after_update.py")
    assert FIXED[1] not in done.stderr  # nobody edited it
    assert git(project.root, "show", f"HEAD:{FIXED[0]}").endswith(LAST_LINE)
    assert "Upsun cannot change a project from fixed to flex" in said(done)
    assert MOVES in done.stdout


def test_a_configuration_of_the_users_own_for_fixed_is_left_and_named(versions: Versions, project: Project) -> None:
    write(project, FIXED[0], "name: app\ntype: python:3.12\n")
    taken(project, versions, deploy_platforms=["upsun"])
    assert answers_of(project)["upsun_flavour"] == "fixed"

    done = updated(project, "-r", ":current:", upsun_flavour="flex")

    assert (project.root / ".upsun/config.yaml").is_file()
    assert (project.root / FIXED[0]).read_text(encoding="utf-8") == "name: app\ntype: python:3.12\n"
    assert re.search(r"\.platform\.app\.yaml +only for Fixed: git rm it", done.stdout)


def test_what_no_file_can_do_is_said(versions: Versions, project: Project) -> None:
    taken(project, versions, fly_postgres="unmanaged", deploy_platforms=["fly", "heroku"])

    done = updated(project, "-r", ":current:", fly_postgres="managed", deploy_name="reading-room")

    assert "Your data is still in the unmanaged PostgreSQL" in said(done)
    assert "heroku apps:rename reading-room --app library" in said(done)
    assert "Fly.io cannot rename apps: reading-room will be a new app. library and its data remain" in said(done)
    commit(project, "Update")

    done = updated(project, "-r", ":current:", deploy_database="external")
    assert "Your data is still in the old database (postgres)" in said(done)
    commit(project, "Update")

    assert "Notes" not in updated(project).stdout


def test_everything_is_chosen_again_at_once_and_no_edit_is_lost(versions: Versions, tmp_path: Path) -> None:
    """Edits in every rendered file; one platform goes and one comes, name, database and folder are others."""
    project = make_project(tmp_path / "library")
    taken(project, versions, deploy_platforms=["fly", "heroku"])
    files = [
        path
        for path in git(project.root, "show", "--name-only", "--format=", "HEAD").split()
        if path != ".copier-answers.yml"
    ]
    for path in files:
        file = project.root / path
        mark = f"# Mine, {path}" if file.suffix != ".json" else ""
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace("{", '{\n  "mine": 1,', 1) if not mark else f"{text}{mark}\n", encoding="utf-8")
    commit(project, "Edits everywhere")
    (project.root / "backend").mkdir()
    names = ("manage.py", "shelf", "accounts", "books", "loans", "templates")
    git(project.root, "mv", *names, "backend")
    commit(project, "Moved")
    before = tree(project.root)

    done = updated(
        project,
        "-r",
        ":current:",
        deploy_platforms=["fly", "upsun"],
        deploy_name="reading-room",
        deploy_database="external",
    )

    assert re.search(r"backend/deploy/settings\.py +moved from deploy/settings\.py", done.stdout)
    assert not re.search(r"^ +deploy/settings\.py +gone", done.stdout, re.MULTILINE)
    for path in files:
        place = path.replace("deploy/", "backend/deploy/", 1) if path.startswith("deploy/") else path
        file = project.root / place
        if file.is_file():
            assert f"# Mine, {path}" in file.read_text(encoding="utf-8"), path
        else:
            assert f"git show HEAD:{path}" in done.stderr, path
    assert set(before) - set(tree(project.root)) <= set(files)

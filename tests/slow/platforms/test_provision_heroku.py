"""Heroku, provisioned and deployed to by its real CLI against the simulated Platform API."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.platforms.faults import leaked
from tests.platforms.heroku_scene import ARGUMENTS, heroku, settle
from tests.platforms.owner import another_clone, commit
from tests.platforms.simulated.heroku import TOKEN, App, Heroku
from tests.platforms.simulated.quick_heroku import QuickHeroku
from tests.platforms.simulated.stand_in import Ended
from tests.platforms.simulated.world import World, linked
from tests.support.anchors import shows
from tests.support.programs import run
from tests.tools import tool


def changes(platform: Heroku) -> list[str]:
    return [str(asked) for asked in platform.asked if asked.method != "GET"]


# A real CLI takes a second for each of its twenty questions.
def test_from_nothing_to_deployed_and_again(tmp_path: Path) -> None:
    with heroku(tmp_path, tool("heroku")) as (world, platform):
        ended = world.run(**ARGUMENTS)

        assert ended.status == 0, ended.output
        head = world.repository.git("rev-parse", "HEAD").strip()
        app = platform.apps["shelf"]
        assert list(platform.apps) == ["shelf"] and list(platform.addons) == ["shelf-db"]
        assert app.region == "eu" and app.features == {"runtime-dyno-metadata"}
        assert set(app.config) - {"DEPLOY_OVERLAY_PROJECT"} == {
            "DATABASE_URL",
            "DJANGO_SETTINGS_MODULE",
            "MAIL_PASSWORD",
            "SECRET_KEY",
        }
        assert app.pushed == head
        assert [one["description"] for one in app.releases if "Deploy" in one["description"]] == [f"Deploy {head[:8]}"]
        assert app.formation == {"web": (1, "Basic"), "worker": (0, "Eco"), "release": (0, "Eco")}
        assert "is online at" in ended.output
        platform.begin()
        again = world.run(**ARGUMENTS)
        assert again.status == 0, again.output
        assert changes(platform) == []
        assert leaked(world, platform) == []


def test_again_three_times_changes_nothing(tmp_path: Path) -> None:
    with heroku(tmp_path) as (world, platform):
        assert world.run(**ARGUMENTS).status == 0
        before, key = platform.final(), platform.apps["shelf"].config["SECRET_KEY"]

        for _ in range(3):
            platform.begin()
            again = world.run(**ARGUMENTS)
            assert again.status == 0, again.output
            assert changes(platform) == []

        assert platform.final() == before
        assert platform.apps["shelf"].config["SECRET_KEY"] == key
        assert leaked(world, platform) == []


@pytest.fixture
def scene(tmp_path: Path):  # type: ignore[no-untyped-def]
    with heroku(tmp_path) as both:
        yield both


def test_provision_alone_deploys_nothing(scene: tuple[World, Heroku]) -> None:
    world, platform = scene

    ended = world.run("provision", **ARGUMENTS)

    assert ended.status == 0, ended.output
    assert platform.apps["shelf"].pushed == ""
    assert "SECRET_KEY" in platform.apps["shelf"].config


def test_configure_asks_nobody(scene: tuple[World, Heroku]) -> None:
    world, platform = scene

    done = world.repository.hook("--defaults", **world.environment())

    assert done.returncode == 0, done.stderr
    assert platform.asked == []


@shows("nobody-said-yes")
def test_without_a_yes_nothing_is_created(scene: tuple[World, Heroku]) -> None:
    world, platform = scene

    ended = world.run("deploy", environ={"DEPLOY_OVERLAY_YES": ""})

    assert ended.status == 1
    assert "heroku apps:create shelf" in ended.output, "the plan is shown all the same"
    assert changes(platform) == []


@shows("variables-missing")
def test_a_token_that_the_installation_needs_is_a_variable_of_the_app(tmp_path: Path) -> None:
    with heroku(tmp_path, django_build_secrets=["INDEX_TOKEN", "POETRY_HTTP_BASIC_OWN_PASSWORD"]) as (world, platform):
        refused = world.run("deploy", **ARGUMENTS)
        assert refused.status == 1 and "INDEX_TOKEN" in refused.output and platform.apps == {}

        given = {**ARGUMENTS["environ"], "INDEX_TOKEN": "token-4711-of-an-index"}
        ended = world.run("deploy", **{**ARGUMENTS, "environ": given})
        assert ended.status == 0, ended.output
        assert platform.apps["shelf"].config["INDEX_TOKEN"] == given["INDEX_TOKEN"]
        assert "POETRY_HTTP_BASIC_OWN_PASSWORD" not in platform.apps["shelf"].config


@shows("variables-missing")
def test_a_missing_variable_stops_before_anything_is_created(scene: tuple[World, Heroku], tmp_path: Path) -> None:
    world, platform = scene

    ended = world.run("deploy", variables=["MAIL_PASSWORD", "PAYMENT_KEY"])

    assert ended.status == 1
    assert "MAIL_PASSWORD, PAYMENT_KEY" in ended.output and "-d deploy_env_file=" in ended.output
    assert platform.apps == {} and platform.addons == {}

    file = tmp_path / "production.env"
    file.write_text("export MAIL_PASSWORD='from-the-file-1'\n# comment\nPAYMENT_KEY=from-the-file-2 # live\n")
    ended = world.run("deploy", variables=["MAIL_PASSWORD", "PAYMENT_KEY"], env_file=str(file))

    assert ended.status == 0, ended.output
    config = platform.apps["shelf"].config
    assert (config["MAIL_PASSWORD"], config["PAYMENT_KEY"]) == ("from-the-file-1", "from-the-file-2")
    platform.secrets += ["from-the-file"]
    assert leaked(world, platform) == []


@shows("platform-refused")
@pytest.mark.parametrize("trouble", ["taken", "no card", "no region"])
def test_a_refusal_says_what_to_do(scene: tuple[World, Heroku], trouble: str) -> None:
    world, platform = scene
    if trouble == "taken":
        platform.someone_elses("shelf")
    if trouble == "no card":
        platform.verified = False
    if trouble == "no region":
        settle(world, platform, heroku_region="mars")

    ended = world.run(**ARGUMENTS)

    cure = {"taken": "-d deploy_name=", "no card": "https://heroku.com/verify", "no region": "-d heroku_region="}[
        trouble
    ]
    assert ended.status == 1
    assert cure in ended.output
    assert "Traceback" not in ended.output
    assert "Continue with" in ended.output and "deploy-overlay deploy" in ended.output
    assert platform.addons == {}


def test_what_is_done_and_what_is_not_is_told(scene: tuple[World, Heroku]) -> None:
    world, platform = scene
    platform.verified = False

    ended = world.run(**ARGUMENTS)

    assert "Done: app shelf, mark" in ended.output
    assert "Not done: PostgreSQL shelf-db, " in ended.output


@shows("exists-already")
def test_an_app_that_was_used_before_is_not_taken_over(scene: tuple[World, Heroku]) -> None:
    world, platform = scene
    platform.apps["shelf"] = App("shelf", "eu", config={"SHOP": "another"})
    before = platform.final()

    ended = world.run(**ARGUMENTS)

    assert ended.status == 1
    assert platform.final() == before

    assert world.run(**ARGUMENTS, existing=True).status == 0
    assert platform.apps["shelf"].config["SHOP"] == "another"


def test_an_app_that_a_remote_of_git_leads_to_is_used(scene: tuple[World, Heroku]) -> None:
    world, platform = scene
    platform.apps["shelf"] = App("shelf", "eu", config={"SHOP": "ours"})
    world.repository.git("remote", "add", "heroku", "https://git.heroku.com/shelf.git")

    assert world.run("provision", **ARGUMENTS).status == 0


def test_an_app_of_another_project_is_refused_and_a_clone_of_ours_is_not(tmp_path: Path) -> None:
    with heroku(tmp_path) as (world, platform):
        assert world.run(**ARGUMENTS).status == 0
        before = platform.final()

        other = World(tmp_path / "other", world.environ, "library", world.programs)
        other.project({"Procfile": "web: gunicorn x\n", "README.md": "another"}, **_answers("shelf"))
        ended = other.run(**ARGUMENTS)
        assert ended.status == 1 and "belongs to another of your projects" in ended.output
        assert platform.final() == before

        (world.repository.overlay_folder / "provisioned.json").unlink()
        platform.begin()
        assert world.run(**ARGUMENTS).status == 0
        assert changes(platform) == []


def test_an_app_that_was_renamed_gets_no_second_beside_it(scene: tuple[World, Heroku]) -> None:
    world, platform = scene
    assert world.run("provision", **ARGUMENTS).status == 0
    platform.apps["books"] = platform.apps.pop("shelf")
    platform.apps["books"].name = "books"

    ended = world.run("provision", **ARGUMENTS)
    assert ended.status == 1 and "take its name with -d deploy_name=books" in ended.output
    assert list(platform.apps) == ["books"]

    del platform.apps["books"]
    platform.addons.clear()
    assert world.run("provision", **ARGUMENTS).status == 0, "one that was deleted is made again"
    assert list(platform.apps) == ["shelf"]


def test_an_app_that_was_renamed_gets_no_second_from_another_clone(scene: tuple[World, Heroku]) -> None:
    world, platform = scene
    assert world.run("provision", **ARGUMENTS).status == 0
    platform.apps["books"] = platform.apps.pop("shelf")
    platform.apps["books"].name = "books"
    platform.apps["another"] = App("another", "eu", config={"DEPLOY_OVERLAY_PROJECT": "0123456789ab"})
    another_clone(world)
    before = platform.final()

    ended = world.run("provision", **ARGUMENTS)

    assert ended.status == 1 and "-d deploy_name=books" in ended.output, ended.output
    assert platform.final() == before


def test_two_projects_live_side_by_side(tmp_path: Path) -> None:
    with heroku(tmp_path) as (world, platform):
        other = World(tmp_path / "other", world.environ, "library", world.programs)
        settle(other, platform)

        assert world.run(**ARGUMENTS).status == 0
        assert other.run(**ARGUMENTS).status == 0

        assert sorted(platform.apps) == ["library", "shelf"]
        assert platform.apps["library"].config["SECRET_KEY"] != platform.apps["shelf"].config["SECRET_KEY"]
        assert platform.apps["library"].config["DATABASE_URL"] == platform.addons["library-db"].url


@shows("several-candidates")
def test_several_teams_are_never_the_first_of_them(scene: tuple[World, Heroku]) -> None:
    world, platform = scene
    platform.teams = ["acme", "globex"]

    ended = world.run(**ARGUMENTS)
    assert ended.status == 1 and "-d heroku_team=" in ended.output
    assert platform.apps == {}

    settle(world, platform_without_repository(world, platform), heroku_team="globex")
    assert world.run(**ARGUMENTS).status == 0
    assert platform.apps["shelf"].team == "globex"


@shows("not-in-this-account")
def test_a_team_of_another_account_is_refused(tmp_path: Path) -> None:
    with heroku(tmp_path, heroku_team="initech") as (world, platform):
        platform.teams = ["acme"]

        ended = world.run(**ARGUMENTS)

        assert ended.status == 1 and "acme" in ended.output


def platform_without_repository(world: World, platform: Heroku) -> Heroku:
    """So that the project can be settled once more."""
    import shutil

    shutil.rmtree(world.folder / "heroku.git")
    return platform


@shows("deployment-failed")
def test_a_failed_release_phase_is_no_success_and_is_tried_again(scene: tuple[World, Heroku]) -> None:
    world, platform = scene
    platform.release_command = "failed"

    ended = world.run(**ARGUMENTS)
    assert ended.status == 1
    assert "releases:output" in ended.output

    platform.release_command = "succeeded"
    ended = world.run(**ARGUMENTS)
    assert ended.status == 0, ended.output
    assert platform.apps["shelf"].releases[-1]["description"].startswith("Retry of v")


def online(platform: Heroku) -> str:
    """The commit whose code is online."""
    current = platform.apps["shelf"].current
    return str(current["slug"]["commit"]) if current and current["slug"] else ""


@pytest.mark.parametrize("later", ["config", "two changes"])
def test_a_release_phase_that_failed_is_tried_again_also_after_a_change_of_config(
    scene: tuple[World, Heroku], later: str
) -> None:
    world, platform = scene
    assert world.run(**ARGUMENTS).status == 0
    head = commit(world)
    platform.release_command = "failed"
    assert world.run(**ARGUMENTS).status == 1
    app = platform.apps["shelf"]
    app.config["MAIL_PASSWORD"] = "the-right-one"
    for _ in range(2 if later == "two changes" else 1):
        app.release("Set MAIL_PASSWORD config vars")
    assert online(platform) != head

    platform.release_command = "succeeded"
    ended = world.run(**ARGUMENTS)

    assert ended.status == 0, ended.output
    assert online(platform) == head and app.config["MAIL_PASSWORD"] == "the-right-one"
    assert leaked(world, platform) == []
    platform.begin()
    assert world.run(**ARGUMENTS).status == 0
    assert changes(platform) == []


@pytest.mark.parametrize("program", ["ours", "heroku"])
def test_what_was_rolled_back_is_deployed_again_with_the_config_of_today(tmp_path: Path, program: str) -> None:
    with heroku(tmp_path, tool("heroku") if program == "heroku" else None) as (world, platform):
        assert world.run(**ARGUMENTS).status == 0
        head = commit(world)
        assert world.run(**ARGUMENTS).status == 0
        app = platform.apps["shelf"]
        first = next(one for one in app.releases if "Deploy" in one["description"])
        app.release(f"Rollback to v{first['version']}", slug=first["slug"])
        app.config["MAIL_PASSWORD"] = "newer"
        app.release("Set MAIL_PASSWORD config vars")

        ended = world.run(**ARGUMENTS)

        assert ended.status == 0, ended.output
        assert online(platform) == head and app.config["MAIL_PASSWORD"] == "newer"


def test_a_rollback_to_the_commit_that_is_checked_out_is_what_was_asked_for(scene: tuple[World, Heroku]) -> None:
    world, platform = scene
    assert world.run(**ARGUMENTS).status == 0
    old = world.repository.git("rev-parse", "HEAD").strip()
    commit(world)
    assert world.run(**ARGUMENTS).status == 0
    app = platform.apps["shelf"]
    first = next(one for one in app.releases if "Deploy" in one["description"])
    app.release(f"Rollback to v{first['version']}", slug=first["slug"])
    world.repository.git("checkout", "--quiet", old)

    platform.begin()
    assert world.run(**ARGUMENTS).status == 0

    assert changes(platform) == [] and online(platform) == old


def test_a_new_commit_is_deployed_and_the_owners_scaling_stays(scene: tuple[World, Heroku]) -> None:
    world, platform = scene
    assert world.run(**ARGUMENTS).status == 0
    platform.apps["shelf"].formation["web"] = (3, "Standard-1x")
    world.repository.write("news.txt", "news")
    world.repository.git("add", "--all")
    world.repository.git("commit", "--quiet", "--message", "News")

    platform.begin()
    assert world.run(**ARGUMENTS).status == 0

    assert changes(platform) == ["POST /simulated/push/shelf"]
    assert platform.apps["shelf"].formation["web"] == (3, "Standard-1x")


@shows("not-committed")
def test_what_is_not_committed_is_not_deployed(scene: tuple[World, Heroku]) -> None:
    world, platform = scene
    world.repository.write("deploy/settings.py", "DEBUG = False\n")

    ended = world.run(**ARGUMENTS)
    assert ended.status == 1
    assert platform.apps["shelf"].pushed == ""

    ended = world.run(**ARGUMENTS, commit=True)
    assert ended.status == 0, ended.output
    assert world.repository.git("show", "HEAD:deploy/settings.py") == "DEBUG = False\n"
    assert platform.apps["shelf"].pushed == world.repository.git("rev-parse", "HEAD").strip()


@shows("git-refused")
def test_a_failing_pre_commit_hook_stops_everything(scene: tuple[World, Heroku]) -> None:
    world, platform = scene
    world.repository.write("deploy/settings.py", "DEBUG = False\n")
    hook = world.repository.write(".git/hooks/pre-commit", "#!/bin/sh\necho 'settings are not tidy'\nexit 1\n")
    hook.chmod(0o755)

    ended = world.run(**ARGUMENTS, commit=True)

    assert ended.status == 1
    assert "settings are not tidy" in ended.output
    assert platform.apps["shelf"].pushed == ""


@shows("site-does-not-answer")
def test_a_site_that_does_not_answer_is_not_online(tmp_path: Path) -> None:
    with heroku(tmp_path) as (world, platform):
        platform.site = "http://127.0.0.1:9"

        ended = world.run(**ARGUMENTS | {"environ": {**ARGUMENTS["environ"], "DEPLOY_OVERLAY_TIMEOUT": "4"}})

        assert ended.status == 1
        assert "is online" not in ended.output
        assert "heroku logs" in ended.output


@shows("platform-unreachable")
def test_without_a_network(scene: tuple[World, Heroku]) -> None:
    world, platform = scene
    platform.close()

    ended = world.run(**ARGUMENTS)

    assert ended.status == 1 and "check the network, then run this again" in ended.output


COMMANDS = [
    ("--version",),
    ("auth:whoami",),
    ("teams", "--json"),
    ("apps:info", "-a", "shelf", "--json"),
    ("apps:create", "shelf", "--region", "eu", "--no-remote", "--json"),
    ("apps:create", "shelf", "--region", "eu", "--no-remote", "--json"),
    ("apps:create", "shop", "--region", "us", "--no-remote", "--json", "--team", "acme"),
    ("apps", "--json"),
    ("apps:info", "-a", "shelf", "--json"),
    ("addons:create", "heroku-postgresql:essential-0", "-a", "shelf", "--as", "DATABASE", "--name", "shelf-db"),
    ("addons:create", "heroku-redis:mini", "-a", "shelf", "--as", "REDIS", "--name", "shelf-redis"),
    ("addons:create", "bucketeer:hobbyist", "-a", "shelf", "--as", "BUCKETEER", "--name", "shelf-bucket"),
    ("addons", "-a", "shelf", "--json"),
    ("addons:attach", "shelf-db", "-a", "shelf", "--as", "SECOND"),
    ("labs", "-a", "shelf", "--json"),
    ("labs:enable", "runtime-dyno-metadata", "-a", "shelf"),
    ("config:set", "A=1", "B=2", "-a", "shelf"),
    ("config", "-a", "shelf", "--json"),
    ("ps:scale", "-a", "shelf"),
    ("releases", "-a", "shelf", "--json", "-n", "200"),
]
AFTER_A_BUILD = [
    ("ps:scale", "web=1:basic", "-a", "shelf"),
    ("ps:scale", "-a", "shelf"),
    ("ps", "-a", "shelf", "--json"),
    ("releases:retry", "-a", "shelf"),
]


# A real CLI takes a second for each question; the loop over faults stands on this comparison.
def test_the_stand_in_asks_as_the_real_program_does(tmp_path: Path) -> None:
    program = tool("heroku")
    seen = []
    for real in (True, False):
        platform = Heroku()
        platform.teams = ["acme"]
        world = World(
            tmp_path / str(real), platform.environ(), programs=[linked(program, tmp_path / f"bin{real}", "heroku")]
        )
        world.home.mkdir(parents=True)
        quick = QuickHeroku(platform.url, TOKEN)
        told = []
        for command in [*COMMANDS, None, *AFTER_A_BUILD]:
            if command is None:
                platform.push("shelf", "0" * 40, {"web": "", "release": ""})
                continue
            platform.begin()
            if real:
                done = run([program, *command], tmp_path, world.environment(), check=False, timeout=120)
                status, output = done.returncode, done.stdout
            else:
                try:
                    status, output = 0, quick(list(command), "")
                except Ended as ended:
                    status, output = ended.status, ""
            asked = {(one.method, one.path, json.dumps(one.body, sort_keys=True)) for one in platform.asked}
            told.append((command, status, asked, _names(output) if "--json" in command else None))
        platform.close()
        seen.append(told)

    for real_one, quick_one in zip(*seen, strict=True):
        assert quick_one == real_one


def _names(output: str) -> object:
    """What the hooks read of an answer, without what differs from one platform to the next."""
    found = json.loads(output or "null")
    if isinstance(found, list):
        return sorted((sorted(one), one.get("name")) for one in found)
    return sorted(found) if isinstance(found, dict) else found


def _answers(name: str) -> dict[str, object]:
    return {"deploy_platforms": ["heroku"], "deploy_name": name, "heroku_region": "eu"}

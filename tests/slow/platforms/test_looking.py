"""What `plan`, `status` and `releases` say of a site, and of what its owner changed by hand: they change nothing."""

from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy_overlay.rehearse.remembered import remember
from tests.platforms.faults import leaked
from tests.platforms.fly_scene import WHOLE as FLY_WHOLE
from tests.platforms.fly_scene import fly
from tests.platforms.heroku_scene import WHOLE as HEROKU_WHOLE
from tests.platforms.heroku_scene import heroku
from tests.platforms.owner import another_clone, commit
from tests.platforms.simulated.world import Ended, World
from tests.platforms.upsun_scene import upsun
from tests.support.anchors import shows
from tests.tools import tool

SCENES: dict[str, Callable[..., contextlib.AbstractContextManager[tuple[World, Any]]]] = {
    "fly": fly,
    "heroku": heroku,
    "upsun": upsun,
}
BY = {"fly": "ada@example.com", "heroku": "ada@example.com", "upsun": "Ada Lovelace"}
Change = Callable[[Any], None]


@pytest.fixture(params=SCENES)
def scene(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, World, Any]]:
    with SCENES[request.param](tmp_path, deploy_domains="www.example.com") as (world, platform):
        yield request.param, world, platform


def document(ended: Ended) -> dict[str, Any]:
    """What the only platform's entry says."""
    assert ended.status == 0, ended.output
    found: dict[str, Any] = json.loads(ended.printed)
    assert found["schema"] == 1
    (platform,) = found["platforms"]
    return dict(platform)


def deploy(world: World, **environ: str) -> None:
    ended = world.command("deploy", "--yes", "--skip-rehearsal", **environ)
    assert ended.status == 0, ended.output


def add_domain(name: str, platform: Any, domain: str) -> None:
    """As its owner does it."""
    if name == "heroku":
        platform.apps["shelf"].domains[domain] = True
    else:
        (platform.projects[0] if name == "upsun" else platform.apps["shelf"]).domains.append(domain)


def flat(text: str) -> str:
    """On one line: in a terminal it is broken at 80 columns."""
    return " ".join(text.split())


def too_long(text: str) -> list[str]:
    """Lines that a terminal of 80 columns would break, but for those of commands, which are pasted."""
    return [line for line in text.splitlines() if len(line) > 80 and not line.startswith("      ") and "`" not in line]


def test_nothing_is_there_yet(scene: tuple[str, World, Any]) -> None:
    _, world, platform = scene
    before = platform.final()

    status, told, plan = world.command("status"), world.command("status", "--json"), world.command("plan")

    assert (status.status, plan.status) == (0, 0), status.output + plan.output
    assert "Nothing exists yet" in status.printed and "deploy-overlay plan" in status.printed
    assert "\n  + " in plan.printed and "to create" in plan.printed and "\n  = " not in plan.printed
    found = document(told)
    assert (found["online"], found["monthly_cost"], found["releases"]) == (None, 0, [])
    listed = world.command("releases")
    assert listed.status == 0 and "shelf has no releases yet" in listed.printed
    assert platform.final() == before


def test_a_name_of_somebody_elses_is_told_by_a_plan(tmp_path: Path) -> None:
    with heroku(tmp_path) as (world, platform):
        platform.someone_elses("shelf")

        plan, status = world.command("plan"), world.command("status")

        assert (plan.status, status.status) == (0, 0), plan.output + status.output
        assert "Deploying would stop here" in plan.output and "do not have access" in flat(plan.output)
        assert "-d deploy_name=" in plan.output


def test_what_is_online_since_when_and_by_whom(scene: tuple[str, World, Any]) -> None:
    name, world, platform = scene
    deploy(world)
    repository = world.repository
    head, tree = (repository.git("rev-parse", what).strip() for what in ("HEAD", "HEAD^{tree}"))
    remember(repository.overlay_folder, tree, [name], "3.13", "9.9.9", "ready")
    second, third = commit(world, "one.txt"), commit(world, "two.txt")
    there, branch = platform.final(), repository.git("branch", "--show-current").strip()

    found, status, plan = document(world.command("status", "--json")), world.command("status"), world.command("plan")

    online = found["online"]
    assert (online["commit"], online["by"], online["here"]) == (head, BY[name], True)
    assert (online["not_deployed"], online["not_on_this_branch"]) == (2, 0)
    assert [one["commit"] for one in online["newest"]] == [third, second]
    assert online["rehearsed"].startswith("ready, ") and online["at"].endswith("Z")
    assert [page["status"] for page in found["health"]] == [200, 200]
    assert found["monthly_cost"] > 0 and found["under_way"] is None
    assert [one["well"] for one in found["processes"]] == [True] * len(found["processes"])
    assert [one["online"] for one in found["releases"]][:1] == [True]
    for word in (head[:8], BY[name], f"2 commits of {branch}", "/healthz 200", "ready, ", "a month (prices of"):
        assert word in flat(status.printed), status.printed
    assert "with 2 commits that are not online" in flat(plan.printed) and "\n  ~ " in plan.printed
    assert too_long(status.printed) == [] and too_long(plan.printed) == []
    assert platform.final() == there and leaked(world, platform) == []


def test_releases_of_both_commits_are_listed(scene: tuple[str, World, Any]) -> None:
    name, world, _ = scene
    deploy(world)
    first = world.repository.git("rev-parse", "HEAD").strip()
    second = commit(world)
    deploy(world)

    listed = document(world.command("releases", "--json"))["releases"]
    text, shortest = world.command("releases"), world.command("releases", "-n", "1")

    code = [one for one in listed if one["code"]]
    assert [one["commit"] for one in code][:2] == [second, first]
    assert [one["online"] for one in code][:2] == [True, False]
    assert {one["by"] for one in code} == {BY[name]} and {one["state"] for one in code} == {"succeeded"}
    assert f"{second[:8]} News" in text.printed and f"{first[:8]} project" in text.printed
    assert f"{second[:8]} News" in shortest.printed and first[:8] not in shortest.printed


def test_a_commit_that_this_clone_does_not_have_is_said_to_be_so(scene: tuple[str, World, Any]) -> None:
    _, world, _ = scene
    git = world.repository.git
    git("branch", "before")
    gone = commit(world)
    deploy(world)
    git("reset", "--quiet", "--hard", "before")
    lacking = flat(world.command("plan").printed)
    assert f"It does not include {gone[:8]}" in lacking and "so deploying would undo that" in lacking
    git("reflog", "expire", "--expire=now", "--all")
    git("gc", "--quiet", "--prune=now")

    status, found = world.command("status"), document(world.command("status", "--json"))

    assert found["online"]["here"] is False
    assert f"This clone does not have commit {gone[:8]}" in flat(status.printed)


DRIFT: list[tuple[str, dict[str, Any], Change, str]] = [
    ("heroku", {}, lambda it: it.apps["shelf"].config.pop("SECRET_KEY"), "The site needs SECRET_KEY"),
    (
        "heroku",
        {},
        lambda it: it.apps["shelf"].domains.update({"shop.example.com": True}),
        "shop.example.com is on Heroku and not",
    ),
    ("heroku", {}, lambda it: setattr(it.apps["shelf"], "maintenance", True), "maintenance mode is on"),
    (
        "heroku",
        {},
        lambda it: it.apps["shelf"].config.update(DJANGO_SETTINGS_MODULE="other"),
        "DJANGO_SETTINGS_MODULE is other, not as this project's files say",
    ),
    (
        "heroku",
        HEROKU_WHOLE,
        lambda it: it.apps["shelf"].formation.update(worker=(0, "Basic")),
        "stopped; `heroku ps:scale worker=1 -a shelf` starts it",
    ),
    (
        "heroku",
        {},
        lambda it: setattr(it.addons["shelf-db"], "plan", "heroku-postgresql:standard-0"),
        "shelf-db has the plan heroku-postgresql:standard-0; the answer is heroku-postgresql:essential-0",
    ),
    ("fly", {}, lambda it: it.apps["shelf"].secrets.pop("SECRET_KEY"), "Deploying creates a new SECRET_KEY"),
    (
        "fly",
        {},
        lambda it: it.apps["shelf"].domains.append("shop.example.com"),
        "shop.example.com is on Fly.io and not",
    ),
    (
        "fly",
        {},
        lambda it: (
            it.apps["shelf"].machines[0]["config"].update(services=[{"checks": [{"type": "http", "path": "/up"}]}])
        ),
        "The health check of its Machines asks /up, and fly.toml says /healthz",
    ),
    ("fly", {}, lambda it: it.apps["shelf"].machines[0].update(region="ams"), "in ams; the answers say 1"),
    ("fly", FLY_WHOLE, lambda it: it.apps["shelf"].machines.remove(it.apps["shelf"].of("worker")[0]), "scaled to none"),
    ("upsun", {}, lambda it: it.projects[0].domains.append("shop.example.com"), "shop.example.com is on Upsun and not"),
    ("upsun", {}, lambda it: it.projects[0].sizes.update(app=("0.5", 512, 2)), "app has size 0.5 and 2 instances"),
    (
        "upsun",
        {},
        lambda it: it.projects[0].access.update(basic_auth={"ada": "a-password-4711"}),
        "Access to the environment is restricted",
    ),
]


@pytest.mark.parametrize(("name", "given", "change", "sentence"), DRIFT, ids=[f"{one[0]}: {one[3]}" for one in DRIFT])
def test_what_was_changed_by_hand_is_told_and_stays(
    tmp_path: Path, name: str, given: dict[str, Any], change: Change, sentence: str
) -> None:
    with SCENES[name](tmp_path, **given) as (world, platform):
        deploy(world)
        told = [flat(world.command(verb).printed) for verb in ("plan", "status")]
        assert [text for text in told if sentence in text] == []
        change(platform)
        changed = platform.final()

        ended = [world.command("plan"), world.command("status"), world.command("status", "--json")]

        assert [one.status for one in ended] == [0, 0, 0], ended[0].output + ended[1].output
        assert [flat(one.printed) for one in ended[:2] if sentence not in flat(one.printed)] == []
        assert sentence in json.dumps(document(ended[2])).replace('\\"', '"')
        assert [line for one in ended[:2] for line in too_long(one.printed)] == []
        assert platform.final() == changed


def test_a_domain_that_the_platform_lacks(scene: tuple[str, World, Any]) -> None:
    name, world, platform = scene
    deploy(world)

    plan = flat(world.command("plan").printed)
    assert "www.example.com is in deploy_domains and not on" in plan
    assert {"fly": "fly certs add www.example.com", "heroku": "heroku domains:add", "upsun": "upsun domain:add"}[
        name
    ] in plan
    add_domain(name, platform, "www.example.com")
    assert "www.example.com" not in flat(world.command("plan").printed)


def test_a_process_that_crashed_is_named_with_the_command_that_says_why(tmp_path: Path) -> None:
    with heroku(tmp_path, **HEROKU_WHOLE) as (world, platform):
        deploy(world)
        platform.crashing = {"worker"}

        status, found = world.command("status"), document(world.command("status", "--json"))

        assert "worker.1 crashed" in status.printed
        assert "`heroku logs -d worker.1 -a shelf` says why" in flat(status.printed)
        assert {one["name"]: one["well"] for one in found["processes"]} == {
            "clock.1": True,
            "web.1": True,
            "worker.1": False,
        }
        assert [job["name"] for job in found["cron_jobs"]] == ["nightly"]


def test_a_site_that_does_not_answer_fails_nothing(tmp_path: Path) -> None:
    with heroku(tmp_path) as (world, platform):
        deploy(world)
        platform.site = "http://127.0.0.1:9"

        found = document(world.command("status", "--json"))

        assert [page["status"] for page in found["health"]] == [None, None]
        assert all(page["answer"] for page in found["health"])


@shows("not-logged-in")
def test_a_platform_that_cannot_be_asked_is_an_error(tmp_path: Path) -> None:
    with fly(tmp_path) as (world, platform):
        platform.logged_in = False

        ended = world.command("status")

        assert ended.status == 1 and "fly auth login" in ended.output and not ended.printed


@pytest.mark.parametrize("name", ["heroku", "upsun"])
def test_the_real_cli_says_the_same(tmp_path: Path, name: str) -> None:
    with SCENES[name](tmp_path, tool(name), deploy_domains="www.example.com") as (world, platform):
        nothing = world.command("status")
        assert nothing.status == 0 and "Nothing exists yet" in nothing.printed, nothing.output
        deploy(world)
        head = world.repository.git("rev-parse", "HEAD").strip()
        add_domain(name, platform, "shop.example.com")
        there = platform.final()

        found, plan = document(world.command("status", "--json")), world.command("plan")

        assert (found["online"]["commit"], found["online"]["by"]) == (head, BY[name])
        assert [page["status"] for page in found["health"]] == [200, 200] and found["processes"]
        for sentence in ("www.example.com is in deploy_domains", "shop.example.com is on"):
            assert sentence in " ".join(found["differs"]) and sentence in flat(plan.printed)
        assert platform.final() == there
        listed = document(world.command("releases", "--json"))["releases"]
        assert [one["commit"] for one in listed if one["code"]] == [head]
        assert world.command("env", "set", "EMAIL_HOST=smtp.example.com").status == 0
        (world.folder.parent / "values.env").write_text("MAIL_HOST=mail.example.com\n", encoding="utf-8")
        assert world.command("env", "push", "../../values.env", "--yes").status == 0
        variables = document(world.command("env", "list", "--json"))["variables"]
        assert all({"name": one, "set": True} in variables for one in ("EMAIL_HOST", "MAIL_HOST")), variables
        assert leaked(world, platform) == []


def test_another_clone_says_the_same(scene: tuple[str, World, Any]) -> None:
    name, world, _ = scene
    deploy(world)
    another_clone(world)

    assert document(world.command("status", "--json"))["online"]["by"] == BY[name]


def test_uncommitted_files_of_the_overlay_are_named(tmp_path: Path) -> None:
    with heroku(tmp_path) as (world, _):
        deploy(world)
        world.repository.write("Procfile", "web: gunicorn shelf.wsgi --workers 3\n")

        assert document(world.command("plan", "--json"))["uncommitted"] == ["Procfile"]
        assert "Not committed yet (`deploy` asks whether to): Procfile" in flat(world.command("plan").printed)
        assert "Procfile" in world.command("status").printed
        subprocess.run(["git", "checkout", "--quiet", "Procfile"], cwd=world.repository.root, check=True)

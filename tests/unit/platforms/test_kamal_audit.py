"""What Kamal writes on a server: https://github.com/basecamp/kamal/blob/main/lib/kamal/commands/auditor.rb"""

from __future__ import annotations

import pytest

from deploy_overlay.platforms.kamal.provision.audit import Boot, Lock, as_holder, boots, lock_of

A, B = "a" * 40, "b" * 40


def line(text: str, role: str = "", at: str = "2026-11-29T09:30:00Z", destination: str = "") -> str:
    tags = "".join(f" [{one}]" for one in (destination, role) if one)
    return f"[{at}] [ada@example.com]{tags} {text}"


def commits_of(found: list[Boot]) -> list[tuple[str, bool]]:
    return [(one.version, one.ended_well) for one in found]


def deployed(version: str, destination: str = "") -> list[str]:
    return [
        line(f"Pulled image with version {version}", destination=destination),
        line(f"Booted app version {version}", "web", destination=destination),
        line(f"Booted app version {version}", "worker", destination=destination),
        line(f"Tagging localhost:5555/site:{version} as the latest image", destination=destination),
    ]


def test_roles_of_one_deployment_are_one_release_newest_first() -> None:
    found = boots([line("Booted postgres accessory"), *deployed(A), line("Pruned images"), *deployed(B)])

    assert commits_of(found) == [(B, True), (A, True)]
    assert (found[0].at, found[0].by) == ("2026-11-29T09:30:00Z", "ada@example.com")


@pytest.mark.parametrize("lines", [1, 2, 3], ids=["nor migrate", "nor its workers", "to the end"])
def test_a_version_that_did_not_start_has_failed(lines: int) -> None:
    assert commits_of(boots([*deployed(A), *deployed(B)[:lines]])) == [(B, False), (A, True)]


def test_the_same_version_tried_again_is_another_release() -> None:
    assert commits_of(boots([*deployed(B)[:1], *deployed(B), *deployed(B)])) == [(B, True), (B, True), (B, False)]


def test_a_rollback_is_a_release_of_older_code() -> None:
    assert commits_of(boots([*deployed(A), *deployed(B), *deployed(A)[1:]])) == [(A, True), (B, True), (A, True)]


def test_a_destination_is_no_role() -> None:
    assert commits_of(boots(deployed(A, "staging"))) == [(A, True)]


@pytest.mark.parametrize(
    "odd", ["", "tail: cannot open", "[x] [y] Booted app version z", "[2026-11-29T09:30:00Z] [a] \x1b[0m"]
)
def test_other_lines_say_nothing(odd: str) -> None:
    assert boots([odd]) == []


def test_who_holds_the_lock() -> None:
    details = f"Locked by: Grace Hopper at 2026-11-29T09:30:00Z\nVersion: {A}\nMessage: Automatic deploy lock"

    found = lock_of(details)

    assert found == Lock("Grace Hopper", "2026-11-29T09:30:00Z", A, "Automatic deploy lock") and found.automatic
    by_hand = lock_of(details.replace("Automatic deploy lock", "A disk\nis replaced"))
    assert by_hand.message == "A disk\nis replaced" and not by_hand.automatic


def test_a_run_knows_its_own_lock() -> None:
    holder = as_holder("Grace", "0a1b2c")

    found = lock_of(f"Locked by: {holder} at 2026-11-29T09:30:00Z\nVersion: {A}\nMessage: Automatic deploy lock")

    assert (found.by, found.clone) == ("Grace", "0a1b2c")


def test_a_lock_without_details_is_somebodys() -> None:
    assert lock_of("").by == "somebody" and lock_of("").clone == ""

"""What a rollback goes back to, by what was released."""

from __future__ import annotations

import pytest

from deploy_overlay.adapter.history import Release, before, online, same_code

A, B, C = "a" * 40, "b" * 40, "c" * 40


def history(*told: str) -> list[Release]:
    """The newest first; each is `COMMIT`, with `!` failed, with `?` one that changed no code, with `*` the one online."""
    found = []
    for number, text in enumerate(told, 1):
        state = "failed" if "!" in text else "succeeded"
        commit = text.strip("!?*")
        found.append(Release(f"v{number}", state, commit, code="?" not in text, online="*" in text))  # type: ignore[arg-type]
    return found[::-1]


@pytest.mark.parametrize(
    ("releases", "expected"),
    [
        ([A, f"{B}*"], "v1"),
        ([f"{A}*"], None),
        ([A, f"{A}*"], None),
        ([A, f"{B}!", f"{C}*"], "v1"),
        ([A, B, f"{B}?", f"{C}*"], "v2"),
        ([A, f"{A}?", f"{B}*"], "v1"),
        ([A, B, C, f"{B}*"], "v1"),
        ([A, B, f"{A}*"], None),
        ([A, B, A, f"{B}*"], "v1"),
        ([f"{A}!", f"{B}*"], None),
        ([A[:8], f"{A}*"], None),
    ],
    ids=[
        "the one before", "the first", "one commit twice", "a failed one between", "a config var between",
        "a config var of then", "after a rollback further back", "after a rollback to the first",
        "a commit that was deployed again", "none that succeeded", "a hash told in part",
    ],
)  # fmt: skip
def test_a_rollback_goes_to_the_release_before_the_code_that_is_online(
    releases: list[str], expected: str | None
) -> None:
    found = history(*releases)
    now = online(found)
    assert now is not None

    back = before(found, now)

    assert (back and back.version) == expected


def test_code_without_a_commit_is_known_by_what_the_platform_keeps() -> None:
    one, other = Release("v1", "succeeded", artefact="image:1"), Release("v2", "succeeded", artefact="image:2")

    assert same_code(one, Release("v3", "succeeded", artefact="image:1"))
    assert not same_code(one, other)
    assert not same_code(Release("v1", "succeeded"), Release("v2", "succeeded"))

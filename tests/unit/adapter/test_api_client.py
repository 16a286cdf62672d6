"""Requests to the API of a platform without a program of its own."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from deploy_overlay.adapter import api_client
from deploy_overlay.adapter.api import Api
from deploy_overlay.adapter.api_client import Refused, every, main, request
from tests.platforms.simulated.server import Answer, Asked, Simulated

KEY = "key-of-the-owner-5d1e"


class Scripted(Simulated):
    """Answers in turn, None for a connection that breaks; the last one goes on."""

    def __init__(self) -> None:
        super().__init__()
        self.answers: list[Answer | None] = []

    def answer(self, asked: Asked) -> Answer | None:
        self.asked.append(asked)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    monkeypatch.setattr(api_client, "pause", lambda number, headers: 0)
    found = Scripted()
    yield found
    found.close()


def test_a_list_is_followed_to_a_page_without_entries(platform: Scripted) -> None:
    pages = [[{"cursor": "a", "x": 1}, {"cursor": "b", "x": 2}], [{"cursor": "c", "x": 3}], []]
    platform.answers = [Answer(200, page) for page in pages]

    found = every(platform.url, KEY, "/things")

    assert [one["x"] for one in found] == [1, 2, 3]
    assert [one.query.get("cursor") for one in platform.asked] == [None, ["b"], ["c"]]
    assert {one.headers["authorization"] for one in platform.asked} == {f"Bearer {KEY}"}


@pytest.mark.parametrize("passing", [Answer(500, {}), Answer(503, {}), Answer(429, {}), None])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_what_may_be_asked_twice_is_asked_again(platform: Scripted, passing: Answer | None, method: str) -> None:
    platform.answers = [passing, Answer(200, {"id": "1"})]

    assert request(platform.url, KEY, method, "/things/1") == {"id": "1"}


@pytest.mark.parametrize(("passing", "asked"), [(Answer(500, {}), 1), (None, 1), (Answer(429, {}), 2)])
def test_what_creates_something_is_asked_again_only_where_nothing_was_done(
    platform: Scripted, passing: Answer | None, asked: int
) -> None:
    platform.answers = [passing, Answer(201, {"id": "1"})]

    if asked == 1:
        with pytest.raises(Refused):
            request(platform.url, KEY, "POST", "/things", b"{}")
    else:
        assert request(platform.url, KEY, "POST", "/things", b"{}") == {"id": "1"}
    assert len(platform.asked) == asked


def test_a_refusal_has_the_words_of_the_platform(platform: Scripted) -> None:
    platform.answers = [Answer(402, {"message": "Payment information is required"})]

    with pytest.raises(Refused, match=r"^status 402: Payment information is required$"):
        request(platform.url, KEY, "POST", "/things", b"{}")


@pytest.mark.parametrize("body", ["<html>", "[1"])
def test_an_answer_that_is_no_json_is_one(platform: Scripted, body: str) -> None:
    platform.answers = [Answer(200, body)]

    with pytest.raises(Refused, match="invalid response"):
        request(platform.url, KEY, "GET", "/things")


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7),
        ({"Ratelimit-Reset": "12"}, 12),
        ({"Ratelimit-Reset": "4102444800"}, api_client.LONGEST_PAUSE),
        ({"Retry-After": "3600"}, api_client.LONGEST_PAUSE),
        ({"Retry-After": "Sun, 29 Nov 2026 10:00:00 GMT"}, 1),
    ],
)
def test_a_limit_is_waited_for_as_long_as_the_platform_says(headers: dict[str, str], seconds: float) -> None:
    assert abs(api_client.pause(1, headers) - seconds) <= 1


@pytest.mark.parametrize("status", [429, 503])
def test_no_answer_takes_longer_than_the_run_waits(
    status: int, platform: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api_client, "pause", lambda number, headers: float(headers["Retry-After"]))
    platform.answers = [Answer(status, {"message": "slow down"}, {"Retry-After": "60"})]
    began = time.monotonic()

    with pytest.raises(Refused, match=f"status {status}: slow down"):
        request(platform.url, KEY, "GET", "/things")

    assert time.monotonic() - began < 5 and len(platform.asked) == 1


def test_the_key_follows_no_redirect(platform: Scripted) -> None:
    elsewhere = Scripted()
    elsewhere.answers = [Answer(200, {})]
    platform.answers = [Answer(302, "", {"Location": f"{elsewhere.url}/things"})]

    with pytest.raises(Refused, match="status 302"):
        request(platform.url, KEY, "GET", "/things")

    assert elsewhere.asked == []
    elsewhere.close()


def test_a_list_without_pages_is_read_once(platform: Scripted) -> None:
    platform.answers = [Answer(200, [{"cursor": "a", "x": 1}])]

    assert every(platform.url, KEY, "/things") == [{"cursor": "a", "x": 1}]


def test_the_program_prints_what_it_was_asked_for(
    platform: Scripted, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("THE_KEY", KEY)
    platform.answers = [Answer(200, {"email": "ada@example.com"})]

    assert main(platform.url, "THE_KEY", "TEXT:email", "/users") == 0
    assert capsys.readouterr().out == "ada@example.com\n"
    platform.answers = [
        Answer(404, {}),
        Answer(200, [{"owner": {"email": "b@x"}}, {"owner": {"email": "a@x"}}]),
        Answer(200, {}),
    ]
    assert main(platform.url, "THE_KEY", "TEXT:email", "/users", "/owners") == 0
    assert capsys.readouterr().out == "a@x\n"
    platform.answers = [Answer(200, {"email": "ada@example.com"})]
    assert main(platform.url, "THE_KEY", "TEXT:name", "/users") == 1
    assert "invalid response" in capsys.readouterr().err

    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b'{"value": "x"}')))
    assert main(platform.url, "THE_KEY", "PUT", "/things/1") == 0
    assert platform.asked[-1].body == {"value": "x"}
    assert json.loads(capsys.readouterr().out) == {"email": "ada@example.com"}


def test_without_a_key_nothing_is_asked(
    platform: Scripted, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("THE_KEY", " ")

    assert main(platform.url, "THE_KEY", "ALL", "/things") == 1
    assert "status 401" in capsys.readouterr().err
    assert platform.asked == []


def test_people_are_shown_a_line_that_they_can_run() -> None:
    api = Api("https://api.example.com/v1/", "THE_KEY")
    secret: Any = {"value": "s3cret"}

    command = api.command("PUT", "/things/1", secret, shown={"value": "..."})

    assert command.stdin == json.dumps(secret) and command.secret
    assert command.line("x") == (
        'curl -X PUT https://api.example.com/v1/things/1 -H "Authorization: Bearer $THE_KEY" '
        '-H "Content-Type: application/json" -d \'{"value": "..."}\''
    )
    assert api.typed(("GET", "/things")) == (
        'curl https://api.example.com/v1/things -H "Authorization: Bearer $THE_KEY"'
    )

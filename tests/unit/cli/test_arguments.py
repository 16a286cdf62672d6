"""The command line: help that reads like a page, mistakes that say what was meant."""

from __future__ import annotations

import pytest

from deploy_overlay.cli.arguments import parse, whole_help
from deploy_overlay.cli.verbs import VERBS


def test_the_help_names_every_verb_and_fits_the_screen() -> None:
    text = whole_help()

    for verb in VERBS:
        assert f"  {verb.name}" in text and verb.help in text
    assert max(map(len, text.splitlines())) <= 80
    assert "--help" in text and "--json" in text


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_the_help_of_a_verb(verb, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    for words in ([verb.name, "--help"], ["help", verb.name], *([[verb.alias, "-h"]] if verb.alias else [])):
        with pytest.raises(SystemExit) as ended:
            parse(words)
        text = capsys.readouterr().out

        assert ended.value.code == 0
        assert text.startswith(f"usage: deploy-overlay {verb.name}")
        assert verb.help[1:] in " ".join(text.split())
        assert f"  deploy-overlay {verb.name}" in text  # an example
        assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_the_examples_of_the_help_can_be_typed(verb) -> None:
    for example in verb.examples:
        found, _ = parse(example.split())
        assert found is verb


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["deplyo"], "there is no verb deplyo. Did you mean deploy?"),
        (["xyzzy"], "there is no verb xyzzy.\n"),
        (["deploy", "--dry"], "deploy does not take --dry"),  # no guess of what was meant: it would deploy
        (["status", "fly"], "status does not take fly"),
        (["set"], "NAME=VALUE"),
        (["env"], "list | set | push"),
        (["env", "pull"], "invalid choice: 'pull'"),
        (["--jsno"], "does not take --jsno"),
    ],
)
def test_a_mistake(words: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(words)

    said = capsys.readouterr()
    assert ended.value.code == 2
    assert told in said.err and said.out == ""
    assert "--help" in said.err
    assert len(said.err.splitlines()) == 2


@pytest.mark.parametrize(
    "words", [["-a", "x.yml", "status"], ["status", "-a", "x.yml"], ["--answers-file=x.yml", "status"]]
)
def test_an_option_before_or_after_the_verb(words: list[str]) -> None:
    verb, options = parse(words)

    assert (verb.name, options.answers_file) == ("status", "x.yml")


def test_what_is_run_keeps_its_own_options() -> None:
    _, options = parse(["run", "--platform", "fly", "manage", "migrate", "--plan", "-v", "2"])

    assert options.platform == "fly"
    assert options.command == ["manage", "migrate", "--plan", "-v", "2"]


def test_no_verb_is_the_state_of_the_project() -> None:
    verb, options = parse(["--json"])

    assert verb.name == "" and options.json

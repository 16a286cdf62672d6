"""Names that platforms accept, made from folders and checked when people give them."""

from __future__ import annotations

from pathlib import Path

import pytest
from prompt_toolkit.application import create_app_session, set_app
from prompt_toolkit.application.dummy import DummyApplication

from deploy_overlay.ask.show import fit_prompt
from deploy_overlay.plan.names import app_name, app_name_problem, domains, domains_problem


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("shelf", "shelf"),
        ("My Project_2", "my-project-2"),
        ("2048", "site"),
        ("x", "x-site"),
        ("Bücherei", "b-cherei"),
        ("a" * 80, "a" * 63),
    ],
)
def test_a_folder_gives_a_name_that_platforms_accept(tmp_path: Path, folder: str, name: str) -> None:
    assert app_name(tmp_path / folder, 63) == name
    assert app_name_problem(name, 63) == ""


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("", "Use 3 to 63 characters."),
        ("ab", "Use 3 to 63 characters."),
        ("a" * 64, "Use 3 to 63 characters."),
        ("Shelf", "Use only a-z, 0-9 and hyphens."),
        ("my_shelf", "Use only a-z, 0-9 and hyphens."),
        ("shelf.example", "Use only a-z, 0-9 and hyphens."),
        ("-shelf", "Begin with a letter: my-site."),
        ("2shelf", "Begin with a letter: my-site."),
        ("shelf-", "Hyphens go between words: my-site."),
        ("my--shelf", "Hyphens go between words: my-site."),
    ],
)
def test_another_name_is_refused_with_its_rule_which_fits_a_prompt(name: str, rule: str) -> None:
    assert app_name_problem(name, 63) == rule
    with create_app_session(), set_app(DummyApplication()):
        assert fit_prompt(rule, "deploy_name") == rule


@pytest.mark.parametrize(
    "text",
    [
        "www.example.com, example.com",
        "www.example.com example.com",
        "[www.example.com, 'example.com']",
        "WWW.Example.com,example.com.",
    ],
)
def test_domains_may_be_written_in_any_usual_way(text: str) -> None:
    assert domains(text) == ["www.example.com", "example.com"]
    assert domains_problem(text) == ""


@pytest.mark.parametrize(
    "domain",
    [
        "https://example.com", "example", "example.com/path", "127.0.0.1", "exa mple_.com", "*.example.com", "a..b",
        ".example.com", "example.com:8000", "bücher.example:443", "*.bücher.example", "bücher", "xn--999999999.example",
        "user@example.com", "a%62.example", "127.1", "0x7f.1", "[::1]", "ü" * 64 + ".example", "\u200d.example",
    ],
)  # fmt: skip
def test_what_is_no_domain_is_refused(domain: str) -> None:
    assert "www.example.com" in domains_problem(domain)


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("bücherei.example", "xn--bcherei-n2a.example"),
        ("BÜCHER.Example.", "xn--bcher-kva.example"),
        ("bu\u0308cher.example", "xn--bcher-kva.example"),  # as macOS writes an umlaut
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("XN--BCHER-KVA.example", "xn--bcher-kva.example"),
        ("www.bücher.xn--p1ai", "www.xn--bcher-kva.xn--p1ai"),
        ("пример.рф", "xn--e1afmkfd.xn--p1ai"),
        ("straße.example", "xn--strae-oqa.example"),  # not strasse.example
        ("日本語。jp", "xn--wgv71a119e.jp"),
        ("بوابة.موقع", "xn--mgbbbe6m.xn--4gbrim"),
        ("i❤.example", "xn--i-7iq.example"),
    ],
)
def test_international_domains_are_as_browsers_send_them(given: str, sent: str) -> None:
    assert domains_problem(given) == ""
    assert domains(f"{given}, www.example.com {sent}") == [sent, "www.example.com"]

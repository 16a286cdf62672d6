"""Parses the command line, and prints the help."""

from __future__ import annotations

import argparse
import difflib
import sys
import textwrap
from collections.abc import Sequence
from typing import NoReturn

from ..base.message import DOCUMENTATION
from ..base.release import PROGRAM
from .verbs import OVERVIEW, VERBS, Verb, find

DESCRIPTION = "Puts an existing Django project online, and keeps it there."
USAGE_ERROR = 2


class Parser(argparse.ArgumentParser):
    """Reports a mistake in one line, with the probable meaning."""

    def error(self, message: str) -> NoReturn:
        end = "" if message.endswith((".", "?")) else "."
        print(f"{PROGRAM}: {message}{end}\nSee: {self.prog} --help", file=sys.stderr)
        sys.exit(USAGE_ERROR)


def parse(argv: Sequence[str]) -> tuple[Verb, argparse.Namespace]:
    """The verb and its options. Prints and exits for --help and mistakes."""
    before, name, after = _at_verb(argv)
    if name == "help":
        name, after = (after[0], ["--help"]) if after else ("", ["--help"])
    verb = find(name) if name else OVERVIEW
    if verb is None:
        near = difflib.get_close_matches(name, [one.name for one in VERBS], 1)
        Parser(prog=PROGRAM).error(f"there is no verb {name}" + (f". Did you mean {near[0]}?" if near else "."))
    parser = _parser(verb)
    if verb is OVERVIEW and {"-h", "--help"} & set(argv):
        print(whole_help())
        sys.exit(0)
    options, rest = parser.parse_known_args([*before, *after])
    if rest:
        parser.error(f"{verb.name or PROGRAM} does not take {rest[0]}")
    return verb, options


def _at_verb(argv: Sequence[str]) -> tuple[list[str], str, list[str]]:
    """Split the command line at the verb; options before it may have a value."""
    takes_value = {"-a", "--answers-file"}
    skip = False
    for number, word in enumerate(argv):
        if skip or word.startswith("-"):
            skip = not skip and word in takes_value
            continue
        return list(argv[:number]), word, list(argv[number + 1 :])
    return list(argv), "", []


def _parser(verb: Verb) -> Parser:
    words = [verb.help[:1].upper() + verb.help[1:] + ".", *([verb.more] if verb.more else [])]
    examples = [f"  {PROGRAM} {example}" for example in verb.examples]
    parser = Parser(
        prog=f"{PROGRAM} {verb.name}".strip(),
        description="\n".join(textwrap.wrap(" ".join(words), 79)),
        epilog="\n".join(["examples:", *examples]) if examples else None,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    if verb.options:
        verb.options(parser)
    _common(parser)
    return parser


def _common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-a", "--answers-file", metavar="FILE", default="", help="answers file, if the repository has several projects"
    )
    parser.add_argument("--trust", action="store_true", help="run code from the source that the project records")


def whole_help() -> str:
    """The help of the command: verbs by purpose."""
    lines = [DESCRIPTION, "", f"Usage: {PROGRAM} [VERB] [OPTIONS]", ""]
    width = max(len(_names(verb)) for verb in VERBS)
    for group in dict.fromkeys(verb.group for verb in VERBS):
        lines += [group, *(f"  {_names(verb):<{width}}  {verb.help}" for verb in VERBS if verb.group == group), ""]
    lines += ["Options"]
    lines += ["  -a, --answers-file FILE  if the repository has several projects"]
    lines += ["  --trust                  run code from the source that the project records"]
    lines += ["  --json                   print JSON, for most verbs"]
    lines += ["  --version                print the version"]
    lines += ["  -h, --help               print this; for one verb: deploy-overlay VERB --help", ""]
    lines += [
        "Without a verb, it shows the state of this project and the next step.",
        f"Documentation: {DOCUMENTATION}command/",
    ]
    return "\n".join(lines)


def _names(verb: Verb) -> str:
    return ", ".join(filter(None, (verb.name, verb.alias)))

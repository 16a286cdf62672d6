"""Quotes texts for other languages."""

import json
import shlex


def toml_string(text: str) -> str:
    """A string of TOML, which JSON's strings are too: https://toml.io/en/v1.0.0#string"""
    return json.dumps(text)


def shell_word(text: str) -> str:
    """One word of a POSIX shell, quoted where it has to be."""
    return shlex.quote(text)

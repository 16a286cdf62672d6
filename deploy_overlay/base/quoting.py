"""Quotes texts for other languages."""

import json
import re
import shlex


def toml_string(text: str) -> str:
    """A string of TOML, which JSON's strings are too: https://toml.io/en/v1.0.0#string"""
    return json.dumps(text)


def yaml_word(text: str) -> str:
    """A string of YAML, in block and flow style, quoted where it has to be."""
    return text if re.fullmatch(r"[A-Za-z0-9_./][\w./-]*", text, re.ASCII) else json.dumps(text, ensure_ascii=False)


def shell_word(text: str) -> str:
    """One word of a POSIX shell, quoted where it has to be."""
    return shlex.quote(text)

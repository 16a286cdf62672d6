"""Removes secrets from text before it is shown or logged."""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Mapping
from urllib.parse import quote

HIDDEN = "***"
_SECRET_NAME = r"(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|PWD|CREDENTIALS?|DSN|DATABASE_URL|REDIS_URL|AUTH)"
# In a message, USER:PASSWORD and NAME=VALUE are for the reader to fill in.
_USER_INFO = re.compile(r"(\b[a-zA-Z][a-zA-Z0-9+.-]*://)(?!USER:PASSWORD@)[^\s/@'\"]+@")
_TO_FILL_IN = r"[\"']?(?:PASSWORD|KEY|TOKEN|VALUE|\$\{?[A-Z0-9_]+\}?)(?:[\s`,;\"']|\.?(?:\s|$))"
_PROSE = r"(?<=: )(?:`|[a-z]{2,12} [a-z`])"  # a sentence goes on after a name: tools print nothing behind a value
_ASSIGNED = re.compile(
    r"(?i)(?!(?:auth|key):(?:whoami|login|logout|token|info|add)\b)"  # commands of platforms' programs
    rf"(\b[A-Z0-9_]*{_SECRET_NAME}(?:_[A-Z0-9_]*)?[\"']?[ \t]*[=:][ \t]*)(?!(?-i:{_TO_FILL_IN}|{_PROSE}))"
    r"(\"[^\"\n]*\"|'[^'\n]*'|[^\s,;\"']*[^\s,;\"'`])"  # without the end of `NAME=value`
)
_BEARER = re.compile(r"(?i)\b(bearer|basic|flyv1)[ \t]+[A-Za-z0-9._~+/=,][A-Za-z0-9._~+/=,-]{7,}")
_TOKEN = re.compile(
    r"\b(?:fo1_|fm[12][ar]?_|HRKU-|gh[pousr]_|github_pat_|glpat-|pypi-|AKIA|xox[abp]-)[A-Za-z0-9_\-+/=]{8,}"
)
_FOLDERS = ("PWD", "OLDPWD")
_NAMED_SECRET = re.compile(rf"(?i)(?:^|_){_SECRET_NAME}(?:_|$)")


_known: set[str] = set()  # values that this run made, was given or read from a platform


def hide(value: str) -> None:
    """From now on, remove this value from everything that is shown or logged, in all forms that tools print."""
    for part in (value, *value.splitlines()):
        encoded = part.encode(errors="replace")
        as_json = (json.dumps(part)[1:-1], json.dumps(part, ensure_ascii=False)[1:-1])
        as_php = [form.replace("/", r"\/") for form in as_json]
        forms = (part, quote(encoded, safe=""), base64.b64encode(encoded).decode(), *as_json, *as_php)
        _known.update(form for form in forms if len(form) >= 6)


def environment_secrets(environ: Mapping[str, str] | None = None) -> list[str]:
    """Values of variables named like secrets, longest first, without short ones, which would hide ordinary words."""
    items = (os.environ if environ is None else environ).items()
    named = (value for name, value in items if _NAMED_SECRET.search(name) and name not in _FOLDERS)
    values = {value for value in named if len(value) >= 8}
    return sorted(values, key=len, reverse=True)


def scrubbed(text: str, secrets: list[str] | None = None) -> str:
    """The text with passwords in URLs, values that are named like secrets, tokens and the environment's own secrets hidden."""
    for secret in sorted(_known, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    for secret in environment_secrets() if secrets is None else secrets:
        text = text.replace(secret, HIDDEN)
    text = _USER_INFO.sub(rf"\g<1>{HIDDEN}@", text)
    text = _BEARER.sub(rf"\g<1> {HIDDEN}", text)
    text = _TOKEN.sub(HIDDEN, text)
    return _ASSIGNED.sub(rf"\g<1>{HIDDEN}", text)

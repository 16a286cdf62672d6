"""Finds the fix for a failure of a platform's program in its output."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..base.programs import CURL_REFUSED, Finished

_NETWORK = re.compile(
    r"(?i)ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|no such host|connection refused|connection reset|"
    r"network is (?:unreachable|down)|socket hang up|could ?n[o']t resolve|dial tcp|i/o timeout|TLS handshake|temporary failure|"
    r"context deadline exceeded|Client\.Timeout|request time-?d? ?out|: (unexpected )?EOF\b|"
    r"failed to connect|couldn't connect|EHOSTUNREACH|ENETUNREACH|no route to host|(?:connection|operation) timed out|"
    r"cURL error (?:5|6|7|28|35|52|56)\b|empty reply from server"
)


def _status(code: str, words: str) -> str:
    """A pattern for a status that is called one, or for its words: a number alone may be a line or a port."""
    return rf"(?i)(?:status(?: code)?|error|response|returned|http(?:/[\d.]+)?)\W{{0,3}}{code}\b|`{code} |{words}"


_SLOWER = _status("429", "too many requests|rate.?limit")
_TROUBLE = _status(
    "5[0-2][0-9]", "bad gateway|(?:service|temporarily) unavailable|gateway time-?out|internal server error"
)
# Words that never occur in the build log that a failed deployment prints.
_UNPAID = r"past.due|overdue invoice|delinquent|unpaid invoice|(?:account|organi[sz]ation)\b.{0,40}\bsuspended"
_PAYMENT = _status("402", rf"payment.required|{_UNPAID}")
_TAKEN = r"(?i)\bname\b.{0,40}\b(?:is|been) (?:already )?(?:taken|in use)\b"
_THERE = rf"{_TAKEN}|\balready (?:taken|in use|exists)"
_BUSY = _status("409", r"already in progress|another (?:operation|deployment) is ")
_LATE = _status("408", r"request time-?d? ?out")
_UNREADABLE = (
    r"(?i)unexpected end of JSON|unexpected token|decoding response|failed to decode|<html|invalid response|"
    r"\bUncaught \w*Error"
)
# How the errors of a program begin that ended by a bug of its own.
_CRASHED = re.compile(r"\s*(?:panic: |fatal error: |node:internal|TypeError\b|PHP Fatal error|Traceback )")
# Answers of any platform, tried after its own: pattern and fix. {0} is the platform, {1} logs in, {another_name} is the
# option for another name.
_ANSWERS = (
    (_SLOWER, "{0} limits requests: run this again in a few minutes."),
    (r"(?i)(?:two|second|2).?factor|second authentication factor|multi.?factor|\bMFA\b|one.time (?:password|code)|\bOTP\b",
     "{0} needs a second factor: log in again with it (`{1}`), then run this again."),
    (_status("401", "unauthori[sz]ed|(?:token|session|credentials?) (?:(?:has|is|have|are) )?expired|invalid credentials"),
     "Log in again: `{1}`."),
    (_status("403", "forbidden|not permitted|permission denied"),
     "Your account has no permission: log in with another one (`{1}`), or ask its administrator."),
    (_PAYMENT, "{0} asks for payment: add a payment method to your account or pay open invoices, then run this again."),
    (_TAKEN, "That name is taken: choose another with {another_name}."),
    (_BUSY, "{0} is still working on this: run this again in a few minutes."),
    (_TROUBLE, "{0} has a problem: run this again in a few minutes."),
    (_UNREADABLE, "The CLI of {0} cannot read its answer: run this again in a few minutes."),
)  # fmt: skip
_NOT_PERMITTED = re.compile(
    _status("40[13]", r"forbidden|not permitted|permission denied|not authori[sz]ed|unauthori[sz]ed")
    + r"|does not (?:allow|have) (?:access|permission)|do not have (?:access|permission)"
)
_LOGGED_OUT = re.compile(
    r"(?i)logged (?:in|out)|\blog ?in\b|\b401\b|unauthori[sz]ed|be authenticated|authentication failed|no access token|"
    r"invalid (?:api )?(?:token|credentials)|expired|revoked"
)


def cure(
    done: Finished, problems: Sequence[tuple[str, str]], title: str, login: str, another_name: str
) -> tuple[str, bool]:
    """A sentence with the fix, empty if none is known, and whether the platform was reached.

    `problems` are the platform's own: pairs of a pattern and the fix; the first that matches. `login` is a command,
    `another_name` the option that replaces `{another_name}` in a fix.
    """
    own = _first(problems, done).replace("{another_name}", another_name)
    if not own and _NETWORK.search(f"{done.errors}\n{done.output}"):
        unreachable = f"{title} cannot be reached, or the connection was lost: check the network, then run this again."
        return unreachable, False
    return own or _first(_ANSWERS, done).format(title, login, another_name=another_name), True


def crashed(done: Finished) -> bool:
    """Whether the program was ended by a signal or its own bug, or gave no reason: it says nothing of what the platform did."""
    by_signal = done.status < 0 or 128 < done.status < 160  # a shell adds 128 to its number
    return by_signal or not (done.errors + done.output).strip() or bool(_CRASHED.match(done.errors))


def refused(done: Finished) -> bool:
    """Whether the platform itself refused. After a lost connection or an internal error it may have acted."""
    text = f"{done.errors}\n{done.output}"
    passing = (_SLOWER, _LATE, _TROUBLE, _UNREADABLE)
    if crashed(done) or _NETWORK.search(text) or any(re.search(pattern, text) for pattern in passing):
        return False
    if done.status == CURL_REFUSED and not re.search(_status("4[0-9][0-9]", r'"code": ?4[0-9][0-9]\b'), text):
        return False
    return exists(done) or not re.search(_BUSY, text)


def exists(done: Finished) -> bool:
    """Whether the platform refused to create what exists already."""
    return bool(re.search(_THERE, f"{done.errors}\n{done.output}"))


def is_taken(done: Finished) -> bool:
    """Whether the platform refused a name that is taken."""
    return bool(re.search(_TAKEN, f"{done.errors}\n{done.output}"))


def not_permitted(done: Finished) -> bool:
    """Whether the platform said that this account may not do this."""
    text = re.sub(r"\s+(?:\u203a\s+)?", " ", f"{done.errors}\n{done.output}")
    return bool(_NOT_PERMITTED.search(text))


def logged_out(done: Finished) -> bool:
    """Whether the answer to "who is logged in" means that the user is not."""
    text = f"{done.errors}\n{done.output}"
    return not _NETWORK.search(text) and (not text.strip() or bool(_LOGGED_OUT.search(text)))


def _first(problems: Sequence[tuple[str, str]], done: Finished) -> str:
    """The fix of the first pattern that matches the errors, or else the output, which may be a long log."""
    # Programs wrap their messages; one begins its lines with an arrow.
    texts = [re.sub(r"\s+(?:\u203a\s+)?", " ", text) for text in (done.errors, done.output)]
    return next((cure for text in texts for pattern, cure in problems if re.search(pattern, text)), "")

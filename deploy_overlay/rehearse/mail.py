"""Checks that a message, sent as the site sends mail, arrives at the rehearsal's own mail server."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from typing import Any

from .results import Outcome, failed, noted, passed
from .smtp import MailServer
from .stage import Stage
from .trouble import condensed

DJANGOS = "django.core.mail.backends."
NEEDED = ("EMAIL_HOST", "EMAIL_HOST_USER", "EMAIL_HOST_PASSWORD")  # of the overlay's settings
NOBODYS = "webmaster@localhost"  # https://docs.djangoproject.com/en/stable/ref/settings/#default-from-email


def check_mail(
    stage: Stage, environ: Mapping[str, str], server: MailServer, supplied: Collection[str], *, overlay: bool = True
) -> Outcome:
    """A test message with production's settings arrives. The outcome names the variables that production needs for mail.

    `supplied` are the variables that the user set. Without the `overlay`, the project's own settings decide about variables.
    """
    identity = secrets.token_hex(8)
    result = stage.inside(environ, "mail", server.host, str(server.port), identity)
    if result.data is None:
        return failed(
            f"mail cannot be sent: {condensed(result.output, stage.repository)}",
            "Correct this error in the mail settings: https://docs.djangoproject.com/en/stable/topics/email/.",
        )
    found: Mapping[str, Any] = result.data
    backend = str(found["backend"])
    if "host" not in found:
        if backend.startswith(DJANGOS):
            return noted(f"production sends no mail, because its settings use {backend}")
        return noted(f"mail is sent by {backend}, which was not tested")
    if not found["sender"]:
        return noted("DEFAULT_FROM_EMAIL is empty, and no message can be sent without a sender: set DEFAULT_FROM_EMAIL")
    if not any(identity.encode() in message for message in server.messages):
        return failed(
            "a test message was sent by SMTP and did not arrive",
            "Use django.core.mail.backends.smtp.EmailBackend, or a backend that delivers its messages.",
        )
    arrived = f"a test message from {found['sender']} arrived"
    sender = ". Set DEFAULT_FROM_EMAIL: mail servers refuse this sender" if found["sender"] == NOBODYS else ""
    if (found["host"], found["port"]) != (server.host, server.port):
        return noted(f"{arrived} here; production sends through {found['host']}, which the settings name{sender}")
    lacking = [name for name in NEEDED if overlay and name not in supplied]
    if lacking:
        return noted(f"{arrived}; for production set {_listed(lacking)}{sender}")
    return noted(f"{arrived}{sender}") if sender else passed(f"{arrived}, by SMTP")


def _listed(names: list[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]

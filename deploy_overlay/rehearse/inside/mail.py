"""Sends one message as the site sends mail, to the mail server of the rehearsal and to nobody else."""

from __future__ import annotations

import os
from typing import Any

RECIPIENT = "rehearsal@example.com"  # https://www.rfc-editor.org/rfc/rfc2606


def sent_mail(host: str, port: str, identity: str) -> dict[str, Any]:
    """`backend`, and for one of SMTP the server that the settings name, the sender and whether TLS is used.

    Whatever the settings name, the message goes to `host` and `port`, without TLS; `identity` is in its subject.
    """
    import django

    django.setup()
    from django.conf import settings
    from django.core.mail import EmailMessage
    from django.core.mail.backends.smtp import EmailBackend

    connection = _connection()
    kind = type(connection)
    found: dict[str, Any] = {
        "backend": f"{kind.__module__}.{kind.__qualname__}",
        "sender": str(settings.DEFAULT_FROM_EMAIL),
    }
    if not isinstance(connection, EmailBackend):
        return found
    found |= {"host": str(connection.host), "port": int(connection.port or 0)}
    found |= {"tls": bool(connection.use_tls or connection.use_ssl)}
    if not found["sender"]:
        return found  # no message can be made without one
    connection.host, connection.port = host, int(port)
    connection.use_tls = connection.use_ssl = False
    connection.fail_silently = False
    message = EmailMessage(f"Rehearsal {identity}", "The rehearsal sent this message to itself.", to=[RECIPIENT])
    return {**found, "sent": connection.send_messages([message])}


def _connection() -> Any:
    """The default mailer of Django 6.1, else what EMAIL_BACKEND names."""
    from django.core import mail

    mailers = getattr(mail, "mailers", None)
    return (
        mailers["default"]
        if mailers is not None and os.environ.get("DJANGO_SETTINGS_MODULE")
        else mail.get_connection()
    )

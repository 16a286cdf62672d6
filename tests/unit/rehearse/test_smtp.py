"""The mail server of a rehearsal takes what Python's own client sends, and keeps it."""

import smtplib
from email.message import EmailMessage

import pytest

from deploy_overlay.rehearse.smtp import running_mail_server


@pytest.mark.parametrize("auth", ["", "auth_plain", "auth_login"])
def test_a_message_arrives_as_it_was_sent(auth: str) -> None:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = "Grüße", "shop@example.com", "you@example.com"
    message.set_content("first\n.second line begins with a dot\n")
    with running_mail_server() as server:
        with smtplib.SMTP(server.host, server.port, timeout=5) as client:
            client.ehlo()
            if auth:
                client.user, client.password = "name", "password"
                client.auth(auth.partition("_")[2], getattr(client, auth))
            client.send_message(message)
            client.send_message(message)
        assert len(server.messages) == 2
        assert b"\r\n.second line begins with a dot\r\n" in server.messages[0]
        assert server.messages[0].startswith(b"Subject:")

"""Which variables hold the addresses of what stands in for production's services."""

import ast

from deploy_overlay.base.plan import Resource
from deploy_overlay.rehearse.services import mail_variables, redis_variables
from deploy_overlay.rehearse.smtp import MailServer


def test_redis_is_given_by_parts() -> None:
    parts = {
        "REDIS_URL": "url",
        "REDIS_HOST": "host",
        "REDIS_PORT": "port",
        "REDIS_PASSWORD": "password",
        "REDIS_DB": "name",
    }
    found = redis_variables(Resource("redis", parts), "redis://:secret@127.0.0.1:7000/0")
    assert found == {
        "REDIS_URL": "redis://:secret@127.0.0.1:7000/0", "REDIS_HOST": "127.0.0.1", "REDIS_PORT": "7000",
        "REDIS_PASSWORD": "secret", "REDIS_DB": "0",
    }  # fmt: skip


def test_mail_is_given_to_the_overlays_variables_and_to_the_projects_own() -> None:
    own = [
        "SMTP_HOST",
        "SMTP_PORT",
        "SMTP_PASSWORD",
        "EMAIL_URL",
        "MAIL_STARTTLS",
        "EMAIL_BACKEND",
        "MAILGUN_API_URL",
        "HOST",
    ]
    assert mail_variables(own) == {
        "SMTP_HOST": "host", "SMTP_PORT": "port", "SMTP_PASSWORD": "password", "EMAIL_URL": "url", "MAIL_STARTTLS": "tls",
        "EMAIL_HOST": "host", "EMAIL_PORT": "port", "EMAIL_USE_TLS": "tls",
    }  # fmt: skip


def test_settings_that_accept_only_true_and_false_as_python_writes_them_can_read_whether_to_use_tls() -> None:
    given = MailServer("127.0.0.1", 2525).variables({"EMAIL_USE_TLS": "tls"})
    assert ast.literal_eval(given["EMAIL_USE_TLS"]) is False

"""Environment variables of the project, sorted by what provides them."""

from __future__ import annotations

import re
from collections.abc import Iterable

_DATABASE_PART = re.compile(
    r"(?:[A-Z][A-Z0-9]*_)?(?:POSTGRES(?:QL)?|PG|DB|DATABASES?|SQL|RDS|MYSQL)_?"
    r"(?P<part>NAME|DBNAME|DB|DATABASE|USER|USERNAME|PASSWORD|PASS|PWD|HOST|HOSTNAME|ADDRESS|ADDR|SERVER|PORT)"
)
_PARTS = {
    "NAME": "name", "DBNAME": "name", "DB": "name", "DATABASE": "name",
    "USER": "user", "USERNAME": "user",
    "PASSWORD": "password", "PASS": "password", "PWD": "password",
    "HOST": "host", "HOSTNAME": "host", "ADDRESS": "host", "ADDR": "host", "SERVER": "host",
    "PORT": "port",
}  # fmt: skip


def database_parts(names: Iterable[str]) -> dict[str, str]:
    """Variables that hold one part of a database address: name → name, user, password, host or port.

    The platform hands out one DATABASE_URL; such variables are filled from it.
    """
    found = ((name, _DATABASE_PART.fullmatch(name)) for name in names)
    return {name: _PARTS[match["part"]] for name, match in found if match}


_ADDRESS_PARTS = ("HOST", "HOSTNAME", "PORT", "PASSWORD", "USER", "USERNAME", "DB")
_WITH_A_PORT = ("ADDRESS", "ADDR", "SERVER")  # a host where the port has a variable of its own, or else all of it


def address_parts(names: Iterable[str]) -> dict[str, str]:
    """What variables hold of the address of a store such as Redis: name → host, port, password, user, name or url.

    Told by the last word of the name; without one of these the variable takes the whole address.
    """
    last = {name: name.rpartition("_")[2] for name in names}
    told = (*_ADDRESS_PARTS, *(_WITH_A_PORT if "PORT" in last.values() else ()))
    return {name: _PARTS[word] if word in told else "url" for name, word in last.items()}


_MAIL = re.compile(
    r"(?:.*_)?(?:E?MAIL|SMTP|ANYMAIL|SES|SENDGRID|MAILGUN|MAILJET|MAILERSEND|MANDRILL|POSTMARK|BREVO|SENDINBLUE|SPARKPOST|RESEND)"
    r"(?:_.*)?"
)


def is_of_mail(name: str) -> bool:
    """Whether a variable says how mail is sent, by its name: of mail itself, or of a service that sends it."""
    return _MAIL.fullmatch(name) is not None


def filled(names: Iterable[str]) -> list[str]:
    """Those of the variables that nobody has to set: they come from the platform's database, or are made at random."""
    listed = list(names)
    return [name for name in listed if name == secret_key_name(listed) or name in database_parts(listed)]


def secret_key_name(names: Iterable[str]) -> str:
    """The variable that holds Django's SECRET_KEY: the project's own name for it where it demands one."""
    required = list(names)
    for name in ("SECRET_KEY", "DJANGO_SECRET_KEY"):
        if name in required:
            return name
    own = [name for name in required if re.fullmatch(r"(?:DJANGO|APP|SITE|PROJECT)_?SECRET(?:_?KEY)?|SECRET", name)]
    return own[0] if own else "SECRET_KEY"

"""Heroku: https://devcenter.heroku.com/articles/dynos. Added by deploy-overlay."""

import sys
from urllib.parse import parse_qs, urlsplit

NAME = "Heroku"

# Heroku's router sets X-Forwarded-Proto itself, and dynos are reached through it alone.
# https://devcenter.heroku.com/articles/http-routing#heroku-headers
PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

_REHEARSED = "rehearsal.1"


def running(environ):
    """Heroku sets DYNO, as web.1 or run.1234, in every dyno."""
    return bool(environ.get("DYNO"))


def hosts(environ):
    """The app's own address, which `heroku labs:enable runtime-dyno-metadata` tells it.

    Review apps know their name without that, and have it as address where their URL
    pattern is predictable. https://devcenter.heroku.com/articles/dyno-metadata
    """
    if environ.get("HEROKU_APP_DEFAULT_DOMAIN_NAME"):
        return [environ["HEROKU_APP_DEFAULT_DOMAIN_NAME"]]
    name = environ.get("HEROKU_APP_NAME")
    return [f"{name}.herokuapp.com"] if name else []


def without_hosts(environ):
    """Called where no host is known: a web dyno would refuse every visitor."""
    if environ["DYNO"].startswith("web."):
        sys.exit(
            "Not started: Heroku did not say under which address. Run "
            "`heroku labs:enable runtime-dyno-metadata` and deploy again, "
            "or set DEPLOY_HOSTS to the app's host name."
        )


def database_url(environ):
    """Heroku Postgres is reached through the internet, so only over TLS.

    Not on the dyno itself, where a pooler such as PgBouncer may listen.
    https://devcenter.heroku.com/articles/connecting-heroku-postgres#connecting-in-python
    """
    url = environ.get("DATABASE_URL")
    if not url or environ.get("DYNO") == _REHEARSED:
        return url
    parts = urlsplit(url)
    local = parts.hostname in (None, "localhost", "127.0.0.1", "::1")
    if not parts.scheme.startswith(("postg", "pgsql")) or local:
        return url
    if "sslmode" in parse_qs(parts.query):
        return url
    query = f"{parts.query}&sslmode=require".lstrip("&")
    return parts._replace(query=query).geturl()


def rehearsal():
    """What Heroku would set, for a rehearsal on another machine."""
    return {
        "DYNO": _REHEARSED,
        "HEROKU_APP_DEFAULT_DOMAIN_NAME": "rehearsal-0123456789ab.herokuapp.com",
        "PORT": "8000",
    }

"""Heroku: https://devcenter.heroku.com/articles/dynos. Added by deploy-overlay."""

import sys
from urllib.parse import parse_qs, urlsplit

# Heroku's router always sets X-Forwarded-Proto, and dynos are reachable only through it.
# https://devcenter.heroku.com/articles/http-routing#heroku-headers
PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")


def running(environ):
    """Whether this is a dyno, which has DYNO, or a build, which has only STACK.

    https://devcenter.heroku.com/articles/buildpack-api#stacks
    """
    return bool(environ.get("DYNO")) or environ.get("STACK", "").startswith("heroku-")


def hosts(environ):
    """The app's address, known after `heroku labs:enable runtime-dyno-metadata`.

    Review apps always know their name. https://devcenter.heroku.com/articles/dyno-metadata
    """
    if environ.get("HEROKU_APP_DEFAULT_DOMAIN_NAME"):
        return [environ["HEROKU_APP_DEFAULT_DOMAIN_NAME"]]
    name = environ.get("HEROKU_APP_NAME")
    return [f"{name}.herokuapp.com"] if name else []


def without_hosts(environ):
    """Called if no host is known, because every request would get error 400."""
    if environ.get("DYNO", "").startswith("web."):
        sys.exit(
            "Not started: the app does not know its address. Run "
            "`heroku labs:enable runtime-dyno-metadata` and deploy again, "
            "or set DEPLOY_HOSTS to the app's host name."
        )


def database_url(environ):
    """DATABASE_URL with TLS required, except for a pooler on the dyno itself.

    https://devcenter.heroku.com/articles/connecting-heroku-postgres#connecting-in-python
    """
    url = environ.get("DATABASE_URL")
    if not url:
        return url
    parts = urlsplit(url)
    local = parts.hostname in (None, "localhost", "127.0.0.1", "::1")
    if not parts.scheme.startswith(("postg", "pgsql")) or local:
        return url
    if "sslmode" in parse_qs(parts.query):
        return url
    query = f"{parts.query}&sslmode=require".lstrip("&")
    return parts._replace(query=query).geturl()

"""Fly.io: https://fly.io/docs/machines/runtime-environment/. Added by deploy-overlay."""

NAME = "Fly.io"

# Fly.io's proxy always sets X-Forwarded-Proto, and Machines are reachable only through it.
# https://fly.io/docs/networking/request-headers/
PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# Managed Postgres is reached through PgBouncer. https://fly.io/docs/mpg/
POOLED_DATABASE = True


def running(environ):
    """Whether this is a Machine of Fly.io."""
    return bool(environ.get("FLY_APP_NAME"))


def hosts(environ):
    """The app's address on Fly.io."""
    return [f"{environ['FLY_APP_NAME']}.fly.dev"]


def database_url(environ):
    """Set by `fly mpg attach` or `fly postgres attach`."""
    return environ.get("DATABASE_URL")

"""Fly.io: https://fly.io/docs/machines/runtime-environment/. Added by deploy-overlay."""

# Fly.io's proxy always sets X-Forwarded-Proto, and Machines are reachable only through it.
# https://fly.io/docs/networking/request-headers/
PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# Managed Postgres is behind PgBouncer. https://fly.io/docs/mpg/
POOLED_DATABASE = True


def running(environ):
    """Whether this is a Machine on Fly.io."""
    return bool(environ.get("FLY_APP_NAME"))


def hosts(environ):
    """The app's address on Fly.io."""
    return [f"{environ['FLY_APP_NAME']}.fly.dev"]

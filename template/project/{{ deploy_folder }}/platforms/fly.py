"""Fly.io: https://fly.io/docs/machines/runtime-environment/. Added by deploy-overlay."""

NAME = "Fly.io"

# Fly's proxy sets X-Forwarded-Proto itself, and Machines are reached through it alone.
# https://fly.io/docs/networking/request-headers/
PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# Managed Postgres hands out the address of PgBouncer, which shares connections between
# transactions. https://fly.io/docs/mpg/
POOLED_DATABASE = True


def running(environ):
    """Fly.io sets FLY_APP_NAME on every Machine."""
    return bool(environ.get("FLY_APP_NAME"))


def hosts(environ):
    """The address that every app has; other domains are in the settings."""
    return [f"{environ['FLY_APP_NAME']}.fly.dev"]


def database_url(environ):
    """`fly mpg attach` and `fly postgres attach` set DATABASE_URL as it is needed."""
    return environ.get("DATABASE_URL")


def rehearsal():
    """What Fly.io would set, for a rehearsal on another machine."""
    return {"FLY_APP_NAME": "rehearsal", "PRIMARY_REGION": "iad", "PORT": "8000"}

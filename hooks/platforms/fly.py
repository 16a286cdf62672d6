"""Fly.io, a container near your users: https://fly.io/docs/django/"""

NAME = "Fly.io"
STATUS = "stable"
FILES = {
    "fly.toml": "how Fly.io runs the site",
    "Dockerfile": "the image",
    ".dockerignore": "what stays out of the image",
}

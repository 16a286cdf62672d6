"""The cells of the matrix, and which of them a platform's own rules refuse."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

OUTPUTS: dict[str, dict[str, Any]] = {
    "Fly.io": {"deploy_platforms": ["fly"]},
    "Heroku": {"deploy_platforms": ["heroku"]},
    "Render": {"deploy_platforms": ["render"]},
    "Upsun Flex": {"deploy_platforms": ["upsun"], "upsun_flavour": "flex"},
    "Upsun Fixed": {"deploy_platforms": ["upsun"], "upsun_flavour": "fixed"},
}
MANAGERS = {"pip": "pip", "Poetry": "poetry", "Pipenv": "pipenv", "uv": "uv", "PDM": "pdm"}
LAYOUTS = ("flat", "nested", "monorepo")
DJANGOS = ("5.2", "6.1")
LIVE = "WebSockets (Channels) through Redis"
# What a project does otherwise, as `make_project` names it; uv installs them, since the manager is not the point here.
VARIANTS: dict[str, dict[str, Any]] = {
    "split settings with a production module": {"settings": "split"},
    "django-environ": {"variants": ["django-environ"]},
    "STORAGES with several aliases": {"variants": ["own-storages"]},
    "ASGI only": {"variants": ["asgi-only"]},
    "Dockerfile of its own": {"variants": ["own-dockerfile"]},
    "STATICFILES_DIRS with STATIC_ROOT": {"variants": ["static-folders"]},
    "MIDDLEWARE as a tuple": {"variants": ["middleware-tuple"]},
    "wsgi.py that assigns DJANGO_SETTINGS_MODULE": {"variants": ["wsgi-assigns"]},
    "front end that npm builds": {"variants": ["npm-front-end"]},
    LIVE: {"variants": ["live"]},
}
# Everything that a project can have beside its pages, and all of it chosen, by where it keeps what is uploaded.
_CHOSEN = {"deploy_runs": ["worker", "scheduler", "cron"], "deploy_redis": "platform"}
IN_BUCKET = "workers, schedule, Redis, mail, uploads in a bucket"
ON_VOLUME = "workers, schedule, Redis, mail, uploads on a volume"
ON_SQLITE = "workers and schedule with SQLite"
WHOLE: dict[str, dict[str, Any]] = {
    IN_BUCKET: {**_CHOSEN, "deploy_uploads": "bucket"},
    ON_VOLUME: {**_CHOSEN, "deploy_uploads": "volume"},
    ON_SQLITE: {"deploy_database": "sqlite", **_CHOSEN},
}
# https://devcenter.heroku.com/articles/python-package-managers
NO_PDM, AT_THE_ROOT = "heroku-pdm", "heroku-dependencies-in-a-folder"
NO_VOLUME, NO_SQLITE, ONE_MACHINE = "answer-deploy-uploads", "answer-deploy-database", "sqlite-on-one-machine"


@dataclass(frozen=True)
class Cell:
    """One project on one output; `manager` is a key of MANAGERS, `variant` one of VARIANTS or WHOLE, or empty."""

    output: str
    manager: str
    layout: str
    django: str
    variant: str = ""

    @property
    def name(self) -> str:
        shape = self.variant or f"{self.manager}, {self.layout}, Django {self.django}"
        return f"{self.output}: {shape}"

    @property
    def platform(self) -> str:
        return str(OUTPUTS[self.output]["deploy_platforms"][0])

    @property
    def answers(self) -> Mapping[str, Any]:
        chosen = {"deploy_redis": "platform"} if self.live else WHOLE.get(self.variant, {})
        return OUTPUTS[self.output] | chosen

    @property
    def whole(self) -> bool:
        return self.variant in WHOLE

    @property
    def live(self) -> bool:
        return self.variant == LIVE

    @property
    def bucket(self) -> bool:
        return self.answers.get("deploy_uploads") == "bucket"

    @property
    def workers_see_uploads(self) -> bool:
        """Not on a volume of one Machine, or of one container: deploy/README.md says so."""
        return self.bucket or self.output == "Upsun Flex"

    @property
    def project(self) -> dict[str, Any]:
        """What `make_project` is asked for."""
        shape = {"layout": self.layout, "manager": MANAGERS[self.manager], "django": self.django}
        return shape | ({"variants": ["whole"]} if self.whole else VARIANTS.get(self.variant, {}))

    @property
    def refused(self) -> str:
        """The entry of docs/errors.md with which the cell is refused before anything is written; empty for none."""
        if self.answers.get("deploy_database") == "sqlite":
            return NO_SQLITE if self.output == "Heroku" else ONE_MACHINE
        if self.output != "Heroku":
            return ""
        if self.whole:
            return "" if self.bucket else NO_VOLUME
        if self.manager == "PDM":
            return NO_PDM
        return AT_THE_ROOT if self.layout == "monorepo" and self.manager != "pip" else ""


def cells() -> list[Cell]:
    """All of them, those that share a lock file next to each other."""
    shapes = [
        Cell(output, manager, layout, django)
        for django in DJANGOS
        for manager in MANAGERS
        for layout in LAYOUTS
        for output in OUTPUTS
    ]
    return shapes + [
        Cell(output, "uv", "flat", "5.2", variant) for variant in (*VARIANTS, *WHOLE) for output in OUTPUTS
    ]


def representative() -> list[Cell]:
    """A part that has every output, manager and layout once and that `make test` can wait for."""
    return [
        Cell("Fly.io", "Poetry", "nested", "5.2"),
        Cell("Fly.io", "PDM", "monorepo", "6.1"),
        Cell("Heroku", "uv", "nested", "6.1"),
        Cell("Heroku", "pip", "monorepo", "5.2"),
        Cell("Heroku", "Pipenv", "flat", "5.2"),
        Cell("Heroku", "uv", "monorepo", "5.2"),
        Cell("Render", "uv", "flat", "5.2"),
        Cell("Upsun Flex", "pip", "flat", "5.2"),
        Cell("Upsun Fixed", "uv", "flat", "5.2", "ASGI only"),
        Cell("Fly.io", "uv", "flat", "5.2", LIVE),
        Cell("Upsun Flex", "uv", "flat", "5.2", LIVE),
        Cell("Fly.io", "uv", "flat", "5.2", ON_VOLUME),
        Cell("Heroku", "uv", "flat", "5.2", IN_BUCKET),
        Cell("Heroku", "uv", "flat", "5.2", ON_VOLUME),
        Cell("Render", "uv", "flat", "5.2", ON_VOLUME),
        Cell("Upsun Flex", "uv", "flat", "5.2", ON_VOLUME),
        Cell("Upsun Fixed", "uv", "flat", "5.2", ON_SQLITE),
    ]

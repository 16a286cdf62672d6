"""The cells of the matrix, and which of them a platform's own rules refuse."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

OUTPUTS: dict[str, dict[str, Any]] = {
    "Fly.io": {"deploy_platforms": ["fly"]},
    "Heroku": {"deploy_platforms": ["heroku"]},
    "Upsun Flex": {"deploy_platforms": ["upsun"], "upsun_flavour": "flex"},
    "Upsun Fixed": {"deploy_platforms": ["upsun"], "upsun_flavour": "fixed"},
}
MANAGERS = {"pip": "pip", "Poetry": "poetry", "Pipenv": "pipenv", "uv": "uv", "PDM": "pdm"}
LAYOUTS = ("flat", "nested", "monorepo")
DJANGOS = ("5.2", "6.1")
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
}
# https://devcenter.heroku.com/articles/python-package-managers
NO_PDM, AT_THE_ROOT = "heroku-pdm", "heroku-dependencies-in-a-folder"


@dataclass(frozen=True)
class Cell:
    """One project on one output; `manager` is a key of MANAGERS, `variant` one of VARIANTS or empty."""

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
        return OUTPUTS[self.output]

    @property
    def project(self) -> dict[str, Any]:
        """What `make_project` is asked for."""
        shape = {"layout": self.layout, "manager": MANAGERS[self.manager], "django": self.django}
        return shape | (VARIANTS[self.variant] if self.variant else {})

    @property
    def refused(self) -> str:
        """The entry of docs/errors.md with which the cell is refused before anything is written; empty for none."""
        if self.output != "Heroku":
            return ""
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
    return shapes + [Cell(output, "uv", "flat", "5.2", variant) for variant in VARIANTS for output in OUTPUTS]


def representative() -> list[Cell]:
    """A part that has every output, manager and layout once and that `make test` can wait for."""
    return [
        Cell("Fly.io", "Poetry", "nested", "5.2"),
        Cell("Fly.io", "PDM", "monorepo", "6.1"),
        Cell("Heroku", "uv", "nested", "6.1"),
        Cell("Heroku", "pip", "monorepo", "5.2"),
        Cell("Heroku", "Pipenv", "flat", "5.2"),
        Cell("Heroku", "uv", "monorepo", "5.2"),
        Cell("Upsun Flex", "pip", "flat", "5.2"),
        Cell("Upsun Fixed", "uv", "flat", "5.2", "ASGI only"),
    ]

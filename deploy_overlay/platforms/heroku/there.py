"""Recognizes projects on Heroku."""

from __future__ import annotations

import re

from ...base.evidence import Evidence
from ...detect import Project
from .procfile import web_command

# Of app.json, a name that other tools use too: https://devcenter.heroku.com/articles/app-json-schema
APP_JSON = re.compile(r'"(?:addons|buildpacks|formation|stack)"\s*:')


def there(project: Project) -> list[Evidence]:
    """Files for Heroku at the root that start or describe a site."""
    repository = project.repository
    found = [Evidence("heroku.yml", None, "deploys to Heroku")] if repository.is_file("heroku.yml") else []
    if web_command(repository.text("Procfile") or ""):
        found.append(Evidence("Procfile", None, "starts the site on Heroku"))
    if APP_JSON.search(repository.text("app.json") or ""):
        found.append(Evidence("app.json", None, "describes the app for Heroku"))
    return found

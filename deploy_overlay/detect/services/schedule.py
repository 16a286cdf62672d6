"""What runs at certain times: jobs that deployment files and settings name, and those that any such project should run."""

from __future__ import annotations

from ...base.evidence import Evidence, Fact
from ..production import installed_apps, production_names
from ..project import Project

# https://docs.djangoproject.com/en/stable/topics/http/sessions/#clearing-the-session-store
IN_DATABASE = ("django.contrib.sessions.backends.db", "django.contrib.sessions.backends.cached_db")
CLEARSESSIONS = {
    "name": "clearsessions",
    "command": "python -m django clearsessions",
    "schedule": "17 3 * * *",
    "source": "usual",
}


def django_schedule(project: Project) -> Fact:
    """A list of mappings with `name`, `command`, to run in the Django root, and `schedule`, five fields of cron in UTC.

    `source` is `project` for what the project runs today, `usual` for what any project of its kind should run too.
    """
    found: list[dict[str, str]] = []
    places: list[Evidence] = []
    apps, place = installed_apps(project)
    read = production_names(project)
    engine = read.names.get("SESSION_ENGINE", IN_DATABASE[0]) if read else IN_DATABASE[0]
    if place and "django.contrib.sessions" in apps and engine in IN_DATABASE:
        found.append(CLEARSESSIONS)
        places.append(place)
    return Fact(found, tuple(places))

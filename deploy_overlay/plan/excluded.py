"""Patterns for Copier of the template's files that a project does not get.

https://copier.readthedocs.io/en/stable/configuring/#exclude
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import PurePosixPath

from ..base.platform import IMAGE_FILES, Platform, Values
from .application import application, on_volume, own_dockerfile, patient_worker
from .asked_files import ASKED_FILES, GITLAB_JOBS, asked_files
from .backups import has_dumps
from .runs import adapts_redis, early_celery, needs_media, needs_schedule

# What lands in the overlay's folder, where the user has Docker files of their own.
OWN_IMAGE_FILES = tuple(f"Dockerfile{name.removeprefix('Dockerfile')}" for name in IMAGE_FILES)


def excluded(answers: Values, platforms: Mapping[str, Platform]) -> list[str]:
    """Patterns from the git root. `platforms` are all platforms.

    Files that the project had before the overlay came are its own: never rendered, merged or deleted.
    """
    if answers.get("deploy_uninstall") == "remove":
        return ["*"]
    app = application(answers)
    folder = app.folder
    chosen = {name: platform for name, platform in platforms.items() if name in answers["deploy_platforms"]}
    paths = [
        *answers["deploy_kept_files"],
        *_image_files(answers, any(platform.has_image for platform in chosen.values()), folder),
        *([] if app.generates_wsgi else [f"{folder}/wsgi.py"]),
        *([] if app.generates_asgi else [f"{folder}/asgi.py"]),
        *([] if answers.get("django_static_root") else [f"{folder}/committed.py"]),
        *([] if app.on_postgresql else [f"{folder}/locks.py"]),
        *([] if patient_worker(answers, chosen.values()) else [f"{folder}/server.py"]),
        *([] if needs_schedule(answers, chosen.values()) else [f"{folder}/schedule.py"]),
        *([] if has_dumps(answers, chosen.values()) else [f"{folder}/backup.py"]),
        *([] if early_celery(answers) else [f"{folder}/celery.py"]),
        *([] if needs_media(answers, chosen.values()) else [f"{folder}/media.py"]),
        *([] if adapts_redis(answers, chosen.values()) else [f"{folder}/redis.py"]),
        *_files_outside(answers, platforms, chosen),
        *(f"{folder}/platforms/{name}.py" for name in platforms if name not in chosen),
        *_files_in_folder(answers, platforms, chosen, folder),
        *([] if answers.get("deploy_ci") == "gitlab" else [f"{folder}/{GITLAB_JOBS}"]),
    ]
    return [f"/{_pattern(path)}" for path in dict.fromkeys(paths)]


def _image_files(answers: Values, image: bool, folder: str) -> Iterable[str]:
    beside = image and own_dockerfile(answers)
    if beside or not image:
        yield from IMAGE_FILES
    if not beside:
        yield from (f"{folder}/{name}" for name in OWN_IMAGE_FILES)
    if not image or not on_volume(answers, None):
        yield f"{folder}/start.sh"


def _files_outside(answers: Values, platforms: Mapping[str, Platform], chosen: Mapping[str, Platform]) -> Iterable[str]:
    """Files outside the overlay's folder that no selected platform or answer needs."""
    needed = {*asked_files(answers), *(path for platform in chosen.values() for path in platform.rendered(answers))}
    every = [one.path for one in ASKED_FILES] + [path for platform in platforms.values() for path in platform.files]
    yield from _unneeded(every, needed)


def _unneeded(every: Iterable[str], needed: Collection[str]) -> Iterable[str]:
    """Those of all paths that nothing needs; where that leaves a folder empty, which Copier would create, the folder."""
    used = {str(parent) for path in needed for parent in PurePosixPath(path).parents}
    for path in every:
        if path not in needed:
            yield next((str(parent) for parent in _folders(path) if str(parent) not in used), path)


def _folders(path: str) -> list[PurePosixPath]:
    """The folders of a path, outermost first, without the root."""
    return [*PurePosixPath(path).parents][-2::-1]


def _files_in_folder(
    answers: Values, platforms: Mapping[str, Platform], chosen: Mapping[str, Platform], folder: str
) -> Iterable[str]:
    needed = {name for platform in chosen.values() for name in platform.rendered_in_folder(answers)}
    every = [name for platform in platforms.values() for name in platform.in_folder]
    yield from (f"{folder}/{name}" for name in _unneeded(every, needed))


def _pattern(path: str) -> str:
    """Replace non-ASCII letters with `?`, because Copier decomposes them in patterns but not in paths."""
    return re.sub(r"[^ -~]", "?", path)

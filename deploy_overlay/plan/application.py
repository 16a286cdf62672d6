"""What production runs, by the answers alone: the overlay's package, the server, the commands of a build and a release."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ..base.answers import deploy_folder, text, texts
from ..base.platform import IMAGE_FILES, Platform
from .runs import uploads
from .variables import secret_key_name


class Application(NamedTuple):
    package: str  # as Python imports it, in the folder of manage.py
    folder: str  # the same, POSIX, from the git root
    server: str  # `wsgi` or `asgi`
    generates_wsgi: bool
    generates_asgi: bool
    application: str  # as module:object
    secret_key: str  # the variable that holds Django's SECRET_KEY
    build: tuple[str, ...]  # arguments of `python -m django`, in their order
    release: tuple[str, ...]  # the same
    on_postgresql: bool  # whether the database is PostgreSQL, whoever runs it

    @property
    def settings(self) -> str:
        """The value of DJANGO_SETTINGS_MODULE."""
        return f"{self.package}.settings"


def application(answers: Mapping[str, Any]) -> Application:
    """An answer that is missing counts as empty, so that questions can ask before the last one is known."""
    package = text(answers, "deploy_package", "deploy")
    wsgi, asgi = text(answers, "django_wsgi"), text(answers, "django_asgi")
    services = texts(answers, "django_services")
    server = "asgi" if "channels" in services or (asgi and not wsgi) else "wsgi"
    own = asgi if server == "asgi" else wsgi
    # The project's own entry point is used unless it insists on other settings or cannot read plain ones.
    unfit = bool(text(answers, "django_configuration")) or server in texts(answers, "django_settings_assigned")
    generates = not own or unfit
    database, own_database = text(answers, "deploy_database"), text(answers, "django_database")
    # A cache of the settings is in the database: the command makes its table where there is none yet.
    # https://docs.djangoproject.com/en/stable/topics/cache/#creating-the-cache-table
    table = ("createcachetable",) if "database-cache" in services else ()
    return Application(
        package=package,
        folder=deploy_folder(answers),
        server=server,
        generates_wsgi=generates and server == "wsgi",
        generates_asgi=generates and server == "asgi",
        application=f"{package}.{server}:application" if generates else own,
        secret_key=text(answers, "django_secret_key_env") or secret_key_name(texts(answers, "django_required_env")),
        build=tuple(texts(answers, "django_build_commands")),
        release=(*table, "migrate --noinput"),
        on_postgresql=database == "postgres" or (database == "external" and own_database == "postgresql"),
    )


def patient_worker(answers: Mapping[str, Any], chosen: Iterable[Platform]) -> bool:
    """Whether the server itself waits until a request has arrived, because a platform's proxy does not."""
    return application(answers).server == "wsgi" and any(not platform.runs.buffers for platform in chosen)


def image(platform: Platform | None) -> bool:
    """Whether the site runs in our image there; without a platform, in the image wherever that runs."""
    return platform is None or platform.has_image


def on_volume(answers: Mapping[str, Any], platform: Platform | None) -> bool:
    """Whether the image keeps something on a volume, whose ownership start.sh corrects before it serves.

    Volumes of one machine's own engine begin with the image's folder, which has its owner.
    """
    if platform is not None and platform.runs.one_machine:
        return False
    return image(platform) and (migrates_at_start(answers, platform) or uploads(answers) == "volume")


def migrates_at_start(answers: Mapping[str, Any], platform: Platform | None) -> bool:
    """Whether the database is on the volume of the image's web process, which alone can migrate it."""
    shared = platform is not None and platform.runs.one_machine
    return image(platform) and not shared and text(answers, "deploy_database") == "sqlite"


def own_dockerfile(answers: Mapping[str, Any]) -> bool:
    """Whether the Docker files at the root are the user's; ours are then in the overlay's folder."""
    return answers.get("deploy_beside") is True or bool({*IMAGE_FILES} & {*texts(answers, "deploy_kept_files")})

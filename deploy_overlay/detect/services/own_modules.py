"""The project's own code, as far as it is looked at."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...base.files import join
from ..production import installed_apps
from ..project import Project

_NOT_OF_THE_SITE = re.compile(r"^(tests?|migrations)$|^(test_.*|.*_tests?|tests|conftest)\.py$")
MAX_MODULES = 400


def own_modules(project: Project) -> Iterator[str]:
    """Modules of the settings' package and of the project's apps, two levels deep, without tests and migrations.

    The modules of their management commands too.
    """
    repository = project.repository
    package = str(project.fact("django_settings_module").value).partition(".")[0]
    apps, _ = installed_apps(project)
    looked = 0
    for dotted in dict.fromkeys([package, *(app.partition(".apps.")[0] for app in apps)]):
        folder = project.package_folder(dotted) if dotted and dotted.isprintable() else None
        if folder is None:
            continue
        commands = ("management/commands",) if repository.is_folder(join(folder, "management/commands")) else ()
        inner = [name for name in repository.listing(folder).folders if not _NOT_OF_THE_SITE.match(name)]
        for place in (folder, *(join(folder, name) for name in (*inner, *commands))):
            for name in repository.listing(place).files:
                if name.endswith(".py") and not _NOT_OF_THE_SITE.match(name) and looked < MAX_MODULES:
                    looked += 1
                    yield join(place, name)

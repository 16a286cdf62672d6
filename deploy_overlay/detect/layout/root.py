"""The folder of the Django project's manage.py."""

from __future__ import annotations

import posixpath
import re

from ...base.evidence import Evidence, Fact
from ...base.files import Repository, join, parent
from ...base.message import Failure
from ..modules import is_package, locate
from ..project import Project
from ..settings import EntryPoint

# A manage.py in such a folder serves the tests, the documentation or a user of the library, not the deployment.
SIDE_FOLDERS = frozenset(
    {
        "test", "tests", "testing", "testproject", "test_project", "testapp", "test_app", "test-project", "fixtures",
        "example", "examples", "example_project", "example-project", "sample", "samples", "sampleproject", "demo",
        "demos", "sandbox", "playground", "doc", "docs", "templates", "template", "project_template", "skeleton",
        "vendor", "vendored", "third_party", "third-party", "external", "benchmarks", "scripts", "tools", "contrib",
        "integration_tests", "e2e", "archive", "old", "backup", "legacy", "exampleproject", "demo_project",
    }
)  # fmt: skip


def scripts(project: Project) -> tuple[EntryPoint, ...]:
    """Every manage.py that starts Django; links to the same file count once."""
    found: tuple[EntryPoint, ...] = project.once("scripts", lambda: tuple(_scripts(project)))
    return found


def _scripts(project: Project) -> list[EntryPoint]:
    repository = project.repository
    seen: dict[str, str] = {}
    for folder in repository.folders():
        path = join(folder, "manage.py")
        if "manage.py" in repository.listing(folder).files and repository.inside(path):
            # Python puts the folder of the real file on sys.path, so a link counts as that one.
            seen.setdefault(repository.real(path), path)
    found = []
    for path in seen:
        if mentions_django(repository, path):
            found.append(project.read_script(path, parent(path)))
        elif (script := project.read_script(path, parent(path))).settings or _settings_beside(repository, path):
            found.append(script)
    return found


def mentions_django(repository: Repository, path: str) -> bool:
    """Whether a script starts Django; other frameworks have a manage.py too."""
    text = repository.text(path) or ""
    signs = (
        "django.core.management", "django.core import management", "configurations.management", "DJANGO_SETTINGS_MODULE",
        "execute_from_command_line",  # of a library that starts Django in its own way
    )  # fmt: skip
    return any(sign in text for sign in signs)


def _settings_beside(repository: Repository, path: str) -> bool:
    """A manage.py that calls the project's launcher still has a Django settings module nearby."""
    folder = parent(path)
    for name in (*repository.listing(folder).folders, ""):
        settings = join(folder, name, "settings.py")
        text = repository.text(settings) if repository.is_file(settings) else None
        if text and "INSTALLED_APPS" in text and "ROOT_URLCONF" in text:
            return True
    return False


def django_root(project: Project) -> Fact:
    """The folder of manage.py, "." at the git root. Unsure if several projects are equally likely."""
    repository = project.repository
    everything = list(scripts(project))
    if not everything:
        raise Failure(_no_manage_py(repository), anchor="no-manage-py")
    chosen = _without_side_folders(everything)
    chosen = _without_copies(repository, chosen)
    usable = [script for script in chosen if _resolves(repository, script)]
    chosen = usable or chosen
    if "django_settings_module" not in project.answers:
        _refuse_library(repository, chosen)
    roots = [parent(script.path) for script in chosen]
    evidence = tuple(Evidence(script.path, None, "starts Django") for script in chosen)
    if len(roots) == 1:
        return Fact(roots[0], evidence)
    return Fact(roots[0], evidence, tuple(roots))


# A folder or a settings module of this name is for the tests or the users of a library.
_FOR_A_LIBRARY = re.compile(
    r"(?:^|[_-])(?:tests?|testing|testapp|examples?|samples?|demos?|sandbox|playground)(?:[_-]|$)|test_?(?:proj|site|project)"
)
_OF_A_PLATFORM = {"Procfile", "app.json", "heroku.yml", "fly.toml", "render.yaml", ".platform.app.yaml"}
_LIBRARY = re.compile(
    r"Framework\s*::\s*Django|^name\s*=\s*[\"'](?:django|drf|wagtail|djangocms)[_-][\w.-]+[\"']", re.MULTILINE
)


def _refuse_library(repository: Repository, found: list[EntryPoint]) -> None:
    """Raise Failure for a library, all of whose projects are for its tests or show how to use it.

    https://pypi.org/classifiers/ has `Framework :: Django`, which authors of libraries declare.
    """
    for script in found:
        folder, settings = parent(script.path), script.default.partition(".")[0]
        words = [*folder.split("/"), settings]
        if not any(_FOR_A_LIBRARY.search(word.lower()) for word in words):
            return
    # An example that is online somewhere is a site too.
    folders = {".", *(parent(script.path) for script in found)}
    online = any(_OF_A_PLATFORM & {*repository.listing(folder).files} for folder in folders)
    place = "" if online else _declares_library(repository)
    if place:
        path = found[0].path
        raise Failure(
            f"This is a library, not a site: {place} declares it, and {path} starts a project for its tests or examples. "
            f"Add -d django_root={parent(path)} to deploy that project, or run this in the repository of a site.",
            anchor="a-library",
        )


def _declares_library(repository: Repository) -> str:
    """The file at the git root that makes a package for others of the repository; "" if none does."""
    for name in ("pyproject.toml", "setup.cfg", "setup.py"):
        text = repository.text(name) if repository.is_file(name) else None
        built = name != "pyproject.toml" or "[build-system]" in (text or "")
        if text and built and _LIBRARY.search(text):
            return name
    return ""


def _without_side_folders(found: list[EntryPoint]) -> list[EntryPoint]:
    main = [script for script in found if not side_folder(parent(script.path))]
    return main or found


def side_folder(folder: str) -> bool:
    return any(part.lower() in SIDE_FOLDERS for part in folder.split("/"))


def _without_copies(repository: Repository, found: list[EntryPoint]) -> list[EntryPoint]:
    """Omit a manage.py that was copied into the package that the manage.py above already starts."""
    folders = {parent(script.path) for script in found}
    kept = []
    for script in found:
        folder = parent(script.path)
        is_the_package = repository.is_file(join(folder, "settings.py")) or repository.is_folder(
            join(folder, "settings")
        )
        first = script.default.partition(".")[0]
        inside_package = folder != "." and is_the_package and posixpath.basename(folder) == first
        if not (inside_package and parent(folder) in folders):
            kept.append(script)
    return kept or found


def _resolves(repository: Repository, script: EntryPoint) -> bool:
    """Whether the script could import the settings that it names."""
    roots = (parent(script.path), *script.python_path)
    if any(locate(repository, name, roots) for name, _ in script.settings):
        return True
    return any(
        is_package(repository, pattern.split("*")[0].rpartition(".")[0], roots) for pattern, _ in script.patterns
    )


def _no_manage_py(repository: Repository) -> str:
    for folder in repository.folders():
        if "wsgi.py" in repository.listing(folder).files and not side_folder(folder):
            path = join(folder, "wsgi.py")
            if "django.core.wsgi" in (repository.text(path) or ""):
                return (
                    f"There is no manage.py, but {path} starts Django. "
                    "Add Django's standard manage.py to the project's folder, commit, and run this again."
                )
    return (
        "There is no Django project here: no manage.py was found in the first levels of the repository. "
        "Run this in the repository of a Django project, or add -d django_root=FOLDER."
    )


def django_python_path(project: Project) -> Fact:
    """Other folders from which the code is imported, relative to the Django root: by manage.py or by installation."""
    manage = project.manage_script()
    if manage is None:
        return Fact([])
    evidence = [Evidence(manage.path, None, f"adds {folder} to sys.path") for folder in manage.python_path]
    folders = project.added_folders()
    found = _installed_from(project, folders)
    if found:
        folders.append(found[0])
        evidence.append(found[1])
    return Fact([posixpath.relpath(folder, project.root) for folder in folders], tuple(evidence))


def _installed_from(project: Project, folders: list[str]) -> tuple[str, Evidence] | None:
    """The folder of the settings if they are importable only after installing the project: a `src` layout."""
    try:
        module = str(project.fact("django_settings_module").value)
    except Failure:
        return None  # has a sentence of its own
    if project.locate(module, (project.root, *folders)):
        return None
    for folder in project.code_roots():
        path = project.locate(module, (folder,))
        if path:
            return folder, Evidence(path, None, "is imported from this folder")
    return None


def source_folders(project: Project) -> list[str]:
    """Folders named `src` that contain the project's packages and are not packages, relative to the git root."""
    repository = project.repository
    names = dict.fromkeys((join(project.root, "src"), "src"))
    return [
        name
        for name in names
        if not f"{project.root}/".startswith(f"{name}/")
        and repository.is_folder(name)
        and not repository.is_file(join(name, "__init__.py"))
    ]

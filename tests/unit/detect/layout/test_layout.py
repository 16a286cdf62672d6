"""Where the project is: one manage.py that starts Django, wherever it is, and a question when there are several."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy_overlay.detect import Facts, Failure, look
from tests.unit.detect.conftest import MANAGE, SERVER, SETTINGS, django_project, write

Build = Callable[..., Facts]


@pytest.mark.parametrize("root", ["", "backend", "apps/api", "src/backend/site"])
def test_finds_the_folder_of_manage_py(facts: Build, root: str) -> None:
    found = facts(django_project(root)).fact("django_root")
    assert (found.value, found.candidates) == (root or ".", ())
    assert found.evidence[0].path == (f"{root}/manage.py" if root else "manage.py")


def test_asks_when_there_are_several_projects(facts: Build) -> None:
    found = facts({**django_project("shop"), **django_project("blog")}).fact("django_root")
    assert set(found.candidates) == {"shop", "blog"}


def test_an_answer_settles_it(facts: Build) -> None:
    seen = facts({**django_project("shop", "shopsite"), **django_project("blog", "blogsite")}, django_root="./blog/")
    assert seen.fact("django_root").value == "blog"
    assert seen.fact("django_settings_module").value == "blogsite.settings"


@pytest.mark.parametrize("answer", ["nowhere", "../outside", "/etc"])
def test_an_answer_that_is_no_folder_of_the_repository_is_refused(facts: Build, answer: str) -> None:
    with pytest.raises(Failure, match="not a folder here"):
        facts(django_project(), django_root=answer)


@pytest.mark.parametrize("noise", ["examples/demo", "tests/testproject", "sandbox", "docs/project", "vendor/thing"])
def test_projects_that_serve_tests_and_examples_do_not_count(facts: Build, noise: str) -> None:
    found = facts({**django_project(), **django_project(noise)}).fact("django_root")
    assert (found.value, found.candidates) == (".", ())


@pytest.mark.parametrize(
    "folder", ["node_modules/x", "venv/lib", "{{cookiecutter.slug}}", ".tox/x", "a/site-packages/x", "deep/1/2/3/4"]
)
def test_is_never_found_where_no_project_is_kept(facts: Build, folder: str) -> None:
    files = {**django_project(folder), "venv/pyvenv.cfg": "home = /usr\n"}
    with pytest.raises(Failure, match=r"no manage\.py"):
        facts(files).fact("django_root")


def test_a_repository_that_is_a_virtual_environment_itself(facts: Build) -> None:
    seen = facts({**django_project("backend"), "pyvenv.cfg": "home = /usr\n", "lib/python3.10/site-packages/x.py": ""})
    assert seen.fact("django_root").value == "backend"


def test_another_frameworks_manage_py_is_not_djangos(facts: Build) -> None:
    with pytest.raises(Failure, match="no Django project"):
        facts({"manage.py": "from flask.cli import FlaskGroup\nFlaskGroup()()\n"}).fact("django_root")


def test_a_missing_manage_py_is_refused_with_the_wsgi_module_that_is_there(facts: Build) -> None:
    with pytest.raises(Failure, match=r"site_/wsgi\.py starts Django"):
        facts({**django_project(), "manage.py": None}).fact("django_root")


def test_a_copy_in_the_project_package_is_left_out(facts: Build) -> None:
    files = {**django_project("blog", "blog"), "blog/blog/manage.py": MANAGE.format(settings="blog.settings")}
    assert facts(files).fact("django_root").candidates == ()


def test_a_manage_py_that_hands_over_to_the_projects_own_launcher(facts: Build) -> None:
    launcher = 'import os\ndef run():\n    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_.settings")\n'
    files = {
        **django_project(),
        "manage.py": "from site_ import run\n\nif __name__ == '__main__':\n    run()\n",
        "site_/__init__.py": launcher,
    }
    seen = facts(files)
    assert seen.fact("django_root").value == "."
    assert seen.fact("django_settings_module").value == "site_.settings"


def test_a_manage_py_that_starts_django_through_a_library(facts: Build) -> None:
    manage = "import sys\n\nfrom helpful.management import execute_from_command_line\n\nexecute_from_command_line(sys.argv)\n"
    package = {
        "manage.py": manage,
        "site_/__init__.py": "",
        "site_/settings/__init__.py": "",
        "site_/settings/base.py": SETTINGS,
        "site_/settings/heroku_production.py": "from .production import *\n",
        "site_/settings/production.py": "from .base import *\n",
        "requirements.txt": "Django==5.2\n",
    }
    seen = facts(package)
    assert seen.fact("django_root").value == "."
    assert seen.fact("django_settings_module").value == "site_.settings.production"


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
def test_a_link_stands_for_the_file_it_points_to(tmp_path: Path) -> None:
    write(tmp_path, django_project("src"))
    (tmp_path / "manage.py").symlink_to("src/manage.py")
    assert look(tmp_path).fact("django_root").value == "src"


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
def test_links_out_of_the_repository_are_not_followed(tmp_path: Path) -> None:
    write(tmp_path / "elsewhere", django_project())
    write(tmp_path / "here", {"README": "x"})
    (tmp_path / "here" / "manage.py").symlink_to(tmp_path / "elsewhere" / "manage.py")
    (tmp_path / "here" / "app").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Failure):
        look(tmp_path / "here").fact("django_root")


@pytest.mark.parametrize(
    "line",
    [
        'sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "apps"))',
        'sys.path.insert(0, str(Path(__file__).resolve().parent / "apps"))',
        'sys.path.append("apps")',
        'HERE = Path(__file__).parent\nsys.path.append(str(HERE / "apps"))',
    ],
)
@pytest.mark.parametrize("root", ["", "backend"])
def test_folders_that_manage_py_puts_on_the_path(facts: Build, root: str, line: str) -> None:
    files = django_project(root)
    manage = f"{root}/manage.py" if root else "manage.py"
    files[manage] = f"import os, sys\nfrom pathlib import Path\n{line}\n" + files[manage]
    files[f"{root}/apps/shop/__init__.py" if root else "apps/shop/__init__.py"] = ""
    assert facts(files).fact("django_python_path").value == ["apps"]


def test_settings_in_a_folder_on_the_path(facts: Build) -> None:
    files = {
        "manage.py": 'import sys\nsys.path.append("src")\n' + MANAGE.format(settings="shop.settings"),
        "src/shop/settings.py": SETTINGS.replace("site_", "shop"),
        "src/shop/wsgi.py": "from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n",
    }
    seen = facts(files)
    assert seen.fact("django_settings_module").value == "shop.settings"
    assert seen.fact("django_wsgi").value == "shop.wsgi:application"


def test_a_src_layout_that_is_installed(facts: Callable[..., Facts]) -> None:
    files = {f"src/{name}" if name.startswith("site_/") else name: text for name, text in django_project().items()}
    body = files["src/site_/settings.py"].replace('WSGI_APPLICATION = "site_.wsgi.application"\n', "")
    seen = facts({**files, "src/site_/settings.py": body})
    assert seen.fact("django_settings_module").value == "site_.settings"
    assert seen.fact("django_python_path").value == ["src"]
    assert seen.fact("django_asgi").value == "site_.asgi:application"
    assert seen.fact("django_wsgi").value == "site_.wsgi:application"


def test_a_src_layout_beside_a_manage_py_in_a_folder(facts: Callable[..., Facts]) -> None:
    files = {
        "backend/" + (f"src/{name}" if name.startswith("site_/") else name): text
        for name, text in django_project().items()
    }
    seen = facts(files)
    assert seen.fact("django_settings_module").value == "site_.settings"
    assert seen.fact("django_settings_module").sure
    assert seen.fact("django_python_path").value == ["src"]


def test_a_project_below_a_folder_called_src(facts: Callable[..., Facts]) -> None:
    seen = facts({**django_project("src/backend"), "src/backend/requirements.txt": "Django==5.2\n"})
    assert seen.fact("django_asgi").value == "site_.asgi:application"
    assert seen.fact("django_python_path").value == []


LIBRARY = (
    '[build-system]\nrequires = ["hatchling"]\n[project]\nname = "shelves"\nversion = "1"\ndependencies = ["django"]\n'
    'classifiers = ["Framework :: Django"]\n'
)


def of_tests(folder: str, settings: str = "site_.settings") -> dict[str, str]:
    prefix = f"{folder}/" if folder else ""
    files = {name: text for name, text in django_project(folder).items() if not name.endswith("requirements.txt")}
    return {**files, f"{prefix}manage.py": MANAGE.format(settings=settings), "shelves/__init__.py": ""}


@pytest.mark.parametrize(
    ("files", "root"),
    [
        (of_tests("tests"), "tests"),
        (of_tests("example"), "example"),
        (of_tests("shelves_testproject"), "shelves_testproject"),
        (of_tests("src/test_proj"), "src/test_proj"),
        ({**of_tests("", "tests.settings"), "tests/settings.py": SETTINGS}, "."),
        ({**of_tests("", "test_settings"), "test_settings.py": SETTINGS}, "."),
        ({**of_tests("", "example_app.settings"), "example_app/settings.py": SETTINGS}, "."),
    ],
)
def test_a_library_is_not_a_site(facts: Build, files: dict[str, str], root: str) -> None:
    library = {**files, "pyproject.toml": LIBRARY}

    with pytest.raises(Failure, match="This is a library, not a site") as refused:
        facts(library).fact("django_root")

    assert f"-d django_root={root} " in str(refused.value)
    assert facts(library, django_root=root).fact("django_root").value == root


def test_a_library_of_setuptools(facts: Build) -> None:
    declared = {"setup.py": 'setup(classifiers=["Framework :: Django :: 5.2"])\n'}
    with pytest.raises(Failure, match="not a site: setup"):
        facts({**of_tests("tests"), **declared}).fact("django_root")


@pytest.mark.parametrize(
    ("files", "root"),
    [
        ({**django_project(), "pyproject.toml": LIBRARY}, "."),
        ({**django_project("web"), **of_tests("tests"), "pyproject.toml": LIBRARY}, "web"),
        ({**of_tests("example"), "pyproject.toml": LIBRARY.replace("Framework :: Django", "Private")}, "example"),
        ({**of_tests("sandbox"), "pyproject.toml": LIBRARY, "Procfile": "web: gunicorn site_.wsgi\n"}, "sandbox"),
    ],
)
def test_a_site_that_is_packaged_is_no_library(facts: Build, files: dict[str, str], root: str) -> None:
    assert facts(files).fact("django_root").value == root


OLD = SERVER.format(kind="asgi", settings="old.settings")


@pytest.mark.parametrize(
    ("files", "asgi"),
    [
        ({"old/__init__.py": "", "old/asgi.py": OLD}, ""),
        ({"asgi.py": OLD}, ""),
        ({"site_/asgi.py": OLD}, "site_.asgi:application"),  # of a package that was renamed, with the site's own routes
        ({"asgi.py": OLD.replace("old.settings", "site_.settings")}, "asgi:application"),
    ],
)
def test_an_application_of_settings_that_are_gone_is_not_the_sites(
    facts: Build, files: dict[str, str], asgi: str
) -> None:
    assert facts({**django_project(), "site_/asgi.py": None, **files}).fact("django_asgi").value == asgi

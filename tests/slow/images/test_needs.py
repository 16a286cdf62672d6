# ruff: noqa: E501 (files as people write them, one a line)
"""Images of projects that need more than an index: packages of the repository, tokens, compilers, libraries, odd names.

One small project for each kind, built by a real builder and asked over HTTP. `make images` builds them.
"""

from __future__ import annotations

import base64
import http.server
import json
import os
import threading
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support import Project, adopt, apply_overlay, commit, environment, run
from tests.support.package_index import poetry_source
from tests.support.programs import tool, tools_folder
from tests.template.conftest import SETTINGS, small_project

from .buildah import Buildah
from .cells import fresh_store
from .contents import added_files
from .site import HOST, SECRET_KEY, started

pytestmark = pytest.mark.skipif(os.environ.get("IMAGES") != "all", reason="builds images: `make images` runs it")

MONEY = {
    "libs/money/pyproject.toml": '[project]\nname = "money-lib"\nversion = "1"\nreadme = "README.md"\n'
    '[build-system]\nrequires = ["setuptools>=77"]\nbuild-backend = "setuptools.build_meta"\n',
    "libs/money/README.md": "Money.\n",
    "libs/money/money_lib/__init__.py": 'UNIT = "guinea"\n',
}
TINY = {
    "vendor/tinylib/setup.py": 'from setuptools import setup\nsetup(name="tinylib", version="1", py_modules=["tinylib"], '
    'long_description=open("../NOTES.txt").read())\n',
    "vendor/tinylib/tinylib.py": 'SIZE = "tiny"\n',
    "vendor/NOTES.txt": "Notes.\n",
}
HEAD = (
    '[project]\nname = "library"\nversion = "1"\nrequires-python = ">=3.12"\ndependencies = ["Django~=5.2.0", {more}]\n'
)
TOKEN = "a-token-4711-of-this-test"
PLANTED = b"planted-91ab-not-in-git"
SECRETS = (
    "service-account.json", "server.pem", "certs/private.key", ".npmrc", ".pgpass", "kubeconfig", "terraform.tfvars",
    "backup.sql", ".env-prod", "mysite/local_settings.py",
)  # fmt: skip
VIEW = """
import json
from django.http import HttpResponse
from django.urls import path

def proof(request):
    {body}

urlpatterns = [path("proof", proof)]
"""


@dataclass(frozen=True)
class Kind:
    """A project: its files, what its page does, and what that page and others have to answer."""

    files: Mapping[str, str]
    body: str = 'return HttpResponse("here")'
    answers: Mapping[str, str] = field(default_factory=lambda: {"/proof": "here"})
    settings: str = ""
    lock: tuple[str, ...] = ()  # a command that writes the lock file


MONEY_PAGE = "import money_lib; return HttpResponse(money_lib.UNIT)"
KINDS = {
    "pip": Kind(
        {
            **MONEY,
            "requirements.txt": "Django~=5.2.0\n-c limits.txt\n./vendor/tinylib\n-e ./libs/money\n",
            "limits.txt": "sqlparse<1\n",
            **TINY,
        },
        "import money_lib, tinylib; return HttpResponse(money_lib.UNIT + tinylib.SIZE)",
        {"/proof": "guineatiny"},
    ),
    "uv": Kind(
        {
            **MONEY,
            "pyproject.toml": HEAD.format(more='"money-lib", "netifaces"')
            + '[tool.uv.sources]\nmoney-lib = {path = "libs/money"}\n',
        },
        "import money_lib, netifaces; return HttpResponse(money_lib.UNIT)",
        {"/proof": "guinea"},
        lock=("uv", "lock"),
    ),
    "uv-workspace": Kind(
        {
            **MONEY,
            "pyproject.toml": HEAD.format(more='"money-lib"')
            + '[tool.uv.sources]\nmoney-lib = {workspace = true}\n[tool.uv.workspace]\nmembers = ["libs/*"]\n',
            "libs/spare/pyproject.toml": '[project]\nname = "spare"\nversion = "1"\nrequires-python = ">=3.12"\n',
        },
        MONEY_PAGE,
        {"/proof": "guinea"},
        lock=("uv", "lock"),
    ),
    "poetry": Kind(
        {
            **MONEY,
            "pyproject.toml": '[tool.poetry]\npackage-mode = false\n[tool.poetry.dependencies]\npython = "^3.12"\nDjango = "~5.2.0"\n'
            'money-lib = {path = "libs/money", develop = true}\n[tool.poetry.group.prod.dependencies]\ninflection = "*"\n'
            + poetry_source(),
        },
        "import money_lib, inflection; return HttpResponse(money_lib.UNIT)",
        {"/proof": "guinea"},
        lock=("poetry", "lock"),
    ),
    "pipenv": Kind(
        {
            **MONEY,
            "Pipfile": '[packages]\nDjango = "~=5.2.0"\ntinylib = {path = "./vendor/tinylib", editable = true}\n'
            '[web]\nmoney-lib = {path = "libs/money"}\n[requires]\npython_version = "3.13"\n',
            "Dockerfile.old": "FROM python:3.13\nRUN pipenv install --deploy --categories 'packages web'\n",
            **TINY,
        },
        "import money_lib, tinylib; return HttpResponse(money_lib.UNIT + tinylib.SIZE)",
        {"/proof": "guineatiny"},
        lock=("pipenv", "lock", "--categories", "packages web"),
    ),
    "pdm": Kind(
        {
            **MONEY,
            **TINY,
            "pyproject.toml": HEAD.format(more='"money-lib @ file:///${PROJECT_ROOT}/libs/money"')
            + '[project.optional-dependencies]\nprod = ["tinylib @ file:///${PROJECT_ROOT}/vendor/tinylib"]\n[tool.pdm]\n'
            "distribution = false\n",
        },
        "import money_lib, tinylib; return HttpResponse(money_lib.UNIT + tinylib.SIZE)",
        {"/proof": "guineatiny"},
        lock=("pdm", "lock", "-G", "prod"),
    ),
    "itself": Kind(
        {
            **TINY,
            "requirements.txt": "-e .[live]\nfile:vendor/tinylib\n-c limits.txt\n",
            "limits.txt": "sqlparse<1\n",
            "setup.py": "from setuptools import find_packages, setup\n\n"
            'setup(name="library", version="1", packages=find_packages(exclude=["deploy*"]),\n'
            '      install_requires=["Django~=5.2.0"], extras_require={"live": ["mysqlclient"]})\n',
        },
        "import importlib.metadata, tinylib, MySQLdb; "
        'return HttpResponse(importlib.metadata.version("library") + tinylib.SIZE)',
        {"/proof": "1tiny"},
    ),
    "libraries": Kind(
        {
            "requirements.txt": "Django~=5.2.0\nmysqlclient\npython-ldap\nxmlsec\npycairo\nweasyprint\npython-magic\nlxml\n"
        },
        "import MySQLdb, ldap, xmlsec, cairo, weasyprint, magic; "
        "from django.contrib.gis.geos import Point; from django.contrib.gis.gdal import OGRGeometry; "
        'kinds = [magic.from_buffer(weasyprint.HTML(string="here").write_pdf(), mime=True)]; '
        'return HttpResponse(kinds[0] + " " + OGRGeometry(Point(1, 2).wkt).wkt)',
        {"/proof": "application/pdf POINT (1 2)"},
        settings='INSTALLED_APPS += ["django.contrib.gis"]\n',
    ),
    "static": Kind(
        {
            "requirements.txt": "Django~=5.2.0\n",
            "assets/dist/app.js": 'console.log("committed")\n',
            "public/css/site.css": '@import "../../../core/static/colors.css"; body { background: url("../../../../x.png") }\n',
        },
        settings='STATIC_ROOT = BASE_DIR / "assets"\nSTATICFILES_DIRS = [BASE_DIR / "public"]\n',
        answers={"/static/dist/app.js": "committed", "/static/css/site.css": "core/static/colors.css"},
    ),
    "programs": Kind(
        {"requirements.txt": "Django~=5.2.0\nnetifaces\nopencv-python\npdf2image\npytesseract\npsycopg2\n"},
        "import cv2, psycopg2, pdf2image, pytesseract, shutil; "
        'return HttpResponse(" ".join([cv2.__name__, *map(str, map(bool, map(shutil.which, ["pdftoppm", "tesseract"])))]))',
        {"/proof": "cv2 True True"},
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_an_image_has_what_production_needs(kind: str, template: Path, bases: Buildah, tmp_path: Path) -> None:
    project = prepared(KINDS[kind], template, tmp_path / "library")
    with fresh_store(project, bases, tmp_path) as store:
        store.build(project.root, "site")
        answers(store, KINDS[kind].answers)


def test_an_image_has_nothing_that_git_ignores(template: Path, bases: Buildah, tmp_path: Path) -> None:
    files = {"requirements.txt": "Django~=5.2.0\n", ".gitignore": "\n".join([*SECRETS, "__pycache__/"]) + "\n"}
    files["fixtures/countries.sql"] = "-- committed\n"
    project = prepared(Kind(files), template, tmp_path / "library")
    for name in SECRETS:
        (project.root / name).parent.mkdir(exist_ok=True)
        (project.root / name).write_bytes(PLANTED)
    with fresh_store(project, bases, tmp_path) as store:
        build = store.build(project.root, "site")
        base = "python:" + (project.root / "Dockerfile").read_text(encoding="utf-8").split("FROM python:")[1].split()[0]
        found = {file.path: file.content for file in added_files(store, build.image, base, tmp_path)}
        assert not [path for path, content in found.items() if PLANTED in content]
        assert any(path.endswith("fixtures/countries.sql") for path in found)
        answers(store, {"/proof": "here"})


def of_pip(address: str) -> Kind:
    lines = f"Django~=5.2.0\n--extra-index-url http://ada:${{TOKEN}}@{address}/simple/\nhidden-lib\n"
    return Kind({"requirements.txt": lines}, HIDDEN)


def of_uv(address: str) -> Kind:
    index = f'[[tool.uv.index]]\nname = "in-house"\nurl = "http://{address}/simple/"\nexplicit = true\n'
    sources = '[tool.uv.sources]\nhidden-lib = {index = "in-house"}\n'
    return Kind(
        {"pyproject.toml": HEAD.format(more='"hidden-lib"') + index + sources}, HIDDEN, lock=("uv", "lock"),
    )  # fmt: skip


def of_poetry(address: str) -> Kind:
    text = (
        '[tool.poetry]\npackage-mode = false\n[tool.poetry.dependencies]\npython = "^3.12"\nDjango = "~5.2.0"\n'
        'hidden-lib = {version = "*", source = "in-house"}\n'
        f'[[tool.poetry.source]]\nname = "in-house"\nurl = "http://{address}/simple/"\npriority = "explicit"\n'
    )
    return Kind({"pyproject.toml": text + poetry_source()}, HIDDEN, lock=("poetry", "lock"))


HIDDEN = "import hidden_lib; return HttpResponse(hidden_lib.WORD)"
# How a manager is told of the index, and the secrets of the build: what each holds.
INDEXES: dict[str, tuple[Callable[[str], Kind], dict[str, str]]] = {
    "pip": (of_pip, {"TOKEN": TOKEN}),
    "uv": (of_uv, {"UV_INDEX_IN_HOUSE_USERNAME": "ada", "UV_INDEX_IN_HOUSE_PASSWORD": TOKEN}),
    "poetry": (
        of_poetry,
        {"POETRY_HTTP_BASIC_IN_HOUSE_USERNAME": "ada", "POETRY_HTTP_BASIC_IN_HOUSE_PASSWORD": TOKEN},
    ),
}


@pytest.mark.parametrize("manager", INDEXES)
def test_a_token_reaches_the_installation_and_no_layer(
    manager: str, template: Path, bases: Buildah, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, values = INDEXES[manager]
    with private_index(tmp_path / "index", TOKEN) as address:
        with monkeypatch.context() as locking:
            for name, value in {**values, "POETRY_CACHE_DIR": str(tmp_path / "cache")}.items():
                locking.setenv(name, value)
            project = prepared(made(address), template, tmp_path / "library")
        secrets = {name: tmp_path / name for name in values}
        for name, value in values.items():
            secrets[name].write_text(f"{value}\n", encoding="utf-8")
        with fresh_store(project, bases, tmp_path) as store:
            with pytest.raises(AssertionError, match=r"TOKEN|401|Authorization"):
                store.build(project.root, "without")
            build = store.build(project.root, "site", secrets=secrets)
            base = (
                "python:"
                + (project.root / "Dockerfile").read_text(encoding="utf-8").split("FROM python:")[1].split()[0]
            )
            assert not [
                file.path for file in added_files(store, build.image, base, tmp_path) if TOKEN.encode() in file.content
            ]
            assert TOKEN not in str(store.inspect(build.image))
            answers(store, {"/proof": "hidden"})


@pytest.mark.parametrize("folder", ["front end, old"])
def test_a_front_end_in_a_folder_with_an_odd_name(folder: str, template: Path, bases: Buildah, tmp_path: Path) -> None:
    package = json.dumps({"name": "x", "version": "1.0.0", "dependencies": {"local-thing": "file:local-thing"}})
    thing = json.dumps({"name": "local-thing", "version": "1.0.0"})
    files = {
        "requirements.txt": "Django~=5.2.0\n",
        f"{folder}/package.json": package,
        f"{folder}/local-thing/package.json": thing,
        f"{folder}/local-thing/thing.js": "console.log('thing')\n",
    }
    settings = f'STATICFILES_DIRS = [BASE_DIR / "{folder}" / "node_modules"]\n'
    project = prepared(Kind(files, settings=settings), template, tmp_path / "library")
    with fresh_store(project, bases, tmp_path) as store:
        store.build(project.root, "site")
        answers(store, {"/static/local-thing/thing.js": "thing"})


def prepared(kind: Kind, template: Path, root: Path) -> Project:
    """A small project of this kind with the overlay applied and committed."""
    project = small_project(root, SETTINGS + kind.settings)
    if "requirements.txt" not in kind.files:
        (root / "requirements.txt").unlink()
    urls = VIEW.format(body=kind.body)
    for name, text in {**kind.files, "mysite/urls.py": urls}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    if kind.lock:
        program = tools_folder() / "uv" if kind.lock[0] == "uv" else tool(kind.lock[0])
        run([program, *kind.lock[1:]], root, environment(project.python))
    adopt(root)
    version = "3.13"
    done = apply_overlay(
        project,
        template,
        deploy_platforms=["fly"],
        deploy_name="shelf",
        deploy_database="external",
        django_python_version=version,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    commit(project, "Add the deployment overlay")
    return project


def answers(store: Buildah, expected: Mapping[str, str]) -> None:
    """The image as it is, asked over HTTP."""
    env = {
        "SECRET_KEY": SECRET_KEY,
        "FLY_APP_NAME": HOST.partition(".")[0],
        "DATABASE_URL": "sqlite:////tmp/db.sqlite3",
    }
    command = store.inspect("site")["config"]["Cmd"]
    with store.container("site") as container, started(container, command, env) as site:
        for path, text in expected.items():
            told = site.browser.get(path)
            assert told.status == 200 and text in told.text, (path, told.status, told.text[:2000])


@contextmanager
def private_index(folder: Path, token: str) -> Iterator[str]:
    """An index on loopback with one package, which asks for the token; its address without the scheme."""
    wheel = folder / "simple" / "hidden-lib" / "hidden_lib-1-py3-none-any.whl"
    wheel.parent.mkdir(parents=True)
    metadata = {
        "METADATA": "Metadata-Version: 2.1\nName: hidden-lib\nVersion: 1\n",
        "WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "RECORD": "",
    }
    files = {"hidden_lib.py": 'WORD = "hidden"\n'}
    files |= {f"hidden_lib-1.dist-info/{name}": text for name, text in metadata.items()}
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name), text)  # always the same bytes: caches of managers know their hash
    wanted = "Basic " + base64.b64encode(f"ada:{token}".encode()).decode()

    class Index(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments: object, **options: object) -> None:
            super().__init__(*arguments, directory=str(folder), **options)  # type: ignore[arg-type]

        def do_GET(self) -> None:
            if self.headers.get("Authorization") == wanted:
                super().do_GET()
            else:
                self.send_response(401)
                self.send_header("WWW-Authenticate", "Basic")
                self.end_headers()

        def log_message(self, *arguments: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Index)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()

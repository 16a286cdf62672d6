"""A front-end build counts where Django collects what it writes, and only there."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from deploy_overlay.base.answer_forms import form_problem
from deploy_overlay.detect import Facts, look
from tests.unit.detect.conftest import SETTINGS, django_project, write

Build = Callable[..., Facts]


def dirs(folder: str) -> str:
    """Settings that collect from this folder."""
    return f'{SETTINGS}STATICFILES_DIRS = [BASE_DIR / "{folder}"]\n'


def package(script: str = "vite build", name: str = "build", name_: str = "", **fields: Any) -> str:
    """A package.json with this script called `name`, and `name_` as the name of the package."""
    fields |= {"name": name_} if name_ else {}
    return json.dumps({"scripts": {name: script, "dev": "vite"}, **fields}, indent=2)


def found(facts: Build, files: dict[str, str], body: str = SETTINGS) -> Any:
    return facts({**django_project(body=body), **files}).fact("django_frontend").value


@pytest.mark.parametrize(
    ("files", "body"),
    [
        # by what the script writes
        ({"frontend/package.json": package("tailwindcss -i in.css -o ../static/site.css")}, dirs("static")),
        ({"frontend/package.json": package("parcel build js/*.js --dist-dir ../assets/js")}, dirs("assets")),
        ({"frontend/package.json": package("sass main.scss:../site_/static/main.css")}, SETTINGS),
        # by what the configuration of the builder says
        (
            {
                "frontend/package.json": package("webpack"),
                "frontend/webpack.config.js": 'const out = path.resolve(__dirname, "..", "static", "bundles");\n'
                "module.exports = {output: {path: out}};\n",
            },
            dirs("static"),
        ),
        (
            {
                "frontend/package.json": package(),
                "frontend/vite.config.ts": "export default {build: {outDir: '../site_/static/site_/'}};\n",
            },
            SETTINGS,
        ),
        # by what the settings read
        ({"frontend/package.json": package()}, dirs("frontend/dist")),
        ({"frontend/package.json": package()}, SETTINGS + 'DJANGO_VITE_ASSETS_PATH = BASE_DIR / "frontend/dist"\n'),
        # by the package that templates use
        (
            {
                "frontend/package.json": package(devDependencies={"vite": "^5"}),
                "requirements.txt": "django\ndjango-vite\n",
            },
            SETTINGS,
        ),
        # by the Dockerfile of the site
        (
            {
                "frontend/package.json": package(),
                "Dockerfile": "FROM node:22\nCOPY frontend .\nRUN npm run build\nFROM python:3.12\nRUN gunicorn\n",
            },
            SETTINGS,
        ),
    ],
)
def test_output_that_django_collects(facts: Build, files: dict[str, str], body: str) -> None:
    value = found(facts, files, body)
    assert value["root"] == "frontend"
    assert value["build"] == "npm run build"


@pytest.mark.parametrize(
    "files",
    [
        {"package.json": package("eslint .", name="lint")},
        {"package.json": "not json"},
        {"package.json": "[]"},
        # a single-page application that is deployed by itself, and a documentation site
        {"frontend/package.json": package("tsc && vite build")},
        {"website/package.json": package("docusaurus build")},
        {"e2e/package.json": package("tsc -o ../static/x.js")},
        {"frontend/package.json": package(), "frontend/Dockerfile": "FROM node:22\nRUN npm run build\n"},
        {"frontend/package.json": package(), "render.yaml": "env: python\nbuildCommand: npm run build\n"},
        {"package.json": package("vite build --watch")},
    ],
)
def test_nothing_to_build_for_django(facts: Build, files: dict[str, str]) -> None:
    assert found(facts, files, SETTINGS) == {}


def test_built_files_that_are_committed_need_no_build(tmp_path: Path) -> None:
    files = {
        **django_project(body=dirs("static")),
        "package.json": package("tailwindcss -i in.css -o static/site.css"),
        "static/site.css": "a{}",
        ".gitignore": "static/site.css\n",
    }
    root = write(tmp_path, files)
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    subprocess.run(["git", "-C", str(root), "add", "-A"], check=True)
    assert look(root).fact("django_frontend").value["build"] == "npm run build"
    subprocess.run(["git", "-C", str(root), "add", "-f", "static/site.css"], check=True)
    assert look(root).fact("django_frontend").value == {}


TWO = {
    "admin_ui/package.json": package("vite build --outDir ../static/admin_ui"),
    "site_ui/package.json": package("vite build --outDir ../static/site_ui"),
}


def test_two_are_built_one_after_the_other(facts: Build) -> None:
    locks = {"admin_ui/package-lock.json": "{}", "site_ui/pnpm-lock.yaml": "lockfileVersion: '9.0'\n"}
    seen = facts({**django_project("web", body=dirs("../static")), **TWO, **locks})
    value = seen.fact("django_frontend").value

    assert seen.fact("django_frontend").candidates == ()
    assert (value["root"], value["tool"], value["script"]) == ("site_ui", "pnpm@10", "build build")
    assert value["install"] == "pnpm install --frozen-lockfile && (cd ../admin_ui && npm ci)"
    assert value["build"] == "pnpm run build && (cd ../admin_ui && npm run build)"
    assert sorted(value["files"]) == sorted([*TWO, *locks])
    assert form_problem("django_frontend", value) is None
    assert seen.fact("django_source_root").value == "."


@pytest.mark.parametrize(
    "more",
    [
        {"site_ui/.nvmrc": "18\n"},  # another Node.js
        {"site_ui/pnpm-lock.yaml": "", "admin_ui/bun.lock": ""},  # two managers that Node.js does not have
        {"site_ui/package.json": package("vite build --outDir ../static/admin_ui")},  # the same files
    ],
)
def test_asks_between_two_that_do_not_go_together(facts: Build, more: dict[str, str]) -> None:
    seen = facts({**django_project(body=dirs("static")), **TWO, **more}).fact("django_frontend")
    assert sorted(value["root"] for value in seen.candidates) == ["admin_ui", "site_ui"]


@pytest.mark.parametrize(
    ("lock", "content", "fields", "install", "tool"),
    [
        ("", "", {}, "npm install", ""),
        ("package-lock.json", "{}", {}, "npm ci", ""),
        ("yarn.lock", "# yarn lockfile v1\n", {}, "yarn install --frozen-lockfile", ""),
        ("yarn.lock", "__metadata:\n  version: 8\n", {}, "yarn install --immutable", "@yarnpkg/cli-dist@4.9.1"),
        (
            "yarn.lock",
            "__metadata:\n",
            {"packageManager": "yarn@3.6.4"},
            "yarn install --immutable",
            "@yarnpkg/cli-dist@3.6.4",
        ),
        ("pnpm-lock.yaml", "lockfileVersion: '9.0'\n", {}, "pnpm install --frozen-lockfile", "pnpm@10"),
        ("pnpm-lock.yaml", "lockfileVersion: '6.0'\n", {}, "pnpm install --frozen-lockfile", "pnpm@8"),
        (
            "pnpm-lock.yaml",
            "lockfileVersion: '9.0'\n",
            {"packageManager": "pnpm@9.15.4+sha512.aa"},
            "pnpm install --frozen-lockfile",
            "pnpm@9.15.4",
        ),
        ("bun.lock", "{}", {}, "bun install --frozen-lockfile", "bun@1"),
        ("bun.lockb", "", {"packageManager": "bun@1.2.4"}, "bun install --frozen-lockfile", "bun@1.2.4"),
        ("", "", {"packageManager": "bun@1.2.4"}, "bun install", "bun@1.2.4"),
        ("deno.lock", "{}", {}, "deno install --frozen", "deno@2"),
    ],
)
def test_installed_as_the_lock_file_says(
    facts: Build, lock: str, content: str, fields: dict[str, str], install: str, tool: str
) -> None:
    files = {"package.json": package("vite build --outDir static", **fields), **({lock: content} if lock else {})}
    value = found(facts, files, dirs("static"))
    assert (value["install"], value["tool"]) == (install, tool)
    assert value["build"] == f"{value['manager']} {'task' if value['manager'] == 'deno' else 'run'} build"
    assert value["files"] == [name for name in ("package.json", lock) if name]


@pytest.mark.parametrize(
    "more",
    [
        {"fields": {"workspaces": ["a"]}},
        {"fields": {"dependencies": {"own": "file:../own"}}},
        {"files": {"patches/x.patch": ""}},
    ],
)
def test_the_whole_repository_is_needed_to_install(facts: Build, more: dict[str, Any]) -> None:
    files = {"package.json": package("vite build --outDir static", **more.get("fields", {})), **more.get("files", {})}
    assert found(facts, files, dirs("static"))["files"] == []


@pytest.mark.parametrize(
    ("files", "fields", "node"),
    [
        ({}, {}, "24"),
        ({".nvmrc": "v20.11.1\n"}, {}, "20"),
        ({".nvmrc": "lts/*\n"}, {}, "24"),
        ({".node-version": "22\n"}, {}, "22"),
        ({".tool-versions": "python 3.12\nnodejs 18.2.0\n"}, {}, "18"),
        ({}, {"volta": {"node": "20.1.0"}}, "20"),
        ({}, {"engines": {"node": ">=18"}}, "24"),
        ({}, {"engines": {"node": "20.x"}}, "20"),
        ({}, {"engines": {"node": "^18.0.0 || ^20.0.0"}}, "20"),
        ({}, {"engines": {"node": ">=16 <21"}}, "20"),
        ({}, {"engines": {"node": "*"}}, "24"),
        ({}, {"devDependencies": {"webpack": "^4.44.1"}}, "16"),
        ({"Dockerfile": "FROM node:22-alpine AS assets\nFROM python:3.13\n"}, {}, "22"),
        ({"Dockerfile": "FROM --platform=$BUILDPLATFORM docker.io/node:20.9 AS assets\n"}, {}, "20"),
        ({"docker/Dockerfile": "FROM python:3.13\nRUN curl https://deb.nodesource.com/setup_20.x | bash\n"}, {}, "20"),
        ({"Dockerfile": "FROM python:3.13\nARG NODE_VERSION=20.11.1\nRUN fetch node\n"}, {}, "20"),
        ({"Dockerfile": "FROM node:lts\n"}, {}, "24"),
        ({"Dockerfile": "FROM node:16\n", ".nvmrc": "22\n"}, {}, "22"),
        ({"Dockerfile": "FROM node:18\n"}, {"engines": {"node": ">=20"}}, "24"),
        ({"Dockerfile": "FROM node:22\n"}, {"engines": {"node": ">=20"}}, "22"),
        ({"Dockerfile": "FROM node:16 AS dev\nFROM python:3.13\n"}, {}, "24"),
    ],
)
def test_node_version(facts: Build, files: dict[str, str], fields: dict[str, Any], node: str) -> None:
    files = {"package.json": package("vite build --outDir static", **fields), **files}
    assert found(facts, files, dirs("static"))["node"] == node


@pytest.mark.parametrize(
    ("scripts", "chosen"),
    [
        ({"build": "webpack", "build:prod": "webpack --mode production"}, "build:prod"),
        ({"build": "npm run build:css && npm run build:js", "build:css": "a", "build:js": "b"}, "build"),
        ({"build:css": "a", "build:js": "b", "build:dev": "c", "lint:css": "d"}, "build:css build:js"),
        ({"css:watch": "tailwindcss --watch", "css:build": "tailwindcss"}, "css:build"),
        ({"webpack:dev": "a", "webpack:prod": "b"}, "webpack:prod"),
    ],
)
def test_the_script_for_production(facts: Build, scripts: dict[str, str], chosen: str) -> None:
    files = {"frontend/package.json": json.dumps({"scripts": scripts})}
    value = found(facts, files, dirs("frontend/dist"))
    assert value["script"] == chosen
    assert value["build"] == " && ".join(f"npm run {name}" for name in chosen.split())


@pytest.mark.parametrize(
    ("scripts", "build"),
    [
        (
            {
                "build-css": "sass scss:site_/static/css",
                "build-js": "esbuild js/app.js --outfile=site_/static/js/app.js",
            },
            "npm run build-css && npm run build-js",
        ),
        (
            {
                "css:build": "sass scss:site_/static/css",
                "js:minify": "terser a.js -o site_/static/a.js",
                "tailwind": "x",
            },
            "npm run css:build && npm run js:minify && npm run tailwind",
        ),
        # What they write counts, and not only what they are called.
        (
            {"css": "sass scss:site_/static/css", "js": "esbuild a.js --outfile=site_/static/a.js", "lint": "eslint ."},
            "npm run css && npm run js",
        ),
        (
            {"sass-build": "sass scss:site_/static/css", "webpack-build": "webpack -o site_/static/js"},
            "npm run webpack-build && npm run sass-build",
        ),
        (
            {"styles": "sass scss:site_/static/css", "bundle.js": "esbuild a.js --outfile=site_/static/a.js"},
            "npm run styles && npm run bundle.js",
        ),
        ({"vendor": "cp node_modules/htmx.org/dist/htmx.js site_/static/"}, "npm run vendor"),
        ({"ship": "cp a.js site_/static/ && aws s3 sync x y"}, ""),
        # One that writes the same, or runs what builds, is not needed beside it.
        (
            {"build": "sass scss:site_/static/css", "css": "sass scss:site_/static/css", "all": "npm run build"},
            "npm run build",
        ),
        (
            {
                "build": "npm run css && npm run js",
                "css": "sass scss:site_/static/css",
                "js": "esbuild --outfile=site_/static/a.js",
            },
            "npm run build",
        ),
        ({"build:größe": "sass scss:site_/static/css"}, "npm run 'build:größe'"),
        ({"build\n": "sass scss:site_/static/css"}, ""),
        (
            {f"build:a-page-with-a-long-name-{number}": "sass scss:site_/static/css" for number in range(30)},
            " && ".join(f"npm run build:a-page-with-a-long-name-{number}" for number in range(30)),
        ),
        ({}, ""),
    ],
)
def test_a_build_by_several_scripts_has_the_form_of_an_answer(
    facts: Build, scripts: dict[str, str], build: str
) -> None:
    seen = found(facts, {"package.json": json.dumps({"scripts": scripts})}, dirs("static"))

    assert seen.get("build", "") == build
    assert form_problem("django_frontend", seen) is None


CONFIGURED = "vite build --config web/conf/vite.config.mjs"
IMAGE = "FROM node AS n\nCOPY web /web\nRUN {command}\nFROM python:3.12\n"


@pytest.mark.parametrize(
    ("scripts", "files", "folder", "build"),
    [
        (
            {"build": CONFIGURED},
            {"web/conf/vite.config.mjs": "build = {outDir: path.resolve(__dirname, '../../public/static/dist')}\n"},
            "public/static",
            "npm run build",
        ),
        (
            {"build": CONFIGURED},
            {"web/conf/vite.config.mjs": "x = {root: 'web', build: {outDir: '../public/static/dist'}}\n"},
            "public/static",
            "npm run build",
        ),
        (
            {"build": CONFIGURED},
            {
                "web/conf/vite.config.mjs": "x = {outDir: fileURLToPath(new URL('../../public/static', import.meta.url))}\n"
            },
            "public/static",
            "npm run build",
        ),
        (
            {"build": "vite build", "ship": "npm run build; cp -r dist/* public/static/"},
            {},
            "public/static",
            "npm run ship",
        ),
        (
            {"build": "vite build", "ship": "npm run build; cp -r dist/* public/static/; aws s3 sync x y"},
            {},
            "public/static",
            None,
        ),
        (
            {"codegen": "x", "build": "vite build --outDir public/static"},
            {"deploy/web.Dockerfile": IMAGE.format(command="API_FILE=x npm run codegen && npm run build")},
            "public/static",
            "API_FILE=x npm run codegen && npm run build",
        ),
        (
            {"codegen": "x", "build": "vite build --outDir public/static"},
            {
                "Dockerfile": IMAGE.format(command="export API_FILE='a b' && npm run codegen"),
                "codegen.ts": "process.env.API_FILE",
            },
            "public/static",
            "API_FILE='a b' npm run codegen",
        ),
        (
            {"build": "vite build --outDir public/static"},
            {
                "Dockerfile": "FROM node\nENV VITE_API=/api PORT=80\n"
                + IMAGE.format(command="x").replace("RUN x", "ENV VITE_URL=/v1 NODE_ENV=production\nRUN npm run build")
            },
            "public/static",
            "VITE_URL=/v1 npm run build",
        ),
        (
            {"assets": "vite build --outDir public/static"},
            {"docker/web/prod.Dockerfile": IMAGE.format(command="npm run assets")},
            "public/static",
            "npm run assets",
        ),
    ],
)
def test_where_a_build_is_configured_and_commanded(
    facts: Build, scripts: dict[str, str], files: dict[str, str], folder: str, build: str | None
) -> None:
    more = {"package.json": json.dumps({"scripts": scripts}), "public/static/logo.css": "", **files}
    assert found(facts, more, dirs(folder)).get("build") == build


STAGES = {
    "docker/ui.Dockerfile": "FROM node:24 AS ui\nWORKDIR /ui\nCOPY ui .\nRUN npm ci && npm run build\n"
    "FROM registry.example/site\nCOPY --from=ui /ui/dist /app/static/ui\n",
    "docker/web.Dockerfile": "FROM node:24 AS ui\nWORKDIR /ui\nCOPY ui/package*.json ./\nRUN npm ci\n"
    "COPY ui/ .\nRUN npm run build\n"
    "FROM python:3.13\nWORKDIR /app\nCOPY . .\nCOPY --from=ui --chown=app /ui/dist static/ui\n",
    "Dockerfile": "FROM node:24 as ui\nCOPY . /src\nWORKDIR /src/ui\nRUN npm ci && npm run build\n"
    'FROM python:3.13 AS site\nCOPY --from=0 ["/src/ui/dist/", "/app/static/ui"]\nCOPY ./ /app\n',
    # What comes from an image of others, into a folder of the root, says nothing of the site.
    "docker/Dockerfile": "FROM registry.example/guide AS guide\nFROM node:24 AS ui\nWORKDIR /ui\nCOPY ui .\n"
    "RUN npm ci && npm run build\nFROM python:3.13\nCOPY --from=guide /docs/ /docs/\nCOPY --from=ui /ui/dist /srv\n"
    "COPY --from=ui /ui/dist /app/static/ui\n",
}


@pytest.mark.parametrize("name", STAGES)
def test_output_that_a_dockerfile_copies_between_its_stages(facts: Build, name: str) -> None:
    files = {"ui/package.json": package(), "ui/package-lock.json": "{}", "ui/src.js": "", name: STAGES[name]}
    value = found(facts, files, dirs("static"))
    assert value["build"] == "npm run build && mkdir -p ../static/ui && cp -R dist/. ../static/ui/"
    elsewhere = {**files, name: STAGES[name].replace("static/ui", "/srv/www").replace("/app//srv", "/srv")}
    assert "cp" not in found(facts, elsewhere, dirs("static")).get("build", "")


def test_the_output_of_vue_s_own_builder(facts: Build) -> None:
    files = {"ui/package.json": package("vue-cli-service build"), "ui/package-lock.json": "{}",
             "ui/vue.config.js": "module.exports = { outputDir: '../static/vue' }\n"}  # fmt: skip
    assert found(facts, files, dirs("static"))["build"] == "npm run build"


def test_a_workspace_whose_names_are_code_runs_none(facts: Build) -> None:
    files = {
        "package.json": json.dumps({"workspaces": ["ui"]}),
        "package-lock.json": "{}",
        "ui/package.json": package("sass scss:../site_/static/css", name_="x; touch y"),
    }
    assert found(facts, files)["build"] == "npm run build --workspace='x; touch y'"


def test_node_modules_that_are_collected(facts: Build) -> None:
    files = {"package.json": json.dumps({"dependencies": {"htmx.org": "2"}}), "package-lock.json": "{}"}
    value = found(facts, files, dirs("node_modules"))
    assert (value["install"], value["build"], value["modules"]) == ("npm ci", "", True)


PATHS = {
    "django-environ": "import environ\nROOT_DIR = environ.Path(__file__) - 2\nUI = ROOT_DIR.path('ui')\n"
    "MODULES = str(UI('node_modules'))\n",
    "a variable's default": "import environ\nfrom pathlib import Path\nroot = environ.Path(__file__) - 2\n"
    "env = environ.Env(SITE=(str, root('site_')))\nMODULES = Path(env('SITE')).parent / 'ui' / 'node_modules'\n",
    "Unipath": "from unipath import Path\nMODULES = Path(__file__).ancestor(2).child('ui', 'node_modules')\n",
    "os.path": "import os\nMODULES = os.path.join(os.path.dirname(os.path.dirname(__file__)), 'ui/node_modules')\n",
}


@pytest.mark.parametrize("way", PATHS)
def test_folders_are_found_however_their_paths_are_written(facts: Build, way: str) -> None:
    files = {"ui/package.json": '{"dependencies": {"bootstrap": "5"}}', "ui/package-lock.json": "{}"}
    value = found(facts, files, f"{PATHS[way]}STATICFILES_DIRS = [MODULES]\n")
    assert (value["root"], value["modules"]) == ("ui", True)


def test_django_tailwind(facts: Build) -> None:
    files = {
        "requirements.txt": "django\ndjango-tailwind\n",
        "theme/__init__.py": "",
        "theme/static_src/package.json": package(
            "postcss -o ../static/css/dist/styles.css src/styles.css", devDependencies={"tailwindcss": "^3"}
        ),
    }
    body = SETTINGS + 'INSTALLED_APPS += ["tailwind", "theme"]\nTAILWIND_APP_NAME = "theme"\n'
    seen = facts({**django_project(body=body), **files})
    assert seen.fact("django_frontend").value["root"] == "theme/static_src"
    assert seen.fact("django_build_commands").value == ["collectstatic --noinput"]


def test_a_site_with_a_server_of_its_own_is_not_the_theme_of_django_tailwind(facts: Build) -> None:
    files = {
        "requirements.txt": "django\ndjango-tailwind\n",
        "frontend/package.json": package(
            "next build", dependencies={"next": "^16"}, devDependencies={"tailwindcss": "^4"}
        ),
    }
    body = SETTINGS + 'INSTALLED_APPS += ["tailwind"]\nTAILWIND_APP_NAME = "theme"\n'
    assert not facts({**django_project(body=body), **files}).fact("django_frontend").value


def test_evidence_names_the_lines(facts: Build) -> None:
    files = {"frontend/package.json": package("vite build --outDir ../static"), ".nvmrc": "20\n"}
    seen = facts({**django_project(body=dirs("static")), **files}).fact("django_frontend")
    assert ("frontend/package.json", 3) in [(place.path, place.line) for place in seen.evidence]
    assert (".nvmrc", 1) in [(place.path, place.line) for place in seen.evidence]


@pytest.mark.parametrize(
    ("source", "image"),
    [("^1.0.0", "node:24-slim"), ("somebody/chosen", "node:24"), ("git+https://example.com/x.git", "node:24")],
)
def test_an_image_with_git_where_packages_come_from_a_repository(facts: Build, source: str, image: str) -> None:
    files = {"package.json": package("vite build --outDir static", dependencies={"x": source})}
    assert found(facts, files, dirs("static"))["image"] == image


@pytest.mark.parametrize(
    ("lock", "build"),
    [
        ("package-lock.json", "npm run build --workspace=shop-ui && npm run build --workspace=admin-ui"),
        ("yarn.lock", "yarn workspace shop-ui run build && yarn workspace admin-ui run build"),
        ("pnpm-lock.yaml", "pnpm --filter shop-ui run build && pnpm --filter admin-ui run build"),
    ],
)
def test_packages_of_a_workspace_are_installed_at_its_root(facts: Build, lock: str, build: str) -> None:
    files = {
        "ui/package.json": json.dumps({"private": True, "workspaces": ["shop", "admin/*"]}),
        f"ui/{lock}": "",
        "ui/shop/package.json": package("vite build --outDir ../../static/shop", name_="shop-ui"),
        "ui/admin/all/package.json": package("vite build --outDir ../../../static/admin", name_="admin-ui"),
    }
    value = found(facts, files, dirs("static"))
    assert (value["root"], value["build"]) == ("ui", build)
    assert value["files"] == []


def test_a_package_beside_a_workspace_is_installed_by_itself(facts: Build) -> None:
    files = {
        "package.json": json.dumps({"workspaces": ["packages/*"]}),
        "yarn.lock": "",
        "ui/package.json": package("vite build --outDir ../static", name_="ui"),
        "ui/package-lock.json": "{}",
    }
    value = found(facts, files, dirs("static"))
    assert (value["root"], value["install"]) == ("ui", "npm ci")


def test_a_build_inside_the_static_folder_of_an_app(facts: Build) -> None:
    files = {"site_/static/package.json": package("webpack"), "site_/static/lib/package.json": package("grunt")}
    assert found(facts, files, dirs("site_/static/dist"))["root"] == "site_/static"


def test_a_script_at_the_root_that_goes_through_the_workspace(facts: Build) -> None:
    root = {"scripts": {"build": "yarn workspace old build && yarn workspace new build"}, "workspaces": ["ui/*"]}
    files = {
        "package.json": json.dumps(root),
        "yarn.lock": "",
        "ui/old/package.json": package("gulp", name_="old"),
        "ui/new/package.json": package("vite build --outDir ../../static/new", name_="new"),
        "Dockerfile": "FROM node:22\nCOPY ui ui\nRUN yarn build\nFROM python:3.12\n",
    }
    value = found(facts, files, dirs("static"))
    assert (value["root"], value["build"]) == (".", "yarn run build")


@pytest.mark.parametrize("command", ["node build.mjs", "npx gulp build --production"])
def test_a_builder_that_only_the_dockerfile_starts(facts: Build, command: str) -> None:
    files = {
        "package.json": json.dumps({"devDependencies": {"esbuild": "1"}}),
        "pnpm-lock.yaml": "lockfileVersion: '9.0'\n",
        "Dockerfile": f"FROM python-and-node\nRUN pnpm install\nRUN {command} && python manage.py collectstatic\n",
    }
    value = found(facts, files, SETTINGS)
    assert (value["script"], value["install"], value["build"]) == ("", "pnpm install --frozen-lockfile", command)


def test_a_builder_that_only_a_build_script_starts(facts: Build) -> None:
    files = {
        "package.json": json.dumps({"devDependencies": {"@tailwindcss/cli": "4"}}),
        "build.sh": "pip install -r requirements.txt\nnpx @tailwindcss/cli -i in.css -o static/site.css\n"
        "python manage.py collectstatic\n",
    }
    value = found(facts, files, dirs("static"))
    assert (value["script"], value["build"]) == ("", "npx @tailwindcss/cli -i in.css -o static/site.css")


@pytest.mark.parametrize(
    ("run", "build"),
    [
        ("echo 'Run `npm run css` by hand.'", "npm run build"),
        ("npm run css:watch &", "npm run build"),
        ("npm run css", "npm run css"),
        ("echo Building && npm run css", "npm run css"),
    ],
)
def test_a_script_of_the_server_runs_what_it_does_not_only_mention(facts: Build, run: str, build: str) -> None:
    css = "tailwindcss -o static/site.css"
    files = {
        "package.json": json.dumps({"scripts": {"css": css, "css:watch": "gulp watch", "build": css}}),
        "run.sh": f"python manage.py migrate\n{run}\n",
    }
    assert found(facts, files, dirs("static"))["build"] == build


def test_a_builder_that_the_dockerfile_starts_beside_a_script(facts: Build) -> None:
    files = {
        "ui/package.json": package("tailwindcss -o ../static/site.css"),
        "ui/package-lock.json": "{}",
        "docker/Dockerfile": "FROM python-and-node\nRUN cd ui && \\\n npx webpack --mode=production && \\\n npm run build\n"
        "RUN npx vite build --outDir docs\n",
    }
    value = found(facts, files, dirs("static"))
    assert (value["root"], value["build"]) == ("ui", "npx webpack --mode=production && npm run build")


def test_a_tool_that_the_dockerfile_installs_globally_is_there_for_the_script(facts: Build) -> None:
    files = {
        "package.json": package("sass scss/site.scss static/site.css", dependencies={"bootstrap": "5"}),
        "package-lock.json": "{}",
        "Dockerfile": "FROM node:22 AS css\nRUN npm install -g sass@1 npm-check \\\n && npm ci && npm run build\nFROM python:3\n",
    }
    assert found(facts, files, dirs("static"))["build"] == "npx --yes --package=sass@1 -- npm run build"
    continued = "FROM node:22 AS css\nRUN npm install --global \\\n sass@1 && npm ci && npm run build\nFROM python:3\n"
    assert found(facts, files | {"Dockerfile": continued}, dirs("static"))["build"].startswith(
        "npx --yes --package=sass@1"
    )
    local = "FROM node:22 AS css\nRUN npm install sass bem-g && npm ci && npm run build\nFROM python:3\n"
    assert found(facts, files | {"Dockerfile": local}, dirs("static"))["build"] == "npm run build"
    files["package.json"] = package("sass scss/site.scss static/site.css", devDependencies={"sass": "1"})
    assert found(facts, files, dirs("static"))["build"] == "npm run build"


def test_a_front_end_with_a_server_is_not_built_for_the_site(facts: Build) -> None:
    files = {
        "ui/package.json": package("vite build", devDependencies={"@sveltejs/adapter-node": "5"}),
        "ui/package-lock.json": "{}",
        "Dockerfile": "FROM node:22 AS ui\nRUN cd ui && npm ci && npm run build\nFROM python:3.13\n"
        "COPY --from=ui /app/ui/build /srv/ui\nCMD supervisord\n",
    }
    assert found(facts, files, SETTINGS) == {}
    files["ui/package.json"] = package("next build", dependencies={"next": "16"})
    assert found(facts, files, SETTINGS) == {}
    files["ui/package.json"] = package("vite build", devDependencies={"@sveltejs/adapter-static": "3"})
    assert found(facts, files, SETTINGS)["root"] == "ui"


def test_a_command_of_a_dockerfile_is_about_the_package_whose_folder_it_runs_in(facts: Build) -> None:
    build = "FROM node:22\nCOPY . /src\nWORKDIR /src\nRUN npm ci\nWORKDIR apps/ui\nRUN npm run build\n"
    image = build + "FROM python:3.13\nCOPY apps/api /app\n"
    files = {
        "apps/api/package.json": package("echo built", name_="api"),
        "apps/ui/package.json": package("vite build", name_="ui"),
        "apps/ui/package-lock.json": "{}",
        "Dockerfile": image,
    }
    assert found(facts, files, SETTINGS)["root"] == "apps/ui"


def test_a_front_end_that_nginx_serves_is_not_built_for_the_site(facts: Build) -> None:
    build = "cd backend && python manage.py collectstatic\ncd ../ui && npm ci && npm run build\n"
    files = {"ui/package.json": package("vite build"), "ui/package-lock.json": "{}", "deploy.sh": build}
    assert found(facts, files, SETTINGS)["root"] == "ui"
    files["deploy.sh"] += "sudo systemctl restart nginx\n"
    assert found(facts, files, SETTINGS) == {}
    assert found(facts, files, dirs("ui/dist"))["root"] == "ui"


def test_node_of_the_image_that_is_named_for_production(facts: Build) -> None:
    files = {
        "package.json": package("webpack -o static/site", devDependencies={"webpack": "5"}),
        "package-lock.json": "{}",
        "devops/lint-dockerfile": "FROM node:6\n",
        "devops/ProdDjangoDockerfile": "FROM node:22 AS ui\nRUN npm ci && npm run build\nFROM python:3.13\n",
        "devops/DevDockerfile": "FROM node:18\n",
    }
    assert found(facts, files, dirs("static"))["node"] == "22"


DENO = """\
{
  // https://docs.deno.com/runtime/reference/cli/task/
  "tasks": {
    "dev": "deno run -A npm:vite",
    "css": "deno run -A npm:sass scss/site.scss:static/site.css",
    "build": {"command": "deno run -A npm:vite build --outDir static/dist", "dependencies": ["css"]},
  },
  "imports": {"vite": "npm:vite@^6", /* for the browser */ "htmx": "npm:htmx.org@2"},
}
"""


@pytest.mark.parametrize("name", ["deno.json", "deno.jsonc"])
def test_tasks_of_deno(facts: Build, name: str) -> None:
    value = found(facts, {name: DENO, "deno.lock": "{}"}, dirs("static"))
    assert (value["manager"], value["tool"]) == ("deno", "deno@2")
    assert (value["install"], value["build"]) == ("deno install --frozen", "deno task build")
    assert value["files"] == [name, "deno.lock"]
    assert form_problem("django_frontend", value) is None


def test_a_deno_json_that_builds_nothing(facts: Build) -> None:
    assert found(facts, {"deno.json": '{"fmt": {"lineWidth": 100}}'}, dirs("static")) == {}
    beside = {"deno.json": '{"fmt": {}}', "package.json": package("sass a.scss:static/a.css")}
    assert found(facts, beside, dirs("static"))["build"] == "npm run build"


def test_tasks_of_deno_that_a_dockerfile_runs(facts: Build) -> None:
    docker = "FROM denoland/deno:2 AS ui\nCOPY . .\nRUN deno task bundle\nFROM python:3.12\nCMD gunicorn site_.wsgi\n"
    files = {"deno.json": '{"tasks": {"bundle": "deno run -A bundle.ts"}}', "Dockerfile": docker}
    assert found(facts, files, dirs("static"))["build"] == "deno task bundle"


CSS = "npx tailwindcss -i in.css -o static/site.css"


@pytest.mark.parametrize(
    ("files", "build"),
    [
        ({"Makefile": f"css:\n\t@{CSS} --minify\n\nwatch:\n\t{CSS} --watch\n"}, f"{CSS} --minify"),
        ({"Makefile": f"css-small:\n\t{CSS} --minify\ncss:\n\t{CSS}\n"}, f"{CSS} --minify"),
        ({"justfile": f"css:\n    {CSS}\n"}, CSS),
        ({"Makefile": f"OUT ?= static\ncss:\n\t{CSS.replace('static', '$(OUT)')}\n"}, CSS),
        ({"Makefile": f"css:\n\t{CSS.replace('static', '$(OUT)')}\n"}, None),
        ({"Makefile": f"dev:\n\t{CSS}\n"}, None),
        ({"Makefile": "lint:\n\tnpx eslint .\ndocs:\n\tnpx typedoc --out docs\n"}, None),
        # The program of a dependency, and what a target needs.
        (
            {
                "Makefile": ".PHONY: all css js\nall: css js\n\tpython manage.py collectstatic\ncss:\n"
                "\tsass scss:static/css\njs:\n\tnode_modules/.bin/esbuild js/app.js \\\n\t\t--outfile=static/app.js\n"
            },
            "npx sass scss:static/css && node_modules/.bin/esbuild js/app.js --outfile=static/app.js",
        ),
        ({"Makefile": "all:\n\t$(MAKE) css\ncss:\n\tnpx sass scss static/css\n"}, "npx sass scss static/css"),
        # A deployment file of the site runs the target.
        (
            {
                "Makefile": "ui:\n\tnpx vite build\n",
                "Dockerfile": "FROM node:24 AS ui\nCOPY . .\nRUN make ui\nFROM python:3.12\nCMD gunicorn site_.wsgi\n",
            },
            "npx vite build",
        ),
    ],
)
def test_a_builder_that_only_a_makefile_starts(facts: Build, files: dict[str, str], build: str | None) -> None:
    tools = {"tailwindcss": "3", "sass": "1", "esbuild": "0.25", "vite": "6"}
    more = {"package.json": json.dumps({"devDependencies": tools}), **files}
    assert found(facts, more, dirs("static")).get("build") == build


def test_a_makefile_beside_or_above_the_package(facts: Build) -> None:
    files = {"ui/package.json": json.dumps({"devDependencies": {"sass": "1"}})}
    above = {"Makefile": "css:\n\tcd ui && npx sass main.scss ../static/main.css\n"}
    beside = {"ui/Makefile": "css:\n\tnpx sass main.scss ../static/main.css\n"}

    assert found(facts, {**files, **above}, dirs("static"))["build"] == (
        "(cd .. && cd ui && npx sass main.scss ../static/main.css)"
    )
    assert found(facts, {**files, **beside}, dirs("static"))["build"] == "npx sass main.scss ../static/main.css"


def test_a_makefile_builds_what_the_scripts_do_not(facts: Build) -> None:
    scripts = {"build": "esbuild a.js --outfile=static/a.js"}
    files = {
        "package.json": json.dumps({"scripts": scripts, "devDependencies": {"sass": "1"}}),
        "Makefile": "build: css\n\tnpm run build\ncss:\n\tnpx sass a.scss static/a.css\njs:\n\tnpx esbuild -o static/a.js\n",
    }
    assert found(facts, files, dirs("static"))["build"] == "npm run build && npx sass a.scss static/a.css"

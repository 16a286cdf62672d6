# ruff: noqa: E501 (files as people write them, one a line)
"""What an installation reads beside manifest and lock: local packages, included files, secrets, groups, Python's limits."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy_overlay.detect import Facts, Failure

from .conftest import django_project

Build = Callable[..., Facts]
MONEY = {
    "libs/money/pyproject.toml": '[project]\nname = "money-lib"\nversion = "1"\nreadme = "README.md"\n',
    "libs/money/README.md": "Money.\n",
    "libs/money/money_lib/__init__.py": "",
}
UV = '[project]\nname = "x"\nversion = "1"\ndependencies = ["django~=5.2", "money-lib"]\n'
POETRY = '[tool.poetry]\npackage-mode = false\n[tool.poetry.dependencies]\npython = "^3.11"\ndjango = "^5.2"\n'
LOCK = 'version = 1\n[[package]]\nname = "django"\nversion = "5.2.3"\n'
PIPFILE_LOCK = '{"_meta": {"requires": {"python_version": "3.12"}}, "default": {"django": {"version": "==5.2.3"}}}'
BARE = {**django_project(), "requirements.txt": None}
NESTED = {**django_project("backend"), "backend/requirements.txt": None}


def pip(text: str) -> dict[str, str]:
    return {"requirements.txt": f"Django==5.2.1\n{text}"}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (pip("./libs/money\n"), ["libs/money"]),
        (pip("-e ./libs/money[dev]\n"), ["libs/money"]),
        (pip("--editable=libs/money ; python_version > '3'\n"), ["libs/money"]),
        (pip("money-lib @ file:libs/money\n"), ["libs/money"]),
        (pip("file:libs/money#egg=money-lib\n"), ["libs/money"]),
        (pip("wheels/x-1-py3-none-any.whl --hash=sha256:00\n"), ["wheels/x-1-py3-none-any.whl"]),
        (pip("--find-links wheels\nx\n"), ["wheels"]),
        (pip("-f=wheels\n-c limits.txt\n"), ["wheels"]),
        (pip("-c limits.txt\n"), []),
        (pip("./gone ; sys_platform == 'win32'\n"), []),
        (pip("# ./gone\nx @ git+https://example.com/a.git\nhttps://example.com/a.zip\n"), []),
        ({**pip("-e .\n"), "pyproject.toml": UV}, ["."]),
        ({"pyproject.toml": UV + '[tool.uv.sources]\nmoney-lib = {path = "libs/money"}\n', "uv.lock": LOCK}, ["libs/money"]),
        (
            {"pyproject.toml": UV + '[tool.uv.sources]\nmoney-lib = [{path = "./libs/money", editable = true}]\n',
             "uv.lock": LOCK, "uv.toml": 'index-strategy = "first-index"\n'},
            ["uv.toml", "libs/money"],
        ),
        (
            {"pyproject.toml": UV + '[tool.uv]\nfind-links = ["./wheels"]\n', "uv.lock": LOCK},
            ["wheels"],
        ),
        (
            {"pyproject.toml": UV + '[tool.uv.sources]\nmoney-lib = {workspace = true}\n[tool.uv.workspace]\nmembers = ["libs/*"]\n',
             "uv.lock": LOCK, "libs/spare/pyproject.toml": '[project]\nname = "spare"\nversion = "1"\n'},
            ["libs/money", "libs/spare/pyproject.toml"],
        ),
        (
            {"pyproject.toml": '[project]\nname = "x"\nversion = "1"\ndynamic = ["dependencies"]\n', "uv.lock": LOCK},
            ["."],
        ),
        ({"pyproject.toml": POETRY + 'money = {path = "libs/money", develop = true}\n', "poetry.lock": LOCK}, ["libs/money"]),
        (
            {"pyproject.toml": POETRY + '[tool.poetry.group.dev.dependencies]\nmoney = {path = "./libs/money"}\n', "poetry.lock": LOCK},
            ["libs/money"],
        ),
        (
            {"pyproject.toml": UV.replace('"money-lib"', '"money-lib @ file:///${PROJECT_ROOT}/libs/money"'), "pdm.lock": LOCK},
            ["libs/money"],
        ),
        (
            {"Pipfile": '[packages]\ndjango = "*"\nmoney-lib = {path = "./libs/money", editable = true}\n'
             'x = {file = "wheels/x-1-py3-none-any.whl"}\n', "Pipfile.lock": PIPFILE_LOCK},
            ["libs/money", "wheels/x-1-py3-none-any.whl"],
        ),
        # Alternatives, categories and markers of the managers' own.
        ({"Pipfile": '[packages]\ndjango = "*"\n[web]\nmoney-lib = {path = "libs/money"}\n', "Pipfile.lock": PIPFILE_LOCK}, ["libs/money"]),
        (
            {"Pipfile": '[packages]\ndjango = "*"\ngone = {path = "./gone", sys_platform = "== \'win32\'"}\n', "Pipfile.lock": PIPFILE_LOCK},
            [],
        ),
        ({"pyproject.toml": POETRY + 'gone = {path = "../gone", platform = "darwin"}\n', "poetry.lock": LOCK}, []),
        (
            {"pyproject.toml": POETRY + 'money = [{path = "libs/money", python = "<3.13"}, {version = "1", python = ">=3.13"}]\n',
             "poetry.lock": LOCK},
            ["libs/money"],
        ),
        (
            {"pyproject.toml": UV + '[tool.uv.sources]\nmoney-lib = [{path = "libs/money", extra = "a"}, '
             '{path = "wheels/x-1-py3-none-any.whl", extra = "b"}]\n[tool.uv]\nconflicts = [[{extra = "a"}, {extra = "b"}]]\n', "uv.lock": LOCK},
            ["libs/money", "wheels/x-1-py3-none-any.whl"],
        ),
        (
            {"pyproject.toml": UV.replace('"money-lib"', "") + '[dependency-groups]\nweb = ["-e file:///${PROJECT_ROOT}/libs/money#egg=money-lib"]\n',
             "pdm.lock": LOCK},
            ["libs/money"],
        ),
        ({**pip("-e 'libs/my money'\nfile:libs/my%20money\n"), "libs/my money/setup.py": ""}, ["libs/my money"]),
        # Folders of packages, wherever the manager is told of them, and its own settings.
        (pip("--extra-index-url file:wheels\n"), ["wheels"]),
        (pip("-i ./wheels\n"), ["wheels"]),
        (pip("money-lib @ file://${PWD}/libs/money\n"), ["libs/money"]),
        ({"pyproject.toml": UV, "uv.lock": LOCK, "uv.toml": 'find-links = ["wheels"]\n'}, ["uv.toml", "wheels"]),
        (
            {"pyproject.toml": UV, "uv.lock": LOCK, "uv.toml": '[[index]]\nname = "a"\nurl = "./wheels"\nformat = "flat"\n'},
            ["uv.toml", "wheels"],
        ),
        ({"pyproject.toml": POETRY, "poetry.lock": LOCK, "poetry.toml": '[installer]\nno-binary = ["x"]\n'}, ["poetry.toml"]),
        # What only the lock takes from the repository: an override, or what another package needs.
        (
            {"pyproject.toml": UV + '[tool.uv]\noverride-dependencies = ["coin"]\n',
             "uv.lock": LOCK + '[[package]]\nname = "coin"\nversion = "1"\nsource = { directory = "libs/money" }\n'},
            ["libs/money"],
        ),
        (
            {"pyproject.toml": POETRY,
             "poetry.lock": LOCK + '[[package]]\nname = "x"\nversion = "1"\n[package.source]\ntype = "file"\nurl = "wheels/x-1-py3-none-any.whl"\n'},
            ["wheels/x-1-py3-none-any.whl"],
        ),
        ({"pyproject.toml": UV, "pdm.lock": LOCK + '[[package]]\nname = "m"\nversion = "1"\npath = "./libs/money"\n'}, ["libs/money"]),
        (
            {"Pipfile": '[packages]\ndjango = "*"\n', "Pipfile.lock": '{"default": {"django": {"version": "==5.2.3"}, "m": {"path": "./libs/money"}}}'},
            ["libs/money"],
        ),
        # What a build backend reads from outside its folder comes along, and the packages that a local package needs.
        ({**pip("./libs/money\n"), "libs/money/setup.py": "open('../VERSION')\n", "libs/VERSION": "1"}, ["libs/VERSION", "libs/money"]),
        (
            {**pip("./libs/money\n"), "libs/coin/setup.py": "",
             "libs/money/pyproject.toml": '[project]\nname = "m"\n[tool.uv.sources]\ncoin = {path = "../coin"}\n'},
            ["libs/coin", "libs/money"],
        ),
    ],
)  # fmt: skip
def test_every_local_file_that_the_manager_reads_is_known(
    facts: Build, files: dict[str, str], expected: list[str]
) -> None:
    beside = {"wheels/x-1-py3-none-any.whl": "", "limits.txt": "x<2\n"}
    base = django_project() if "requirements.txt" in files else BARE
    seen = facts({**base, **MONEY, **beside, **files})
    assert seen.fact("django_install_files").value == expected


def test_constraints_are_files_that_are_installed_from(facts: Build) -> None:
    seen = facts({**django_project(), **pip("-c limits.txt\n"), "limits.txt": "x<2\n"})
    assert seen.fact("django_dependency_files").value == ["requirements.txt", "limits.txt"]


def test_pip_starts_where_its_relative_paths_are_right(facts: Build) -> None:
    files = {
        "backend/requirements/base.txt": "Django==5.2.1\n./vendor/tiny\n",
        "backend/requirements/prod.txt": "-r base.txt\n",
    }
    beside = facts({**NESTED, **files, "backend/vendor/tiny/setup.py": ""})
    assert beside.fact("django_install_folder").value == "backend"
    assert beside.fact("django_install_files").value == ["backend/vendor/tiny"]


def test_paths_as_seen_from_the_root_of_the_repository(facts: Build) -> None:
    files = {"backend/requirements.txt": "Django==5.2.1\n./vendor/tiny\n", "vendor/tiny/setup.py": ""}
    seen = facts({**NESTED, **files})
    assert (seen.fact("django_install_folder").value, seen.fact("django_install_files").value) == (".", ["vendor/tiny"])


@pytest.mark.parametrize(
    ("manager", "manifest", "lock"),
    [
        ("uv", UV.replace("[project]\n", '[project]\nrequires-python = "==3.13.4"\n', 1), "uv.lock"),
        ("poetry", POETRY.replace('python = "^3.11"', 'python = "3.13.4"'), "poetry.lock"),
    ],
)
def test_a_python_of_a_single_patch_release_is_refused(facts: Build, manager: str, manifest: str, lock: str) -> None:
    files = {**django_project(), "requirements.txt": None, "pyproject.toml": manifest, lock: LOCK}
    with pytest.raises(Failure, match=rf'exactly Python 3\.13\.4.*"==3\.13\.\*".*`{manager} lock`'):
        facts(files).fact("django_python_version")


@pytest.mark.parametrize(
    "line", ["-e ../money", "money @ file:///croot/money", "./vendor/money", "/opt/wheels/x-1-py3-none-any.whl"]
)
def test_a_package_that_no_clone_has_is_refused(facts: Build, line: str) -> None:
    with pytest.raises(Failure, match=r"requirements\.txt:2 installs from .*repository"):
        facts({**django_project(), **pip(f"{line}\n")}).fact("django_install_files")


def test_a_package_that_git_does_not_have_is_refused(facts: Build, tmp_path: Path) -> None:
    seen = facts({**django_project(), **pip("./libs/money\n"), **MONEY, ".gitignore": "libs/\n"})
    for command in (["init", "--quiet"], ["add", "--all"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    with pytest.raises(Failure, match=r"git add --force libs/money"):
        seen.fact("django_install_files")


def test_paths_relative_to_two_folders_are_refused(facts: Build) -> None:
    files = {"backend/requirements.txt": "Django==5.2.1\n./a\n./b\n", "backend/a/setup.py": "", "b/setup.py": ""}
    with pytest.raises(Failure, match="pip runs in one folder"):
        facts({**NESTED, **files}).fact("django_install_files")


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (pip("--extra-index-url https://u:${TOKEN}@example.com/simple\n# ${NOT_THIS}\n"), ["TOKEN"]),
        (pip("shelf @ git+https://${GIT_TOKEN}@example.com/shelf.git\n"), ["GIT_TOKEN"]),
        ({**pip("-r more.txt\n"), "more.txt": "--index-url=https://${A}:${B}@example.com/simple\n"}, ["A", "B"]),
        (
            {"pyproject.toml": UV + '[[tool.uv.index]]\nname = "in-house"\nurl = "https://example.com/simple"\n', "uv.lock": LOCK},
            ["UV_INDEX_IN_HOUSE_USERNAME", "UV_INDEX_IN_HOUSE_PASSWORD"],
        ),
        (
            {"pyproject.toml": UV + '[[tool.uv.index]]\nname = "a"\nurl = "https://example.com/s"\nauthenticate = "never"\n', "uv.lock": LOCK},
            [],
        ),
        (
            {"pyproject.toml": UV + '[[tool.uv.index]]\nname = "pypi"\nurl = "https://pypi.org/simple"\n', "uv.lock": LOCK},
            [],
        ),
        (
            {"pyproject.toml": POETRY + '[[tool.poetry.source]]\nname = "torch"\nurl = "https://download.pytorch.org/whl/cpu"\n', "poetry.lock": LOCK},
            [],
        ),
        (
            {"pyproject.toml": POETRY + '[[tool.poetry.source]]\nname = "own.index"\nurl = "https://example.com/simple"\n', "poetry.lock": LOCK},
            ["POETRY_HTTP_BASIC_OWN_INDEX_USERNAME", "POETRY_HTTP_BASIC_OWN_INDEX_PASSWORD"],
        ),
        (
            {"Pipfile": '[[source]]\nurl = "https://$USERNAME:${SECRET}@example.com/simple"\nname = "a"\n[packages]\ndjango = "*"\n',
             "Pipfile.lock": PIPFILE_LOCK},
            ["USERNAME", "SECRET"],
        ),
        (
            {"pyproject.toml": UV + '[[tool.pdm.source]]\nname = "a"\nurl = "https://${PDM_USER}:${PDM_KEY}@example.com/simple"\n', "pdm.lock": LOCK},
            ["PDM_USER", "PDM_KEY"],
        ),
        # What the project's own deployment files hand on to the manager.
        ({**pip(""), "Dockerfile": "FROM python\nARG PIP_EXTRA_INDEX_URL\nRUN pip install -r requirements.txt\n"}, ["PIP_EXTRA_INDEX_URL"]),
        (
            {**pip(""), "Dockerfile": "FROM python\nRUN --mount=type=secret,id=PIP_INDEX_URL,env=PIP_INDEX_URL pip install -r requirements.txt\n"},
            ["PIP_INDEX_URL"],
        ),
        ({**pip(""), "compose.yml": "services:\n  web:\n    build:\n      args:\n        PIP_INDEX_URL: ${INDEX}\n"}, ["PIP_INDEX_URL"]),
        ({**pip(""), "Dockerfile": "FROM python\nENV PIP_INDEX_URL=https://pypi.example.org/simple\n"}, []),
        (
            {"pyproject.toml": UV, "uv.lock": LOCK, "Dockerfile": "FROM python\nARG UV_INDEX_IN_HOUSE_PASSWORD\nRUN uv sync\n"},
            ["UV_INDEX_IN_HOUSE_PASSWORD"],
        ),
    ],
)  # fmt: skip
def test_variables_that_only_the_installation_needs(facts: Build, files: dict[str, str], expected: list[str]) -> None:
    base = django_project() if "requirements.txt" in files else BARE
    assert facts({**base, **files}).fact("django_build_secrets").value == expected


OVER_SSH = "ssh://git@example.com/ada/shelf.git"
OVER_HTTPS = "https://example.com/ada/shelf.git"
SHELF = '[project]\nname = "x"\nversion = "1"\ndependencies = ["django", "shelf"]\n'


@pytest.mark.parametrize(
    ("files", "place", "instead"),
    [
        (pip(f"git+{OVER_SSH}@v1#egg=shelf\n"), "requirements.txt:2", f"git+{OVER_HTTPS}@v1#egg=shelf"),
        (pip(f"-e git+{OVER_SSH}#egg=shelf\n"), "requirements.txt:2", f"git+{OVER_HTTPS}#egg=shelf"),
        (pip(f"shelf @ git+{OVER_SSH}\n"), "requirements.txt:2", f"git+{OVER_HTTPS}"),
        (pip("shelf @ git+ssh://git@example.com:2222/ada/shelf.git\n"), "requirements.txt:2", f"git+{OVER_HTTPS}"),
        (pip("hg+ssh://hg@example.com/ada/shelf#egg=shelf\n"), "requirements.txt:2", "hg+https://example.com/ada/shelf#egg=shelf"),
        ({**pip("-r more.txt\n"), "more.txt": f"shelf @ git+{OVER_SSH}\n"}, "more.txt:1", f"git+{OVER_HTTPS}"),
        (
            {"pyproject.toml": UV.replace("money-lib", f"shelf @ git+{OVER_SSH}"), "uv.lock": LOCK},
            "pyproject.toml:4", f"git+{OVER_HTTPS}",
        ),
        (
            {"pyproject.toml": SHELF + f'[tool.uv.sources]\nshelf = {{git = "{OVER_SSH}", tag = "v1"}}\n', "uv.lock": LOCK},
            "pyproject.toml:6", OVER_HTTPS,
        ),
        (
            {"pyproject.toml": SHELF + f'[tool.uv.sources]\nshelf = [{{git = "{OVER_SSH}"}}]\n', "uv.lock": LOCK},
            "pyproject.toml:6", OVER_HTTPS,
        ),
        (
            {"pyproject.toml": POETRY + 'shelf = {git = "git@example.com:ada/shelf.git", tag = "v1"}\n', "poetry.lock": LOCK},
            "pyproject.toml:6", OVER_HTTPS,
        ),
        (
            {"pyproject.toml": POETRY + f'[tool.poetry.dependencies.shelf]\ngit = "{OVER_SSH}"\n', "poetry.lock": LOCK},
            "pyproject.toml:7", OVER_HTTPS,
        ),
        (
            {"pyproject.toml": POETRY + f'[tool.poetry.group.prod.dependencies]\nshelf = {{git = "{OVER_SSH}"}}\n', "poetry.lock": LOCK},
            "pyproject.toml:7", OVER_HTTPS,
        ),
        (
            {"pyproject.toml": UV.replace("money-lib", f"shelf @ git+{OVER_SSH}"), "pdm.lock": LOCK},
            "pyproject.toml:4", f"git+{OVER_HTTPS}",
        ),
        (
            {"Pipfile": f'[packages]\ndjango = "*"\nshelf = {{git = "{OVER_SSH}", ref = "v1"}}\n', "Pipfile.lock": PIPFILE_LOCK},
            "Pipfile:3", OVER_HTTPS,
        ),
        # What only another package asks for is in the lock alone.
        ({"pyproject.toml": SHELF.replace(', "shelf"', ""), "uv.lock": f"""version = 1
[[package]]
name = "django"
version = "5.2.3"
[[package]]
name = "shelf"
version = "1"
source = {{ git = "{OVER_SSH}?tag=v1#0123" }}
"""}, "uv.lock", ""),
        ({"pyproject.toml": POETRY, "poetry.lock": LOCK + f"""[[package]]
name = "shelf"
version = "1"
[package.source]
type = "git"
url = "{OVER_SSH}"
"""}, "poetry.lock", ""),
        ({"pyproject.toml": UV, "pdm.lock": LOCK + f'[[package]]\nname = "shelf"\nversion = "1"\ngit = "{OVER_SSH}"\n'}, "pdm.lock", ""),
        (
            {"Pipfile": '[packages]\ndjango = "*"\n',
             "Pipfile.lock": PIPFILE_LOCK.replace('"default": {', f'"default": {{"shelf": {{"git": "{OVER_SSH}"}}, ')},
            "Pipfile.lock", "",
        ),
    ],
)  # fmt: skip
def test_a_requirement_that_is_cloned_over_ssh(facts: Build, files: dict[str, str], place: str, instead: str) -> None:
    base = django_project() if "requirements.txt" in files else BARE
    found = facts({**base, **files}).cloned_over_ssh()
    assert [(one.name, one.place, one.instead) for one in found] == [("shelf", place, instead)]


@pytest.mark.parametrize(
    "files",
    [
        pip(f"shelf @ git+{OVER_HTTPS}\nx @ git+https://${{GIT_TOKEN}}@example.com/x.git\n"),
        pip(f"shelf @ git+{OVER_SSH} ; sys_platform == 'win32'\n"),
        {**pip(""), "requirements-dev.txt": f"-r requirements.txt\nshelf @ git+{OVER_SSH}\n"},
        {"pyproject.toml": POETRY + f'[tool.poetry.group.dev.dependencies]\nshelf = {{git = "{OVER_SSH}"}}\n', "poetry.lock": LOCK},
        {"pyproject.toml": UV.replace(', "money-lib"', "") + f'[dependency-groups]\ntools = ["shelf @ git+{OVER_SSH}"]\n', "uv.lock": LOCK},
        {"Pipfile": f'[packages]\ndjango = "*"\n[dev-packages]\nshelf = {{git = "{OVER_SSH}"}}\n', "Pipfile.lock": PIPFILE_LOCK},
    ],
)  # fmt: skip
def test_what_production_does_not_clone_over_ssh_is_fine(facts: Build, files: dict[str, str]) -> None:
    base = django_project() if "requirements.txt" in files else BARE
    assert facts({**base, **files}).cloned_over_ssh() == []


def test_a_front_end_that_is_built_with_a_package_cloned_over_ssh(facts: Build) -> None:
    package = '{"scripts": {"build": "vite build"}, "dependencies": {\n"a": "git+ssh://git@example.com/ada/a.git#v1", "b": "^1"}}'
    seen = facts(
        {**django_project(), "package.json": package, "package-lock.json": '{"lockfileVersion": 3}'},
        django_frontend={"root": ".", "build": "npm run build"},
    )
    assert [(one.name, one.place, one.instead) for one in seen.cloned_over_ssh()] == [
        ("a", "package.json:2", "git+https://example.com/ada/a.git#v1")
    ]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"pyproject.toml": UV, "uv.lock": 'version = 1\nrequires-python = ">=3.10, <3.13"\n'}, "3.12"),
        ({"pyproject.toml": POETRY, "poetry.lock": LOCK + '[metadata]\npython-versions = "~3.12"\n'}, "3.12"),
        ({"pyproject.toml": UV, "pdm.lock": LOCK + '[metadata]\n[[metadata.targets]]\nrequires_python = "==3.11.*"\n'}, "3.11"),
        ({"Pipfile": '[packages]\ndjango = "*"\n', "Pipfile.lock": PIPFILE_LOCK}, "3.12"),
        (
            {"pyproject.toml": UV + '[tool.uv.sources]\nmoney-lib = {path = "libs/money"}\n', "uv.lock": LOCK, **MONEY,
             "libs/money/pyproject.toml": '[project]\nname = "money-lib"\nversion = "1"\nrequires-python = "<3.13"\n'},
            "3.12",
        ),
        (
            {"requirements.in": "django\n", "requirements.txt": "#\n# This file is autogenerated by pip-compile with Python 3.12\n"
             "# by the following command:\n#\n#    pip-compile requirements.in\n#\ndjango==5.2.3\n"},
            "3.12",
        ),
        # A file that the lock contradicts is an old one.
        ({"pyproject.toml": UV, "uv.lock": 'version = 1\nrequires-python = ">=3.12, <3.13"\n', ".python-version": "3.11\n"}, "3.12"),
    ],
)  # fmt: skip
def test_everything_that_the_lock_covers_allows_the_python(facts: Build, files: dict[str, str], expected: str) -> None:
    base = django_project() if "requirements.txt" in files else BARE
    assert facts({**base, **files}).fact("django_python_version").value == expected


GROUPS = (
    POETRY
    + '[tool.poetry.group.prod.dependencies]\nsentry-sdk = "*"\n[tool.poetry.group.dev.dependencies]\npytest = "*"\n'
    + '[tool.poetry.group.api.dependencies]\nx = "*"\n[tool.poetry.group.later]\noptional = true\n'
    + '[tool.poetry.group.later.dependencies]\ny = "*"\n[tool.poetry.extras]\npg = ["psycopg2"]\n'
)


def docker(command: str) -> dict[str, str]:
    return {"Dockerfile": f"FROM python:3.12\nCOPY . .\nRUN {command}\n"}


@pytest.mark.parametrize(
    ("files", "groups", "extras"),
    [
        ({"pyproject.toml": GROUPS, "poetry.lock": LOCK}, ["api", "prod"], []),
        ({"pyproject.toml": GROUPS, "poetry.lock": LOCK, **docker("poetry install --only main")}, [], []),
        ({"pyproject.toml": GROUPS, "poetry.lock": LOCK, **docker("poetry install --only=main,prod -E pg")}, ["prod"], ["pg"]),
        (
            {"pyproject.toml": GROUPS, "poetry.lock": LOCK, **docker("poetry install --without dev,api --with later && echo")},
            ["later", "prod"],
            [],
        ),
        (
            {"pyproject.toml": UV + '[project.optional-dependencies]\ns3 = ["boto3"]\n[dependency-groups]\nprod = ["x"]\ndev = ["y"]\n',
             "uv.lock": LOCK, **docker("uv sync --frozen --no-dev --extra s3 --group prod")},
            ["prod"],
            ["s3"],
        ),
        (
            {"pyproject.toml": UV + '[dependency-groups]\nweb = ["x"]\ndev = ["y"]\n[tool.uv]\ndefault-groups = ["dev", "web"]\n', "uv.lock": LOCK},
            ["web"],
            [],
        ),
        (
            {"pyproject.toml": UV + '[dependency-groups]\ncss = ["x"]\nweb = ["y"]\n[tool.uv]\ndefault-groups = ["css", "web"]\n', "uv.lock": LOCK,
             "Dockerfile": "FROM python AS css\nRUN uv sync --no-dev --no-group web\nFROM python\nRUN uv sync --no-group css --no-group web\n"},
            ["css"],
            [],
        ),
        (
            {"pyproject.toml": UV + '[project.optional-dependencies]\nlive = ["boto3"]\ntest = ["y"]\n', **docker('pip install ".[live,test]"')},
            [],
            ["live"],
        ),
        (
            {"Pipfile": '[packages]\ndjango = "*"\n[web]\nx = "*"\n', "Pipfile.lock": PIPFILE_LOCK,
             **docker('pipenv install --deploy --categories "packages web"')},
            ["web"],
            [],
        ),
    ],
)  # fmt: skip
def test_groups_that_production_installs_today_are_installed(
    facts: Build, files: dict[str, str], groups: list[str], extras: list[str]
) -> None:
    seen = facts({**BARE, **files})
    assert seen.fact("django_dependency_groups").value == groups
    assert seen.fact("django_dependency_extras").value == extras


def test_setuptools_finds_dependencies_in_a_requirements_file(facts: Build) -> None:
    pyproject = '[project]\nname = "x"\ndynamic = ["dependencies"]\n[tool.setuptools.dynamic]\ndependencies = {file = ["reqs.txt"]}\n'
    seen = facts({**BARE, "pyproject.toml": pyproject, "reqs.txt": "Django==5.2.1\n"})
    assert seen.fact("django_dependency_files").value == ["reqs.txt"]


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("pip install --no-cache-dir -r requirements.txt && pip install sentry-sdk==2.0 gunicorn", "sentry-sdk"),
        ("pip install -U pip wheel && pip install -r requirements.txt 'Celery[redis]>=5'", "celery"),
    ],
)
def test_a_package_that_is_installed_by_name_is_not_dropped(facts: Build, command: str, name: str) -> None:
    files = {**django_project(), **docker(command)}
    with pytest.raises(Failure, match=f"Dockerfile:3 installs {name}, which requirements.txt does not have"):
        facts(files).fact("django_dependency_manager")


@pytest.mark.parametrize(
    ("files", "told"),
    [
        (docker("poetry install && poetry add sentry-sdk"), "Dockerfile:3 installs sentry-sdk, "),
        (docker("pip install -r requirements.txt && conda install -y -c conda-forge gdal=3.6"), "Dockerfile:3 installs gdal, "),
        (docker("conda env create --file environment.yml"), r"Dockerfile:3 installs what environment\.yml lists, "),
        (docker("micromamba install -y -f /tmp/env.yaml"), r"Dockerfile:3 installs what env\.yaml lists, "),
        ({"Dockerfile": "FROM python\nENV MORE='boto3 x'\nRUN pip install -r requirements.txt $MORE\n"}, "Dockerfile:3 installs boto3, "),
        ({"docker/Dockerfile": "FROM python\nRUN pip install -r requirements.txt boto3\n"}, "docker/Dockerfile:2 installs boto3, "),
        ({".upsun/config.yaml": "applications:\n  a:\n    hooks:\n      build: |\n        pip install boto3\n"}, "config.yaml:5 installs boto3, "),
        ({"railway.json": '{"build": {"buildCommand": "pip install boto3"}}'}, "railway.json:1 installs boto3, "),
        ({"compose.prod.yml": "services:\n  web:\n    command: sh -c 'pip install boto3 && gunicorn x'\n"}, "compose.prod.yml:3 installs boto3, "),
    ],
)  # fmt: skip
def test_packages_that_are_added_in_another_way_are_not_dropped(facts: Build, files: dict[str, str], told: str) -> None:
    with pytest.raises(Failure, match=told + "(which|but)"):
        facts({**django_project(), **files}).fact("django_dependency_manager")


def test_what_a_script_says_is_not_what_it_does(facts: Build) -> None:
    files = {"build.sh": "pip install -r requirements.txt || echo 'pip install failed'\necho Run pip install boto3\n"}
    assert facts({**django_project(), **files}).fact("django_dependency_manager").value == "pip"


def test_what_other_services_install_is_theirs(facts: Build) -> None:
    for name in ("ml/requirements.txt", "ml/package.json"):
        files = {**django_project(), "ml/Dockerfile": "FROM python\nRUN pip install torch\n", name: "torch\n"}
        assert facts(files).fact("django_dependency_manager").value == "pip"


def test_what_an_image_without_the_project_installs_is_its_own(facts: Build) -> None:
    mock = 'FROM python:3.13-alpine\nRUN pip install mock-server lorem-text\nCMD ["mock-server"]\n'
    files = {**BARE, "backend/requirements.txt": "Django==5.2.1\n", "mock/Dockerfile": mock}
    assert facts(files).fact("django_dependency_manager").value == "pip"


def test_a_requirements_file_that_a_variable_of_the_image_names(facts: Build) -> None:
    image = "FROM python\nARG FILE=requirements/site.txt\nRUN pip install -r $FILE\n"
    files = {"requirements/site.txt": "Django==5.2.1\nboto3\n", "requirements/base.txt": "Django==5.2.1\n"}
    seen = facts({**BARE, **files, "docker/Dockerfile": image})
    assert seen.fact("django_dependency_files").value == ["requirements/site.txt"]


@pytest.mark.parametrize("line", ["./libs/core", "-e ./libs/core"])
def test_django_that_a_package_of_the_repository_brings(facts: Build, line: str) -> None:
    core = {"libs/core/pyproject.toml": '[project]\nname = "core"\nversion = "1"\ndependencies = ["django~=5.2"]\n'}
    seen = facts({**django_project(), "requirements.txt": f"{line}\n", **core})
    assert seen.fact("django_dependency_files").value == ["requirements.txt"]
    assert seen.fact("django_install_files").value == ["libs/core"]


def test_tools_and_servers_that_an_image_installs_are_no_requirements(facts: Build) -> None:
    for command in (
        "pip install --upgrade pip 'uwsgi==2' && pip install --timeout 60 -r requirements.txt",
        "pip install poetry poetry-plugin-bundle==1.3 && pip install -r requirements.txt",
        "pip install setuptools-rust maturin && pip install --upgrade-strategy eager -r requirements.txt",
        "uv pip install --system --python-preference system --index-strategy unsafe-best-match -r requirements.txt",
    ):
        assert facts({**django_project(), **docker(command)}).fact("django_dependency_manager").value == "pip"


def test_a_project_that_is_installed_beside_its_requirements_is_not_dropped(facts: Build) -> None:
    files = {**django_project(), "pyproject.toml": UV, **docker("pip install -r requirements.txt && pip install .")}
    with pytest.raises(Failure, match=r"installs the project itself too, whose pyproject\.toml has money-lib"):
        facts(files).fact("django_dependency_manager")


def test_requirements_beside_a_lock_are_not_dropped(facts: Build) -> None:
    files = {**BARE, "pyproject.toml": POETRY, "poetry.lock": LOCK, "requirements.txt": "sentry-sdk\n"}
    with pytest.raises(Failure, match=r"requirements\.txt has sentry-sdk, which poetry\.lock does not"):
        facts(files).fact("django_dependency_manager")


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (
            "pip install -r requirements.txt -c limits.txt",
            r"with -c limits\.txt, .* line `-c limits\.txt` into requirements\.txt",
        ),
        ("PIP_CONSTRAINT=limits.txt pip install -r requirements.txt", r"line `-c limits\.txt`"),
        (
            "pip install --extra-index-url https://example.com/cpu -r requirements.txt",
            "line `--extra-index-url https://example.com/cpu`",
        ),
        (
            "pip install -i https://u:$KEY@pypi.example.com/simple -r requirements.txt",
            r"line `-i https://u:\$\{KEY\}@pypi",
        ),
        ("pip install -f /app/wheels -r requirements.txt", "line `-f wheels`"),
        ("pip install --no-binary=lxml -r requirements.txt", "line `--no-binary lxml`"),
        ("pip install git+https://example.com/shelf.git", r"line `git\+https://example\.com/shelf\.git`"),
        ("pip install -r requirements.txt /app/libs/money", "line `./libs/money`"),
        ("pip install -e libs/money[x] && pip install -r requirements.txt", "line `./libs/money`"),
        ("pip install wheels/*.whl -r requirements.txt", "line `./wheels/x-1-py3-none-any.whl`"),
        ("pip install -i https://pypi.example.org/simple -r requirements.txt", None),  # a mirror
        ("pip wheel --wheel-dir /wheels -r requirements.txt && pip install --no-index -f /wheels /wheels/*", None),
        ("pip install $EXTRA ./built -r requirements.txt", None),
    ],
)
def test_what_an_image_installs_beside_its_requirements_is_not_dropped(
    facts: Build, command: str, told: str | None
) -> None:
    beside = {**MONEY, "wheels/x-1-py3-none-any.whl": "", "limits.txt": "x<2\n"}
    seen = facts({**django_project(), **beside, **docker(command)})
    if told is None:
        assert seen.fact("django_dependency_manager").value == "pip"
        return
    with pytest.raises(Failure, match=f"Dockerfile:3 installs .*{told}"):
        seen.fact("django_dependency_manager")


def test_what_is_in_the_requirements_already_is_not_asked_for_again(facts: Build) -> None:
    command = "pip install -c limits.txt --extra-index-url https://example.com/cpu -r requirements.txt ./libs/money git+https://example.com/a.git"
    lines = "-c limits.txt\n--extra-index-url https://example.com/cpu\n-e ./libs/money\na @ git+https://example.com/a.git@v1\n"
    seen = facts({**django_project(), **MONEY, **pip(lines), "limits.txt": "x<2\n", **docker(command)})
    assert seen.fact("django_dependency_manager").value == "pip"


@pytest.mark.parametrize(
    ("files", "name"),
    [
        ({"nixpacks.toml": '[phases.install]\ncmds = ["pip install -r requirements.txt", "pip install boto3"]\n'}, "boto3"),
        ({"bin/post_compile": "#!/bin/sh\npip install boto3\n"}, "boto3"),
        ({"build.sh": "pip install -r requirements.txt\npip install -U pip boto3\n"}, "boto3"),
    ],
)  # fmt: skip
def test_packages_that_other_deployment_files_install_are_not_dropped(
    facts: Build, files: dict[str, str], name: str
) -> None:
    with pytest.raises(Failure, match=f"installs {name}, which requirements.txt does not have"):
        facts({**django_project(), **files}).fact("django_dependency_manager")


SETUP_PY = """
from setuptools import find_packages, setup

REQUIRED = ["Django>=5.2", "pyodbc"]

setup(name="x", packages=find_packages(), install_requires=REQUIRED + ["requests"], extras_require={"live": ["mysqlclient"]})
"""
SETUP_CFG = """
[metadata]
name = x
[options]
install_requires =
    Django>=5.2
    mysqlclient  # the driver
[options.extras_require]
live = pycairo
"""


@pytest.mark.parametrize(
    ("line", "files", "installed_from", "libraries"),
    [
        ("-e .", {"setup.py": SETUP_PY}, ["requirements.txt"], ["odbc"]),
        ("-e .[live]", {"setup.py": SETUP_PY}, ["requirements.txt"], ["mysql", "odbc"]),
        (".", {"setup.cfg": SETUP_CFG, "setup.py": "from setuptools import setup; setup()"}, ["requirements.txt"], ["mysql"]),
        (".[live]", {"setup.cfg": SETUP_CFG}, ["requirements.txt"], ["cairo", "mysql"]),
        ("-e .", {"pyproject.toml": UV}, ["pyproject.toml"], []),
        # What only the requirements file has is not dropped.
        ("-e .\nsentry-sdk", {"pyproject.toml": UV}, ["requirements.txt", "pyproject.toml"], []),
        ("-e .\n-c limits.txt", {"pyproject.toml": UV}, ["requirements.txt", "limits.txt", "pyproject.toml"], []),
    ],
)  # fmt: skip
def test_a_project_that_its_requirements_install(
    facts: Build, line: str, files: dict[str, str], installed_from: list[str], libraries: list[str]
) -> None:
    files = {**BARE, "limits.txt": "money-lib==1\n", "requirements.txt": f"{line}\n", **files}
    seen = facts(files)
    assert seen.fact("django_dependency_manager").value == "pip"
    assert seen.fact("django_dependency_files").value == installed_from
    assert seen.fact("django_install_files").value == (["."] if installed_from[0] == "requirements.txt" else [])
    assert [kind for kind in seen.fact("django_system_libraries").value if kind != "compiler"] == libraries


def test_files_named_for_production_are_not_dropped(facts: Build) -> None:
    files = {**django_project(), "requirements-prod.txt": "sentry-sdk\n"}
    with pytest.raises(Failure, match=r"Add the line `-r requirements\.txt` to requirements-prod\.txt"):
        facts(files).fact("django_dependency_manager")


def test_a_manifest_that_has_more_than_the_requirements_is_not_dropped(facts: Build) -> None:
    more = UV.replace("money-lib", "sentry-sdk")
    with pytest.raises(Failure, match=r"pyproject\.toml has sentry-sdk, which requirements\.txt does not"):
        facts({**django_project(), "pyproject.toml": more}).fact("django_dependency_manager")


def test_a_setup_py_that_has_more_than_the_requirements_is_not_dropped(facts: Build) -> None:
    with pytest.raises(Failure, match=r"setup\.py has pyodbc, which requirements\.txt does not"):
        facts({**django_project(), "setup.py": SETUP_PY}).fact("django_dependency_manager")


def test_the_versions_of_a_pylock_are_not_dropped(facts: Build) -> None:
    lock = 'lock-version = "1.0"\n[[packages]]\nname = "django"\nversion = "5.2.1"\n'
    for files in ({"pylock.toml": lock}, {"pyproject.toml": UV}):
        with pytest.raises(Failure, match=r"pylock\.toml has the versions that are installed"):
            facts({**BARE, **files}).fact("django_dependency_manager")

"""Each manager installs a tree as production does, once; then it is there without a network.

Seconds to a minute each: a manager is installed, and then the project's packages.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import uv

from deploy_overlay.base.log import Log
from deploy_overlay.base.sealed import bound_by_write_bits
from deploy_overlay.detect import FACTS, look
from deploy_overlay.platforms import recognizers
from deploy_overlay.rehearse.installation import install
from deploy_overlay.rehearse.preparation import CannotTest, Installed, NotReady, Tree
from deploy_overlay.rehearse.tree import take
from tests.support import adopt, interpreter, make_project
from tests.support.cache import cache_folder
from tests.support.repository import git

MANAGERS = ("pip", "pip-tools", "pep621", "poetry", "pipenv", "uv", "pdm")


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of its own for the rehearsal, which all tests of a run share; downloads are those of all runs."""
    folder = tmp_path_factory.getbasetemp() / "cache"
    downloads = cache_folder() / "downloads"
    for name in ("PIP", "UV", "POETRY", "PDM", "PIPENV"):
        monkeypatch.setenv(f"{name}_CACHE_DIR", str(downloads / name.lower()))
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    kept = folder / "deploy-overlay" / "rehearsal"
    if not kept.exists():
        # The managers are those of all runs too: each takes a minute.
        kept.mkdir(parents=True)
        (cache_folder() / "managers").mkdir(exist_ok=True)
        (kept / "managers").symlink_to(cache_folder() / "managers")
    return kept


def facts(root: Path) -> dict[str, Any]:
    found = look(root, platforms=recognizers())
    return {name: found.fact(name).value for name in FACTS}


@dataclass
class Project:
    """A repository, its answers, and what was said while it was installed."""

    root: Path
    values: Mapping[str, Any]
    said: list[str] = field(default_factory=list)
    trees: int = 0

    @property
    def tmp_path(self) -> Path:
        return self.root.parent

    def tree(self) -> Tree:
        self.trees += 1
        return take(self.root, self.tmp_path / f"tree{self.trees}", self.log)

    @property
    def log(self) -> Log:
        return Log(self.tmp_path / "log")

    def install(self) -> Installed:
        self.said.clear()
        return install(self.tree(), self.values, self.log, self.said.append)


def write(root: Path, files: Mapping[str, str]) -> Path:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return root


def managed(tmp_path: Path, manager: str) -> Project:
    """The sample as its users have it."""
    root = make_project(tmp_path / "site", manager=manager).root
    return Project(root, {**facts(root), "django_python_version": "3.13"})


def plain(tmp_path: Path, files: Mapping[str, str], **answers: Any) -> Project:
    """A repository that is no more than its dependencies."""
    root = write(tmp_path / "site", {"manage.py": "", **files})
    adopt(root)
    usual = {"django_python_version": "3.12", "django_dependency_manager": "pip", "django_dependency_root": "."}
    return Project(root, {**usual, "django_dependency_files": ["requirements.txt"], **answers})


def python(installed: Installed, code: str) -> str:
    done = subprocess.run([installed.python, "-c", code], capture_output=True, text=True, check=False, env={})
    return done.stdout.strip() or done.stderr.strip().splitlines()[-1]


def unplug(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # the port of discard, where nobody answers
    monkeypatch.setenv("PIP_RETRIES", "1")  # pip says nothing of a connection that it does not try again


@pytest.mark.parametrize("manager", MANAGERS)
def test_each_manager(manager: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = managed(tmp_path, manager)

    first = project.install()

    assert project.said and first.version == project.values["django_python_version"]
    assert python(first, "import django, PIL; print('there')") == "there"
    assert "No module named" in python(first, "import pytest")  # of development
    assert "No module named" in python(first, "import pip")
    assert (first.programs / "django-admin").is_file()
    assert first.unproven == ()

    unplug(monkeypatch)
    write(project.root, {"shelf/new.py": ""})
    again = project.install()

    assert again == first and not project.said
    assert git(project.root, "status", "--porcelain") == "?? shelf/new.py\n"


def test_another_requirement_is_another_environment(tmp_path: Path) -> None:
    project = plain(tmp_path, {"requirements.txt": "-r more.txt\n", "more.txt": "six==1.16.0\n"},
                    django_dependency_files=["requirements.txt", "more.txt"])  # fmt: skip
    first = project.install()
    write(project.root, {"more.txt": "six==1.17.0\n"})
    second = project.install()

    assert python(first, "import six; print(six.__version__)") == "1.16.0"
    assert python(second, "import six; print(six.__version__)") == "1.17.0"


def test_only_what_production_is_given_is_read(tmp_path: Path) -> None:
    project = plain(tmp_path, {"requirements.txt": "-r more.txt\n", "more.txt": "six==1.16.0\n"})

    with pytest.raises(NotReady) as refusal:
        project.install()

    assert "more.txt" in refusal.value.outcome.detail


def test_a_file_that_git_ignores(tmp_path: Path) -> None:
    project = plain(tmp_path, {".gitignore": "requirements.txt\n", "requirements.txt": "six\n"})

    with pytest.raises(NotReady) as refusal:
        project.install()

    assert refusal.value.outcome.detail == "requirements.txt is not in git, but production installs from it"
    assert refusal.value.outcome.cure == "Run `git add --force requirements.txt`."


def test_a_version_that_there_is_not(tmp_path: Path) -> None:
    project = plain(tmp_path, {"requirements.txt": "six==999\n"})

    with pytest.raises(NotReady) as refusal:
        project.install()

    assert "No matching distribution found for six==999" in refusal.value.outcome.detail


def test_the_shell_does_not_reach_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = plain(tmp_path, {"requirements.txt": "six==1.16.0\n", "beside/colorama.py": ""})
    monkeypatch.setenv("PYTHONPATH", str(project.root / "beside"))
    monkeypatch.setenv("PIP_TARGET", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path / "active"))

    installed = project.install()

    assert python(installed, "import six; print(six.__version__)") == "1.16.0"
    assert not (tmp_path / "elsewhere").exists()


def test_without_a_network_at_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = plain(tmp_path, {"requirements.txt": "six==1.15.0\n"})
    unplug(monkeypatch)
    monkeypatch.setenv("PIP_CACHE_DIR", str(tmp_path / "nothing"))

    with pytest.raises(CannotTest, match=r"The package index .*cannot be reached"):
        project.install()


def test_a_lock_that_is_behind(tmp_path: Path) -> None:
    project = managed(tmp_path, "uv")
    path = project.root / "pyproject.toml"
    path.write_text(path.read_text().replace("dependencies = [", 'dependencies = [\n    "six",', 1))

    with pytest.raises(NotReady) as refusal:
        project.install()

    assert refusal.value.outcome.cure == "Run `uv lock`, and commit uv.lock."


@pytest.mark.parametrize("editable", [True, False])
def test_a_package_of_the_repository_comes_from_each_tree(editable: bool, tmp_path: Path) -> None:
    package = '[project]\nname = "price"\nversion = "1"\n[build-system]\nrequires = ["setuptools"]\n'
    package += 'build-backend = "setuptools.build_meta"\n'
    files = {
        "requirements.txt": f"{'-e ' if editable else ''}./libs/price\nsix==1.16.0\n", "libs/price/pyproject.toml": package,
        "libs/price/src/price/__init__.py": "AMOUNT = 1\n",
    }  # fmt: skip
    project = plain(tmp_path, files, django_install_files=["libs/price"])
    code = "import price; print(price.AMOUNT, price.__file__)"

    first = python(project.install(), code)
    write(project.root, {"libs/price/src/price/__init__.py": "AMOUNT = 2\n"})
    installed = project.install()
    second = python(installed, code)

    assert first.split()[0] == "1" and second.split()[0] == "2"
    inside = second.split()[1].startswith(str(tmp_path / "tree2" / "libs"))
    assert inside == editable
    assert python(installed, "import six; print(six.__version__)") == "1.16.0"
    assert subprocess.run([installed.programs / "python", "-c", "import price"], env={}, check=False).returncode == 0


def test_what_cannot_be_compiled_here_is_not_held_against_the_project(tmp_path: Path) -> None:
    """A build that asks for a header which this machine has not, and the image has."""
    setup = (
        "from setuptools import Extension, setup\n"
        "setup(name='needy', version='1', ext_modules=[Extension('needy', ['needy.c'])])\n"
    )
    files = {"requirements.txt": "./needy\n", "needy/setup.py": setup, "needy/needy.c": "#include <no/such/header.h>\n"}
    project = plain(tmp_path, files, django_install_files=["needy"], django_system_libraries=["compiler"])

    with pytest.raises(CannotTest, match="needs the Debian packages build-essential, pkg-config"):
        project.install()

    project.values = {**project.values, "django_system_libraries": []}
    with pytest.raises(NotReady) as refusal:
        project.install()
    assert "needy has no wheel and cannot be compiled, neither here nor in the image" in refusal.value.outcome.detail


def test_what_is_compiled_here_and_cannot_be_in_the_image(tmp_path: Path) -> None:
    setup = (
        "from setuptools import Extension, setup\n"
        "setup(name='needy', version='1', ext_modules=[Extension('needy', ['needy.c'])])\n"
    )
    code = '#include <Python.h>\nstatic struct PyModuleDef m = {PyModuleDef_HEAD_INIT, "needy"};\n'
    code += "PyMODINIT_FUNC PyInit_needy(void) { return PyModule_Create(&m); }\n"
    files = {"requirements.txt": "./needy\n", "needy/setup.py": setup, "needy/needy.c": code}
    project = plain(tmp_path, files, django_install_files=["needy"])

    assert [sentence.split(",")[0] for sentence in project.install().unproven] == ["needy had to be compiled here"]
    project.values = {**project.values, "deploy_platforms": ["upsun"]}
    assert project.install().unproven == ()


def test_a_secret_of_the_build_that_is_not_set(tmp_path: Path) -> None:
    project = plain(tmp_path, {"requirements.txt": "six==1.14.0\n"}, django_build_secrets=["INDEX_TOKEN"])

    with pytest.raises(CannotTest, match=r"reads INDEX_TOKEN, .* `export INDEX_TOKEN=VALUE`"):
        project.install()


def test_another_python_is_told(tmp_path: Path) -> None:
    project = plain(tmp_path, {"requirements.txt": "six==1.16.0\n"}, django_python_version="3.99")

    assert project.install().unproven[0].startswith("Python 3.99, which production uses, is not installed here")


def test_groups_and_extras(tmp_path: Path) -> None:
    files = {
        "pyproject.toml": '[project]\nname = "site"\nversion = "1"\nrequires-python = ">=3.12"\n'
        'dependencies = ["six==1.16.0"]\n[project.optional-dependencies]\n'
        'mail = ["colorama==0.4.6"]\n[dependency-groups]\ndev = ["iniconfig"]\nweb = ["tomli==2.0.1"]\n'
    }
    root = write(tmp_path / "site", files)
    subprocess.run([uv.find_uv_bin(), "lock", "--quiet", "--python", interpreter("3.12")], cwd=root, check=True)
    project = plain(tmp_path, {}, django_dependency_manager="uv", django_dependency_files=["pyproject.toml", "uv.lock"],
                    django_dependency_groups=["web"], django_dependency_extras=["mail"])  # fmt: skip

    installed = project.install()

    assert python(installed, "import six, colorama, tomli; print('all')") == "all"
    assert "No module named" in python(installed, "import iniconfig")


def test_an_interrupted_installation_is_made_again(tmp_path: Path, cache: Path) -> None:
    project = plain(tmp_path, {"requirements.txt": "six==1.13.0\n"})
    first = project.install()
    (first.python.parents[2] / "complete").unlink()  # as where the process was killed
    (first.python.parents[2] / "half").write_text("")

    again = project.install()

    assert again == first and project.said and not (first.python.parents[2] / "half").exists()


def test_nothing_is_written_into_what_is_kept(tmp_path: Path) -> None:
    installed = plain(tmp_path, {"requirements.txt": "six==1.16.0\n"}).install()
    code = "import pathlib, six; pathlib.Path(six.__file__).with_name('new').write_text('')"

    done = subprocess.run(
        [*bound_by_write_bits(), installed.python, "-c", code], capture_output=True, text=True, check=False
    )

    assert "PermissionError" in done.stderr


def test_two_at_once(tmp_path: Path) -> None:
    project = plain(tmp_path, {"requirements.txt": "six==1.12.0\n"})
    trees = [project.tree(), project.tree()]
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda tree: install(tree, project.values, project.log, project.said.append), trees))

    assert found[0] == found[1] and len(project.said) == 1


def test_the_key_of_this_machine_does_not_install_what_the_build_cannot_clone(tmp_path: Path) -> None:
    project = managed(tmp_path, "pip")
    requirements = project.root / "requirements.txt"
    requirements.write_text("django\nmoney @ git+ssh://git@127.0.0.1/ada/money.git\n", encoding="utf-8")
    git(project.root, "commit", "--quiet", "--all", "--message", "Money")
    with pytest.raises(NotReady, match="money is cloned over SSH, and the build on Fly") as refused:
        Project(project.root, {**project.values, "deploy_platforms": ["fly"]}).install()
    assert "git+https://127.0.0.1/ada/money.git" in refused.value.outcome.cure

"""The dependency files of a sample project as each manager's users write them: file names and their text."""

from dataclasses import dataclass, field

from packaging.requirements import Requirement
from pip._internal.models.index import PyPI


@dataclass(frozen=True)
class Wanted:
    """What a project asks for, as PEP 508 requirements; the Python that it runs on, "3.12", and the oldest it takes."""

    production: tuple[str, ...]
    development: tuple[str, ...] = ()
    python: str = "3.12"
    oldest_python: str = "3.10"
    name: str = field(default="shelf", kw_only=True)


def manifest(manager: str, wanted: Wanted) -> dict[str, str]:
    """The files of this manager that people write, without lock files."""
    return _WRITERS[manager](wanted)


def _pip(wanted: Wanted) -> dict[str, str]:
    files = {"requirements.txt": _lines("# What the library needs to run", *wanted.production)}
    if wanted.development:
        files["requirements-dev.txt"] = _lines("-r requirements.txt", *wanted.development)
    return files


def _pip_tools(wanted: Wanted) -> dict[str, str]:
    files = {"requirements.in": _lines("# Compiled with pip-compile", *wanted.production)}
    if wanted.development:
        files["requirements-dev.in"] = _lines("-c requirements.txt", *wanted.development)
    return files


def _pep621(wanted: Wanted) -> dict[str, str]:
    build = ["[build-system]", 'requires = ["setuptools>=77"]', 'build-backend = "setuptools.build_meta"']
    packages = ["[tool.setuptools]", "packages = []"]
    return _pyproject(wanted, build, packages)


def _poetry(wanted: Wanted) -> dict[str, str]:
    groups = (
        ["[tool.poetry.group.dev.dependencies]", *map(_table_line, wanted.development)] if wanted.development else []
    )
    return _pyproject(
        wanted, ["[tool.poetry]", "package-mode = false"], groups, _poetry_source(), _POETRY_BUILD, groups=False
    )


def _poetry_classic(wanted: Wanted) -> dict[str, str]:
    head = ["[tool.poetry]", f'name = "{wanted.name}"', 'version = "0.1.0"', 'description = "A lending library"']
    head += ['authors = ["Ada <ada@example.com>"]', "package-mode = false"]
    main = ["[tool.poetry.dependencies]", f'python = "^{wanted.oldest_python}"', *map(_table_line, wanted.production)]
    groups = (
        ["[tool.poetry.group.dev.dependencies]", *map(_table_line, wanted.development)] if wanted.development else []
    )
    return {"pyproject.toml": _blocks(head, main, groups, _poetry_source(), _POETRY_BUILD)}


def _pipenv(wanted: Wanted) -> dict[str, str]:
    source = ["[[source]]", f'url = "{PyPI.simple_url}"', "verify_ssl = true", 'name = "pypi"']
    packages = ["[packages]", *map(_table_line, wanted.production)]
    development = ["[dev-packages]", *map(_table_line, wanted.development)]
    return {"Pipfile": _blocks(source, packages, development, ["[requires]", f'python_version = "{wanted.python}"'])}


def _uv(wanted: Wanted) -> dict[str, str]:
    return _pyproject(wanted)


def _pdm(wanted: Wanted) -> dict[str, str]:
    return _pyproject(wanted, ["[tool.pdm]", "distribution = false"])


_WRITERS = {
    "pip": _pip,
    "pip-tools": _pip_tools,
    "pep621": _pep621,
    "poetry": _poetry,
    "poetry-classic": _poetry_classic,
    "pipenv": _pipenv,
    "uv": _uv,
    "pdm": _pdm,
}
_POETRY_BUILD = ["[build-system]", 'requires = ["poetry-core>=2.0"]', 'build-backend = "poetry.core.masonry.api"']


def _pyproject(wanted: Wanted, *blocks: list[str], groups: bool = True) -> dict[str, str]:
    project = ["[project]", f'name = "{wanted.name}"', 'version = "0.1.0"', 'description = "A lending library"']
    project += [f'requires-python = ">={wanted.oldest_python}"', "dependencies = ["]
    project += [*(f'    "{requirement}",' for requirement in wanted.production), "]"]
    development = ["[dependency-groups]", "dev = [", *(f'    "{one}",' for one in wanted.development), "]"]
    return {"pyproject.toml": _blocks(project, development if groups and wanted.development else [], *blocks)}


def _poetry_source() -> list[str]:
    # Poetry reads the JSON interface of PyPI, which a mirror may lack; as a named source it reads the simple index.
    return ["[[tool.poetry.source]]", 'name = "index"', f'url = "{PyPI.simple_url}"', 'priority = "primary"']


def _table_line(requirement: str) -> str:
    parsed = Requirement(requirement)
    version = str(parsed.specifier) or "*"
    if not parsed.extras:
        return f'{parsed.name} = "{version}"'
    extras = ", ".join(f'"{extra}"' for extra in sorted(parsed.extras))
    return f'{parsed.name} = {{ version = "{version}", extras = [{extras}] }}'


def _lines(*lines: str) -> str:
    return "\n".join(lines) + "\n"


def _blocks(*blocks: list[str]) -> str:
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"

"""The package.json files that can belong to the site, and their scripts that deployment files run."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from ...base.evidence import Evidence
from ...base.files import join, parent
from ...base.quoting import shell_word
from ..deployed import FROM, SET_VARIABLE, WORKDIR, DeployFile, deploy_files
from ..project import Project
from .collected import inside
from .makefiles import builds_of
from .package_folders import package_folders
from .package_json import MANIFESTS, WATCHES, Package, build_scripts, reached, read_package, run_script
from .workspaces import workspace_of

# A build tool that runs without a script: `RUN node build.mjs`, or `npx gulp build` in a build.sh.
BUILDER_RUN = re.compile(
    r"^\s*(?:RUN\s)?(?:.*?&&\s*)?\s*((?:node\s+(?:\./)?[\w/-]*(?:build|esbuild|bundle)[\w-]*\.[cm]?js"
    r"|npx\s+(?:gulp|webpack|vite|grunt|parcel|rollup|postcss|sass|esbuild|tailwindcss|@tailwindcss/cli)\b)[^&|;]*)"
)
# An image of Node.js, or a package of https://github.com/nodesource/distributions.
_NODE = re.compile(
    r"(?i)^\s*FROM\s+(?:--\S+\s+)*(?:\S*/)?node:v?(\d+)|deb\.nodesource\.com/(?:setup_|node_)(\d+)"
    r"|^\s*(?:ARG|ENV)\s+NODE(?:JS)?_(?:VERSION|MAJOR)[=\s]+[\"']?v?(\d+)"
)
_GLOBALLY = re.compile(r"\bnpm\s+(?:install|i|add)\s(?=[^&|;]*(?<!\S)(?:-g|--global)(?!\S))([^&|;]*)")
# What builders put into the code: https://vite.dev/guide/env-and-mode, https://cli.vuejs.org/guide/mode-and-env.html
_FOR_BROWSERS = re.compile(r"(?:VITE|VUE_APP|REACT_APP|PUBLIC|PARCEL)_")
_OF_TOOLS = frozenset({"PATH", "NODE_ENV", "NODE_VERSION", "HOME", "CI"})
_MAKE = re.compile(r"\b(?:make|just)\s+(?:-\S+\s+)*([\w./-]+)")
_CODE = re.compile(r"\.(?:[cm]?[jt]s|json)$|^\.env\.")
MAX_CODE = 40  # files beside package.json in which a variable is looked for
SCRIPT_RUN = re.compile(
    r"((?:[A-Z_][A-Z0-9_]*=[^\s;&|]+\s+)*)\b(npm|yarn|pnpm|bun|deno)\s+(?:(?:--?[\w-]+(?:[= ][\w./-]+)?)\s+)*"
    r"(?:(?:run|task)\s+)?([\w:-]+)"
)


def packages_near(project: Project) -> list[Package]:
    """Every package.json in the first levels that can belong to the site."""
    found: list[Package] = project.once("packages of npm", lambda: list(_read_packages(project)))
    return found


def _read_packages(project: Project) -> Iterator[Package]:
    for folder, static in package_folders(project):
        package = read_package(project.repository, folder)
        if package and (not static or build_scripts(package)):
            yield package


def commanded(project: Project, package: Package) -> tuple[tuple[str, ...], Evidence] | None:
    """The scripts that a deployment file of the site runs."""
    near = packages_near(project)
    others = [other for other in near if package not in (other, workspace_of(near, project.repository, other))]
    for file in deploy_files(project):
        whole = "python" in file.text or "manage.py" in file.text or "gunicorn" in file.text
        # A platform's file may describe the front end as a separate service.
        if file.kind not in ("docker", "procfile", "script") or not whole or "/.github/" in f"/{file.path}":
            continue
        if not _about(project, file.text, parent(file.path), package) or _for_nginx(file):
            continue
        found: list[tuple[int, int, str, Evidence]] = []
        folders = dict(_work_folders(file, [one.folder for one in near]))
        for match, place in file.matches(SCRIPT_RUN):
            if folders.get(place.line or 0, package.folder) != package.folder:
                continue
            variables, manager, name = match.groups()
            theirs = package.folder == "." and any(
                name in other.scripts and posixpath.basename(other.folder) in file.text for other in others
            )
            ends = name not in ("start", "dev", "test") and not WATCHES.search(package.scripts.get(name, ""))
            if name in package.scripts and not theirs and ends:
                # With variables or tools before it, it is a separate command.
                given = _given(project, file, package, match, place)
                before = given + variables + _with_tools(file, package, name)
                command = f"{before}{run_script(manager, name)}" if before else name
                found.append((place.line or 0, match.start(), command, place))
        for match, place in file.matches(_MAKE):
            build = builds_of(project, package, match[1])
            found += [(place.line or 0, match.start(), command, place) for command in build.commands] if build else []
        direct = [
            (place.line or 0, match.start(1), match[1].strip(), place) for match, place in file.matches(BUILDER_RUN)
        ]
        if found:  # and other commands of the same instruction
            found += [one for one in direct if one[0] in {line for line, *_ in found}]
        elif parent(file.path) == package.folder and not build_scripts(package):
            found = direct
        if found:
            commands = dict.fromkeys(command for _, _, command, _ in sorted(found, key=lambda one: one[:2]))
            return tuple(commands), found[0][3]
    return None


def _work_folders(file: DeployFile, folders: list[str]) -> Iterator[tuple[int, str]]:
    """The lines of a Dockerfile that run in the folder of a package, by its path in the image, and that folder."""
    here = ""
    for number, line in file.lines if file.kind == "docker" else ():
        if FROM.match(line):
            here = ""
        elif moved := WORKDIR.match(line):
            here = posixpath.join(here, moved["path"]).rstrip("/")
        where = [folder for folder in folders if folder != "." and here.endswith(f"/{folder}")]
        if where and not re.search(r"\bcd\s", line):
            yield number, max(where, key=len)


def _for_nginx(file: DeployFile) -> bool:
    """Whether a script sets up a server where nginx may serve what it builds, beside the site: no sign of Django's need."""
    return file.kind == "script" and any(re.search(r"\bnginx\b", line) for _, line in file.lines)


def _given(project: Project, file: DeployFile, package: Package, match: re.Match[str], place: Evidence) -> str:
    """`NAME=value ` for each variable that a file sets before this command, and that the build may read."""
    values: dict[str, str] = {}
    for number, line in file.lines:
        if number > (place.line or 0):
            break
        if FROM.match(line):
            values.clear()
        exported = number == place.line and "export " in line[: match.start()]
        if exported or re.match(r"\s*(?:ENV|ARG|export)\s", line):
            said = line[: match.start()] if number == place.line else line
            values |= {name: "".join(parts) for name, *parts in SET_VARIABLE.findall(said)}
    if not values:
        return ""
    repository = project.repository
    names = [name for name in repository.listing(package.folder).files if _CODE.search(name)][:MAX_CODE]
    text = "".join(repository.text(join(package.folder, name)) or "" for name in names)
    read = {name for name in values if _FOR_BROWSERS.match(name) or re.search(rf"\b{name}\b", text)}
    return "".join(f"{name}={shell_word(value)} " for name, value in values.items() if name in read - _OF_TOOLS)


def _with_tools(file: DeployFile, package: Package, script: str) -> str:
    """`npx ... -- ` with the tools of a script that a Dockerfile installs globally, since package.json does not have them."""
    named = [word for match, _ in file.matches(_GLOBALLY) for word in match[1].split() if not word.startswith("-")]
    script_text = reached(package, (script,))
    tools = [
        word
        for word in dict.fromkeys(named)
        if (name := re.sub(r"(?<=\w)@.*", "", word)) not in package.dependencies
        and re.search(rf"(?<![\w/-]){re.escape(name)}(?![\w/-])", script_text)
    ]
    return f"npx --yes {' '.join(f'--package={shell_word(tool)}' for tool in tools)} -- " if tools else ""


def node_of_image(project: Project, package: Package) -> tuple[str, Evidence] | None:
    """The major version of Node.js with which a Dockerfile builds the package."""
    for file in deploy_files(project):
        if file.kind == "docker" and _about(project, file.text, parent(file.path), package):
            for match, place in file.matches(_NODE):
                return next(filter(None, match.groups())), place
    return None


def _about(project: Project, text: str, folder: str, package: Package) -> bool:
    """Whether a file in this folder can refer to the package: it is in the same folder, or above and names it.

    A folder with nothing to install, such as docker/, is not another service: its files are about the whole repository.
    """
    named = package.folder == "." or posixpath.basename(package.folder) in text
    names = project.repository.listing(folder).files
    other = {*MANIFESTS, "manage.py", "pyproject.toml", "requirements.txt", "Pipfile"} & set(names)
    return folder == package.folder or ((inside(package.folder, folder) or not other) and named)

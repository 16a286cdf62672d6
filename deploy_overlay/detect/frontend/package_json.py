"""Reads a package.json: the scripts that build for production, what installs its packages, and for which Node.js."""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

from ...base.evidence import Evidence
from ...base.files import Repository, join
from ..dependencies import line_of, table

# Maintained until April 2028: https://github.com/nodejs/Release#release-schedule
NODE = "24"
NODE_VERSIONS = ("14", "16", "18", "20", "22", "24", "26")
# Made for OpenSSL 1, which Node.js had until 16: https://github.com/webpack/webpack/issues/14532
BEFORE_OPENSSL_3 = {"webpack": 4, "react-scripts": 4, "laravel-mix": 5, "@vue/cli-service": 4, "node-sass": 6}

LOCKS = {"package-lock.json": "npm", "npm-shrinkwrap.json": "npm", "yarn.lock": "yarn", "pnpm-lock.yaml": "pnpm"}
# pnpm's major version by that of its lock file: https://github.com/pnpm/spec/tree/master/lockfile
PNPM = {"5": "7", "6": "8", "7": "9", "9": "10"}
YARN = "@yarnpkg/cli-dist"  # Yarn since 2; its newest reads the lock files of all of them
# Deno reads the scripts of a package.json too: https://docs.deno.com/runtime/fundamentals/configuration/
MANIFESTS = ("package.json", "deno.json", "deno.jsonc")
# Comments and commas that JSON does not have, and the texts in which they are neither.
_COMMENT = re.compile(r'("(?:\\.|[^"\\])*")|//[^\n]*|/\*.*?\*/|,(?=\s*[}\]])', re.DOTALL)
BESIDE = (".npmrc", ".yarnrc", ".yarnrc.yml")

NAME = re.compile(r"[\w.:@/+-]+")  # one that a list of names can hold
WHOLE = re.compile(r"^(build[:_-]?)?(prod|production)([:_-]?build)?$|^(webpack|vite|gulp)[:_-](prod|production)$")
PLAIN = re.compile(
    r"^(build|compile|bundle|dist)$|^(webpack|vite|parcel|rollup|esbuild)([:_-]build)?$|^heroku-postbuild$"
)
PART = re.compile(
    r"^(build|compile|bundle|production|prod)[:_-][\w:-]+$|^[\w-]+[:_-](build|prod|production|minify)$|^(tailwind|sass|scss|css)$"
)
NOT_BUILT = re.compile(
    r"(^|[:_-])(dev|develop|development|debug|watch|watcher|start|serve|server|ssr|test|tests|e2e|ci|lint|check|clean|docs?|"
    r"storybook|analy[sz]e|stats|types?|icons?|email|release|preview|local|staging|fix|format|translations?|i18n|messages)([:_-]|$)"
)  # fmt: skip
SENDS = re.compile(
    r"\b(aws|gh-pages|firebase|netlify|vercel|surge|wrangler|rsync|scp|ssh|sftp|gcloud|gsutil|az|heroku|fly|docker|kubectl|publish"
    r"|git (push|commit|add))\b"
)
WATCHES = re.compile(r"(^|\s)(--watch|-w|watch|--mode[= ]development)(\s|$)|webpack[- ]dev[- ]server|\bserve\b")


class Package(NamedTuple):
    """A package.json, or the deno.json of a folder without one: its folder and what it says."""

    folder: str
    data: dict[str, Any]
    file: str = "package.json"

    @property
    def path(self) -> str:
        return join(self.folder, self.file)

    @property
    def scripts(self) -> dict[str, str]:
        return {name: text for name, text in table(self.data, "scripts").items() if isinstance(text, str)}

    @property
    def dependencies(self) -> dict[str, str]:
        tables = (table(self.data, key) for key in ("dependencies", "devDependencies", "optionalDependencies"))
        return {name: text for found in tables for name, text in found.items() if isinstance(text, str)}


def read_package(repository: Repository, folder: str) -> Package | None:
    """The package.json of a folder, or its deno.json; None when there is none that can be read."""
    name = next((name for name in MANIFESTS if repository.is_file(join(folder, name))), "package.json")
    path = join(folder, name)
    text = repository.text(path) if repository.is_file(path) else None
    try:
        data = json.loads(text if name == "package.json" else _COMMENT.sub(r"\1", text)) if text else None
    except (ValueError, RecursionError):
        repository.notes[path] = "not valid JSON, not read"
        return None
    if not isinstance(data, dict):
        return None
    return Package(folder, data) if name == "package.json" else Package(folder, _as_package(data), name)


def _as_package(deno: dict[str, Any]) -> dict[str, Any]:
    """What a deno.json says, in the words of a package.json: https://docs.deno.com/runtime/reference/cli/task/"""
    scripts = {}
    for name, task in table(deno, "tasks").items():
        before = task.get("dependencies") if isinstance(task, dict) else None
        commands = [f"deno task {one}" for one in before] if isinstance(before, list) else []
        commands.append(str(task.get("command") or "") if isinstance(task, dict) else str(task))
        scripts[name] = " && ".join(filter(None, commands))
    return {"scripts": scripts, "dependencies": table(deno, "imports"), "workspaces": deno.get("workspace") or []}


def usable_scripts(package: Package) -> dict[str, str]:
    """The scripts that may build for production, by name."""
    return {
        name: text
        for name, text in package.scripts.items()
        if text.strip() and NAME.fullmatch(name) and not NOT_BUILT.search(name) and not WATCHES.search(text)
    }


def build_scripts(package: Package) -> tuple[str, ...]:
    """Names of the scripts that by their names build for production together, () when none does."""
    usable = usable_scripts(package)
    whole = [name for name in usable if WHOLE.search(name)]
    plain = [name for name in usable if PLAIN.search(name)]
    for name in plain:
        # One script that runs the others is the one to run.
        if any(re.search(rf"(\s|:){re.escape(other)}(\s|$|[\"'])", usable[name]) for other in whole):
            return (name,)
    for found in (whole, plain):
        if found:
            return (min(found, key=lambda name: ("build" not in name, len(name))),)
    parts = [name for name in usable if PART.search(name)]
    called = {name for name in parts if any(_calls(usable[other], name) for other in parts if other != name)}
    return tuple(name for name in parts if name not in called)


def _calls(text: str, script: str) -> bool:
    return bool(
        re.search(rf"(?:run(?:-[ps])?|task|yarn|pnpm)\s(?:[\w:-]+\s+)*{re.escape(script)}(\s|$|&|;|[\"'])", text)
    )


def wrappers(package: Package, scripts: tuple[str, ...]) -> list[str]:
    """Scripts that run one of these and go on, as with copying the output; not those that send it somewhere."""
    return [
        name
        for name, text in package.scripts.items()
        if NAME.fullmatch(name)
        and not NOT_BUILT.search(name)
        and not WATCHES.search(text)
        and not SENDS.search(text)
        and name not in scripts
        and any(_calls(text, script) for script in scripts)
    ]


def reached(package: Package, scripts: tuple[str, ...]) -> str:
    """The text of these scripts and of those that they run."""
    texts = {command: command for command in scripts if " " in command}  # a command, not a name
    todo = [script for script in scripts if script not in texts]
    todo += [script for script in package.scripts if any(_calls(command, script) for command in texts)]
    while todo:
        name = todo.pop()
        text = package.scripts.get(name, "")
        if name in texts or not text:
            continue
        texts[name] = text
        todo += [f"pre{name}", f"post{name}"]
        todo += [other for other in package.scripts if re.search(rf"(\s|[\"']){re.escape(other)}(\s|$|[\"'])", text)]
        for pattern in re.findall(r"([\w-]+:)\*", text):
            todo += [other for other in package.scripts if other.startswith(pattern)]
    return "\n".join(texts.values())


def manager_of(repository: Repository, package: Package) -> tuple[str, str]:
    """`npm`, `pnpm`, `yarn`, `bun` or `deno`, and the lock file beside the package.json; "" without one."""
    files = repository.listing(package.folder).files
    locks = {lock: manager for lock, manager in LOCKS.items() if lock in files}
    declared = str(package.data.get("packageManager", "")).partition("@")[0]
    for lock, manager in locks.items():
        if manager == declared:
            return manager, lock
    if locks:
        return next((manager, lock) for lock, manager in locks.items())
    for name, manager in (("bun.lock", "bun"), ("bun.lockb", "bun"), ("deno.lock", "deno")):
        if name in files:
            return manager, name
    if package.file != "package.json":
        return "deno", ""
    return (declared if declared in ("pnpm", "yarn", "bun") else "npm"), ""


def installing(repository: Repository, package: Package, manager: str, lock: str) -> tuple[str, str]:
    """The command that installs exactly what is locked, and the npm package of the manager where the image lacks it."""
    declared = str(package.data.get("packageManager", ""))
    number = re.match(rf"{manager}@(\d+)([\d.]*)", declared)
    if manager == "pnpm":
        lines = (repository.text(join(package.folder, lock)) or "").split("\n", 3) if lock else []
        said = re.search(r"lockfileVersion:\s*['\"]?(\d+)", "\n".join(lines[:3]))
        version = number.group(1) + number.group(2) if number else PNPM.get(said.group(1) if said else "9", "10")
        return f"pnpm install{' --frozen-lockfile' if lock else ''}", f"pnpm@{version}"
    if manager == "yarn":
        berry = number.group(1) != "1" if number else repository.is_file(join(package.folder, ".yarnrc.yml"))
        text = (repository.text(join(package.folder, lock)) or "")[:2000] if lock else ""
        if berry or "__metadata:" in text:
            tool = f"{YARN}@{number.group(1)}{number.group(2)}" if number else f"{YARN}@4.9.1"
            return f"yarn install{' --immutable' if lock else ''}", tool
        return f"yarn install{' --frozen-lockfile' if lock else ''}", ""
    if manager == "bun":
        version = number.group(1) + number.group(2) if number else "1"
        return f"bun install{' --frozen-lockfile' if lock else ''}", f"bun@{version}"
    if manager == "deno":
        return f"deno install{' --frozen' if lock else ''}", "deno@2"
    return ("npm ci" if lock else "npm install"), ""


def run_script(manager: str, name: str) -> str:
    """The command that runs a script by its name."""
    return f"{manager} {'task' if manager == 'deno' else 'run'} {name}"


def needs_tools(package: Package) -> bool:
    """Whether installing takes git or a compiler: packages from a repository, or one that is known to be compiled."""
    return any(
        re.match(r"(git\b|git\+|github:|gitlab:|bitbucket:|https?://[^/]*git|[\w.-]+/[\w.-]+(#|$))", source)
        or name in ("node-sass", "node-gyp", "canvas")
        for name, source in package.dependencies.items()
    )


def install_files(repository: Repository, package: Package, lock: str) -> list[str]:
    """What has to be there to install, relative to the git root; [] when only the whole repository will do."""
    files = repository.listing(package.folder).files
    hooks = {"preinstall", "install", "postinstall", "prepare", "prepublish"} & set(package.scripts)
    local = any(
        text.startswith(("file:", "link:", "portal:", "workspace:", ".")) for text in package.dependencies.values()
    )
    patched = any(repository.is_folder(join(package.folder, name)) for name in ("patches", ".yarn"))
    # A registry's configuration may refer to a variable or a file, so use the whole repository.
    if hooks or local or patched or package.data.get("workspaces") or "pnpm-workspace.yaml" in files:
        return []
    names = [
        *(name for name in MANIFESTS if name in files),
        *([lock] if lock else []),
        *(name for name in BESIDE if name in files),
    ]
    return [join(package.folder, name) for name in names]


def node_version(
    repository: Repository, package: Package, root: str, image: tuple[str, Evidence] | None = None
) -> tuple[str, Evidence | None]:
    """The major version of Node.js that the project names, else the newest long-term one that its tools run on.

    `image` is what a Dockerfile builds with, which package.json may contradict.
    """
    for folder in dict.fromkeys((package.folder, root, ".")):
        for name, pattern in (
            (".nvmrc", r"^v?(\d+)"),
            (".node-version", r"^v?(\d+)"),
            (".tool-versions", r"^nodejs\s+v?(\d+)"),
            ("mise.toml", r"^\s*node\s*=\s*[\"'\[ ]*(\d+)"),
        ):
            path = join(folder, name)
            text = (repository.text(path) or "") if repository.is_file(path) else ""
            for position, line in enumerate(text.split("\n"), 1):
                said = re.match(pattern, line.strip())
                if said:
                    return said.group(1), Evidence(path, position, line.strip()[:60])
    pinned = table(package.data, "volta").get("node")
    if isinstance(pinned, str) and re.match(r"\d+", pinned):
        return pinned.partition(".")[0], Evidence(package.path, line_of(repository, package.path, r'"volta"'), pinned)
    wanted = table(package.data, "engines").get("node")
    for tool, last in BEFORE_OPENSSL_3.items():
        major = re.search(r"\d{1,9}", package.dependencies.get(tool, ""))
        if major and int(major.group()) <= last:
            at = line_of(repository, package.path, rf'"{re.escape(tool)}"')
            return "16", Evidence(package.path, at, f"{tool} {package.dependencies[tool]} needs it")
    ranged = isinstance(wanted, str) and re.search(r"\d", wanted)
    if image and (not ranged or _allows(str(wanted), int(image[0]))):
        return image
    if isinstance(wanted, str) and ranged:
        place = Evidence(package.path, line_of(repository, package.path, r'"node"\s*:'), f"node {wanted}")
        allowed = [name for name in NODE_VERSIONS if _allows(wanted, int(name))]
        if NODE in allowed:
            return NODE, place
        return (allowed[-1] if allowed else re.findall(r"\d+", wanted)[0]), place
    return NODE, None


def _allows(wanted: str, major: int) -> bool:
    """Whether some release of this major version is in npm's range: https://github.com/npm/node-semver#ranges"""
    return any(_all_allow(part, major) for part in wanted.split("||"))


def _all_allow(part: str, major: int) -> bool:
    part = re.sub(r"(\d[\w.]*)\s+-\s+(\d[\w.]*)", r">=\1 <=\2", part.strip())
    for sign, number, rest in re.findall(r"(>=|<=|>|<|\^|~|=)?\s*v?(\d{1,9})((?:\.[\dx*]+)*)", part):
        said = int(number)
        below = sign == "<" and (major >= said if re.fullmatch(r"(\.0)*", rest) else major > said)
        if below or (sign == ">=" and major < said) or (sign == "<=" and major > said):
            return False
        if (sign == ">" and (major < said or (major == said and not rest))) or (
            sign in ("^", "~", "=", "") and major != said
        ):
            return False
    return True

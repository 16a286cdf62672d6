"""Heroku from Procfile, app.json and the files that its Python buildpack reads.

The order of the build: https://github.com/heroku/heroku-buildpack-python/blob/v351/bin/compile. What its functions decide
is written down here again, from lib/package_manager.sh, lib/python_version.sh and bin/steps/collectstatic.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping
from pathlib import Path

from tests.support import Project, git, interpreter, run
from tests.support.cache import settled_folder
from tests.support.serving import free_port

from . import node
from .fly import once_each
from .site import BuildFailed, Given, Process, Site, executed, machine, tools_with

LOCKS = {"Pipfile.lock": "pipenv", "requirements.txt": "pip", "poetry.lock": "poetry", "uv.lock": "uv"}
# requirements/*.txt of the buildpack; of pip it is the newest that this Python's environment comes with.
TOOLS = {"poetry": "poetry==2.4.1", "pipenv": "pipenv==2026.7.1", "uv": "uv==0.12.5"}
INSTALL = {
    "pip": ["pip", "install", "-r", "requirements.txt"],
    "pipenv": ["pipenv", "install", "--deploy"],
    "poetry": ["poetry", "sync", "--only", "main", "--compile", "--no-ansi", "--no-interaction"],
    "uv": ["uv", "sync", "--locked", "--no-default-groups", "--compile-bytecode", "--no-progress"],
}
VERSION = re.compile(r"3\.(\d+)(\.\d+)?")


def package_manager(root: Path) -> str:
    if (root / "Pipfile").is_file() and not (root / "Pipfile.lock").is_file():
        raise BuildFailed("Error: No 'Pipfile.lock' found!")
    found = [manager for name, manager in LOCKS.items() if (root / name).is_file()]
    if len(found) != 1:
        raise BuildFailed(f"Error: {'Multiple' if found else 'No'} Python package manager files were found: {found}")
    return found[0]


def python_version(root: Path, manager: str) -> str:
    """ "3.13", as the first file that says it does."""
    said = ""
    if (root / "runtime.txt").is_file():
        said = (root / "runtime.txt").read_text(encoding="utf-8").strip().removeprefix("python-")
    elif (root / ".python-version").is_file():
        lines = (root / ".python-version").read_text(encoding="utf-8").splitlines()
        kept = [line.strip() for line in lines if line.strip() and not line.strip().startswith("#")]
        said = kept[0] if len(kept) == 1 else ""
    elif manager == "uv":
        raise BuildFailed("Error: No Python version was specified.")
    match = VERSION.fullmatch(said)
    if not match or not 10 <= int(match[1]) <= 14:
        raise BuildFailed(f"Error: Invalid Python version: {said!r}")
    return f"3.{match[1]}"


def built(clone: Project, place: Path, given: Given) -> Site:
    """The site after `git push` of this clone to an app that app.json describes; raises BuildFailed as the build would."""
    root, log = clone.root, place / "heroku.log"
    app = json.loads((root / "app.json").read_text(encoding="utf-8"))
    packs = [pack["url"] for pack in app["buildpacks"]]
    assert packs in (["heroku/python"], ["heroku/nodejs", "heroku/python"])
    manager = package_manager(root)
    python = _installed(root, manager, interpreter(python_version(root, manager)))
    config = config_vars(app, given)
    path = f"{python.parent}:/usr/bin:/bin"
    build = {**machine(), "PATH": path, "HOME": str(root), "PYTHONUNBUFFERED": "1", "LANG": "en_US.UTF-8"}
    # Only a build has it: https://devcenter.heroku.com/articles/buildpack-api#stacks
    at_build = build | {"STACK": "heroku-24"}
    if packs[0] == "heroku/nodejs":
        _node_build(root, node.on_path(path, at_build | config), log)
    # Config vars reach collectstatic and the hooks, not the installation.
    _collect_static(root, python, at_build | config, log)
    if (root / "bin" / "post_compile").is_file():
        (root / "bin" / "post_compile").chmod(0o755)
        executed([root / "bin" / "post_compile"], root, at_build | config, log)
    processes = procfile(root)
    # .profile.d of the buildpack, then what the dyno manager says.
    dyno = build | {"PYTHONPATH": str(root), "FORWARDED_ALLOW_IPS": "*", "GUNICORN_CMD_ARGS": "--access-logfile -",
                    "WEB_CONCURRENCY": "2", "PYTHONHOME": "", "PORT": str(free_port())}  # fmt: skip
    del dyno["PYTHONHOME"]
    host = f"{app['name']}-0123456789ab.herokuapp.com"
    dyno |= {**config, "HEROKU_APP_DEFAULT_DOMAIN_NAME": host, "HEROKU_APP_NAME": app["name"]}
    beside = {
        # A dyno without visitors has no port: https://devcenter.heroku.com/articles/dynos#local-environment-variables
        name: Process(
            ["bash", "-c", line],
            {key: value for key, value in dyno.items() if key != "PORT"} | {"DYNO": f"{name}.1"},
        )
        for name, line in processes.items()
        if name not in ("web", "release") and app["formation"].get(name, {}).get("quantity")
    }
    return Site(
        python=python,
        folder=root,
        environ=dyno | {"DYNO": "web.1"},
        command=["bash", "-c", processes["web"]],
        host=host,
        # https://devcenter.heroku.com/articles/http-routing#heroku-headers
        headers={"X-Forwarded-Proto": "https", "X-Forwarded-Port": "443", "X-Forwarded-For": "203.0.113.7",
                 "X-Request-Start": "1700000000000", "Via": "1.1 heroku-router"},
        log=log,
        seconds=30,
        release=[["env", "DYNO=release.1", "bash", "-c", processes["release"]]] if "release" in processes else [],
        everyone=True,  # https://devcenter.heroku.com/articles/dynos#shutdown
        beside=beside,
        jobs=once_each(beside),
    )  # fmt: skip


def procfile(root: Path) -> dict[str, str]:
    """https://devcenter.heroku.com/articles/procfile#procfile-format"""
    lines = (root / "Procfile").read_text(encoding="utf-8").splitlines()
    return dict(re.findall(r"^([A-Za-z0-9_-]+):\s*(.+?)\s*$", "\n".join(lines), re.MULTILINE))


def config_vars(app: Mapping[str, object], given: Given) -> dict[str, str]:
    """Of app.json's `env`, of the add-ons that it asks for, and of the owner.

    https://devcenter.heroku.com/articles/app-json-schema
    """
    found: dict[str, str] = {}
    declared = app.get("env") or {}
    assert isinstance(declared, dict)
    for name, said in declared.items():
        if said.get("generator") == "secret":
            found[name] = secrets.token_hex(64)
        elif "value" in said or name in given.variables:
            found[name] = said.get("value", given.variables.get(name))
        elif said.get("required", True):
            raise BuildFailed(f"app.json requires {name}, and nobody gives it")
    for addon in app.get("addons") or []:  # type: ignore[attr-defined]
        found |= _of_addon(addon["plan"].partition(":")[0], addon["as"], given)
    return {**given.variables, **found}


def _of_addon(service: str, attachment: str, given: Given) -> dict[str, str]:
    """The config vars of an add-on begin with the name of its attachment."""
    if service == "heroku-postgresql":
        return {f"{attachment}_URL": given.database}
    if service == "heroku-redis":
        return {f"{attachment}_URL": given.redis}
    # https://devcenter.heroku.com/articles/bucketeer. It is at Amazon, which a variable of boto3 moves to this machine.
    assert service == "bucketeer", service
    parts = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION")
    told = {f"{attachment}_{name}": given.bucket[name] for name in parts}
    told[f"{attachment}_BUCKET_NAME"] = given.bucket["AWS_STORAGE_BUCKET_NAME"]
    return told | {"AWS_ENDPOINT_URL_S3": given.bucket["AWS_ENDPOINT_URL_S3"]}


def _node_build(root: Path, environ: Mapping[str, str], log: Path) -> None:
    """With devDependencies while it builds: https://devcenter.heroku.com/articles/nodejs-classic-buildpack-builds"""
    if not (root / "package.json").is_file():
        raise BuildFailed("App not compatible with buildpack: heroku/nodejs")
    scripts = json.loads((root / "package.json").read_text(encoding="utf-8")).get("scripts", {})
    environ = {**environ, "NODE_ENV": "production", "NPM_CONFIG_PRODUCTION": "false"}
    locked = (root / "package-lock.json").is_file()
    executed(["npm", "ci" if locked else "install", "--include=dev"], root, environ, log)
    step = next((name for name in ("heroku-postbuild", "build") if name in scripts), "")
    if step:
        executed(["npm", "run", step], root, environ, log)
    executed(["npm", "prune", "--omit=dev"], root, environ, log)


def _collect_static(root: Path, python: Path, environ: Mapping[str, str], log: Path) -> None:
    if environ.get("DISABLE_COLLECTSTATIC", "0") != "0":
        return
    tracked = [path.split("/") for path in git(root, "ls-files").split("\n") if path.split("/")[-1] == "manage.py"]
    found = sorted(("/".join(parts) for parts in tracked if len(parts) <= 3), key=lambda path: (path.count("/"), path))
    if found:
        environ = {"PYTHONPATH": ".", **environ}
        executed([python, found[0], "collectstatic", "--noinput", "--traceback"], root, environ, log)


def _installed(root: Path, manager: str, python: Path) -> Path:
    """The Python with what the manager's files at the root lead to, made once for their content."""
    names = [path for path in git(root, "ls-files").split("\n") if re.search(r"\.(txt|lock|toml|cfg)$|Pipfile$", path)]
    files = {name: (root / name).read_text(encoding="utf-8", errors="replace") for name in names}

    def make(made: Path) -> None:
        """The buildpack installs into the Python itself; an environment stands for it."""
        home = made / "python"
        run([python, "-m", "venv", home], made)
        for name, text in files.items():
            (made / "app" / name).parent.mkdir(parents=True, exist_ok=True)
            (made / "app" / name).write_text(text, encoding="utf-8")
        path = [str(home / "bin"), "/usr/bin", "/bin"]
        if manager in TOOLS:
            path.insert(0, str(tools_with(python, TOOLS[manager])))
        environ = {**machine(), "PATH": ":".join(path), "HOME": str(made), "VIRTUAL_ENV": str(home)}
        environ |= {"UV_PROJECT_ENVIRONMENT": str(home), "UV_PYTHON_DOWNLOADS": "never", "UV_NO_MANAGED_PYTHON": "1"}
        environ |= {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIPENV_NOSPIN": "1", "PIPENV_VERBOSITY": "-1"}
        # .python-version may name a Python that stands here under another path.
        environ |= {"UV_LINK_MODE": "hardlink", "UV_PYTHON": str(home / "bin" / "python")}
        executed(INSTALL[manager], made / "app", environ, made / "log")

    key = [files, manager, str(python), INSTALL[manager], TOOLS.get(manager, "")]
    return settled_folder("matrix-heroku", key, make) / "python" / "bin" / "python"

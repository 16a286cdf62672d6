"""The Node.js of this machine as platforms have it: on the PATH of a build, with its npm."""

from __future__ import annotations

from tests.tools.installing import node_environment, node_programs

# What npm needs to reach its registry, and where it keeps what it downloaded.
_OF_NPM = ("NPM_CONFIG_", "npm_config_")


def on_path(path: str, environ: dict[str, str]) -> dict[str, str]:
    """These variables with the programs first on a PATH, and what npm needs of this machine."""
    own = {name: value for name, value in node_environment().items() if name.startswith(_OF_NPM)}
    folders = dict.fromkeys(str(program.parent) for program in node_programs().values())
    return own | environ | {"PATH": ":".join([*folders, path])}

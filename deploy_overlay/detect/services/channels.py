"""Channels' consumers of named channels, which need their own worker."""

from __future__ import annotations

import ast
import re

from ...base.evidence import Evidence
from ...base.files import join
from ..project import Project

MAX_FILES = 40
_MODULES = re.compile(r"^(asgi|routing|routes)\.py$")


def channel_names(project: Project) -> tuple[list[str], Evidence | None]:
    """Names that `ChannelNameRouter({...})` maps to consumers, the arguments of `runworker`, with their place.

    https://channels.readthedocs.io/en/stable/topics/worker.html#receiving-and-consumers
    """
    repository = project.repository
    looked = 0
    for folder in repository.folders():
        for name in repository.listing(folder).files:
            if not _MODULES.match(name) or looked >= MAX_FILES:
                continue
            looked += 1
            path = join(folder, name)
            if "ChannelNameRouter" not in (repository.text(path) or ""):
                continue
            tree = repository.tree(path)
            for node in ast.walk(tree) if tree else ():
                if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("ChannelNameRouter") and node.args:
                    keys = node.args[0].keys if isinstance(node.args[0], ast.Dict) else []
                    names = [str(key.value) for key in keys if isinstance(key, ast.Constant)]
                    plain = [name for name in names if re.fullmatch(r"[\w.-]+", name)]
                    if plain:
                        return plain, Evidence(path, node.lineno, "consumers of named channels")
    return [], None

"""The custom resources of Kubernetes that the manifests use, as their authors define them: from Go modules, never copied.

https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import NamedTuple

from tests.support.cache import cached_folder, kept_folder
from tests.support.programs import environment, run

from . import not_here
from .installing import GO, new_enough


class Module(NamedTuple):
    path: str
    version: str
    folder: str  # of the definitions in it


MODULES = (
    Module("sigs.k8s.io/gateway-api", "v1.6.3", "config/crd/standard"),
    Module("github.com/cloudnative-pg/cloudnative-pg", "v1.30.1", "config/crd/bases"),
    Module("github.com/cloudnative-pg/plugin-barman-cloud", "v0.15.0", "config/crd/bases"),
)
_KEY = [list(module) for module in MODULES]


def definitions() -> Path:
    """A folder with a YAML file for each; skips the test that asks, or fails it, where `make tools` did not get them."""
    kept = kept_folder("definitions", _KEY)
    if not kept.is_dir():
        not_here("the definitions of custom resources are not here: run `make tools`")
    return kept


def fetch() -> Path:
    """The same, fetched first. Raises AssertionError with what Go said."""
    return cached_folder("definitions", _KEY, _fill)


def _fill(folder: Path) -> None:
    go = new_enough("go", GO)
    for module in MODULES:
        # Outside of any module, so that no go.mod is looked for.
        done = run([go, "mod", "download", "-json", f"{module.path}@{module.version}"], folder, environment())
        there = Path(json.loads(done.stdout)["Dir"]) / module.folder
        for file in sorted(there.glob("*.yaml")):
            shutil.copyfile(file, folder / file.name)

"""A front end for the sample project: a script that esbuild bundles into a folder which collectstatic collects."""

from __future__ import annotations

import json
from pathlib import Path

from .cache import cached_folder
from .draft import Draft, append, replace
from .programs import run

TEXT = "bundled by esbuild"
PACKAGE = {
    "name": "shelf",
    "private": True,
    "engines": {"node": ">=24 <25"},
    "scripts": {"build": "esbuild frontend/site.js --bundle --minify --outfile=built/site.js"},
    "devDependencies": {"esbuild": "^0.28.0"},
}
MANIFEST, LOCK = "package.json", "package-lock.json"


def npm_front_end(draft: Draft) -> None:
    """Its files and locked packages, and a page that asks for the bundle; what is built is in no repository."""
    draft.write("frontend/words.js", f'export const words = "{TEXT}";\n')
    script = 'import { words } from "./words.js";\ndocument.documentElement.dataset.words = words;\n'
    draft.write("frontend/site.js", script)
    manifest = json.dumps(PACKAGE, indent=2) + "\n"
    draft.write(MANIFEST, manifest)
    draft.write(LOCK, _locked(manifest))
    append(draft.base_settings, "STATICFILES_DIRS = [BASE_DIR / 'built']\n")
    tag = "<script src=\"{% static 'books/shelf.js' %}\" defer></script>\n"
    base = draft.django_root / "templates" / "base.html"
    replace(base, tag, tag + tag.replace("books/shelf.js", "site.js"))
    append(draft.root / ".gitignore", "node_modules/\nbuilt/\n")


def _locked(manifest: str) -> str:
    """What npm locks the manifest to."""

    def make(folder: Path) -> None:
        from tests.tools.installing import node_environment  # tests.tools keeps its folders with this package

        (folder / MANIFEST).write_text(manifest, encoding="utf-8", newline="\n")
        options = ["--package-lock-only", "--no-audit", "--no-fund", "--ignore-scripts"]
        run(["npm", "install", *options], folder, node_environment())

    return (cached_folder("locks", ["npm", manifest], make) / LOCK).read_text(encoding="utf-8")

"""A front end for the sample project: a script that esbuild bundles into a folder which collectstatic collects."""

from __future__ import annotations

import json

from tests.support import Project, run
from tests.support.draft import append, replace
from tests.tools.installing import node_environment

TEXT = "bundled by esbuild"
PACKAGE = {
    "name": "shelf",
    "private": True,
    "engines": {"node": ">=24 <25"},
    "scripts": {"build": "esbuild frontend/site.js --bundle --minify --outfile=built/site.js"},
    "devDependencies": {"esbuild": "^0.28.0"},
}


def add(project: Project) -> None:
    """Write its files and lock its packages; what it builds is in no repository."""
    root = project.django_root
    (root / "frontend").mkdir()
    (root / "frontend" / "words.js").write_text(f'export const words = "{TEXT}";\n', encoding="utf-8")
    script = 'import { words } from "./words.js";\ndocument.documentElement.dataset.words = words;\n'
    (root / "frontend" / "site.js").write_text(script, encoding="utf-8")
    (root / "package.json").write_text(json.dumps(PACKAGE, indent=2) + "\n", encoding="utf-8")
    lock = ["npm", "install", "--package-lock-only", "--no-audit", "--no-fund", "--ignore-scripts"]
    run(lock, root, node_environment())
    append(root / "shelf" / "settings.py", "STATICFILES_DIRS = [BASE_DIR / 'built']\n")
    tag = "<script src=\"{% static 'books/shelf.js' %}\" defer></script>\n"
    replace(root / "templates" / "base.html", tag, tag + tag.replace("books/shelf.js", "site.js"))
    append(project.root / ".gitignore", "node_modules/\nbuilt/\n")

"""Static files: what is committed in the project's own STATIC_ROOT is served, and no odd reference stops collectstatic."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.support import adopt, apply_overlay
from tests.template.conftest import SETTINGS, Site, small_project

OWN = 'STATIC_ROOT = BASE_DIR / "{folder}"\nSTATICFILES_DIRS = [BASE_DIR / "public"]\n'
ODD = {
    "public/css/out.css": '@import "../../../core/static/colors.css"; a { background: url("../../../../x.png") }',
    "public/css/lost.css": 'a { background: url("lost.png") } b { background: url("..") } c { background: url("//[x") }',
    "public/css/a.css": '@import "b.css";',
    "public/css/b.css": '@import "a.css";',
}


@pytest.mark.parametrize("folder", ["assets", "staticfiles"])
def test_files_committed_in_static_root_are_collected(folder: str, template: Path, tmp_path: Path, site: Site) -> None:
    root = tmp_path / "committed"
    project = small_project(root, SETTINGS + OWN.format(folder=folder))
    files = {
        f"{folder}/dist/app.js": "console.log('committed')",
        f"{folder}/css/site.css": "/* an old copy */",
        f"{folder}/admin/base.0123456789ab.css": "/* collected long ago */",
        "public/css/site.css": "/* the source */",
        **ODD,
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    (root / "public/css/latin.css").write_bytes(b"/* \xe9 */ a { color: red }")
    adopt(root)
    done = apply_overlay(project, template, deploy_platforms=["fly"], deploy_domains="www.example.com")
    assert done.returncode == 0, done.stderr

    collected = Site(root, site.python).run("-m", "django", "collectstatic", "--noinput", DEPLOY_BUILD="1")
    assert collected.returncode == 0, collected.stderr
    code = """
import django; django.setup()
from django.contrib.staticfiles.storage import staticfiles_storage as storage
names = ["dist/app.js", "css/site.css", "css/out.css", "css/latin.css"]
import json
print(json.dumps({name: storage.open(storage.url(name).removeprefix("/static/")).read().decode("latin-1") for name in names}))
"""
    read = Site(root, site.python).run("-c", code)
    assert read.returncode == 0, read.stderr
    told = json.loads(read.stdout)
    assert "committed" in told["dist/app.js"] and "the source" in told["css/site.css"]
    assert "../../../core/static/colors.css" in told["css/out.css"] and "color: red" in told["css/latin.css"]
    assert not list(root.glob("staticfiles*/admin/base.0123456789ab*.css")) or folder == "staticfiles"
    shutil.rmtree(root)

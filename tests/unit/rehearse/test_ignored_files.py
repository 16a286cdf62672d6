"""A failure that comes of a file that git ignores says so, with the rule and what to do."""

from pathlib import Path

import pytest

from deploy_overlay.rehearse.ignored_files import ignored_files, ignored_files_cure
from deploy_overlay.rehearse.room import Tree
from tests.support.repository import git


@pytest.fixture
def root(tmp_path: Path) -> Path:
    git(tmp_path, "init", "--quiet")
    return tmp_path


def cure(root: Path, detail: str, *ignored: str, rules: str = "") -> str:
    """The cure of a failure in a repository with these ignored files, empty where none of them explains it."""
    (root / ".gitignore").write_text(rules or "".join(f"/{path}\n" for path in ignored), encoding="utf-8")
    for path in ignored:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).touch()
    tree = Tree(root / "tree", "", root, ())
    return ignored_files_cure(detail, ignored_files(tree), tree)


@pytest.mark.parametrize(
    ("detail", "path"),
    [
        ("shop/settings.py:3: ModuleNotFoundError: No module named 'shop.keys'", "shop/keys.py"),
        ("ModuleNotFoundError: No module named 'local'", "backend/local/__init__.py"),
        ("ImportError: cannot import name 'keys' from 'shop' (shop/__init__.py)", "shop/keys.py"),
        ("django.template.exceptions.TemplateDoesNotExist: pay/done.html", "shop/templates/pay/done.html"),
        ("/ refers to /static/dist/site.css, which answers 404", "assets/dist/site.css"),
        ("/ refers to /static/site.css, which answers 404", "shop/static/site.css"),
        ("ValueError: Missing staticfiles manifest entry for 'dist/site.js'", "shop/static/dist/site.js"),
        ("models of forum, shop have changes without a migration: + Add field", "shop/migrations/0002_price.py"),
        (
            "NodeNotFoundError: Migration shop.0003 dependencies reference nonexistent parent node ('shop', '0002_x')",
            "shop/migrations/0002_x.py",
        ),
        ("FileNotFoundError: [Errno 2] No such file or directory: 'data/rates.csv'", "data/rates.csv"),
    ],
)
def test_what_fails_without_it_names_it(root: Path, detail: str, path: str) -> None:
    found = cure(root, detail, path, "shop/other.py", "shop/static/other.css")
    told = f"{path} is in your folder, but git ignores it (.gitignore:1: /{path}), so it is not deployed."
    assert found == f"{told} Run `git add --force {path}`, or let a build command make it."


@pytest.mark.parametrize("path", [".env", "config/.env.production", "shop/local_settings.py", "shop/server.pem"])
def test_a_secret_is_not_to_be_committed(root: Path, path: str) -> None:
    detail = f"FileNotFoundError: No such file or directory: '{path}'"
    assert "Do not commit it" in cure(root, detail, path)


def test_the_rule_may_be_a_folders_or_a_pattern(root: Path) -> None:
    found = cure(root, "TemplateDoesNotExist: a b.html", "shop/a b.html", rules="# built\n*.html\n")
    assert found == "", "a name with a space is not told from the words around it"
    found = cure(root, "TemplateDoesNotExist: done.html", "shop/dist/done.html", rules="# built\ndist/\n")
    assert "(.gitignore:2: dist/)" in found


@pytest.mark.parametrize(
    "detail",
    [
        "mysite/keys.py:3: KeyError: 'SECRET'",
        "No module named 'paperclip'",
        "answered 500",
        "TemplateDoesNotExist: y.html",
    ],
)
def test_other_failures_keep_their_cure(root: Path, detail: str) -> None:
    assert cure(root, detail, "shop/keys.txt", "node_modules/paperclip.py", "any.html") == ""

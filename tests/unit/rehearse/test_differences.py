"""A failure that comes of a difference between this machine and production says which, and what to do about it."""

from pathlib import Path

import pytest

from deploy_overlay.base.answers import Answers
from deploy_overlay.base.log import Log
from deploy_overlay.rehearse.differences import Differences
from deploy_overlay.rehearse.preparation import Tree
from tests.support.hook import ANSWERS, answers
from tests.support.repository import git


@pytest.fixture
def root(tmp_path: Path) -> Path:
    git(tmp_path, "init", "--quiet")
    (tmp_path / "requirements.txt").write_text("Django==5.2\n", encoding="utf-8")
    return tmp_path


def cure(
    root: Path, detail: str, *ignored: str, rules: str = "", django_root: str = ".", services_lack: bool = False
) -> str:
    """The cure of a failure in a repository with these ignored files."""
    (root / ".gitignore").write_text(rules or "".join(f"/{path}\n" for path in ignored), encoding="utf-8")
    for path in ignored:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).touch()
    given = Answers(root, ANSWERS, answers("pip", "requirements.txt", django_root=django_root))
    tree = Tree(root / "tree", "", root, ())
    return Differences(given, tree, Log(root / ".git/log"), services_lack=services_lack).cure(detail)


@pytest.mark.parametrize(
    ("detail", "path"),
    [
        ("shop/settings.py:3: ModuleNotFoundError: No module named 'shop.keys'", "shop/keys.py"),
        ("ModuleNotFoundError: No module named 'local'", "local/__init__.py"),
        ("ImportError: cannot import name 'keys' from 'shop' (shop/__init__.py)", "shop/keys.py"),
        ("django.template.exceptions.TemplateDoesNotExist: pay/done.html", "shop/templates/pay/done.html"),
        ("/ refers to /static/dist/site.css, which answers 404", "assets/dist/site.css"),
        ("/ refers to /static/site.css, which answers 404", "shop/static/site.css"),
        ("ValueError: Missing staticfiles manifest entry for 'dist/site.js'", "shop/static/dist/site.js"),
        ("FileNotFoundError: [Errno 2] No such file or directory: 'data/rates.csv'", "data/rates.csv"),
    ],
)
def test_a_file_that_git_ignores_is_named_with_its_rule(root: Path, detail: str, path: str) -> None:
    found = cure(root, detail, path, "shop/other.py", "shop/static/other.css")
    assert found.startswith(f"git ignores {path} (.gitignore:1 has /{path}): run `git add --force {path}` and commit")


def test_a_front_end_that_only_a_script_of_a_shell_builds_gets_a_build_script(root: Path) -> None:
    detail = "/ refers to /static/css/app.css, which answers 404"
    assert cure(root, detail) == ""
    for path in ("assets/package.json", "assets/deep/package.json"):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("{}", encoding="utf-8")
    git(root, "add", "assets")

    assert "give assets/package.json a `build` script" in cure(root, detail)
    assert cure(root, "/ refers to /static/logo.png, which answers 404") == ""


def test_a_project_that_asks_for_its_own_version(root: Path) -> None:
    (root / "tree").mkdir()
    (root / "tree" / "pyproject.toml").write_text('[project]\nname = "Shop_Site"\n', encoding="utf-8")
    detail = "importlib.metadata.PackageNotFoundError: No package metadata was found for {}"

    assert cure(root, detail.format("shop-site")).startswith("Production installs what shop-site depends on")
    assert cure(root, detail.format("stripe")).startswith("Add stripe to requirements.txt")


@pytest.mark.parametrize("module", ["shop.configuration", "local_settings", "secret_settings"])
def test_a_module_of_the_project_that_nobody_has_committed_is_no_package_to_install(root: Path, module: str) -> None:
    (root / "tree" / "shop").mkdir(parents=True)
    found = cure(root, f"shop/settings.py:3: ModuleNotFoundError: No module named '{module}'")
    assert found.startswith(f"{module} is a module of the project, and git does not have it: import it only where")
    assert "django-split-settings" in cure(root, "ModuleNotFoundError: No module named 'split_settings'")


@pytest.mark.parametrize(
    "detail",
    [
        "models of forum, shop have changes without a migration: + Add field price to item",
        "NodeNotFoundError: Migration shop.0003 dependencies reference nonexistent parent node ('shop', '0002_price')",
    ],
)
def test_migrations_that_git_ignores_are_added_with_their_folder(root: Path, detail: str) -> None:
    found = cure(root, detail, "shop/migrations/0002_price.py", rules="migrations/\n")
    told = "git ignores shop/migrations/0002_price.py (.gitignore:1 has migrations/): run `git add --force shop/migrations`"
    assert found.startswith(told)


def test_below_the_folder_of_manage_py(root: Path) -> None:
    detail = "ModuleNotFoundError: No module named 'local'"
    assert "git ignores backend/local.py (" in cure(root, detail, "backend/local.py", django_root="backend")


@pytest.mark.parametrize("path", [".env", "config/.env.production", "shop/local_settings.py", "shop/server.pem"])
def test_a_secret_is_not_to_be_committed(root: Path, path: str) -> None:
    found = cure(root, f"FileNotFoundError: [Errno 2] No such file or directory: '{path}'", path)
    assert "git add" not in found
    assert "as it should: set its values as environment variables" in found


@pytest.mark.parametrize(
    "detail",
    [
        "mysite/keys.py:3: KeyError: 'SECRET'",
        "answered 500",
        "TemplateDoesNotExist: absent.html",
        "models of forum have",
    ],
)
def test_other_failures_are_not_explained(root: Path, detail: str) -> None:
    assert cure(root, detail, "shop/keys.txt", "node_modules/absent.html", "any.html", "forum/migrations/x.txt") == ""


@pytest.mark.parametrize("folder", ["{root}/tree", "/app"])
@pytest.mark.parametrize(
    "error", ["PermissionError: [Errno 13] Permission denied", "OSError: [Errno 30] Read-only file system"]
)
def test_what_is_written_beside_the_code_is_written_elsewhere(root: Path, folder: str, error: str) -> None:
    found = cure(root, f"{error}: '{folder.format(root=root)}/logs/site.log'")
    assert found.startswith(
        "logs/site.log is in the folder of the code, where production cannot write: write uploads to MEDIA_ROOT"
    )
    assert cure(root, f"{error}: '/etc/passwd'") == ""


def test_a_sqlite_file_beside_the_code_is_not_a_fault_of_the_migration_that_meets_it(root: Path) -> None:
    for error in ("attempt to write a readonly database", "unable to open database file"):
        found = cure(root, f"stopped: sqlite3.OperationalError: {error}")
        assert found.startswith(
            "A SQLite file is in the folder of the code, where production cannot write: keep its data in "
        )


@pytest.mark.parametrize(
    ("detail", "variable"),
    [
        (
            "redis.exceptions.ConnectionError: Error 111 connecting to localhost:6379. Connection refused.",
            " such as REDIS_URL",
        ),
        ("kombu.exceptions.OperationalError: [Errno 61] Connection refused", ""),
        (
            "ConnectionRefusedError: [WinError 10061] No connection could be made, as the target machine actively refused it",
            "",
        ),
    ],
)
def test_a_service_on_localhost_has_its_address_from_a_variable(root: Path, detail: str, variable: str) -> None:
    found = cure(root, f"/about/ answered 500: {detail}")
    assert f"read the address of this service from a variable{variable}, and give it with --env-file FILE" in found
    # Where the rehearsal itself could not start what production has, that is no fault of the project.
    assert cure(root, detail, services_lack=True) == ""


@pytest.mark.parametrize(
    ("ignore_file", "told"),
    [
        (".dockerignore", "remove the rule that matches it, or add `!shop/words.txt` as its last line, and commit."),
        (".slugignore", "remove the rule that matches it, and commit."),
    ],
)
def test_a_file_that_a_platform_leaves_out_is_named_with_its_ignore_file(
    root: Path, ignore_file: str, told: str
) -> None:
    given = Answers(root, ANSWERS, answers("pip", "requirements.txt"))
    differences = Differences(given, Tree(root / "tree", "", root, ()), Log(root / ".git/log"))
    detail = "FileNotFoundError: [Errno 2] No such file or directory: 'shop/words.txt'"
    differences.leave_out(ignore_file, ["shop/words.txt"])
    assert differences.cure(detail) == f"{ignore_file} keeps shop/words.txt out of the build: {told}"
    differences.leave_out(ignore_file, [])
    assert differences.cure(detail) == ""


REMOVED = "shop/models.py:8: TypeError: CheckConstraint.__init__() got an unexpected keyword argument 'check'"


def started_with(root: Path, series: str, requirement: str) -> None:
    (root / "requirements.txt").write_text(f"{requirement}\n", encoding="utf-8")
    settings = root / "tree/config/settings.py"
    settings.parent.mkdir(parents=True)
    settings.write_text(
        f"# Generated by 'django-admin startproject' using Django {series}.\nDEBUG = True\n", encoding="utf-8"
    )


@pytest.mark.parametrize("requirement", ["Django", "django>=4.2", "Django>3"])
def test_an_error_of_a_newer_django_names_the_one_that_the_project_was_started_with(
    root: Path, requirement: str
) -> None:
    started_with(root, "4.2.7", requirement)
    found = cure(root, REMOVED)
    assert found.startswith("Write Django~=4.2.0 in requirements.txt: the project was started with Django 4.2, and")


@pytest.mark.parametrize(
    ("requirement", "detail"),
    [
        ("Django==4.2.7", REMOVED),
        ("Django>=4.2,<5", REMOVED),
        ("Django==5.2.7", REMOVED),
        ("Django>=5", REMOVED),
        ("Django", f"/cart/ answered 500: {REMOVED}"),
        ("Django", "shop/models.py:8: NameError: name 'x' is not defined"),
    ],
)
def test_other_errors_and_versions_that_are_kept_are_not_said_to_be_of_a_newer_django(
    root: Path, requirement: str, detail: str
) -> None:
    started_with(root, "4.2", requirement)
    assert cure(root, detail) == ""


def test_a_project_that_was_started_with_the_newest_django_is_not_sent_back(root: Path) -> None:
    started_with(root, "99.1", "Django")
    assert cure(root, REMOVED) == ""


def test_a_table_that_no_migration_creates_is_not_asked_for_while_the_project_is_loaded(root: Path) -> None:
    missing = 'django.db.utils.ProgrammingError: relation "cameras" does not exist'
    assert "needs a table that no migration before it creates" in cure(
        root, f"stopped in cameras.0001_health: {missing}"
    )
    assert "while it is loaded" in cure(root, f"shop/urls.py:3: {missing}")

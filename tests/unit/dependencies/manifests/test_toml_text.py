"""[project] dependencies edited as text: comments, layout and newlines stay."""

import tomllib

import pytest

from deploy_overlay.dependencies.manifests.toml_text import NotFound, with_keys, with_strings

ADDED = ["gunicorn>=23.0", "psycopg[binary]>=3.2"]


def added(text: str, newline: str = "\n") -> str:
    return with_strings(text, "project", "dependencies", ADDED, newline)


def test_many_lines_with_comments() -> None:
    before = '[project]\ndependencies = [\n  "django>=5",  # the framework, "]" and [ too\n  # last\n]\n[x]\na = [1]\n'
    after = (
        '[project]\ndependencies = [\n  "django>=5",  # the framework, "]" and [ too\n  # last\n'
        '  "gunicorn>=23.0",\n  "psycopg[binary]>=3.2",\n]\n[x]\na = [1]\n'
    )
    assert added(before) == after


def test_a_comma_is_set_before_the_comment() -> None:
    before = "[project]\ndependencies = [\n\t'django>=5'  # why\n]\n"
    assert added(before).startswith("[project]\ndependencies = [\n\t'django>=5',  # why\n\t\"gunicorn>=23.0\",\n")


def test_one_short_line_stays_one_line() -> None:
    assert added('[project]\ndependencies = ["django"]\n') == (
        '[project]\ndependencies = ["django", "gunicorn>=23.0", "psycopg[binary]>=3.2"]\n'
    )


def test_one_long_line_becomes_many() -> None:
    before = '[project]\ndependencies = ["django>=5.2", "django-allauth>=65", "pillow>=11"]\n'
    assert added(before).count("\n") == 8


@pytest.mark.parametrize(
    "before",
    [
        "[project]\ndependencies = []\n",
        "[project]\ndependencies = [\n]\n",
        '[project]\nname = "x"\n\n# about tools\n[tool.x]\ndependencies = ["other"]\n',
        '[project]\nname = "x"',
        '# dependencies = ["no"]\n[project] # here\nversion = """\n[project]\ndependencies = ["no"]\n"""\n',
        'project.name = "x"\nproject.dependencies = ["django"]\n',
        '["project"]\n"dependencies" = ["django"]\n',
        '[project]\nname = "x"\ndependencies = ["django"\n]\n',
        '[project]\nname = "x"\ndependencies = [\n    "django"]\n',
        '[project]\nname = "x"\n[project.scripts]\na = "b:c"\n[project.urls]\ndependencies = "https://x"\n',
        '[build-system]\nrequires = ["x"]\n[[tool.y]]\nproject = {dependencies = ["no"]}\n[project]\nversion = "1"\n',
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_everything_else_stays(before: str, newline: str) -> None:
    before = before.replace("\n", newline)
    after = added(before, newline)
    old, new = tomllib.loads(before.replace("\r\n", "\n")), tomllib.loads(after.replace("\r\n", "\n"))
    assert new["project"].pop("dependencies") == [*old["project"].pop("dependencies", []), *ADDED]
    assert new == old
    assert after.count("\n") == after.count(newline)


@pytest.mark.parametrize(
    "before",
    ["[tool.x]\na = 1\n", 'project = {name = "x"}\n', "[project\n", '[project]\ndependencies = [{a = "b"}]\n'],
)
def test_what_cannot_be_edited_safely_is_not(before: str) -> None:
    with pytest.raises(NotFound):
        added(before)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_keys_at_the_end_of_a_table(newline: str) -> None:
    before = '[packages]\ndjango = "*"  # why\n\n# tools\n[dev-packages]\npytest = "*"\n'.replace("\n", newline)
    after = with_keys(before, "packages", ['gunicorn = "*"', 'x = {extras = ["y"], version = "1"}'], newline)
    added = 'django = "*"  # why\ngunicorn = "*"\nx = {extras = ["y"], version = "1"}\n\n# tools\n'
    assert added.replace("\n", newline) in after
    assert with_keys("[packages]", "packages", ["a = 1"], newline) == f"[packages]{newline}a = 1{newline}"


def test_a_table_that_is_not_there() -> None:
    with pytest.raises(NotFound):
        with_keys("[dev-packages]\n", "packages", ["a = 1"], "\n")

"""Version numbers and the constraints on them that Python's dependency files use."""

from __future__ import annotations

import re

Version = tuple[int, ...]

# Django's own table of supported Pythons: https://docs.djangoproject.com/en/dev/faq/install/
DJANGO_PYTHONS: dict[str, tuple[str, str]] = {
    "4.2": ("3.8", "3.12"),
    "5.0": ("3.10", "3.12"),
    "5.1": ("3.10", "3.13"),
    "5.2": ("3.10", "3.14"),
    "6.0": ("3.12", "3.14"),
    "6.1": ("3.12", "3.15"),
}
PYTHONS = ("3.10", "3.11", "3.12", "3.13", "3.14", "3.15")
# The newest that every platform is known to have; a newer one is used where the project says so.
NEWEST_EVERYWHERE = "3.14"
OLDEST_PYTHON = "3.10"
OLDEST_DJANGO = "4.2"

_RELEASE = re.compile(r"\d+(?:\.\d+)*")
_CLAUSE = re.compile(r"\s*(===|==|~=|!=|<=|>=|<|>|\^|~|=)?\s*v?(\d+(?:\.\d+)*(?:\.\*)?)[\w.+-]*")


def version(text: str) -> Version:
    """The leading numbers of a version: "3.12.1" is (3, 12, 1); () when there are none."""
    match = re.match(r"\s*v?(\d{1,9}(?:\.\d{1,9})*)", text)
    return tuple(int(part) for part in match.group(1).split(".")) if match else ()


def minor(text: str) -> str:
    """The first two numbers: "3.12.1" gives "3.12"; "" when there are not two."""
    parts = version(text)
    return f"{parts[0]}.{parts[1]}" if len(parts) > 1 else ""


def allows(constraint: str, release: str) -> bool:
    """Whether some patch release of `release` ("3.12") satisfies the constraint (PEP 440, Poetry's ^ and ~, "||").

    An empty constraint and "*" allow everything; text that is no constraint allows everything as well.
    Source: https://packaging.python.org/en/latest/specifications/version-specifiers/ and
    https://python-poetry.org/docs/dependency-specification/
    """
    alternatives = re.split(r"\|\|?", constraint)
    return any(_allows_all(part, version(release)) for part in alternatives)


def _allows_all(constraint: str, release: Version) -> bool:
    return all(
        _allows_one(match.group(1) or "==", match.group(2), release)
        for match in _CLAUSE.finditer(constraint.replace("(", " "))
    )


def _allows_one(operator: str, text: str, release: Version) -> bool:
    wanted = version(text)
    short = wanted[: len(release)]
    if operator in ("==", "===", "="):
        return short == release[: len(short)]
    if operator == "!=":
        return not (text.endswith(".*") and wanted == release[: len(wanted)])
    if operator == ">=":
        return release >= short
    if operator == ">":
        # > 3.8 forbids 3.8.0 only for a bare number, which still leaves nothing but later patches of 3.8.
        return release > short or len(wanted) > len(release)
    if operator == "<=":
        return release <= short
    if operator == "<":
        return release < short or (release == short and any(wanted[len(release) :]))
    if operator == "~=":
        return (
            release >= short and release[: max(len(wanted) - 1, 1)] == wanted[: max(len(wanted) - 1, 1)][: len(release)]
        )
    if operator == "^":
        fixed = next((position + 1 for position, part in enumerate(wanted) if part), len(wanted))
        return release >= short and release[:fixed] == wanted[:fixed][: len(release)]
    # "~3.10.0" and "~3.10" fix two numbers, "~3" one.
    fixed = min(len(wanted), 2)
    return release >= short and release[:fixed] == wanted[:fixed]


def pinned(constraint: str) -> str:
    """The version that a constraint fixes exactly ("==5.2.1"), or ""."""
    match = re.fullmatch(r"\s*={1,3}\s*v?(\d[\w.]*)\s*", constraint)
    return match.group(1) if match and "*" not in match.group(1) else ""


def newest_django(constraint: str, python: str = "") -> str:
    """The newest Django series that the constraint allows and the Python runs, or ""."""
    for series in reversed(DJANGO_PYTHONS):
        if allows(constraint, series) and (not python or version(DJANGO_PYTHONS[series][0]) <= version(python)):
            return series
    return ""


def standard_versions(text: str) -> str:
    """A constraint in the standard's form: ^1.2 is >=1.2,<2, ~1.2 is >=1.2,<1.3, 1.2 is ==1.2, * is any.

    Empty, for any, when there is no such form: https://python-poetry.org/docs/dependency-specification/
    """
    if "||" in text or "|" in text:
        return ""
    parts = [_standard_part(part.strip()) for part in re.split(r",|\s+(?=[<>=!~^])", text) if part.strip()]
    return "" if None in parts else ",".join(part for part in parts if part)


def _standard_part(part: str) -> str | None:
    if part == "*":
        return ""
    operator, version = part[:1], part[1:].strip()
    if operator in "^~" and not part.startswith("~="):
        if not _RELEASE.fullmatch(version):
            return None
        numbers = [int(number) for number in version.split(".")]
        return f">={version},<{'.'.join(map(str, _above(numbers, caret=operator == '^')))}"
    if re.match(r"[<>=!~]", part):
        return re.sub(r"\s+", "", part)
    return f"=={part}"


def _above(numbers: list[int], caret: bool) -> list[int]:
    """The first version that is too new: a caret lets everything but the first number that is not zero grow."""
    if caret:
        index = next((index for index, number in enumerate(numbers) if number), len(numbers) - 1)
    else:
        index = min(1, len(numbers) - 1)
    return [*numbers[:index], numbers[index] + 1]

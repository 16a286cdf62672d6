"""Dependencies written as a TOML table, name = versions: Pipenv's and Poetry's way.

https://pipenv.pypa.io/en/latest/pipfile.html
https://python-poetry.org/docs/dependency-specification/
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from .requirement import Requirement, canonical

_RELEASE = re.compile(r"\d+(?:\.\d+)*")
_REFERENCES = ("git", "path", "file", "url", "hg", "svn", "bzr")


def requirements_of(table: Mapping[str, Any]) -> list[Requirement]:
    """One requirement for each entry; an entry that is a list has one for each of its parts."""
    found = []
    for name, value in table.items():
        for part in value if isinstance(value, list) else [value]:
            fields = part if isinstance(part, dict) else {"version": part}
            extras = fields.get("extras")
            found.append(
                Requirement(
                    canonical(name),
                    frozenset(canonical(extra) for extra in extras if isinstance(extra, str))
                    if isinstance(extras, list)
                    else frozenset(),
                    _versions(fields),
                    _marker(fields),
                    f"{name} = {_written(part)}",
                )
            )
    return found


def _written(value: Any) -> str:
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key} = {json.dumps(part)}' for key, part in value.items())}}}"
    return json.dumps(value) if isinstance(value, str) else str(value)


def _versions(fields: Mapping[str, Any]) -> str:
    for reference in _REFERENCES:
        if reference in fields:
            return f"@ {fields[reference]}"
    return standard_versions(str(fields.get("version", "")))


def _marker(fields: Mapping[str, Any]) -> str:
    """`markers` (both), and Pipenv's way of writing one marker as a key: sys_platform = "== 'win32'"."""
    markers = [str(fields["markers"])] if fields.get("markers") else []
    if isinstance(fields.get("platform"), str):
        markers.append(f"sys_platform == '{fields['platform']}'")
    for name in ("sys_platform", "platform_system", "platform_machine", "os_name", "python_version"):
        if isinstance(fields.get(name), str):
            markers.append(f"{name} {fields[name]}")
    return " and ".join(f"({marker})" for marker in markers)


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

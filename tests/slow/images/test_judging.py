"""What the tests of images judge with can say no: programs that should not be there, steps of a build, the page's table."""

from __future__ import annotations

from pathlib import Path

from .bench import BEGIN, Row, written
from .buildah import Build, Step
from .contents import build_programs

# As buildah prints it: the last stage waits for the one that it copies from.
OUTPUT = """[1/3] STEP 1/2: FROM python:3.13-slim AS base
[1/3] STEP 2/2: ENV A=1
--> Using cache 59d66c
--> 59d66c
[3/3] STEP 1/3: FROM 59d66c
[3/3] STEP 2/3: COPY --from=dependencies /venv /venv
[2/3] STEP 1/2: FROM 59d66c AS dependencies
[2/3] STEP 2/2: RUN pip install django
Successfully installed django
--> 754f31
--> Using cache 3a16ef
--> 3a16ef
[3/3] STEP 3/3: COPY . /app
[3/3] COMMIT site
--> 14cb26
"""


def test_a_step_is_kept_when_its_own_layer_was_there() -> None:
    assert Build("site", 1.0, OUTPUT).steps == [
        Step("ENV A=1", kept=True),
        Step("RUN pip install django", kept=False),
        Step("COPY --from=dependencies /venv /venv", kept=True),
        Step("COPY . /app", kept=False),
    ]


def test_compilers_and_package_managers_are_found_wherever_they_lie(tmp_path: Path) -> None:
    for name in (
        "usr/bin/x86_64",
        "usr/bin/gcc-14",
        "usr/local/bin/pip3.13",
        "venv/bin/uv",
        "usr/bin/python3",
        "usr/bin/ldd",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (tmp_path / "venv/lib/python3.13/site-packages/poetry").mkdir(parents=True)

    assert build_programs(tmp_path) == [
        "usr/bin/gcc-14",
        "usr/local/bin/pip3.13",
        "venv/bin/uv",
        "venv/lib/python3.13/site-packages/poetry",
    ]


def test_the_table_replaces_only_itself() -> None:
    page = "# Performance\n\n## Copies\n\nfast\n"
    first = written(page, f"{BEGIN}old\n<!-- end of what make bench-image wrote -->\n")

    again = written(first + "\n## More\n", f"{BEGIN}new\n<!-- end of what make bench-image wrote -->\n")

    assert again.startswith("# Performance\n\n## Copies\n\nfast\n") and again.endswith("\n## More\n")
    assert "new" in again and "old" not in again
    assert Row("pip-tools-flat", 20.0, 5.0, 300.0, 210.0).line == "| pip-tools | flat | 20.0 | 5.0 | 0.25 | 300 | 90 |"

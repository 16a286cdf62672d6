"""Modules that become one file: what is kept, in which order, and what cannot be one file."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from deploy_overlay.ask.bundle import bundled
from tests.support.one_file import refuse_unfit

REPOSITORY = Path(__file__).resolve().parents[3]
REHEARSE = REPOSITORY / "template" / "parts" / "rehearse"
DOCSTRING = '"""What the file is for."""\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "modules"
    write(folder, "__init__", DOCSTRING)
    return folder


def write(folder: Path, name: str, source: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.py").write_text(source, encoding="utf-8")


def run(source: str, *arguments: str) -> str:
    """What a file prints that is run by itself."""
    done = subprocess.run(
        [sys.executable, "-", *arguments], input=source, capture_output=True, text=True, encoding="utf-8", check=True
    )
    return done.stdout.strip()


def test_modules_become_one_file_that_runs(folder: Path) -> None:
    write(
        folder,
        "__main__",
        '"""The command."""\n\nimport json\nimport sys\n\nfrom .area import Square, area\n\n\n'
        "def main() -> None:\n    print(json.dumps(area(Square(int(sys.argv[1])))))\n\n\n"
        'if __name__ == "__main__":\n    main()\n',
    )
    write(
        folder,
        "area",
        '"""Sizes of things.\n\nOnly of squares.\n"""\n\nimport sys\nfrom collections.abc import Mapping\n\n'
        "from .shapes import Shape\n\n# A reason.\nUNIT = 1  # metre\n\n\nclass Square(Shape):\n    pass\n\n\n"
        "def area(shape: Shape) -> Mapping[str, int]:\n    return {sys.byteorder[:0] + 'area': shape.side**2 * UNIT}\n",
    )
    write(
        folder,
        "shapes",
        '"""Things that have a size."""\n\nfrom collections.abc import Hashable\nfrom dataclasses import dataclass\n\n\n'
        "@dataclass(frozen=True)\nclass Shape(Hashable):\n    side: int\n",
    )

    source = bundled(folder)

    assert run(source, "3") == '{"area": 9}'
    assert source.startswith(DOCSTRING.rstrip() + "\n\nfrom __future__ import annotations\n\nimport json\nimport sys\n")
    assert (
        "\nfrom collections.abc import Hashable, Mapping\nfrom dataclasses import dataclass\n\n\n# --- shapes ---"
        in source
    )
    assert "\n# Sizes of things.\n#\n# Only of squares.\n\n# A reason.\nUNIT = 1  # metre\n\n\nclass Square" in source
    assert [line.split()[2] for line in source.splitlines() if line.startswith("# ---")] == ["shapes", "area", "main"]
    assert source.endswith("    main()\n")


def test_imports_on_a_condition_follow_the_others_once(folder: Path) -> None:
    conditional = 'if sys.platform != "win32":\n    import pwd\nelse:\n    import winreg\n'
    write(folder, "users", f'"""Users."""\nimport sys\n\n{conditional}\n\ndef user():\n    return sys, pwd\n')
    write(folder, "groups", f'"""Groups."""\nimport sys\n\n{conditional}\n\ndef group():\n    return sys, pwd\n')

    source = bundled(folder)

    assert source.count(conditional) == 1
    assert source.index("import sys\n\nif sys") < source.index("# --- groups")


def test_a_block_that_does_more_than_import_stays_where_it_is(folder: Path) -> None:
    block = "if sys.argv:\n    SEP = 1\nelse:\n    import os\n"
    write(folder, "one", f'"""One."""\nimport sys\n\nBEFORE = 2\n{block}')
    assert f"BEFORE = 2\n{block}" in bundled(folder)


IMPOSSIBLE = {
    "a name that two modules define": (
        {"one": "LIMIT = 1\n", "two": "LIMIT = 2\n"},
        r"LIMIT would have two meanings: defined in one\.py, and defined in two\.py",
    ),
    "a name that is unpacked or bound in a block": (
        {"one": "if True:\n    LOW, (HIGH, *REST) = 1, (2, 3)\n", "two": "for REST in ():\n    pass\n"},
        "REST would have two meanings",
    ),
    "a definition with the name of an import": (
        {"one": "import secrets\n", "two": "def secrets():\n    pass\n"},
        r"secrets would have two meanings: imported as secrets, and defined in two\.py",
    ),
    "two imports with the same name": (
        {"one": "from os.path import join\n", "two": "from shlex import join\n"},
        r"join would have two meanings: imported as os\.path\.join, and imported as shlex\.join",
    ),
    "an import on a condition with the name of another": (
        {"one": "if LATE:\n    from os.path import join\n", "two": "from shlex import join\n"},
        "join would have two meanings",
    ),
    "a definition with the name of a builtin": ({"one": "def open():\n    pass\n"}, "open would have two meanings"),
    "a module imported whole": (
        {"one": "from . import two\n", "two": ""},
        r"one\.py:1: write `from .module import name`",
    ),
    "an import that renames": ({"one": "from .two import A as B\n", "two": "A = 1\n"}, r"one\.py:1: write"),
    "an import of everything": ({"one": "from .two import *\n", "two": "A = 1\n"}, r"one\.py:1: write"),
    "an import from further away": ({"one": "from ..two import A\n"}, r"one\.py:1: write"),
    "an import below other code": (
        {"one": "B = 2\nfrom .two import A\n", "two": "A = 1\n"},
        r"one\.py:2: import from another module at the top",
    ),
    "an import inside a function": (
        {"one": "def f():\n    from .two import A\n    return A\n", "two": "A = 1\n"},
        r"one\.py:2: import from another module at the top",
    ),
    "a module that is not there": (
        {"one": "from .two import A\n"},
        r"one\.py imports A, which two\.py does not define",
    ),
    "a name that is not there": (
        {"one": "from .two import A\n", "two": ""},
        r"one\.py imports A, which two\.py does not",
    ),
    "a name that another module only imports": (
        {"one": "from .two import sys\n", "two": "import sys\n"},
        r"one\.py imports sys, which two\.py does not define",
    ),
    "modules that import each other": (
        {"one": "from .two import A\nB = 1\n", "two": "from .one import B\nA = 1\n"},
        "nodes are in a cycle",
    ),
    "a second module that is run": ({"one": "if __name__ == '__main__':\n    pass\n"}, r"one\.py:1: __name__ means"),
    "code beside the docstring of the file": ({"__init__": f"{DOCSTRING}A = 1\n"}, "holds the docstring"),
}


@pytest.mark.parametrize(("modules", "reason"), IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_what_cannot_be_one_file_is_refused(modules: dict[str, str], reason: str, folder: Path) -> None:
    for name, source in modules.items():
        write(folder, name, source)
    with pytest.raises(ValueError, match=reason):
        refuse_unfit(folder)
        bundled(folder)


def test_the_rehearsal_can_be_one_file() -> None:
    refuse_unfit(REHEARSE)


def test_imports_that_mean_the_same_are_no_clash(folder: Path) -> None:
    write(folder, "one", "import http\nimport os.path\nfrom shlex import join as joined\n")
    write(folder, "two", "import http.client\nimport os\nfrom shlex import join as joined, quote\n")
    imports = "import http\nimport http.client\nimport os\nimport os.path\nfrom shlex import join as joined, quote\n"
    assert imports in bundled(folder)


def test_the_rehearsal_is_the_same_in_every_process() -> None:
    command = [
        sys.executable,
        "-c",
        "import deploy_overlay.ask.bundle as a, pathlib, sys\nprint(a.bundled(pathlib.Path(sys.argv[1])))",
    ]
    texts = {
        subprocess.run(
            [*command, REHEARSE],
            cwd=REPOSITORY,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(texts) == 1


def test_the_rehearsal_is_code_that_we_would_have_written(tmp_path: Path) -> None:
    source = bundled(REHEARSE)
    file = tmp_path / "rehearse.py"
    file.write_text(source, encoding="utf-8")
    ruff = [sys.executable, "-m", "ruff"]
    common = ["--isolated", "--no-cache", "--target-version=py310", "--line-length=120"]
    for command in (["check", *common, "--select=E4,E7,E9,F,I"], ["format", *common, "--check"]):
        done = subprocess.run([*ruff, *command, file], capture_output=True, text=True, encoding="utf-8", check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_rehearsal_runs_on_python_3_10_and_is_marked_as_ours() -> None:
    source = bundled(REHEARSE)
    ast.parse(source, feature_version=(3, 10))
    assert any("deploy-overlay" in line for line in source.splitlines()[:5])
    assert all(character not in source for character in ("\r", "\t"))


def test_a_module_of_the_product_comes_along(folder: Path, tmp_path: Path) -> None:
    shared = tmp_path / "base"
    shared.mkdir()
    (shared / "sizes.py").write_text('"""Sizes."""\n\nimport math\n\n\ndef size():\n    return math.floor(2.5)\n')
    (shared / "unused.py").write_text('"""Not asked for."""\n')
    write(folder, "__main__", '"""Command."""\n\nfrom deploy_overlay.base.sizes import size\n\nprint(size())\n')
    source = bundled(folder, shared)
    assert run(source) == "2"
    assert "deploy_overlay" not in source
    assert [line.split()[2] for line in source.splitlines() if line.startswith("# ---")] == ["sizes", "main"]

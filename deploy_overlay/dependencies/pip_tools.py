"""pip-tools, and `uv pip compile`: the source is edited, then compiled again with the options in the compiled file.

https://pip-tools.readthedocs.io/en/stable/
"""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Callable, Sequence

from ..base.atomic_file import write_atomically
from ..base.message import Failure
from ..base.requirements import contents
from . import Project
from .manifests import compiled, pyproject, requirements_txt, text_file
from .manifests.declared import Declared
from .manifests.declared import declared as declared_by
from .run_manager import run_tool

PYPROJECT = "pyproject.toml"
# Options that say for which Python: https://docs.astral.sh/uv/reference/cli/#uv-pip-compile
_CHOOSES_PYTHON = frozenset({"--python-version", "--python", "-p", "--universal"})
_PLACE = re.compile(r"(--index-url|--extra-index-url|--find-links|--trusted-host|-i|-f)[ =]")


def changes(project: Project) -> list[str]:
    return sources(project, _compiled_file(project))


def sources(project: Project, name: str) -> list[str]:
    """A compiled file and what it is compiled from, which is first."""
    return [_command(project, name).source, name]


def declared(project: Project) -> Declared:
    """What the source asks for; versions that other parts of the compiled file pin do not count."""
    source = _command(project, _compiled_file(project)).source
    if source.endswith(PYPROJECT):
        return pyproject.declared(project.root, source, project.python, project.groups)
    found = requirements_txt.read(project.root, source)
    return declared_by(found.requirements, project.python, found.constraints)


def add(project: Project, requirements: Sequence[str]) -> None:
    add_to_compiled(project, _compiled_file(project), requirements)


def remove(project: Project, names: Sequence[str]) -> None:
    remove_from_compiled(project, _compiled_file(project), names)


def add_to_compiled(project: Project, name: str, requirements: Sequence[str]) -> None:
    """Edits what the file was compiled from and compiles it again. Raises Failure when that fails."""
    source = _command(project, name).source
    first = f"Add {', '.join(requirements)} to {source} first, then compile."
    _compile_after(project, name, lambda: _edit(project, source, requirements), first)


def remove_from_compiled(project: Project, name: str, names: Sequence[str]) -> None:
    """The same with packages (canonical names) taken out."""
    source = _command(project, name).source

    def edit() -> None:
        if source.endswith(PYPROJECT):
            pyproject.remove_dependencies(project.root / source, source, names)
            return
        file = text_file.read(project.root / source, source)
        write_atomically(project.root / source, file.encoded(requirements_txt.without_requirements(file.text, names)))

    _compile_after(project, name, edit, f"Remove {', '.join(names)} from {source} first, then compile.")


def _compile_after(project: Project, name: str, edit: Callable[[], None], first: str) -> None:
    command = _command(project, name)
    before = _text(project, name), _text(project, command.source)
    edit()
    environ: dict[str, str | None] = {"CUSTOM_COMPILE_COMMAND": command.custom} if command.custom else {}
    argv = command.argv
    if argv[0] == "uv" and project.python and not _CHOOSES_PYTHON & {word.partition("=")[0] for word in argv}:
        # uv compiles for the Python that it finds, whose newest Django may be an older one. The header stays as it is.
        environ["UV_CUSTOM_COMPILE_COMMAND"] = shlex.join(argv)
        argv = (*argv, "--python-version", project.python)
    try:
        run_tool(
            project,
            argv,
            folder=command.folder,
            package="" if command.argv[0] == "uv" else "pip-tools",
            python=command.python,
            interpreter=command.argv[0] != "uv",
            same_python=command.argv[0] != "uv",
            environ=environ,
        )
    except Failure as failure:
        raise Failure(f"{failure}\n{first}", failure.commands, failure.folder, anchor=failure.anchor) from None
    file = text_file.read(project.root / name, name)
    text = _without_new_places(file.text, "".join(before))
    if text != file.text:
        write_atomically(project.root / name, file.encoded(text))


def _text(project: Project, name: str) -> str:
    path = project.root / name
    return text_file.read(path, name).text if path.is_file() else ""


def _without_new_places(text: str, before: str) -> str:
    """The compiled text without addresses of packages that pip's settings on this machine brought in.

    pip-compile writes them down unless told otherwise, and what is said there (a mirror, a folder, a password) holds
    for this machine only. `before` is what the files said until now: addresses there are the project's own.
    """
    known = {" ".join(line.split()) for line in before.splitlines()}
    lines = text.splitlines(keepends=True)
    kept = [line for line in lines if not _PLACE.match(line) or " ".join(line.split()) in known]
    if len(kept) == len(lines):
        return text
    # The empty line after the options goes with the last of them.
    first = next(index for index, line in enumerate(lines) if _PLACE.match(line))
    options_left = any(line.startswith("-") for line in kept)
    if not options_left and first < len(kept) and not kept[first].strip():
        del kept[first]
    return "".join(kept)


def _edit(project: Project, source: str, requirements: Sequence[str]) -> None:
    path = project.root / source
    if source.endswith(PYPROJECT):
        pyproject.add_dependencies(path, source, requirements)
    elif source.endswith((".in", ".txt")):
        file = text_file.read(path, source)
        write_atomically(path, file.encoded(requirements_txt.with_requirements(file.text, file.newline, requirements)))
    else:
        raise Failure(
            f"{source} cannot be edited: add {', '.join(requirements)} to it yourself, compile, commit, and run this again.",
            anchor="source-not-edited",
        )


def _compiled_file(project: Project) -> str:
    """The file that production installs from; made beside a source that was never compiled."""
    chosen = _installed_file(project)
    if chosen:
        return _included(project, chosen) or chosen
    source = requirements_txt.production_file(project.root, project.files)
    if source:
        return posixpath.splitext(source)[0] + ".txt"
    raise Failure(
        f"No requirements.in was found among {', '.join(project.files) or 'the dependency files'}: "
        "use -d django_dependency_files= with the list of files.",
        anchor="no-requirements-in",
    )


def _installed_file(project: Project) -> str | None:
    texts = [name for name in project.files if name.endswith(".txt")]
    return requirements_txt.production_file(project.root, texts)


def _included(project: Project, name: str) -> str | None:
    """The only file that a requirements file includes, where it holds nothing else."""
    found = contents(_text(project, name))
    if found.requirements or len(found.includes) != 1 or found.includes[0].constrains:
        return None
    path = posixpath.normpath(posixpath.join(posixpath.dirname(name), found.includes[0].path))
    return path if (project.root / path).is_file() else None


def _command(project: Project, name: str) -> compiled.Command:
    path = project.root / name
    text = text_file.read(path, name).text if path.is_file() else ""
    exporter = compiled.exported_by(text)
    if exporter:
        raise Failure(
            f"{name} is exported by `{exporter}`, which would overwrite changes: use "
            f"-d django_dependency_manager={exporter.split()[0]}.",
            anchor="exported-requirements",
        )
    hashed = contents(text).hashed
    found = compiled.command(project.root, name, text, hashed, (project.folder,))
    if found is None:
        raise Failure(
            f"{name} was compiled from a file that is not in the repository: commit its source (requirements.in), and "
            "run this again.",
            anchor="source-not-found",
        )
    return found


def install(project: Project) -> str:
    name = _installed_file(project) or _compiled_file(project)
    return f"python -m pip install -r {posixpath.relpath(name, project.folder)}"

"""The front-end build that Django collects: its package.json, and the commands to install and build it."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from ...base.evidence import Evidence, Fact
from ...base.files import join
from ...base.quoting import shell_word
from ..dependencies import installed
from ..production import installed_apps
from ..project import Project
from ..repository import tracked
from .build_paths import build_paths, written_by_commands
from .collected import inside, is_collected, read_from
from .copied import copied
from .makefiles import builds
from .npm_packages import commanded, node_of_image, packages_near
from .package_json import (
    BESIDE,
    SENDS,
    Package,
    build_scripts,
    install_files,
    installing,
    manager_of,
    needs_tools,
    node_version,
    reached,
    run_script,
    usable_scripts,
    wrappers,
)
from .workspaces import in_workspace, workspace_of

# Packages through which templates name what a builder wrote, and the npm package of that builder.
INTEGRATIONS = {
    "django-vite": ("vite", "django_vite"), "django-vite-plugin": ("vite", "django_vite_plugin"),
    "django-webpack-loader": ("webpack", "webpack_loader"), "django-manifest-loader": ("webpack", "manifest_loader"),
    "python-webpack-boilerplate": ("webpack", "webpack_boilerplate"), "django-tailwind": ("tailwindcss", "tailwind"),
}  # fmt: skip
# What these build is a site with a server of its own, whatever else the package depends on.
SERVES_ITSELF = frozenset(
    {
        "@sveltejs/adapter-node",
        "@sveltejs/adapter-auto",
        "@astrojs/node",
        "@remix-run/node",
        "@react-router/node",
        "nuxt",
    }
)
OF_ITS_OWN = re.compile(r"\b(?:next|nuxt|nuxi|remix|gatsby|expo|nest)\s+(?:build|export|generate)\b")
GOES_THROUGH = re.compile(r"\bworkspaces?\b|\s-ws\b|--recursive|\s-r\s|\bturbo\b|\blerna\b|\bnx\b|--filter")
BUILT = frozenset({"dist", "build", "out", "output", "bundles", "compiled", "static_compiled", "webpack_bundles"})


class FrontEnd(NamedTuple):
    """A build that Django needs: its scripts, whether node_modules is collected, and the evidence.

    `members` are the packages to build if `package` is only the root of a workspace.
    """

    package: Package
    scripts: tuple[str, ...]
    modules: bool
    strength: int
    evidence: tuple[Evidence, ...]
    members: tuple[FrontEnd, ...] = ()


def front_end(project: Project) -> Fact:
    """The fact `django_frontend` of a project with npm packages."""
    found = [front for front in _candidates(project) if not _committed(project, front)]
    folders = {front.package.folder for front in found}
    alone = [front for front in found if not (outer := workspace_of(packages_near(project), project.repository, front.package))
             or outer.folder not in folders]  # fmt: skip
    found = _by_workspace(project, alone)
    if not found:
        return Fact({})
    best = max(front.strength for front in found)
    chosen = [front for front in found if front.strength == best]
    values = [_described(project, front) for front in chosen]
    evidence = tuple(place for front in chosen for place in front.evidence)
    if len(chosen) > 1 and best > 1 and _go_together(project, chosen, [value for value, _ in values]):
        return Fact(_together([value for value, _ in values]), (*evidence, *values[0][1]))
    return Fact(
        values[0][0], (*evidence, *values[0][1]), tuple(value for value, _ in values) if len(values) > 1 else ()
    )


def _go_together(project: Project, fronts: Sequence[FrontEnd], values: Sequence[dict[str, Any]]) -> bool:
    """Whether all can be built one after the other: on one Node.js, with one more tool, and each into files of its own."""
    paths = [
        {one.path for one in build_paths(project.repository, front.package, front.scripts) if one.written}
        for front in fronts
    ]
    outputs = [path for own in paths for path in own if is_collected(project, path)]
    return (
        len({value["node"] for value in values}) == 1
        and len({value["tool"] for value in values} - {""}) < 2
        and not any(value["modules"] for value in values)
        and len(outputs) == len(set(outputs))
    )


def _together(values: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """One build of several front ends, in the folder of the first."""
    first, *others = sorted(values, key=lambda value: not value["tool"])

    def lines(step: str) -> str:
        folders = [posixpath.relpath(value["root"], first["root"]) for value in others]
        more = [f"(cd {shell_word(folder)} && {value[step]})" for folder, value in zip(folders, others, strict=True)]
        return " && ".join([first[step], *more])

    return first | {
        "script": " ".join(value["script"] for value in (first, *others)).strip(),
        "install": lines("install"),
        "build": lines("build"),
        "files": [path for value in values for path in value["files"]]
        if all(value["files"] for value in values)
        else [],
        "image": max((value["image"] for value in values), key=lambda image: not image.endswith("-slim")),
    }


def _by_workspace(project: Project, found: list[FrontEnd]) -> list[FrontEnd]:
    """Merge the front ends of a workspace into one."""
    groups: dict[str, list[FrontEnd]] = {}
    holders: dict[str, Package] = {}
    result = []
    for front in found:
        outer = workspace_of(packages_near(project), project.repository, front.package)
        if outer and front.scripts:
            holders[outer.folder] = outer
            groups.setdefault(outer.folder, []).append(front)
        else:
            result.append(front)
    for folder, members in groups.items():
        evidence = tuple(place for front in members for place in front.evidence)
        strength, modules = max(front.strength for front in members), any(front.modules for front in members)
        # A script at the root that goes through the workspace builds all that belongs together.
        scripts = build_scripts(holders[folder])
        whole = scripts if scripts and GOES_THROUGH.search(reached(holders[folder], scripts)) else ()
        result.append(FrontEnd(holders[folder], whole, modules, strength, evidence, () if whole else tuple(members)))
    return result


def _scripts(front: FrontEnd) -> list[str]:
    return [*front.scripts, *(script for member in front.members for script in member.scripts)]


def _build_command(front: FrontEnd, manager: str) -> str:
    # A script of package.json, or a command of a Dockerfile.
    commands = [script if " " in script else run_script(manager, shell_word(script)) for script in front.scripts]
    for member in front.members:
        inside_it = shell_word(posixpath.relpath(member.package.folder, front.package.folder))
        commands += [
            f"(cd {inside_it} && {script})" if " " in script else in_workspace(manager, member.package, script)
            for script in member.scripts
        ]
    return " && ".join(commands)


def _described(project: Project, front: FrontEnd) -> tuple[dict[str, Any], tuple[Evidence, ...]]:
    repository, package = project.repository, front.package
    manager, lock = manager_of(repository, package)
    install, tool = installing(repository, package, manager, lock)
    node, place = node_version(repository, package, project.root, node_of_image(project, package))
    if manager == "yarn" and not tool and int(node) >= 26:
        tool = "yarn@1.22.22"  # https://github.com/nodejs/docker-node/issues/2407
    value = {
        "root": package.folder,
        "manager": manager,
        "node": node,
        "script": " ".join(script for script in _scripts(front) if " " not in script),
        "install": install,
        "build": _build_command(front, manager),
        "tool": tool,
        "files": [path for path in install_files(repository, package, lock) if _is_there(project, path)],
        "modules": front.modules,
        "image": f"node:{node}" if needs_tools(package) else f"node:{node}-slim",
    }
    return value, (place,) if place else ()


def _is_there(project: Project, path: str) -> bool:
    """Whether git has the file. An ignored .npmrc may hold a token."""
    return path.rpartition("/")[2] not in BESIDE or bool(tracked(project, [path]))


def _candidates(project: Project) -> Iterator[FrontEnd]:
    for package in packages_near(project):
        named = commanded(project, package)
        scripts, started = (named[0], ()) if named else _own_builds(project, package)
        modules = _collects_modules(project, package)
        place = Evidence(package.path, _line_of_script(project, package, scripts), _told(package, scripts))
        strength, evidence = _needed(project, package, scripts) if scripts else (0, ())
        for wider in wrappers(package, scripts) if scripts and not strength else ():
            strength, evidence = _needed(project, package, (wider,))
            if strength:
                scripts = (wider,)
                place = Evidence(package.path, _line_of_script(project, package, scripts), _told(package, scripts))
                break
        written = any(one.written and is_collected(project, one.path)
                      for one in (build_paths(project.repository, package, scripts) if scripts else ()))  # fmt: skip
        moves = copied(project, package) if scripts and not written else []
        if moves:
            # What the build writes is of use only where a script of the repository puts it.
            scripts = (*scripts, *(move.command for move in moves))
            strength, evidence = max(strength, 3), (*(move.place for move in moves), *evidence)
        if named and (strength or not _serves_itself(package, scripts)):
            strength, evidence = strength + 4, (*evidence, named[1])
        if strength:
            yield FrontEnd(package, scripts, modules is not None, strength, (place, *started, *evidence))
        elif modules:
            yield FrontEnd(
                package, (), True, 1, (Evidence(package.path, None, "packages that Django collects"), modules)
            )


def _own_builds(project: Project, package: Package) -> tuple[tuple[str, ...], tuple[Evidence, ...]]:
    """The scripts of the package that build, and commands of a Makefile that write what no script does, with their lines."""
    scripts = (*build_scripts(package), *_of_other_names(project, package))
    written = written_by_commands(project.repository, package, scripts)
    places: tuple[Evidence, ...] = ()
    for build in builds(project, package):
        if build.written - written:
            written |= build.written
            scripts, places = (*scripts, *build.commands), (*places, build.place)
    return tuple(dict.fromkeys(scripts)), places


def _of_other_names(project: Project, package: Package) -> Iterator[str]:
    """Scripts that write what Django collects and no script that builds by its name does."""
    known = build_scripts(package)
    built = written_by_commands(project.repository, package, known)
    calling = wrappers(package, known)
    for name, text in usable_scripts(package).items():
        written = {
            path
            for path in written_by_commands(project.repository, package, (name,))
            if is_collected(project, path)
        }  # fmt: skip
        if name not in (*known, *calling) and written - built and not SENDS.search(text):
            built |= written
            yield name


def _told(package: Package, scripts: tuple[str, ...]) -> str:
    told = (f"{name}: {package.scripts[name]}" if name in package.scripts else name for name in scripts)
    return "; ".join(told)[:100]


def _line_of_script(project: Project, package: Package, scripts: tuple[str, ...]) -> int | None:
    lines = (project.repository.text(package.path) or "").split("\n")
    return next((n for n, line in enumerate(lines, 1) if scripts and f'"{scripts[0]}"' in line), None)


def _needed(project: Project, package: Package, scripts: tuple[str, ...]) -> tuple[int, tuple[Evidence, ...]]:
    """How clearly the output is collected: 3 by what the build writes, 2 by what the settings read, 1 by a package."""
    for one in build_paths(project.repository, package, scripts):
        if one.written and is_collected(project, one.path):
            return 3, (one.place,)
    for path, place in read_from(project):
        below = package.folder != "." and inside(path, package.folder) and path != package.folder
        lost = not project.repository.is_folder(path) and not _others_output(project, package, path)
        if below or (lost and package.folder == "."):
            return 2, (place,)
    for one in build_paths(project.repository, package, scripts):
        if is_collected(project, one.path):
            return 2, (one.place,)
    if _is_of_its_own(package, scripts):
        return 0, ()
    names, (apps, place_of_apps) = installed(project), installed_apps(project)
    for name, (tool, app) in INTEGRATIONS.items():
        named = names.get(name) or (place_of_apps if app in apps else None)
        if named and any(tool in dependency for dependency in package.dependencies):
            return 1, (named,)
    return 0, ()


def _is_of_its_own(package: Package, scripts: tuple[str, ...]) -> bool:
    return any(OF_ITS_OWN.search(package.scripts.get(script, script)) for script in scripts)


def _serves_itself(package: Package, scripts: tuple[str, ...]) -> bool:
    """Whether the build is a site with a server of its own, which a Dockerfile may build in a stage beside Django's."""
    return bool(SERVES_ITSELF & {*package.dependencies}) or _is_of_its_own(package, scripts)


def _others_output(project: Project, package: Package, path: str) -> bool:
    return any(
        inside(path, other.folder) for other in packages_near(project) if other.folder not in (".", package.folder)
    )


def _collects_modules(project: Project, package: Package) -> Evidence | None:
    folder = join(package.folder, "node_modules")
    for path, place in read_from(project):
        if (path == folder or inside(path, folder)) and not tracked(project, [folder]):
            return place
    return None


def _committed(project: Project, front: FrontEnd) -> bool:
    """Whether the build's output for Django is committed."""
    if not front.scripts or front.modules:
        return False
    written = [one.path for one in build_paths(project.repository, front.package, front.scripts) if one.written]
    outputs = [path for path in written if is_collected(project, path)]
    if any(not tracked(project, [path]) for path in written):
        return False
    outputs += [
        path
        for path, _ in read_from(project)
        if front.package.folder != "." and inside(path, front.package.folder) and BUILT & set(path.split("/"))
    ]
    return bool(outputs) and all(_holds_built_files(project, path) for path in outputs)


def _holds_built_files(project: Project, path: str) -> bool:
    general = posixpath.basename(path) in ("static", "assets", "public") or any(
        path == one for one, _ in read_from(project)
    )
    if general and not BUILT & {posixpath.basename(path)} and not project.repository.is_file(path):
        return False
    return any(name.endswith((".js", ".css", ".json", ".mjs")) for name in tracked(project, [path]))

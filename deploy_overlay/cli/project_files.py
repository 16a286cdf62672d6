"""`add`, `set`, `update` and `uninstall`: run Copier's copy or update with the right options.

Copier itself loads the recorded version of the template, so these verbs work for every version.
"""

from __future__ import annotations

import difflib
import json
import re
import subprocess
import sys
from argparse import Namespace
from collections.abc import Sequence

from ..base import git
from ..base.interrupted_update import interrupted_update
from ..base.log import say
from ..base.message import DOCUMENTATION, Failure, command_line, first_of
from ..base.release import ANSWERS_FILE, PROGRAM, REPOSITORY, Release, command, recorded
from ..rehearse.offer import QUESTION
from .copier import NOTHING, environment, run_copier
from .machine import print_document, run_logged
from .own import own_release
from .project import Project
from .terminal import confirm, has_terminal

# Answers for one run only; an update refuses to create anything.
FOR_ONE_RUN = {"deploy_action", "deploy_commit", "deploy_existing", "deploy_env_file"}
FIRST = re.compile(r"v?0\.1(?:\.\d+)*")  # releases that refuse these answers, like every unknown name


def add(project: Project, options: Namespace) -> int:
    """Copy the overlay for the first time, or add a platform."""
    if project.answers is not None:
        return _add_platform(project, options)
    own = own_release()
    data = list(options.data)
    if options.platforms:
        data.append(f"deploy_platforms=[{', '.join(map(_platform_name, options.platforms))}]")
    argv = ["copy", "--trust", *_file(project.answers_file), *_version_to_copy(own), *_data(data)]
    argv += ["--data-file", project.path(options.data_file)] if options.data_file else []
    argv += ["--defaults"] if options.defaults or options.json or not has_terminal() else []
    argv += ["--quiet"] if options.quiet else []
    source = "gh:org/deploy-overlay" if own.key == Release(REPOSITORY).key else own.for_copier
    status = run_copier([*argv, source, "."], project, machine=options.json)
    asked = has_terminal() and not options.defaults and not options.quiet and not options.json
    return (
        _rehearse(project)
        if status == 0 and asked and confirm(QUESTION, "Nothing was rehearsed", "--defaults")
        else status
    )


def _rehearse(project: Project) -> int:
    from .arguments import parse

    verb, options = parse(["rehearse"])
    return verb.load()(project, options)


def _version_to_copy(own: Release) -> list[str]:
    """The version of this command; for a folder with changes, the folder as it is."""
    if not own.is_local:
        return ["--vcs-ref", own.ref] if own.ref else []
    if not own.version:
        return []
    return ["--vcs-ref", own.ref if own.is_named and git.is_clean(own.folder) else "HEAD"]


def _add_platform(project: Project, options: Namespace) -> int:
    assert project.answers is not None
    there = project.answers.texts("deploy_platforms")
    new = [name for name in dict.fromkeys(map(_platform_name, options.platforms)) if name not in there]
    if not new and options.platforms:
        say(f"this project already has {', '.join(options.platforms)}")
        if options.json:
            print_document({"version": recorded(project.answers.values).version, "platforms": there, **NOTHING})
        return 0
    if not new:
        values = project.answers.values
        raise Failure(
            f"This project already has the overlay, for {', '.join(there)}. Name the platform to add, as in "
            f"`{command(values, 'add', 'heroku', answers_file=project.answers_file)}`.",
            anchor="overlay-there-already",
        )
    _check_committed(project, f"{PROGRAM} add {' '.join(new)}")
    data = [*options.data, f"deploy_platforms=[{', '.join([*there, *new])}]"]
    more = ["--data-file", project.path(options.data_file)] if options.data_file else []
    argv = [*_update_arguments(project, options, "--vcs-ref", ":current:"), *more, *_data(data)]
    return run_copier(argv, project, machine=options.json)


def _platform_name(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name):
        raise Failure(f"{name!r} is not a platform's name, such as fly.", anchor="not-an-answer")
    return name.lower()


def change(project: Project, options: Namespace) -> int:
    """Change answers at the recorded version."""
    assert project.answers is not None
    data = []
    assignments = [*options.assignments, *options.data]
    for text in assignments:
        name, equals, value = text.partition("=")
        _check_name(project, name, equals)
        stored = project.answers.values.get(name)
        if isinstance(stored, list) and not value.lstrip().startswith(("[", "{")):
            value = json.dumps([part.strip() for part in value.split(",") if part.strip()])
        data.append(f"{name}={value}")
    _check_committed(project, command_line([PROGRAM, "set", *assignments]))
    argv = [*_update_arguments(project, options, "--vcs-ref", ":current:"), *_data(data)]
    return run_copier(argv, project, machine=options.json)


def _check_name(project: Project, name: str, equals: str) -> None:
    """Raises Failure for an unknown name, which Copier would silently ignore."""
    assert project.answers is not None
    known = [one for one in project.answers.values if not one.startswith("_")]
    if not equals:
        raise Failure(f"{name} has no value: write it as {name}=VALUE.", anchor="not-an-answer")
    if name in FOR_ONE_RUN:
        raise Failure(
            f"{name} is not stored: give it to `{command(project.answers.values, 'deploy', '-d', f'{name}=VALUE')}`.",
            anchor="not-an-answer",
        )
    if name not in known:
        near = difflib.get_close_matches(name, known, 1)
        meant = f"Did you mean {near[0]}?" if near else f"The answers are listed in {DOCUMENTATION}questions/"
        raise Failure(f"This project has no answer {name}. {meant}", anchor="not-an-answer")


def update(project: Project, options: Namespace) -> int:
    """Update to the newest version, or only check for one."""
    assert project.answers is not None
    if options.check:
        return _check_update(project, machine=options.json)
    version = ["--vcs-ref", options.to] if options.to else []
    given = [word for text in options.data for word in ("-d", text)]
    _check_committed(project, command_line([PROGRAM, "update", *given]))
    argv = [*_update_arguments(project, options, *version), *_data(options.data)]
    return run_copier(argv, project, machine=options.json)


def _check_update(project: Project, *, machine: bool) -> int:
    argv = [sys.executable, "-m", "copier", "check-update", "--output-format", "json", *_file(project.answers_file)]
    done = subprocess.run(
        argv,
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    try:
        found = json.loads(done.stdout)
        now, newest, newer = found["current_version"], found["latest_version"], bool(found["update_available"])
    except (ValueError, LookupError, TypeError):
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise Failure(
            f"Copier cannot tell the newest version ({reason}): check the network and _src_path in {project.answers_file}.",
            anchor="version-not-to-be-had",
        ) from None
    assert project.answers is not None
    if machine:
        print_document({"current": now, "newest": newest, "update_available": newer})
    elif newer:
        line = command(project.answers.values, "update", answers_file=project.answers_file)
        print(f"{newest} is available, and this project has {now}. To update:\n    {line}")
    else:
        print(f"{now} is the newest version.")
    return 0


def uninstall(project: Project, options: Namespace) -> int:
    """List what the overlay added, ask, and remove it."""
    if _is_first(project):
        assert project.answers is not None
        line = command(project.answers.values, "update", answers_file=project.answers_file)
        raise Failure(
            f"The version of this project, {recorded(project.answers.values).version}, cannot uninstall itself: run `{line}`, "
            "commit, then run this again.",
            anchor="uninstall-after-an-update",
        )
    _check_committed(project, f"{PROGRAM} uninstall")
    if options.list and options.json:
        return _list_for_machines(project)
    if options.list or not (options.yes or options.json):
        status = run_copier([*_at_current(project), "--quiet", *_data(["deploy_uninstall=list"])], project)
        if options.list or status != 0:
            return status
    if not options.yes and not confirm("Remove what the overlay added?", "Nothing was removed", "--yes"):
        say("nothing was removed")
        return 1
    argv = [*_at_current(project), *_data(["deploy_uninstall=remove"])]
    return run_copier(argv, project, machine=options.json)


def _list_for_machines(project: Project) -> int:
    from ..update.removals import added

    status, found = run_logged("removals", project, lambda answers, _, log: added(answers, log), machine=True)
    if found is not None:
        print_document(found._asdict())
    return status


def _is_first(project: Project) -> bool:
    assert project.answers is not None
    return bool(FIRST.fullmatch(recorded(project.answers.values).version))


def _at_current(project: Project) -> list[str]:
    return ["update", "--trust", "--defaults", *_file(project.answers_file), "--vcs-ref", ":current:"]


def _update_arguments(project: Project, options: Namespace, *version: str) -> list[str]:
    """Options of an update: only new questions are asked, and only in a terminal. No action creates anything."""
    argv = ["update", "--trust", *_file(project.answers_file), *version]
    if options.defaults or options.json or not has_terminal():
        argv += ["--defaults"]
    elif not getattr(options, "ask", False):
        stays = ":current:" in version and _is_first(project)
        argv += ["--skip-answered", *([] if stays else _data(["deploy_action=configure"]))]
    return [*argv, *(["--quiet"] if options.quiet else [])]


def _check_committed(project: Project, line: str) -> None:
    """Raises Failure for uncommitted changes, which Copier only calls dirty."""
    again = f"run `{line}` again"
    if cut_off := interrupted_update(project.root, again):
        raise cut_off
    changed = git.text(project.root, "status", "--porcelain", "--untracked-files=normal").splitlines()
    if changed:
        listed = first_of([entry[2:].strip() for entry in changed], 5)
        raise Failure(
            f"These files have uncommitted changes: {listed}. Commit them, or stash them with `git stash "
            f"--include-untracked`. Then {again}.",
            anchor="uncommitted-changes",
        )


def _file(answers_file: str) -> list[str]:
    return [] if answers_file == ANSWERS_FILE else ["--answers-file", answers_file]


def _data(assignments: Sequence[str]) -> list[str]:
    for text in assignments:
        if "=" not in text:
            raise Failure(f"{text} has no value: write it as {text}=VALUE.", anchor="not-an-answer")
    return [word for text in assignments for word in ("--data", text)]

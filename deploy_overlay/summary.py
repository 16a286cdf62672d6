"""The friendly summary: what was added, what it will cost, what to do next, where the log is: one screen for one platform."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from .base.answers import Answers
from .base.build_secrets import needed
from .base.ignored_files import find_let_in
from .base.overlay_files import Seen
from .dependencies.add import Brought
from .plan import Plan, plan
from .platforms import chosen, gaps, purposes, replaced

WRITTEN_FOR = "deploy/"
BUILT_HERE = frozenset({"fly"})  # platforms that build from the folder as it lies there
# What a package is for, by the beginning of its requirement; the longer name first.
_PURPOSES = {
    "gunicorn": "the web server",
    "whitenoise": "serves static files",
    "dj-database-url": "reads DATABASE_URL",
    "psycopg": "speaks to PostgreSQL",
    "uvicorn-worker": "runs ASGI in gunicorn",
    "uvicorn": "speaks ASGI",
    "websockets": "WebSockets",
}
NAMES = {"redis": "Redis", "bucket": "a bucket", "mail": "mail"}


def summary(
    answers: Answers, brought: Brought, ours: Sequence[str], seen: Seen, log: str, *, goes_on: bool = False
) -> str:
    """`ours` are the overlay's files, `seen` how git sees those and the dependency files.

    A run that `goes_on` to create or deploy says at its own end what comes next, and before it what it costs.
    """
    lines = ["", f"deploy-overlay: configured for {_platforms(answers)}, not yet rehearsed"]
    lines += _files(answers, ours, seen, brought.files)
    lines += own_files(answers)
    lines += _dependencies(brought)
    lines += _variables(answers)
    lines += _not_proven(answers)
    lines += _private(answers)
    lines += _beside(answers)
    lines += [] if goes_on else [*_costs(answers), "Next", *_next(answers, brought, seen)]
    lines += [f"Log: {log}"]
    return "\n".join(lines)


def _platforms(answers: Answers) -> str:
    named = [one.name for one in chosen(answers)]
    return ", ".join(named[:-1]) + (" and " if len(named) > 1 else "") + named[-1] if named else "no platform"


def _costs(answers: Answers) -> list[str]:
    named = [one.name if one.status == "stable" else f"{one.name} ({one.status})" for one in chosen(answers)]
    plans = _plans(answers)
    rows = [(name, one.price) for name, one in zip(named, plans, strict=True)]
    seen = min((one.prices_seen for one in plans), default="")
    return [f"Costs nothing yet; a month, once you create it (prices of {seen})", *aligned(rows)]


def _files(answers: Answers, ours: Sequence[str], seen: Seen, edited: Sequence[str]) -> list[str]:
    fresh = [path for path in ours if path in seen.changed or path in seen.ignored]
    folder = f"{answers.deploy_folder}/"
    inside = [path for path in fresh if path.startswith(folder)]
    rows = [(folder, f"settings, server, rehearsal, README.md ({len(inside)} files)")] if inside else []
    outside = [path for path in fresh if not path.startswith(folder) and path != answers.answers_file]
    known = purposes(answers.texts("deploy_platforms"))
    rows += [(path, known.get(path, "")) for path in outside]
    if answers.answers_file in fresh:
        rows.append((answers.answers_file, "your answers, for `copier update`"))
    # Not what only other platforms would have, nor a file that was just edited.
    kept = (path for path in answers.texts("deploy_kept_files") if path in known and path not in edited)
    rows += [(path, "yours, left alone") for path in kept]
    rows += replaced(answers)
    lines = ["Files", *aligned(rows)] if fresh else [f"Files: all {len(ours)} are as committed"]
    if seen.ignored:
        left = folded(answers, seen.ignored)
        them = "it" if len(left) == 1 else "them"
        lines += [f"A .gitignore leaves out {', '.join(left)}: a deployment would lack {them},"]
        lines += [f"so the commit adds {them} all the same."]
    return lines


def own_files(answers: Answers) -> list[str]:
    """What the user's own files lack that a platform reads: nobody else tells before a deployment goes wrong."""
    found = gaps(answers)
    lines = [line for path, text in found for line in wrapped(f"{path} {text}.")]
    return ["Your own files stay as they are, and production needs more of them", *lines] if lines else []


def wrapped(text: str) -> list[str]:
    """A sentence as lines for a terminal of 80 columns; no word is broken, so that commands and addresses stay whole."""
    options = {"initial_indent": "  ", "subsequent_indent": "    "}
    return textwrap.wrap(text, 78, break_long_words=False, break_on_hyphens=False, **options)  # type: ignore[arg-type]


def _dependencies(brought: Brought) -> list[str]:
    where = f" ({', '.join(brought.changed)})" if brought.changed else ""
    rows = [(text, f"added: {_why(text)}") for text in brought.added]
    for item in brought.present:
        older = f", older than the {item.needed} that {WRITTEN_FOR} is written for" if item.needed else ""
        rows.append((item.written, f"already there{older}"))
    return [f"Dependencies{where}", *aligned(rows)]


def _why(requirement: str) -> str:
    return next((why for name, why in _PURPOSES.items() if requirement.startswith(name)), "needed in production")


def _plans(answers: Answers) -> list[Plan]:
    return [plan(answers.values, one) for one in chosen(answers)]


def _variables(answers: Answers) -> list[str]:
    names = plan(answers.values).variables
    lines = [f"Variables that your settings need and you set: {', '.join(names)}"] if names else []
    libraries = answers.texts("django_library_env")
    if libraries:
        lines.append(f"Variables that your libraries read: {', '.join(libraries)}")
    secrets = needed(answers.texts("django_build_secrets"))
    return [*lines, f"Variables that the installation of packages needs: {', '.join(secrets)}"] if secrets else lines


def _not_proven(answers: Answers) -> list[str]:
    names = answers.texts("django_unproven")
    if not names:
        return []
    shown = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
    return [f"Not proven, they may need more of the system: {shown} (see {answers.deploy_folder}/README.md)"]


def _private(answers: Answers) -> list[str]:
    """What an image built by hand in this folder would have beside the commit, and how to keep it out."""
    if not set(answers.texts("deploy_platforms")) & BUILT_HERE:
        return []
    ignore = dockerignore(answers)
    found = find_let_in(answers.root, ignore)
    if not found:
        return []
    shown = ", ".join(found[:5]) + (f" and {len(found) - 5} more" if len(found) > 5 else "")
    return [
        f"Not in git, but `fly deploy` by hand would put them into the image: {shown}",
        f"Keep out what the site does not need: add a line with its path to {ignore}",
    ]


def dockerignore(answers: Answers) -> str:
    """The ignore file that the image is built with, from the git root."""
    own = {"Dockerfile", ".dockerignore"} & set(answers.texts("deploy_kept_files"))
    return f"{answers.deploy_folder}/Dockerfile.dockerignore" if own else ".dockerignore"


def _beside(answers: Answers) -> list[str]:
    """What a project needs beside the site: nothing with a price of its own is started unasked. docs/deploy/workers.md"""
    plans = _plans(answers)
    parts = [process.name for one in plans for process in one.background if process.state != "started"]
    parts += [
        NAMES[store.kind] for one in plans for store in one.resources if store.how == "by hand" and store.kind in NAMES
    ]
    if not parts:
        return []
    listed = ", ".join(dict.fromkeys(parts))
    return [f"Not started, each has a price: {listed} (see {answers.deploy_folder}/README.md)"]


def _next(answers: Answers, brought: Brought, seen: Seen) -> list[str]:
    rehearse = f"{brought.prefix}python -m {answers.deploy_package}.rehearse"
    rows = [
        ("1. install", brought.install + within(answers.dependency_root)),
        ("2. rehearse", rehearse + within(answers.django_root)),
    ]
    if seen.changed or seen.ignored:
        force = "--force " if seen.ignored else ""
        rows += [
            ("3. commit", f"git add {force}{' '.join(folded(answers, [*seen.changed, *seen.ignored]))}"),
            ("", 'git commit -m "Add deployment configuration"'),
        ]
    else:
        rows.append(("3. commit", "nothing to commit"))
    rows.append(("4. deploy", f"{answers.deploy_folder}/README.md has every command, and one for all of them"))
    return aligned(rows)


def folded(answers: Answers, paths: Sequence[str]) -> list[str]:
    """Paths for a command line, those in the overlay's folder as the folder."""
    folder = f"{answers.deploy_folder}/"
    folded = dict.fromkeys(answers.deploy_folder if path.startswith(folder) else path for path in paths)
    return [f'"{path}"' if " " in path else path for path in folded]


def within(folder: str) -> str:
    return "" if folder == "." else f"    (in {folder}/)"


def aligned(rows: Sequence[tuple[str, str]]) -> list[str]:
    width = min(max((len(left) for left, _ in rows), default=0), 40)
    return [f"  {left:<{width}}  {right}".rstrip() for left, right in rows]

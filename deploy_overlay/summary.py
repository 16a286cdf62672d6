"""The summary after a copy: what was added, costs, next commands, log. One screen for one platform."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from .base import message
from .base.answers import Answers
from .base.build_secrets import needed
from .base.dockerignore import ignored_by_git_only
from .base.message import COLUMNS, Failure, command_line, first_of
from .base.overlay_files import GitStatus
from .base.quoting import yaml_word
from .base.release import ANSWERS_FILE, PROGRAM, installing, is_installed
from .base.system_packages import OF_DEBIAN
from .dependencies.add import Additions
from .detect import FACTS, Facts, look
from .plan import Plan, plan
from .plan.asked_files import GITLAB, GITLAB_JOBS, WORKFLOW, asked_files
from .plan.missing import missing
from .platforms import chosen, gaps, over_ssh, purposes, replaced

_T = TypeVar("_T")
WRITTEN_FOR = "deploy/"
# Purpose by the beginning of the requirement, longer names first.
_PURPOSES = {
    "gunicorn": "web server",
    "whitenoise": "static files",
    "dj-database-url": "reads DATABASE_URL",
    "psycopg": "PostgreSQL driver",
    "uvicorn-worker": "ASGI worker for gunicorn",
    "uvicorn": "ASGI server",
    "websockets": "WebSockets",
    "packaging": "needed by Celery for Redis",
    "django-storages": "uploads in a bucket",
    "boto3": "nightly backups into a bucket",
}


def summary(
    answers: Answers, additions: Additions, ours: Sequence[str], seen: GitStatus, log: str, *, goes_on: bool = False
) -> str:
    """`ours` are the overlay's files, `seen` is how git sees those and the dependency files.

    A run that `goes_on` to create or deploy shows prices in its plan and the next steps at its end.
    """
    lines = ["", f"deploy-overlay: configured for {_platforms(answers)}, not yet rehearsed"]
    lines += _files(answers, ours, seen, additions.files)
    lines += own_files(answers)
    lines += _dependencies(additions)
    lines += _variables(answers)
    lines += _not_proven(answers)
    facts = _looked_at(answers)
    lines += [line for text in left_out_by_git(answers, facts) for line in wrapped(text, "")]
    lines += [line for text in local_clients(answers, facts) for line in wrapped(text, "")]
    lines += release_commands(answers, facts)
    lines += _cloned(answers)
    lines += [line for text in only_by_hand(answers, ours, 5) for line in wrapped(text, "")]
    lines += _not_started(answers)
    lines += before_ci(answers)
    lines += [] if goes_on else [*_costs(answers), "Next", *_next(answers, additions, seen)]
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
    return [f"Monthly costs, once you create it (prices of {seen})", *described(rows)]


def _files(answers: Answers, ours: Sequence[str], seen: GitStatus, edited: Sequence[str]) -> list[str]:
    fresh = [path for path in ours if path in seen.changed or path in seen.ignored]
    folder = f"{answers.deploy_folder}/"
    inside = [path for path in fresh if path.startswith(folder)]
    rows = [(folder, f"settings, server, README.md ({len(inside)} files)")] if inside else []
    outside = [path for path in fresh if not path.startswith(folder) and path != answers.answers_file]
    known = purposes(answers.texts("deploy_platforms")) | asked_files(answers.values)
    rows += [(path, known.get(path, "")) for path in outside]
    if answers.answers_file in fresh:
        rows.append((answers.answers_file, "your answers, for updates"))
    # Neither files of other platforms nor a file that was just edited.
    kept = (path for path in answers.texts("deploy_kept_files") if path in known and path not in edited)
    rows += [(path, "your own, kept") for path in kept]
    rows += replaced(answers)
    lines = described(rows) if fresh else [f"Files: all {len(ours)} are committed and unchanged"]
    if seen.ignored:
        left = fold_paths(answers, seen.ignored)
        them = "it" if len(left) == 1 else "them"
        lines += wrapped(f"Your .gitignore ignores {', '.join(left)}. The commit below adds {them} anyway.")
    return lines


def own_files(answers: Answers) -> list[str]:
    """What the user's own files lack for the platform, without which a deployment would fail."""
    found = gaps(answers)
    lines = [line for path, text in found for line in wrapped(f"{path} {text}.")]
    return ["Change these files of your project for production", *lines] if lines else []


def wrapped(text: str, indent: str = "  ", hanging: str = "") -> list[str]:
    """A sentence as lines of at most 80 columns; no word and no command is broken."""
    return message.wrapped(text, COLUMNS, indent, hanging or f"{indent}  ")


def _dependencies(additions: Additions) -> list[str]:
    where = f" ({', '.join(additions.changed)})" if additions.changed else ""
    rows = [(text, f"added: {_why(text)}") for text in additions.added]
    # Name existing packages only if they are too old.
    rows += [
        (item.written, f"already installed; {WRITTEN_FOR} needs {item.needed} or later")
        for item in additions.present
        if item.needed
    ]
    return [f"Dependencies{where}", *described(rows)] if rows else ["Dependencies: nothing to add"]


def _why(requirement: str) -> str:
    return next((why for name, why in _PURPOSES.items() if requirement.startswith(name)), "needed in production")


def _plans(answers: Answers) -> list[Plan]:
    return [plan(answers.values, one) for one in chosen(answers)]


def _variables(answers: Answers) -> list[str]:
    plans = _plans(answers) or [plan(answers.values)]  # one platform creates what the owner sets on another
    names = list(dict.fromkeys(name for one in plans for name in one.variables))
    libraries = answers.texts("django_library_env")
    secrets = needed(answers.texts("django_build_secrets"))
    said = {
        "Variables to set before you deploy": names,
        "Variables that your libraries read": libraries,
        "Variables to set for installing packages": secrets,
    }
    return [line for title, listed in said.items() if listed for line in wrapped(f"{title}: {', '.join(listed)}", "")]


def _not_proven(answers: Answers) -> list[str]:
    names = [name.removeprefix(OF_DEBIAN) for name in answers.texts("django_unproven")]
    if not names:
        return []
    shown = first_of(names, 5)
    return wrapped(f"Not tested, may need more system packages: {shown} (see {answers.deploy_folder}/README.md)", "")


def _cloned(answers: Answers) -> list[str]:
    return [
        line for text in over_ssh.notes(chosen(answers), answers.root, answers.values) for line in wrapped(text, "")
    ]


def only_by_hand(answers: Answers, ours: Sequence[str], most: int) -> list[str]:
    """Files outside of the commit that an image built by hand would contain, and how to exclude them, as sentences.

    `ours` are the overlay's files, `most` is how many to name.
    """
    if not any(platform.builds_folder for platform in chosen(answers)):
        return []
    ignore = dockerignore(answers)
    found = [path for path in ignored_by_git_only(answers.root, ignore) if not _is_ours(path, ours)]
    if not found:
        return []
    return [
        f"Not in git, but a deployment by hand would add them to the image: {first_of(found, most)}",
        f"To exclude what the site does not need, add a line with its path to {ignore}",
    ]


def _looked_at(answers: Answers) -> Facts | None:
    """The project with its answers, for what is told beside them; None if it cannot be read any more."""
    try:
        return look(answers.root, {name: answers.values[name] for name in FACTS if name in answers.values})
    except Failure:  # files that changed since, of which whoever reads them next says more
        return None


def _found(answers: Answers, facts: Facts | None, find: Callable[[Facts], list[_T]]) -> list[_T]:
    """What `find` tells of the project; `facts` if somebody has looked at it already."""
    facts = facts or _looked_at(answers)
    try:
        return find(facts) if facts else []
    except Failure:  # as above
        return []


def left_out_by_git(answers: Answers, facts: Facts | None = None) -> list[str]:
    """What the site needs and git ignores, a sentence for each with its fix."""
    return _found(answers, facts, Facts.left_out_by_git)


def local_clients(answers: Answers, facts: Facts | None = None) -> list[str]:
    """Where the project's code connects to this machine, and what to do about it, as a sentence; [] for nowhere."""
    found = _found(answers, facts, Facts.local_clients)
    if not found:
        return []
    places = first_of([f"{place.path}:{place.line} ({place.note})" for place in found], 3)
    verb = "connects" if len(found) == 1 else "connect"
    return [f"{places} {verb} to localhost, where production has nothing: read the address from a variable"]


def release_commands(answers: Answers, facts: Facts | None = None) -> list[str]:
    """Commands of the project's own release that ours does not run, and how to run them; [] for none."""
    found = _found(answers, facts, Facts.release_commands)
    if not found:
        return []
    place = f"{found[0].path}:{found[0].line}"
    what, them = ("a command", "it") if len(found) == 1 else (f"{len(found)} commands", "them")
    return [
        *wrapped(f"{place} runs {what} at each release, which ours does not. Run {them} after you deploy:", ""),
        *(f"  {by_name(answers, 'run', 'manage', *one.note.split())}" for one in found),
    ]


def _is_ours(path: str, ours: Sequence[str]) -> bool:
    """Whether it is one of our files, which is committed even if git ignores it, or the folder of one."""
    return any(one == path or (path.endswith("/") and one.startswith(path)) for one in ours)


def dockerignore(answers: Answers) -> str:
    """Path, from the git root, of the ignore file of the image."""
    own = {"Dockerfile", ".dockerignore"} & set(answers.texts("deploy_kept_files"))
    return f"{answers.deploy_folder}/Dockerfile.dockerignore" if own else ".dockerignore"


def _not_started(answers: Answers) -> list[str]:
    """What the project has and production lacks, because it costs money and was not chosen."""
    told: dict[str, tuple[str, str]] = {}
    lacking: dict[str, list[str]] = {}
    for one in chosen(answers):
        for lack in missing(answers.values, one):
            price = f" ({one.name}: {lack.price} a month more)" if lack.price else ""
            how = by_name(answers, "set", lack.option) if lack.option else f"see {answers.deploy_folder}/README.md"
            told.setdefault(lack.text, (price, how))
            lacking.setdefault(lack.text, []).append(one.name)
    lines: list[str] = []
    for text, (price, how) in told.items():
        where = f" on {' and '.join(lacking[text])}" if len(lacking[text]) < len(chosen(answers)) else ""
        lines += _explained(f"{text}{where}", price, how)
    return lines


def before_ci(answers: Answers) -> list[str]:
    """What the owner has to do before CI can deploy."""
    wanted = answers.text("deploy_ci")
    own = [path for path in asked_files(answers.values) if path in answers.texts("deploy_kept_files")]
    if wanted == "github" and WORKFLOW in own:
        others = [path for path in answers.texts("deploy_kept_files") if path != WORKFLOW]
        line = by_name(answers, "set", f"deploy_kept_files=[{', '.join(others)}]")
        return [
            *wrapped(f"{WORKFLOW} is your own, so it was kept. To get ours, rename it, commit, then:", ""),
            f"  {line}",
        ]
    lines = []
    if wanted == "gitlab" and GITLAB in own and not _includes(answers):
        lines += [f"Add this line to {GITLAB}, which is your own:", f"  {include_line(answers)}"]
    names = [name for one in chosen(answers) if one.ci for name in (one.ci.token, *one.ci.others)]
    if wanted in ("github", "gitlab") and names:
        secrets = f"secret{'s' if len(names) > 1 else ''} {' and '.join(names)}"
        lines += wrapped(f"To deploy from CI, store the {secrets}: see {answers.deploy_folder}/README.md", "")
    return lines


def _includes(answers: Answers) -> bool:
    file = answers.root / GITLAB
    there = file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""
    return f"{answers.deploy_folder}/{GITLAB_JOBS}" in there


def include_line(answers: Answers) -> str:
    """The line for a .gitlab-ci.yml that is the owner's: https://docs.gitlab.com/ci/yaml/#includelocal"""
    return f"include: [{{local: {yaml_word(f'{answers.deploy_folder}/{GITLAB_JOBS}')}}}]"


def _explained(text: str, price: str, how: str) -> list[str]:
    """The command after the sentence, or if that is too long, below it with the price."""
    line = f"{text}: {how}"
    return [line] if len(line) <= COLUMNS else [*wrapped(f"{text}{price}:", ""), f"  {how}"]


def _next(answers: Answers, additions: Additions, seen: GitStatus) -> list[str]:
    rows = [("1. install", additions.install + within(answers.dependency_root))]
    rows += [("", line) for line in installing_command(answers)]
    rows.append(("2. rehearse", by_name(answers, "rehearse")))
    if seen.changed or seen.ignored:
        program = "git add --force" if seen.ignored else "git add"
        commands = [
            *commands_of(program, fold_paths(answers, [*seen.changed, *seen.ignored])),
            'git commit -m "Add deployment configuration"',
        ]
        rows += zip(["3. commit", *[""] * len(commands)], commands, strict=False)
    else:
        rows.append(("3. commit", "nothing to commit"))
    rows.append(("4. deploy", deploy_command(answers)))
    return aligned(rows)


def installing_command(answers: Answers) -> list[str]:
    """The line that installs the command on this machine; none if it is installed."""
    return [] if is_installed() else [installing(answers.values)]


def by_name(answers: Answers, *arguments: str) -> str:
    """A command line of the installed program, which fits the screen."""
    file = () if answers.answers_file == ANSWERS_FILE else ("-a", answers.answers_file)
    return command_line([PROGRAM, *file, *arguments])


def deploy_command(answers: Answers) -> str:
    """The command that deploys the project; the README for platforms that we cannot deploy to."""
    readme = f"{answers.deploy_folder}/README.md"
    if not all(one.adapter for one in chosen(answers)):
        return f"see {readme}"
    return f"{by_name(answers, 'deploy')}    (by hand: {readme})"


def fold_paths(answers: Answers, paths: Sequence[str]) -> list[str]:
    """Paths for a command line; the overlay's folder stands for all files in it."""
    folder = f"{answers.deploy_folder}/"
    fold_paths = dict.fromkeys(answers.deploy_folder if path.startswith(folder) else path for path in paths)
    return [f'"{path}"' if " " in path else path for path in fold_paths]


def commands_of(program: str, words: Sequence[str]) -> list[str]:
    """The program with all words, in as many command lines as fit the terminal."""
    lines = [program]
    for word in words:
        if lines[-1] != program and len(lines[-1]) + 1 + len(word) > COLUMNS - len("  2. rehearse  "):
            lines.append(program)
        lines[-1] += f" {word}"
    return lines


def within(folder: str) -> str:
    return "" if folder == "." else f"    (in {folder}/)"


def aligned(rows: Sequence[tuple[str, str]]) -> list[str]:
    """Rows in two columns, each on one line however long, so that a command can be pasted."""
    width = _column_width(rows)
    return [f"  {left:<{width}}  {right}".rstrip() for left, right in rows]


def described(rows: Sequence[tuple[str, str]]) -> list[str]:
    """Rows in two columns; long text in the right one wraps."""
    hanging = " " * (_column_width(rows) + 4)
    return [line for row in aligned(rows) for line in wrapped(row.strip(), hanging=hanging)]


def _column_width(rows: Sequence[tuple[str, str]]) -> int:
    return min(max((len(left) for left, _ in rows), default=0), 40)

"""Commits what the overlay added, after showing it; nothing else of the project is committed."""

from __future__ import annotations

from collections.abc import Sequence

from ..adapter.prompts import offered
from ..adapter.site import Site
from ..base import git
from ..base import overlay_files as rendered
from ..base.answers import Answers
from ..base.log import Log, say
from ..base.message import Failure, first_of
from ..base.scrub import scrubbed

MESSAGE = "Add deployment configuration"
HOOKS = 900.0  # seconds that the project's own pre-commit hooks may take


def uncommitted(answers: Answers, changed: Sequence[str] = ()) -> tuple[str, ...]:
    """Files of the overlay and dependency files with uncommitted changes: what `commit` commits."""
    files = dict.fromkeys([*rendered.paths(answers), *changed, *answers.texts("django_dependency_files")])
    seen = rendered.git_status(answers.root, [path for path in files if (answers.root / path).is_file()])
    return (*seen.changed, *seen.ignored)


def commit(site: Site, log: Log, changed: Sequence[str]) -> bool:
    """Show the uncommitted files and commit them after a yes. Returns whether there were any.

    Raises Failure without a yes, and if git or a hook of the project refuses: nothing is deployed then.
    """
    files = uncommitted(site.answers, changed)
    if not files:
        return False
    _act(site, log, "add", "--intent-to-add", "--force", "--", *files)
    stat = _ask_git(site, "diff", "--stat=90", "HEAD", "--", *files)
    print(f"\nTo be committed:\n\n{scrubbed(stat)}", flush=True)
    if not site.request.commit:
        _ask(site, files)
    _act(site, log, "add", "--force", "--", *files)
    done = git.act(site.root, "commit", "--message", MESSAGE, "--", *files, log=log, timeout=HOOKS)
    if done.status != 0:
        changed = _ask_git(site, "diff", "--name-only", "--", *files).split()
        cure = (
            f"\nYour commit hook changed {', '.join(changed)}: review the change, then run this again."
            if changed
            else ""
        )
        raise Failure(f"git did not commit, so nothing was deployed:\n{done.reason}{cure}", anchor="git-refused")
    say(f"committed {len(files)} files: {MESSAGE}")
    return True


def tell_uncommitted(site: Site) -> None:
    """Name the uncommitted files, which are not deployed."""
    paths = [line[3:] for line in _ask_git(site, "status", "--porcelain").splitlines()]
    if paths:
        say(f"not committed, so not deployed: {first_of(paths, 3)}")


def _ask(site: Site, files: Sequence[str]) -> None:
    refusal = Failure(
        "The overlay's files are not committed: commit them, or add -d deploy_commit=true.", anchor="not-committed"
    )
    if not site.request.terminal:
        raise refusal
    import questionary

    whole = "show every line first"
    choices = ["commit", whole, "stop here"]
    while True:
        answer = questionary.select("Commit these files?", choices=choices).ask()
        if answer != whole:
            break
        print(scrubbed(_ask_git(site, "diff", "HEAD", "--", *files)), flush=True)
    if answer != "commit":
        raise refusal


def _ask_git(site: Site, *argv: str) -> str:
    answer = git.ask(site.root, *argv)
    if answer.status != 0:
        raise Failure(f"`git {argv[0]}` failed:\n{answer.error.strip()}", anchor="git-refused")
    return answer.output.decode("utf-8", "replace")


def _act(site: Site, log: Log, *argv: str) -> None:
    done = git.act(site.root, *argv, log=log)
    if done.status != 0:
        raise Failure(f"`git {argv[0]}` failed:\n{done.reason}", anchor="git-refused")


def offer_to_open(address: str) -> None:
    """Ask whether to open the site in the browser."""
    import webbrowser

    if offered(f"Open {address} in the browser?", default=True):
        webbrowser.open(address)

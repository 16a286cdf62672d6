"""The Heroku CLI: where it comes from, and what its messages mean. https://devcenter.heroku.com/articles/heroku-cli"""

from __future__ import annotations

import os

from ....adapter.cli import Tool
from ....base.git import configured
from .. import CI

GIT_HOST = os.environ.get("HEROKU_GIT_HOST", "git.heroku.com")

PROBLEMS = (
    (r"(?i)rate.?limit|too many requests", "Heroku limits requests: run this again in a few minutes."),
    (r"(?i)two_factor|second authentication factor",
     "Heroku asks for a second factor: log in again with it (`heroku login`), then run this again."),
    (r"(?i)delinquent|past.due|account .*suspended",
     "Pay what is due at https://dashboard.heroku.com/account/billing, then run this again."),
    (r"(?i)verify your account|verification_required|payment_required",
     "Add a card at https://heroku.com/verify, then run this again."),
    (r"(?i)Couldn't find that slug", "Heroku no longer has that build: choose another release with --to."),
    (r"(?i)Couldn't find that process type",
     "Your Procfile does not name that process: add its line as deploy/README.md has it, commit, then run this again."),
    (r"(?i)Cannot use the following dyno types in the same app",
     "Heroku cannot mix Eco or Basic dynos with other types in one app: `heroku ps:type` shows and changes their types."),
    (r"(?i)is already taken", "That name is taken: choose another with {another_name}."),
    (r"(?i)do not have access|forbidden",
     "It belongs to another account: choose another name with {another_name}, or log in to the right account."),
    (r"(?i)quota|limit of \d+|reached the",
     "The account's limit is reached: delete what you do not need or ask Heroku for more."),
    (r"(?i)non-fast-forward|fetch first",
     "Heroku has commits that this branch does not have: pull them, or push with --force yourself."),
    (r"(?i)shallow update", "This clone has only part of the history: `git fetch --unshallow`, then run this again."),
    (r"(?i)Invalid credentials|Authentication failed|could not read Username", "Log in again: `heroku login`."),
    (r"(?i)(?:that|invalid|unknown) region|region .*(?:not |invalid|unknown)",
     "`heroku regions` lists the regions: -d heroku_region=us or eu."),
)  # fmt: skip


def tool() -> Tool:
    return Tool(
        names=("heroku",),
        title="Heroku",
        version=("--version",),
        oldest=(9, 0),
        whoami=("auth:whoami",),
        login="heroku login",
        token=CI.token,
        install={
            "Linux": "curl https://cli-assets.heroku.com/install.sh | sh",
            "macOS": "brew install heroku/brew/heroku",
            "Windows": "winget install Heroku.HerokuCLI",
        },
        environ={
            "HEROKU_SKIP_NEW_VERSION_CHECK": "true",
            "DISABLE_TELEMETRY": "true",
            # `heroku login` sets it too, but nobody has logged in where a token stands for that.
            **configured({f"credential.https://{GIT_HOST}.helper": "!heroku git:credentials"}),
        },
        problems=PROBLEMS,
    )

"""The Fly.io CLI: where it comes from, and what its messages mean. https://fly.io/docs/flyctl/install/"""

from __future__ import annotations

from ....adapter.cli import Tool
from .. import CI

# The first that fits: those with words of others come first.
PROBLEMS = (
    (r"(?i)unknown (shorthand )?flag", "This version of `fly` is too old: run `fly version upgrade`, then run this again."),
    (r"(?i)too many requests|rate.?limit", "Fly.io limits requests: run this again in a few minutes."),
    (r"(?i)failed to (?:get|acquire|obtain) lease|lease .*(?:held|not acquire)",
     "Another deployment is changing the Machines: run this again when it has finished."),
    (r"(?i)insufficient (capacity|cpus?|memory|resources)|no capacity",
     "Fly.io has no capacity in this region: run this again later, or with -d fly_region=REGION."),
    (r"(?i)quota|limit (is|of|reached|exceeded)|reached its .*limit|contact billing@",
     "The organization's limit is reached: delete what you do not need, or ask billing@fly.io."),
    (r"(?i)past.due|overdue invoice|delinquent|unpaid invoice|organi[sz]ation .*suspended",
     "Pay what is due at https://fly.io/dashboard, then run this again."),
    (r"(?i)could not find image", "Fly.io no longer has that image: choose another release with --to."),
    (r"(?i)payment|credit card|billing|high.?risk", "Add a card at https://fly.io/dashboard, then run this again."),
    (r"(?i)name (has already been|is already) taken|already taken",
     "That name is taken: choose another with {another_name}."),
    (r"(?i)macaroon|older-style tokens|updated tokens",
     "Managed Postgres does not accept old tokens: `fly auth logout`, `fly auth login`, then run this again."),
    (r"(?i)not available for Managed Postgres|region .* (not found|unknown|invalid|requires an org)|invalid region",
     "`fly platform regions` lists the regions: -d fly_region=REGION."),
    (r"(?i)not authorized|unauthorized|status code: 401|must be (logged in|authenticated)|no access token",
     "Log in again: `fly auth login`."),
)  # fmt: skip


def tool() -> Tool:
    return Tool(
        names=("fly", "flyctl"),
        title="Fly.io",
        version=("version",),
        oldest=(0, 3, 100),  # knows managed Postgres
        whoami=("auth", "whoami"),
        login="fly auth login",
        token=CI.token,
        install={
            "Linux": "curl -L https://fly.io/install.sh | sh",
            "macOS": "brew install flyctl",
            "Windows": 'powershell -Command "iwr https://fly.io/install.ps1 -useb | iex"',
        },
        environ={"FLY_NO_UPDATE_CHECK": "1", "FLY_SEND_METRICS": "0"},
        problems=PROBLEMS,
    )

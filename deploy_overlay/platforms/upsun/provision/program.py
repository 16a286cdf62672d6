"""The Upsun CLI: where it comes from, and what its messages mean. https://docs.upsun.com/administration/cli.html"""

from __future__ import annotations

from ....adapter.cli import Tool
from .. import CI

CONSOLE = "https://console.upsun.com"
PROBLEMS = (
    (r"(?i)rate.?limit|too many requests|\b429\b", "Upsun limits requests: run this again in a few minutes."),
    (r"(?i)`402 |payment.required|past.due|overdue invoice|(?:project|organi[sz]ation) .*suspended",
     f"Pay what is due at {CONSOLE} (billing), then run this again."),
    (r"(?i)credit.card verification|billing_details|billing details",
     f"Add a payment method at {CONSOLE} (billing), then run this again."),
    (r"(?i)phone( number)? verification", f"Verify your phone number at {CONSOLE}/-/phone-verify, then run this again."),
    (r"(?i)create a ticket|contact support|\bquota\b|limit (?:of|reached)|maximum number",
     "The organization's limit is reached: delete what you do not need, or ask Upsun for more."),
    (r"(?i)invalid value for --region|is not a valid region|region .* not (?:found|available)",
     "Choose a region from https://docs.upsun.com/development/regions.html with -d upsun_region=."),
    (r"(?i)invalid value for --plan", "Choose a plan of the organization with -d upsun_plan=."),
    (r"Required option not passed|Property not found|Uncaught \w*Error|Invalid response received",
     "The Upsun CLI cannot read Upsun's response: update the CLI, then run this again in a few minutes."),
    (r"(?i)invalid API token|not logged in|invalid_grant|\b401\b", "Log in again: `upsun login`."),
    (r"(?i)permission denied \(publickey|host key verification failed",
     "SSH to Upsun does not work: `upsun ssh-cert:load`, or add a key with `upsun ssh-key:add`, then run this again."),
    (r"(?i)non-fast-forward|fetch first",
     "Upsun has commits that this branch does not have: pull them, or push with --force yourself."),
    (r"(?i)shallow update", "This clone has only part of the history: `git fetch --unshallow`, then run this again."),
    (r"(?i)resources must be configured", "Set them once with `upsun resources:set`, then run this again."),
    (r"(?i)insufficient storage|exceeds? .*storage|plan storage",
     "The plan has less storage than the files ask for: lower `disk`, or choose another plan in the console."),
    (r"(?i)\b403\b|forbidden|do not have (?:permission|access)", "Your account has no permission."),
)  # fmt: skip


def tool() -> Tool:
    return Tool(
        names=("upsun",),
        title="Upsun",
        version=("--version",),
        oldest=(5, 0),
        whoami=("auth:info", "email", "--no-auto-login"),
        login="upsun login",
        token=CI.token,
        install={
            "Linux": "curl -fsSL https://raw.githubusercontent.com/upsun/cli/main/installer.sh | bash",
            "macOS": "brew install upsun/tap/upsun-cli",
            "Windows": "scoop bucket add upsun https://github.com/upsun/homebrew-tap.git; scoop install upsun",
        },
        environ={
            "UPSUN_CLI_NO_INTERACTION": "1",
            "UPSUN_CLI_UPDATES_CHECK": "0",
            "UPSUN_CLI_DISABLE_CACHE": "1",  # what it remembers of earlier answers would hide what has changed since
            "COLUMNS": "300",  # it breaks its messages within words
        },
        problems=PROBLEMS,
        starts=("curl",),  # for `upsun api:curl`
        noise=r"^In \w+\.php line \d+:$|^(?:upsun )?[\w:-]+ \[-|^#\d+ |^Stack trace:|^thrown in ",
    )

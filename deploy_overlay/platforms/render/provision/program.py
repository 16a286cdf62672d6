"""Render's API, which is asked with a key of the owner's: https://api-docs.render.com/reference/introduction"""

from __future__ import annotations

from ....adapter.api import Api
from ....adapter.cli import Tool

# As Render's own CLI has it, with the version of the API: https://render.com/docs/cli
API = Api("https://api.render.com/v1", "RENDER_API_KEY", elsewhere="RENDER_HOST")
DASHBOARD = "https://dashboard.render.com"
BRANCH = "main"  # where Render does not say which

PROBLEMS = (
    (r"status 40[13]:.*(?i:billing|payment|card)|status 402:",
     f"Add a payment method at {DASHBOARD}/billing, then run this again."),
    (r"status 410:", "It was deleted on Render in the meantime: run this again."),
)  # fmt: skip


def tool() -> Tool:
    return Tool(
        names=("render",),
        title="Render",
        version=("--version",),
        oldest=(2, 0),
        whoami=("TEXT:email", "/users", "/owners"),
        login=f"export {API.variable}=KEY",
        token=API.variable,
        tokens=f"{DASHBOARD}/u/settings#api-keys",
        install={
            "Linux": "curl -fsSL https://raw.githubusercontent.com/render-oss/cli/refs/heads/main/bin/install.sh | sh",
            "macOS": "brew install render",
            "Windows": "open https://render.com/docs/cli#direct-download",
        },
        problems=PROBLEMS,
        client=API.client,
        typed=API.typed,
    )

"""GitHub's actions that our workflows use, pinned to commits: https://docs.github.com/en/actions/reference/security/secure-use

The repository's own workflows and the documentation have the same pins; tests/test_workflows.py compares them.
"""

from __future__ import annotations

# The commit of each, and the version that it is.
PINS = {
    "actions/checkout": ("3d3c42e5aac5ba805825da76410c181273ba90b1", "v7.0.1"),
    "actions/download-artifact": ("3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c", "v8.0.1"),
    "actions/setup-node": ("820762786026740c76f36085b0efc47a31fe5020", "v7.0.0"),
    "actions/setup-python": ("5fda3b95a4ea91299a34e894583c3862153e4b97", "v7.0.0"),
    "actions/upload-artifact": ("bbbca2ddaa5d8feaa63e36b76fdaad77386f024f", "v7.0.0"),
    "astral-sh/setup-uv": ("20cfd1bf945f4377ade1205e4dbc17946fc9a30d", "v10.0.1"),
    "peter-evans/create-pull-request": ("5f6978faf089d4d20b00c7766989d076bb2fc7f1", "v8.1.1"),
}


def action(name: str) -> str:
    """The value of `uses:`, with the version as a comment."""
    commit, version = PINS[name]
    return f"{name}@{commit} # {version}"

"""Kamal: where it comes from, and what its messages mean. https://kamal-deploy.org/docs/installation/"""

from __future__ import annotations

from ....adapter.cli import Tool

PROBLEMS = (
    (r"Deploy lock (?:found|already in place)",
     "Somebody is deploying: `kamal lock status` shows who. Run this again afterwards."),
    (r"Hook `pre-build` failed",
     "The rehearsal before the build failed: `deploy-overlay rehearse --platform kamal` says why."),
    (r"Hook `pre-app-boot` failed", "The migration failed, so no container was replaced. Its output is above."),
    (r"Hook `[\w-]+` failed", "Fix what the hook in .kamal/hooks reports, then run this again."),
    (r"Docker is not installed locally",
     "Kamal builds with Docker on this machine: install it (https://docs.docker.com/engine/install/)."),
    (r"Docker buildx plugin is not installed locally",
     "Install Docker's buildx plugin: https://docs.docker.com/build/install-buildx/"),
    (r"Cannot connect to the Docker daemon at", "Start Docker on this machine, then run this again."),
    (r"Net::SSH::HostKey|fingerprint .* does not match",
     "The server's host key differs from your known_hosts: ask the server's administrator before you connect."),
    (r"Net::SSH::AuthenticationFailed|Authentication failed for user",
     "The server does not accept your SSH key. Add it with `ssh-copy-id`."),
    (r"port is already allocated|bind: address already in use",
     "Something else on the server has port 80 or 443: `docker ps` and `ss -ltnp` there show what. Stop it, and run this again."),
    (r"(?i)permission denied while trying to connect to the Docker",
     "Your user may not use Docker there: run `sudo usermod -aG docker USER`, then log in again."),
    (r"target failed to become healthy|container not (?:ready|healthy)|is unhealthy",
     "The new version did not answer /readyz. Its output is above."),
    # Of docker.io, of ghcr.io, of a registry without a token service, of a push, and of a pull.
    (r"(?i)\bunauthorized|(?<!permission )\bdenied\b|incorrect username or password|no basic auth credentials",
     "The registry refuses the login: check the token in KAMAL_REGISTRY_PASSWORD."),
    (r"a prune operation is already running",
     "Docker could not remove the containers of all roles at once: run this again."),
    (r"Configuration file not found", "Add the file, or leave --environment out."),
    (r"SSL is only supported on a single server",
     "Kamal gets certificates on one server only. With several, let a load balancer have the certificate, and write `ssl: false` "
     "below `proxy`."),
    (r"ConfigurationError|Secret '\w+' not found",
     "Correct config/deploy.yml or .kamal/secrets: `kamal config` says when Kamal accepts them."),
)  # fmt: skip


def tool() -> Tool:
    return Tool(
        names=("kamal",),
        title="Kamal",
        version=("version",),
        oldest=(2, 11),  # as minimum_version of config/deploy.yml
        whoami=(),
        login="",
        install={
            "Linux": "gem install kamal",
            "macOS": "gem install kamal",
            "Windows": "see https://kamal-deploy.org/docs/installation/",
        },
        problems=PROBLEMS,
        noise=r"^(?:INFO|DEBUG) \[|^Finished all in ",
    )

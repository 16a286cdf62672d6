"""The ssh program, as the user's own configuration has it."""

from __future__ import annotations

import dataclasses

from .cli import Cli, on_path

QUIET = ("-o", "BatchMode=yes", "-o", "ConnectTimeout=20")  # a question would wait for ever


def ssh(cli: Cli, place: str, options: tuple[str, ...], *, where: str, denied: str = "") -> Cli:
    """The ssh program for the server `place`, which the file or page `where` names.

    `denied` is the fix where the server does not accept the user's key; without it, `ssh-copy-id` is. Raises Failure where
    there is no ssh.
    """
    program = on_path("ssh", "this asks the server with it", "OpenSSH's client", "openssh-client")
    host = place.rpartition("@")[2]
    line = " ".join(("ssh", *options, place))
    # ssh-copy-id knows -o and -p of ssh, and no -J: https://man.openbsd.org/ssh-copy-id
    copy = line.replace("ssh ", "ssh-copy-id ", 1).replace(" -J ", " -o ProxyJump=", 1)
    problems = (
        (r"REMOTE HOST IDENTIFICATION HAS CHANGED",
         f"{host} has a new host key. Ask the server's administrator whether that is expected; only then run "
         f"`ssh-keygen -R {host}`."),
        (r"Host key verification failed",
         f"This machine does not know the key of {host} yet: confirm it once with `{line} true`."),
        (r"Permission denied \(",
         f"{host} does not accept your SSH key. {denied or f'Add it with `{copy}`.'}"),
        (r"Could not resolve hostname",
         f"The name {host} cannot be resolved: correct it in {where}, or in your ~/.ssh/config."),
    )  # fmt: skip
    tool = dataclasses.replace(cli.tool, names=("ssh",), title=host, problems=problems, noise="", client=(), typed=None)
    return dataclasses.replace(cli, tool=tool, program=program)

"""Finds out why a step failed: because of the project, or because this machine lacks something, which proves nothing."""

from __future__ import annotations

import re

# What clients say when they cannot reach a host: pip and its relatives, uv, git, Node's, the HTTP libraries of Python.
_UNREACHABLE = re.compile(
    "Failed to establish a new connection|Temporary failure in name resolution|Name or service not known|getaddrinfo"
    "|nodename nor servname|Network is unreachable|Connection refused|Max retries exceeded|NewConnectionError|ProxyError"
    "|Cannot connect to proxy|ConnectTimeout|ReadTimeout|dns error|error sending request|client error \\(Connect\\)"
    "|tunnel error|All attempts to connect|Could not connect|ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ENETUNREACH"
    "|ConnectionRefused|FailedToOpenSocket|operation timed out|Could not resolve host|Couldn't connect to server"
    "|Failed to connect to \\S+ port",
    re.IGNORECASE,
)
# What compilers and builds say where a compiler, a header or a program of a system library is missing.
_LACKING = re.compile(
    r"command '?[^'\n]*(gcc|g\+\+|cc|clang)'? failed|unable to execute '|fatal error: \S+: No such file"
    r"|\w+[-_]config\b.*not found|Can not find valid pkg-config name|not found in the pkg-config|pkg-config.*not found"
    r"|Microsoft Visual C\+\+|no acceptable C compiler|CMake must be installed|cmake.*not found|Unable to find a compiler"
    r"|linker .* not found|cannot find -l\w|Rust toolchain|requires Rust|can't find Rust compiler"
    r"|Could not find .*headers|library not found",
    re.IGNORECASE,
)
# Which package was being built, as pip, uv, Poetry and PDM say it.
_PACKAGE = (
    re.compile(r"Failed building wheel for ([\w.-]+)"),
    re.compile(r"Failed to build (?:installable wheels for some pyproject.toml based projects \(?)?`?([\w.-]+?)(?:==|`|\)|\s|$)"),
    re.compile(r"Unable to build ([\w.-]+)|Note: This error originates.*?with ([\w.-]+)", re.DOTALL),
    re.compile(r"Unable to install ([\w.-]+)"),
)  # fmt: skip
_STALE = re.compile(
    r"lockfile .* needs to be updated|Unable to find lockfile|changed significantly since poetry\.lock|lockfile is outdated"
    r"|poetry\.lock is not up to date|Pipfile\.lock .*out of date|No poetry\.lock"
    r"|lock file .*(hash|out of date|not found|does not exist|doesn't match)",
    re.IGNORECASE,
)
# In an address, without its login, or as urllib3 and aiohttp name a connection.
_HOST = re.compile(
    r"https?://(?:[^/@\s'\"`]*@)?(?P<host>[\w.-]+|\[[\da-fA-F:]+\])(?::(?P<at>\d+))?"
    r"|host='(?P<named>[^']+)'(?:, port=(?P<port>\d+))?"
)
# What pip says of any program that failed, after what the program itself said.
_OF_PIP = ("error: subprocess-exited-with-error", "error: metadata-generation-failed", "ERROR: Failed to build ")
_OF_GIT = re.compile(r"^\W*fatal: ", re.MULTILINE)
_DENIED = re.compile(
    r"\b(401|403) (Client )?(Error|Unauthorized|Forbidden)|status code:? (401|403)|\bUnauthorized\b|authentication"
)


def is_unreachable(output: str) -> bool:
    """Whether the index could not be reached."""
    return bool(_UNREACHABLE.search(_unwrapped(output)))


def unreachable(output: str, index: str) -> str:
    """The message about an unreachable index; `index` is what to call it, unless it is a git server."""
    host = unreachable_host(output)
    index = "The git server" if _OF_GIT.search(output) else index
    return (
        f"{index}{f' {host}' if host else ''} cannot be reached ({reason(output)}). Connect to the network and rehearse "
        "again; installed packages are kept."
    )


def unreachable_host(output: str) -> str:
    """The unreachable host, `example.org` or `127.0.0.1:8080`; "" if the output does not name it."""
    lines = _unwrapped(output).splitlines()
    failing = [line for line in lines if _UNREACHABLE.search(line)]
    # pip names its indexes at the beginning, and only those that are not its own.
    indexes = [line for line in lines if "Looking in indexes:" in line]
    asked = [line for line in lines if re.search(r"\b(fetch|request|download|index|registry)", line, re.IGNORECASE)]
    for line in (*failing, *indexes, *asked):
        for found in _HOST.finditer(line):
            port = found["at"] or found["port"]
            return f"{found['host'] or found['named']}{'' if port in (None, '80', '443') else f':{port}'}"
    return ""


def public_host(output: str) -> str:
    """The unreachable host on the internet; "" for this machine, a private network, an unknown host or another failure."""
    host = unreachable_host(output).partition(":")[0] if is_unreachable(output) else ""
    by_number = re.fullmatch(r"[\d.]+", host)
    private = by_number or host.endswith((".local", ".internal", ".localhost", ".invalid"))
    return "" if private or "." not in host else host


def is_denied(output: str) -> bool:
    """Whether the index requires a login."""
    return bool(_DENIED.search(output))


def is_stale(output: str) -> bool:
    """Whether the lock does not match the project's requirements."""
    return bool(_STALE.search(output))


def not_compiled(output: str) -> str:
    """The package that could not be compiled without a compiler, a header or a library; "" for other errors."""
    if not _LACKING.search(output):
        return ""
    for pattern in _PACKAGE:
        found = pattern.search(output)
        if found:
            return next(filter(None, found.groups()), "")
    return "a package"


def reason(output: str) -> str:
    """The most informative line: the last one that begins like an error, else the last one."""
    lines = (_unwrapped(output) if _OF_GIT.search(output) else output).splitlines()
    said = [re.sub(r"^\W+|\s+$", "", line) for line in lines]
    said = [line for line in said if line and not line.startswith(("hint:", "help:", "notice]", "note:", *_OF_PIP))]
    errors = [
        line for line in said if re.match(r"(error|fatal|[\w.]*(Error|Exception))\b\S*:?\s*\S", line, re.IGNORECASE)
    ]
    return (errors or said or ["it printed nothing"])[-1][:300]


def _unwrapped(output: str) -> str:
    """The output with the lines that uv wrapped joined again: it indents a continuation by six spaces or more."""
    return re.sub(r"(?<=\S)\n {6,}(?=\S)(?!(?i:error|fatal|caused by)\b)", " ", output)

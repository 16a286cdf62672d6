"""A developer's machine for the hooks: a home of its own, a project in git, the real CLIs led to simulated platforms."""

from __future__ import annotations

import atexit
import functools
import json
import os
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support import anchors
from tests.support.hook import ANSWERS, GIT, TEMPLATE, Repository, answers, tools_path

if TYPE_CHECKING:
    import pexpect

HOOK = TEMPLATE / "hooks" / "after_copy.py"
COMMAND = TEMPLATE / "hooks" / "command.py"
REQUIREMENTS = "django\ngunicorn>=23.0\nwhitenoise>=6.7\ndj-database-url>=2.2\npsycopg[binary]>=3.2\n"
DATE = "2026-11-22T12:00:00Z"
LIMIT = 240.0  # seconds that one run of the hook may take


@dataclass
class Ended:
    """How a run of the hook ended."""

    status: int
    output: str  # standard output and error
    printed: str = ""  # standard output alone, of the command


@dataclass
class World:
    """`folder` holds everything; `environ` leads the CLIs of the platforms to the simulation."""

    folder: Path
    environ: dict[str, str] = field(default_factory=dict)
    name: str = "shelf"
    programs: list[Path] = field(default_factory=list)  # folders for PATH
    seen: list[str] = field(default_factory=list)  # everything that any run printed
    apart: list[Path] = field(default_factory=list)  # folders in which a platform's program keeps what is its own
    interpreter: Path = Path(sys.executable)  # that of Copier, which runs the hook

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def temporary(self) -> Path:
        """Where programs put what they need for a while: nothing secret may be left there either."""
        folder = self.folder / "tmp"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    @property
    def repository(self) -> Repository:
        return Repository(self.folder / self.name)

    def project(self, files: Mapping[str, str], **given: Any) -> None:
        """A committed project with the overlay in it, as `copier copy` leaves one that its owner has committed."""
        self.home.mkdir(parents=True, exist_ok=True)
        repository = self.repository
        repository.write("requirements.txt", REQUIREMENTS)
        repository.write("manage.py", "")
        repository.write("deploy/settings.py", "")
        for path, text in files.items():
            repository.write(path, text)
        name = given.pop("deploy_name", self.name)
        repository.commit(**answers("pip", "requirements.txt", deploy_name=name, **given))
        dates = {"GIT_AUTHOR_DATE": DATE, "GIT_COMMITTER_DATE": DATE}  # the same hash in every world
        command = [*GIT, "commit", "--quiet", "--amend", "--no-edit", "--date", DATE]
        subprocess.run(command, cwd=repository.root, env=os.environ | dates, check=True)

    def redirect(self, address: str, to: Path) -> None:
        """git reaches the repository `to` where it is told to use `address`."""
        command = ["git", "config", "--file", str(self.home / ".gitconfig"), "--add", f"url.{to}.insteadOf", address]
        subprocess.run(command, check=True)

    def request(self, action: str, **more: Any) -> str:
        """What the task is given; `variables` are names that the settings need, and no file of the project says."""
        needed = more.pop("variables", [])
        values = {"action": action, **more, "answers": {"django_required_env": needed, **more.get("answers", {})}}
        return f"--request={json.dumps(values)}"

    def environment(self, **more: str) -> dict[str, str]:
        kept = ("PATH", "LANG", "TMPDIR", "SYSTEMROOT", "PATHEXT")
        variables = {name: value for name, value in os.environ.items() if name in kept}
        variables |= {
            "PATH": tools_path(*self.programs, Path(sys.executable).parent),
            "HOME": str(self.home),
            "TMPDIR": str(self.temporary),
            "USERPROFILE": str(self.home),
            "GIT_CONFIG_GLOBAL": str(self.home / ".gitconfig"),
            "COPIER_OPERATION": "copy",
            "DEPLOY_OVERLAY_YES": "1",
            "GIT_AUTHOR_NAME": "Ada",
            "GIT_AUTHOR_EMAIL": "ada@example.com",
            "GIT_COMMITTER_NAME": "Ada",
            "GIT_COMMITTER_EMAIL": "ada@example.com",
        }
        return variables | self.environ | more

    def run(self, action: str = "deploy", *, begun: Callable[[int], None] | None = None, **more: Any) -> Ended:
        """The hook as Copier runs it. `begun` is told its process id.

        `environ` in `more` adds variables, `answers_file` names that of a second project.
        """
        environ, file = more.pop("environ", {}), more.pop("answers_file", ANSWERS)
        command = [str(self.interpreter), str(HOOK), file, "--defaults", self.request(action, **more)]
        process = subprocess.Popen(
            command,
            cwd=self.repository.root,
            env=self.environment(**environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )
        if begun is not None:
            begun(process.pid)
        try:
            output, _ = process.communicate(timeout=LIMIT)
        except subprocess.TimeoutExpired:
            process.kill()
            output, _ = process.communicate()
            output += "\n(the test ended it)"
        self.seen.append(output)
        anchors.note(output)
        return Ended(process.returncode, output)

    def command(
        self, *arguments: str, folder: str = ".", begun: Callable[[int], None] | None = None, **environ: str
    ) -> Ended:
        """The command as people start it, in a folder of the project; `DEPLOY_OVERLAY_YES=""` in `environ` takes the yes away.

        What it prints for machines is alone in `printed`. `begun` is told its process id.
        """
        process = subprocess.Popen(
            [str(self.interpreter), str(COMMAND), *arguments],
            cwd=self.repository.root / folder,
            env=self.environment(**environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        if begun is not None:
            begun(process.pid)
        try:
            output, errors = process.communicate(timeout=LIMIT)
        except BaseException:
            process.kill()
            raise
        self.seen.append(output + errors)
        anchors.note(errors)
        return Ended(process.returncode, output + errors, output)

    def at_terminal(self, *arguments: str, **environ: str) -> pexpect.spawn[str]:
        """The command with a terminal of its own, in which somebody can be asked."""
        import pexpect  # which knows POSIX alone

        return pexpect.spawn(
            str(self.interpreter),
            [str(COMMAND), *arguments],
            cwd=str(self.repository.root),
            env=self.environment(**{"DEPLOY_OVERLAY_YES": "", "TERM": "xterm"} | environ),  # type: ignore[arg-type]
            dimensions=(60, 200),
            encoding="utf-8",
            timeout=60,
        )

    def left_over(self) -> None:
        """Waits until programs that a killed hook left behind have ended."""
        deadline = time.monotonic() + LIMIT
        marker = str(self.home)
        while time.monotonic() < deadline and any(marker in text for text in _environments()):
            time.sleep(0.1)

    def texts(self) -> dict[str, str]:
        """Everything that a run may have left behind, by where: screen, project, git's folder, home, temporary files."""
        found = {f"screen {number}": text for number, text in enumerate(self.seen)}
        for path in self.folder.rglob("*"):
            if path.is_file() and not path.is_symlink() and not any(path.is_relative_to(own) for own in self.apart):
                found[path.relative_to(self.folder).as_posix()] = path.read_bytes().decode("utf-8", errors="replace")
        return found


def kill(pid: int) -> None:
    """As when the power goes: nothing in the process runs any more."""
    os.kill(pid, signal.SIGKILL)


def _environments() -> list[str]:
    texts = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            texts.append(path.read_bytes().decode(errors="replace"))
        except OSError:
            continue
    return texts if Path(f"/proc/{os.getpid()}").exists() else []


def bare(folder: Path, hook: str, **settings: str) -> Path:
    """A bare repository whose pre-receive hook is this text of Python."""
    subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch", "main", str(folder)], check=True)
    for name, value in settings.items():
        subprocess.run(["git", "-C", str(folder), "config", name.replace("_", "."), value], check=True)
    path = folder / "hooks" / "pre-receive"
    path.write_text(f"#!{sys.executable}\n{hook}", encoding="utf-8")
    path.chmod(0o755)
    return folder


class Site:
    """Answers 200 to everything, where apps claim to be; over TLS with a certificate of its own, `certificate`."""

    def __init__(self, tls: bool = False) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, format: str, *arguments: object) -> None:
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self._server.server_port}"
        self.certificate = _certificate() if tls else Path(os.devnull)
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        self.url = f"{'https' if tls else 'http'}://{self.address}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@functools.cache
def _certificate() -> Path:
    """Key and certificate for loopback, in one file, made once for this process."""
    folder = Path(tempfile.mkdtemp(prefix="deploy-overlay-certificate-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = folder / "loopback.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(path), "-out", str(folder / "c.pem")]
    subprocess.run(command, check=True, capture_output=True)
    path.write_text(path.read_text() + (folder / "c.pem").read_text())
    return path


def linked(program: Path, folder: Path, name: str) -> Path:
    """A folder for PATH that has one program under this name."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).symlink_to(program)
    return folder

"""A program for PATH that takes no time to start: a shell script that has its arguments answered by the running test."""

from __future__ import annotations

import itertools
import shutil
import socketserver
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

# Written so that bash alone does everything: an interpreter, or even `cat`, would take longer to start than all the rest.
SCRIPT = """#!{bash}
IFS= read -r -d '' input
exec 3<>/dev/tcp/127.0.0.1/{port} || exit 1
printf '%s\\0' "$#" "$@" "$input" "$PWD" {variables}>&3
read -r status <&3 || exit 1
read -r folder <&3
IFS= read -r -d '' text <"$folder/errors"
printf %s "$text" >&2
IFS= read -r -d '' text <"$folder/output"
printf %s "$text"
exit "$status"
"""


class Ended(Exception):
    """The program ends with this exit status, this on standard error, and `output` on standard output."""

    def __init__(self, status: int, text: str, output: str = "") -> None:
        super().__init__(text)
        self.status = status
        self.output = output


class StandIn:
    """`answer` gets the arguments and standard input; what it returns is the output, `Ended` is a failure.

    Every call of the program is in `calls`: all of its arguments, so that nothing secret may be among them. `files` has for
    each call the files below the folder in which it was started.
    """

    def __init__(
        self, folder: Path, name: str, answer: Callable[[list[str], str], str], variables: Sequence[str] = ()
    ) -> None:
        self.folder = folder
        self.calls: list[list[str]] = []
        self.files: list[list[str]] = []
        # Of the call of this thread: `folder` is where it was started, `environ` what it had of the `variables`.
        self.at = threading.local()
        self._variables = variables
        self._answer = answer
        self._numbers = itertools.count()
        folder.mkdir(parents=True, exist_ok=True)
        outer = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                outer._serve(self)

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            request_queue_size = 20

        self._server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        program = folder / name
        program.write_text(
            SCRIPT.format(
                bash=shutil.which("bash"),
                port=self._server.server_address[1],
                variables="".join(f'"${{{one}-}}" ' for one in variables),
            ),
            encoding="utf-8",
        )
        program.chmod(0o755)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _serve(self, handler: socketserver.StreamRequestHandler) -> None:
        count = int(_until_nul(handler))
        arguments = [_until_nul(handler) for _ in range(count)]
        given = _until_nul(handler)
        here = self.at.folder = Path(_until_nul(handler))
        self.at.environ = {name: _until_nul(handler) for name in self._variables}
        self.calls.append(arguments)
        self.files.append(sorted(path.relative_to(here).as_posix() for path in here.rglob("*") if path.is_file()))
        status, output, errors = 0, "", ""
        try:
            output = self._answer(arguments, given)
        except Ended as ended:
            status, output, errors = ended.status, ended.output, f"Error: {ended}\n" if str(ended) else ""
        place = self.folder / f".call-{next(self._numbers)}"
        try:
            place.mkdir()
            (place / "output").write_text(f"{output}\n" if output else "", encoding="utf-8")
            (place / "errors").write_text(errors, encoding="utf-8")
            handler.wfile.write(f"{status}\n{place}\n".encode())
        except OSError:
            return  # whoever asked has been killed, and the test may be over


def _until_nul(handler: socketserver.StreamRequestHandler) -> str:
    data = bytearray()
    while (byte := handler.rfile.read(1)) not in (b"\0", b""):
        data += byte
    return data.decode("utf-8", errors="replace")

"""The rendered gunicorn.conf.py, over HTTP: where it listens, whom it believes, and whom it waits for."""

from __future__ import annotations

import http.client
import re
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from deploy_overlay.plan.connections import threads
from tests.support import adopt, apply_overlay, interpreter
from tests.support.gunicorn import Gunicorn, gunicorn
from tests.support.installing import python_with
from tests.support.programs import WINDOWS
from tests.support.projects import DJANGO, Project

from .conftest import PACKAGES, Site, small_project

pytestmark = pytest.mark.skipif(WINDOWS, reason="Gunicorn does not run on Windows")

URLS = """
import time

from django.http import HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt


def home(request):
    return answer(request.META["SCRIPT_NAME"] + " " + request.META["REMOTE_ADDR"])


@csrf_exempt
def size(request):
    return answer(str(len(request.body)))


def answer(text):
    return HttpResponse(text, headers={"Content-Length": len(text)})


def slowly(request):
    time.sleep(4)
    return answer("at last")


urlpatterns = [path("", home), path("size/", size), path("slowly/", slowly)]
"""
HEAD = b"Host: library.fly.dev\r\nX-Forwarded-Proto: https\r\n"
GET = b"GET / HTTP/1.1\r\n" + HEAD + b"\r\n"
POST = b"POST /size/ HTTP/1.1\r\nContent-Type: text/plain\r\n" + HEAD
DATABASE_URL = "sqlite:///db.sqlite3"
# What a slow visitor sends at once, and what a second later, of a request that it never ends.
SLOW = {
    "nothing": (b"", b""),
    "headers": (b"GET / HTTP/1.1\r\nHost: x\r\n", b"X-A: b\r\n"),
    "a form": (POST + b"Content-Length: 1000\r\n\r\n", b"x"),
    "an upload": (POST + b"Content-Length: 10000000\r\n\r\n", b"x"),
    "chunks": (POST + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    "after a pause": (POST + b"Expect: 100-continue\r\nContent-Length: 1000\r\n\r\n", b"x"),
    "a second request": (GET + b"GET / HTTP/1.1\r\nHost: x\r\n", b"X-A: b\r\n"),
    "a second form": (GET + POST + b"Content-Length: 1000\r\n\r\n", b"x"),
}


def http_site(site: Site) -> Site:
    (site.root / "mysite" / "urls.py").write_text(URLS, encoding="utf-8")
    return site


@pytest.fixture(scope="module")
def library(overlaid: Path, tmp_path_factory: pytest.TempPathFactory) -> Site:
    root = tmp_path_factory.mktemp("served") / "library"
    shutil.copytree(overlaid, root)
    python = python_with(interpreter(*DJANGO["5.2"]), "django~=5.2.0", *PACKAGES)
    return http_site(Site(root, python))


@pytest.fixture(scope="module")
def server(library: Site) -> Iterator[Gunicorn]:
    with gunicorn(library.root, library.python, DATABASE_URL=DATABASE_URL) as running:
        yield running


def answer(
    server: Gunicorn, *parts: bytes, host: str = "127.0.0.1", pause: float = 0.0, patience: float = 10.0
) -> bytes:
    """What the server sends for these parts of a request, until it closes or one `patience` long says nothing."""
    said = b""
    with socket.create_connection((host, server.port), timeout=patience) as visitor:
        for part in parts:
            visitor.sendall(part)
            time.sleep(pause)
        with suppress(ConnectionResetError):  # closed with something unread
            while more := visitor.recv(65536):
                said += more
                if b"\r\n\r\n" in said and not pause:
                    break
    return said


def test_a_visitor_does_not_say_where_the_site_begins(server: Gunicorn) -> None:
    for header in ("SCRIPT_NAME: /evil", "SCRIPT-NAME: /evil", "Script_Name: /evil", "PATH_INFO: /size/"):
        said = answer(server, GET[:-2] + header.encode() + b"\r\nConnection: close\r\n\r\n", pause=0.01)
        assert said.startswith(b"HTTP/1.1 200"), header
        assert said.endswith(b" 127.0.0.1"), header


def test_ipv6_answers_where_the_machine_has_it_and_ipv4_keeps_its_addresses(server: Gunicorn) -> None:
    try:
        said = answer(server, GET[:-2] + b"Connection: close\r\n\r\n", host="::1", pause=0.01)
    except OSError as error:
        if "[::]" in server.said():
            raise
        pytest.skip(f"this machine has no IPv6: {error}")
    assert said.endswith(b" ::1")
    assert server.browser.get("/").text.strip() == "127.0.0.1"


def test_a_machine_without_ipv6_serves_all_the_same(library: Site, tmp_path: Path) -> None:
    # As where the kernel was started with ipv6.disable=1.
    (tmp_path / "sitecustomize.py").write_text(
        "import errno, socket\n\n\nclass Socket(socket.socket):\n"
        "    def __init__(self, family=-1, *args, **kwargs):\n"
        "        if family == socket.AF_INET6:\n"
        "            raise OSError(errno.EAFNOSUPPORT, 'Address family not supported by protocol')\n"
        "        super().__init__(family, *args, **kwargs)\n\n\nsocket.socket = Socket\n",
        encoding="utf-8",
    )
    with gunicorn(library.root, library.python, DATABASE_URL=DATABASE_URL, PYTHONPATH=str(tmp_path)) as running:
        assert running.browser.get("/").text.strip() == "127.0.0.1"
        assert "[::]" not in running.said()


@pytest.mark.parametrize("processes", [1, 2, 4])
def test_there_are_as_many_threads_as_the_plan_counts_connections(processes: int, library: Site) -> None:
    done = library.run(
        "-m", "gunicorn", "-c", "deploy/gunicorn.conf.py", "--print-config", WEB_CONCURRENCY=str(processes)
    )

    said = dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line and " " in line)
    assert {name.strip(): value.strip() for name, value in said.items()}["threads"] == str(threads(processes))


def test_a_single_processor_has_one_process(library: Site) -> None:
    """`make bench-serve` compares them: a second one makes pages a quarter fewer, and takes 50 MB."""
    pinned = (
        "import os, runpy\nos.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n"
        "runpy.run_module('gunicorn', run_name='__main__')"
    )
    done = library.run("-c", pinned, "-c", "deploy/gunicorn.conf.py", "--print-config")

    assert re.search(r"^workers +=? *1$", done.stdout, re.MULTILINE), done.stdout


def test_no_worker_is_replaced_for_the_number_of_its_requests(library: Site) -> None:
    with gunicorn(library.root, library.python, "--workers=1", DATABASE_URL=DATABASE_URL) as running:
        asking = http.client.HTTPConnection("127.0.0.1", running.port, timeout=10)
        for _ in range(2500):
            asking.request("GET", "/healthz")
            assert asking.getresponse().read() == b"ok\n"
        asking.close()
        assert running.said().count("Booting worker") == 1


@pytest.mark.parametrize("what", SLOW)
def test_slow_visitors_keep_nobody_from_an_answer(what: str, server: Gunicorn) -> None:
    first, later = SLOW[what]
    with ExitStack() as stack:
        slow = [
            stack.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=10)) for _ in range(60)
        ]
        for visitor in slow:
            visitor.sendall(first)
        for visitor in slow:
            visitor.sendall(later)

        for _ in range(10):
            assert answer(server, GET, patience=4).startswith(b"HTTP/1.1 200")


def test_a_request_that_does_not_arrive_is_given_up(library: Site, tmp_path: Path) -> None:
    root = tmp_path / "library"
    shutil.copytree(library.root, root)
    with (root / "deploy" / "server.py").open("a", encoding="utf-8") as more:
        more.write("\nPATIENCE = LARGE_PATIENCE = 1\n")
    with gunicorn(root, library.python, DATABASE_URL=DATABASE_URL) as running:
        assert answer(running, SLOW["headers"][0]) == b""
        assert answer(running, SLOW["a form"][0]) == b""
        # Its view may answer that too little came.
        assert b"HTTP/1.1 200" not in answer(running, SLOW["an upload"][0], pause=0.01)


def test_uploads_for_which_no_thread_is_free_are_given_up_too(library: Site, tmp_path: Path) -> None:
    root = tmp_path / "library"
    shutil.copytree(library.root, root)
    with (root / "deploy" / "server.py").open("a", encoding="utf-8") as more:
        more.write("\nLARGE_PATIENCE = 3\n")
    with gunicorn(root, library.python, DATABASE_URL=DATABASE_URL) as running, ExitStack() as stack:
        slow = [
            stack.enter_context(socket.create_connection(("127.0.0.1", running.port), timeout=30)) for _ in range(60)
        ]
        for visitor in slow:
            visitor.sendall(SLOW["an upload"][0])
        for visitor in slow:
            with suppress(ConnectionError):
                while visitor.recv(65536):
                    pass
        # One after the other, each would have had a thread and its time.
        assert running.said().count("POST /size/") < 40


@pytest.mark.parametrize("length", [1, 60_000, 250_000, 300_000, 2_400_000])
def test_what_arrives_in_pieces_arrives_whole(length: int, server: Gunicorn) -> None:
    body = b"x" * length
    size = max(1, length // 5)
    pieces = [body[start : start + size] for start in range(0, length, size)]
    head = POST + f"Connection: close\r\nContent-Length: {length}\r\n".encode()

    said = answer(server, head[:30], head[30:], b"\r\n", *pieces, pause=0.02)

    assert said.endswith(f"\r\n\r\n{length}".encode())


def test_chunks_and_what_waits_for_a_word_arrive_whole(server: Gunicorn) -> None:
    chunks = POST + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    # Django itself reads no chunks under WSGI.
    assert answer(server, chunks, b"3\r\nabc\r\n", b"0\r\n\r\n", pause=0.02).endswith(b"\r\n\r\n0")
    waiting = POST + b"Connection: close\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"
    said = answer(server, waiting, b"abc", pause=0.1)
    assert said.startswith(b"HTTP/1.1 100") and said.endswith(b"\r\n\r\n3")


def test_a_connection_is_used_again(server: Gunicorn) -> None:
    both = GET + GET[:-2] + b"Connection: close\r\n\r\n"
    assert answer(server, both, pause=0.05).count(b"HTTP/1.1 200") == 2
    asking = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    for path, body in (("/", None), ("/size/", b"x" * 100_000), ("/size/", b"x" * 400_000), ("/", None)):
        headers = {"Host": "library.fly.dev", "X-Forwarded-Proto": "https", "Content-Type": "text/plain"}
        asking.request("POST" if body else "GET", path, body, headers)
        assert asking.getresponse().read() == (str(len(body)).encode() if body else b" 127.0.0.1")
    asking.close()


def test_many_uploads_at_once_all_end(server: Gunicorn) -> None:
    said: list[bytes] = []

    def upload() -> None:
        head = POST + b"Connection: close\r\nContent-Length: 1000000\r\n\r\n"
        said.append(answer(server, head, *[b"x" * 100_000] * 10, pause=0.02, patience=30))

    uploads = [threading.Thread(target=upload) for _ in range(20)]
    for one in uploads:
        one.start()
    for one in uploads:
        one.join()

    assert [one[-7:] for one in said] == [b"1000000"] * 20


def test_slow_visitors_do_not_hold_up_a_deployment(library: Site) -> None:
    with gunicorn(library.root, library.python, DATABASE_URL=DATABASE_URL) as running, ExitStack() as stack:
        for first, _ in (SLOW["headers"], SLOW["a form"], SLOW["nothing"]):
            visitor = stack.enter_context(socket.create_connection(("127.0.0.1", running.port), timeout=10))
            visitor.sendall(first)
        begun = time.monotonic()
        running.process.terminate()
        running.process.wait(timeout=30)
        assert time.monotonic() - begun < 15  # of the 25 that a request in progress has


@pytest.mark.parametrize("version", ["23.0", "24.1", "25.0"])
def test_other_versions_of_gunicorn_serve_too(version: str, library: Site) -> None:
    packages = [f"gunicorn~={version}" if name.startswith("gunicorn") else name for name in PACKAGES]
    python = python_with(interpreter(*DJANGO["5.2"]), "django~=5.2.0", *packages)
    with gunicorn(library.root, python, DATABASE_URL=DATABASE_URL) as running, ExitStack() as stack:
        known = not version.startswith("23")
        assert ("PatientWorker" in running.said()) == known
        for _ in range(20 if known else 0):
            visitor = stack.enter_context(socket.create_connection(("127.0.0.1", running.port), timeout=10))
            visitor.sendall(SLOW["headers"][0])
        assert running.browser.get("/").status == 200
        asking = POST + b"Connection: close\r\nContent-Length: 3\r\n\r\nabc"
        assert answer(running, asking, pause=0.02).endswith(b"\r\n\r\n3")


def test_a_gunicorn_that_it_was_not_written_for_serves_and_says_so(library: Site, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import gunicorn\n\ngunicorn.__version__, gunicorn.version_info = '28.0.0', (28, 0, 0)\n", encoding="utf-8"
    )
    with gunicorn(library.root, library.python, DATABASE_URL=DATABASE_URL, PYTHONPATH=str(tmp_path)) as running:
        assert running.browser.get("/").status == 200
        assert "PatientWorker" not in running.said()
        told = "Slow clients can occupy all threads: server.py is written for Gunicorn 24 to 27, not for 28.0.0."
        assert running.said().count(told) == 1


def test_a_gunicorn_that_works_in_another_way_serves_and_says_so(library: Site, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "from gunicorn.workers.gthread import ThreadWorker\n\nhandle = ThreadWorker.handle\n"
        "ThreadWorker.handle = lambda self, conn, *more: handle(self, conn)\n",
        encoding="utf-8",
    )
    with gunicorn(library.root, library.python, DATABASE_URL=DATABASE_URL, PYTHONPATH=str(tmp_path)) as running:
        assert running.browser.get("/").status == 200
        assert "PatientWorker" not in running.said()
        assert running.said().count("Slow clients can occupy all threads") == 1


def test_who_does_not_close_after_the_last_answer_holds_up_nobody(server: Gunicorn) -> None:
    with ExitStack() as stack:
        for _ in range(40):
            visitor = stack.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=10))
            visitor.sendall(GET[:-2] + b"Connection: close\r\n\r\n")
            assert visitor.recv(12) == b"HTTP/1.1 200"
        for _ in range(10):
            assert answer(server, GET, patience=1).startswith(b"HTTP/1.1 200")


def test_an_upload_that_is_refused_gets_its_answer_whole(server: Gunicorn) -> None:
    head = b"POST /nowhere/ HTTP/1.1\r\nContent-Type: text/plain\r\nConnection: close\r\n" + HEAD
    said = answer(server, head + b"Content-Length: 4000000\r\n\r\n", b"x" * 4_000_000, pause=0.3)
    assert said.startswith(b"HTTP/1.1 404") and b"</html>" in said


@pytest.mark.parametrize("sent", [GET, *(first for first, _ in SLOW.values())], ids=["a request", *SLOW])
def test_there_is_room_however_many_visitors_keep_their_connections(sent: bytes, library: Site, tmp_path: Path) -> None:
    """Fewer than Gunicorn's own limit of 1,000, so that a test may open more than that."""
    with ExitStack() as stack:
        few = ("--workers=1", "--worker-connections=50")
        running = stack.enter_context(gunicorn(library.root, library.python, *few, DATABASE_URL=DATABASE_URL))
        for _ in range(120):
            visitor = stack.enter_context(socket.create_connection(("127.0.0.1", running.port), timeout=10))
            visitor.sendall(sent)
            if sent == GET:  # a browser that keeps its connection
                assert visitor.recv(12) == b"HTTP/1.1 200"
        for _ in range(10):
            assert answer(running, GET, patience=4).startswith(b"HTTP/1.1 200")


def test_a_restart_loses_no_request(library: Site) -> None:
    """New workers take over while visitors ask, on connections that they keep."""
    with gunicorn(library.root, library.python, DATABASE_URL=DATABASE_URL) as running:
        over, lost, answered = threading.Event(), [], []

        def visit() -> None:
            asking = http.client.HTTPConnection("127.0.0.1", running.port, timeout=10)
            headers = {"Host": "library.fly.dev", "X-Forwarded-Proto": "https"}
            while not over.is_set():
                try:
                    asking.request("GET", "/", headers=headers)
                    answered.append(asking.getresponse().read())
                except (OSError, http.client.HTTPException) as error:
                    lost.append(error)

        visitors = [threading.Thread(target=visit) for _ in range(6)]
        for one in visitors:
            one.start()
        running.process.send_signal(signal.SIGHUP)
        until = time.monotonic() + 30
        while running.said().count("Worker exiting") < 2 and time.monotonic() < until:
            time.sleep(0.05)
        over.set()
        for one in visitors:
            one.join()

    assert running.said().count("Booting worker") == 4
    assert set(answered) == {b" 127.0.0.1"} and not lost


def test_a_stop_is_heard_at_any_moment(library: Site, tmp_path: Path) -> None:
    told = tmp_path / "stop"
    # The signal comes while the worker looks whether its parent is alive.
    (tmp_path / "sitecustomize.py").write_text(
        "import os, signal\nfrom gunicorn.workers.gthread import ThreadWorker\n\nlook = ThreadWorker.is_parent_alive\n\n\n"
        "def stopped(self):\n    try:\n"
        f"        os.rename({str(told)!r}, {str(told) + '-ped'!r})\n        os.kill(os.getpid(), signal.SIGTERM)\n"
        "    except FileNotFoundError:\n        pass\n    return look(self)\n\n\n"
        "ThreadWorker.is_parent_alive = stopped\n",
        encoding="utf-8",
    )
    with gunicorn(
        library.root, library.python, "--workers=1", DATABASE_URL=DATABASE_URL, PYTHONPATH=str(tmp_path)
    ) as running:
        told.touch()
        until = time.monotonic() + 15
        while "Worker exiting" not in running.said() and time.monotonic() < until:
            time.sleep(0.05)
        assert running.said().count("Worker exiting") == 1
        assert running.browser.get("/").status == 200


def test_a_visitor_who_was_answered_after_a_stop_may_ask_again(library: Site) -> None:
    with gunicorn(library.root, library.python, "--workers=1", DATABASE_URL=DATABASE_URL) as running:
        asking = http.client.HTTPConnection("127.0.0.1", running.port, timeout=10)
        headers = {"Host": "library.fly.dev", "X-Forwarded-Proto": "https"}
        asking.request("GET", "/slowly/", headers=headers)
        time.sleep(0.5)  # its view has begun, so the answer does not say that the connection ends
        running.process.send_signal(signal.SIGHUP)
        assert asking.getresponse().read() == b"at last"
        visitor = asking.sock
        time.sleep(0.5)
        asking.request("GET", "/", headers=headers)
        assert asking.getresponse().read() == b" 127.0.0.1"
        assert visitor is not None and "Handling signal: hup" in running.said()


def test_a_length_that_python_does_not_read_is_refused(server: Gunicorn) -> None:
    said = answer(server, POST + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n", pause=0.05)
    assert said.startswith(b"HTTP/1.1 400")
    assert "Error handling a connection" not in server.said()
    zeros = POST + b"Connection: close\r\nContent-Length: " + b"0" * 40 + b"3\r\n\r\n"
    assert answer(server, zeros, b"abc", pause=0.05).endswith(b"\r\n\r\n3")


def test_more_visitors_than_file_descriptors_end_no_worker(library: Site) -> None:
    resource = pytest.importorskip("resource")
    few, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with ExitStack() as stack:
        stack.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (few, most))
        resource.setrlimit(resource.RLIMIT_NOFILE, (100, most))
        running = stack.enter_context(gunicorn(library.root, library.python, "--workers=1", DATABASE_URL=DATABASE_URL))
        resource.setrlimit(resource.RLIMIT_NOFILE, (few, most))
        visitors = [socket.create_connection(("127.0.0.1", running.port), timeout=10) for _ in range(150)]
        assert answer(running, GET).startswith(b"HTTP/1.1 200")
        for visitor in visitors:
            visitor.close()
        assert running.said().count("Booting worker") == 1


def test_gunicorn_itself_serves_where_it_encrypts(library: Site, tmp_path: Path) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl, which makes the certificate, is not installed")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        [openssl, "req", "-x509", "-nodes", "-newkey", "rsa:2048", "-subj", "/CN=localhost", "-days", "2",
         "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    options = (f"--keyfile={key}", f"--certfile={certificate}", "--workers=1")
    with gunicorn(library.root, library.python, *options, encrypted=True, DATABASE_URL=DATABASE_URL) as running:
        assert running.said().count("Booting worker") == 1


def test_an_asgi_site_waits_for_nobody(template: Path, tmp_path: Path) -> None:
    root = tmp_path / "library"
    project = small_project(root)
    (root / "mysite" / "asgi.py").write_text(
        'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.settings")\n'
        "from django.core.asgi import get_asgi_application\napplication = get_asgi_application()\n",
        encoding="utf-8",
    )
    adopt(root)
    done = apply_overlay(
        Project(root, root, root, "pip", project.python), template, "--skip-tasks",
        deploy_platforms=["fly"], django_services=["channels"],
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert not (root / "deploy" / "server.py").exists()
    python = python_with(
        interpreter(*DJANGO["5.2"]), "django~=5.2.0", "uvicorn>=0.30", "uvicorn-worker>=0.3", "channels>=4", *PACKAGES
    )
    http_site(Site(root, python))
    with gunicorn(root, python, DATABASE_URL=DATABASE_URL) as running, ExitStack() as stack:
        for first, later in SLOW.values():
            for _ in range(20):
                visitor = stack.enter_context(socket.create_connection(("127.0.0.1", running.port), timeout=10))
                visitor.sendall(first + later)
        for _ in range(10):
            assert answer(running, GET, patience=4).startswith(b"HTTP/1.1 200")
        assert answer(running, GET, host="::1").startswith(b"HTTP/1.1 200") or "[::]" not in running.said()
        assert running.browser.get("/readyz").status == 503

"""Given a command line, this is what the rehearsal prints and the exit code that it ends with."""

import json
import re
import socket
import sys
from pathlib import Path

import pytest

from tests.support.anchors import shows

from .site import Site


def test_help_lists_what_is_for_people(site: Site) -> None:
    done = site.run("--help")
    assert done.returncode == 0
    assert "usage: deploy-overlay rehearse" in done.stdout
    assert "--env-file FILE" in done.stdout
    assert "--postgres URL" in done.stdout
    assert "0 ready, 1 not ready, 2 cannot start, 3 unproven" in " ".join(done.stdout.split())


def test_the_table_fits_80_columns_and_ends_with_the_verdict(site: Site) -> None:
    done = site.run(COLUMNS="120")
    lines = done.stdout.splitlines()
    assert done.returncode == 0
    assert max(map(len, lines)) <= 80
    assert re.fullmatch(r"Ready for Fly\.io: all \d+ checks passed\.", lines[-1])
    assert "release …" in done.stderr


def test_the_table_of_a_failure_says_what_to_change_in_plain_ascii(site: Site) -> None:
    site.break_about_in_production()
    done = site.run(PYTHONIOENCODING="ascii")
    assert done.returncode == 1
    assert (done.stdout + done.stderr).isascii()
    assert re.search(r"^FAILED +pages", done.stdout, re.MULTILINE)
    assert "Fix: Correct this error" in done.stdout
    assert "Not ready: 1 failed." in done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal is POSIX")
def test_a_terminal_shows_progress_on_one_line(site: Site, tmp_path: Path) -> None:
    import pexpect
    import pyte

    screen = pyte.Screen(80, 60)
    stream = pyte.Stream(screen)
    first, *others = site.command()
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    child = pexpect.spawn(
        first,
        others,
        cwd=str(site.root),
        env=site.environment(temporary, LANG="C.UTF-8"),  # type: ignore[arg-type]
        dimensions=(60, 80),
        encoding="utf-8",
        timeout=60,
    )
    steps = set()
    while True:
        try:
            stream.feed(child.read_nonblocking(4096))
        except pexpect.EOF:
            break
        if screen.display[0].endswith("…".ljust(80 - len(screen.display[0].rstrip()) + 1)):
            steps.add(screen.display[0].strip())
    child.close()
    assert child.exitstatus == 0
    assert "release …" in steps
    lines = [line.rstrip() for line in screen.display]
    assert lines[0].startswith("Rehearsal for Fly.io")
    assert not any("…" in line for line in lines)


def test_what_is_not_proven_is_a_row_of_the_table(site: Site) -> None:
    site.answer(django_python_version="3.99")
    done = site.run()
    lines = done.stdout.splitlines()
    row = next(number for number, line in enumerate(lines) if "not proven here" in line)
    assert "Python 3.99" in lines[row + 1]
    said = " ".join(done.stdout.split())
    assert re.search(r"Unproven for Fly\.io: all \d+ checks passed, but 1 thing could not be proven here\.$", said)
    assert done.returncode == 3


@shows("rehearsal-port")
def test_port_is_taken(site: Site) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        done = site.run("--serve", "--port", port)
    assert done.returncode == 2
    assert done.stderr.startswith(f"Port {port} cannot be used")
    assert done.stderr.count("\n") == 2


@pytest.mark.parametrize(
    ("options", "said"),
    [
        pytest.param(("--env-file", "nowhere.env"), "nowhere.env cannot be read", marks=shows("env-file")),
        pytest.param(("--env-file", "manage.py"), "manage.py:1 is not a NAME=value line", marks=shows("env-file")),
        pytest.param(("--platform", "moon"), "Use --platform with one of: fly.", marks=shows("rehearsal-platform")),
        pytest.param(("--serve", "--port", "70000"), "Port 70000 cannot be used", marks=shows("rehearsal-port")),
    ],
)
def test_command_line_is_wrong(site: Site, options: tuple[str, ...], said: str) -> None:
    done = site.run("--json", *options)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    document = json.loads(done.stdout)
    assert document["ok"] is False
    assert said in document["checks"][0]["detail"]


@shows("rehearsal-postgres")
def test_what_is_no_postgresql_server_is_refused(site: Site) -> None:
    site.answer(deploy_database="postgres")
    done = site.run("--postgres", "mysql://ada:secret@127.0.0.1/shop")
    assert done.returncode == 2
    assert "--postgres does not name a PostgreSQL server" in done.stderr
    assert "secret" not in done.stderr


@shows("cache-not-writable")
def test_the_cache_folder_cannot_be_written(site: Site, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file", encoding="utf-8")
    done = site.run(XDG_CACHE_HOME=str(tmp_path / "cache"))
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "XDG_CACHE_HOME" in done.stderr

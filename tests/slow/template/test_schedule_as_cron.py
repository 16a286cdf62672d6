"""deploy/schedule.py understands times as a kept cron library does, in random schedules. Slow by their number."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

from tests.support import usual_python
from tests.support.installing import python_with
from tests.template.test_schedule import rendered

LIMITS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
NEXT = """
import sys
from datetime import datetime, timedelta
from cronsim import CronSim, CronSimError
from schedule import is_due

compared = 0
for line in sys.stdin:
    schedule = line.strip()
    start = datetime(2028, 2, 20)
    until = start + timedelta(days=20)  # with a 29 February
    try:
        expected = []
        for moment in CronSim(schedule, start - timedelta(minutes=1)):
            if moment >= until or len(expected) == 400:
                break
            expected.append(moment)
    except CronSimError:
        continue  # a day that no month has
    if len(expected) == 400:
        until = expected[-1] + timedelta(minutes=1)
    minutes = (start + timedelta(minutes=number) for number in range(int((until - start).total_seconds()) // 60))
    found = [moment for moment in minutes if is_due(schedule, moment)]
    assert found == expected, (schedule, found[:3], expected[:3])
    compared += 1
print(compared)
"""


def _field(chance: random.Random, low: int, high: int) -> str:
    first, last = sorted(chance.sample(range(low, high + 1), 2))
    step = chance.randint(1, max((high - low) // 2, 1))
    return chance.choice(
        ["*", "*", str(first), f"{first},{last}", f"{first}-{last}", f"*/{step}", f"{first}-{last}/{step}"]
    )


def test_random_schedules_are_due_as_in_cron(tmp_path: Path) -> None:
    python = python_with(usual_python(), "cronsim>=2.6")
    (tmp_path / "schedule.py").write_text(rendered(), encoding="utf-8")
    chance = random.Random(17)
    lines = [" ".join(_field(chance, *limits) for limits in LIMITS) for _ in range(60)]

    done = subprocess.run(
        [str(python), "-c", NEXT], cwd=tmp_path, input="\n".join(lines), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 45

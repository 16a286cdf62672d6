"""What the programs of the rehearsal print is kept, but never more than fits."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from deploy_overlay.rehearse.stage import MOST_OUTPUT, Stage


def test_of_endless_output_the_end_is_kept(tmp_path: Path) -> None:
    stage = Stage(tmp_path, tmp_path, tmp_path, "deploy", tmp_path / "rehearsal.log", Path(sys.executable))

    result = stage.run([sys.executable, "-c", f"print('x' * {2 * MOST_OUTPUT}); print('the end')"], os.environ)

    assert result.output.splitlines()[-1] == "the end"
    assert "bytes are left out" in result.output
    assert (tmp_path / "rehearsal.log").stat().st_size < 1.1 * MOST_OUTPUT

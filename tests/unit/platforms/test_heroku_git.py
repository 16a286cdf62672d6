"""git reaches Heroku with a token where nobody has logged in: the program hands it over when git asks for a password."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from deploy_overlay.platforms import adapter


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in for the program is a shell script")
def test_git_asks_herokus_program_for_the_password(tmp_path: Path) -> None:
    program = tmp_path / "heroku"
    program.write_text(
        '#!/bin/sh\n[ "$1 $2" = "git:credentials get" ] && echo "username=heroku\npassword=$HEROKU_API_KEY"\n'
    )
    program.chmod(0o755)
    environ = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "HOME": str(tmp_path), "HEROKU_API_KEY": "a-token"}
    asked = "protocol=https\nhost=git.heroku.com\n\n"

    told = subprocess.run(
        ["git", "credential", "fill"],
        env=environ | dict(adapter("heroku").tool().environ),
        input=asked,
        capture_output=True,
        text=True,
        check=True,
    )

    assert "password=a-token" in told.stdout

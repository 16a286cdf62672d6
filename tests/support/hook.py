"""A repository on disk, and the hook run on it as Copier runs it: a process of its own, the git root as its folder."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.anchors import note

TEMPLATE = Path(__file__).resolve().parents[2]
ANSWERS = ".copier-answers.yml"
SETTINGS = ("user.name=A", "user.email=a@example.com", "commit.gpgsign=false", "core.autocrlf=false")
GIT = ("git", *(word for setting in SETTINGS for word in ("-c", setting)))


def tools_path(*first: Path) -> str:
    """PATH with uv, which the development environment has, and with `first` before everything."""
    uv = shutil.which("uv") or str(Path(sys.executable).parent / "uv")
    return os.pathsep.join([*map(str, first), os.environ["PATH"], str(Path(uv).parent)])


@dataclass
class Repository:
    root: Path
    answers: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.root.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet")

    def git(self, *arguments: str) -> str:
        command = [*GIT, *arguments]
        return subprocess.run(command, cwd=self.root, check=True, capture_output=True, text=True, timeout=60).stdout

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def read(self, name: str) -> str:
        return (self.root / name).read_bytes().decode()

    def commit(self, **answers: Any) -> None:
        self.answers |= answers
        self.write(ANSWERS, json.dumps(self.answers))  # JSON is YAML
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "project")

    def hook(self, *options: str, **environ: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(TEMPLATE / "hooks" / "after_copy.py"), ANSWERS, *(options or ("--defaults",))]
        variables = {**os.environ, "PATH": tools_path(), "COPIER_OPERATION": "copy", "STAGE": "task", **environ}
        variables.pop("VIRTUAL_ENV", None)
        done = subprocess.run(
            command, cwd=self.root, env=variables, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600
        )
        note(done.stderr)
        return done

    @property
    def overlay_folder(self) -> Path:
        return self.root / ".git" / "deploy-overlay"

    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.overlay_folder / "state.json").read_text())
        return found

    def logs(self) -> list[Path]:
        return sorted(self.overlay_folder.glob("*.log"))

    def changed(self) -> list[str]:
        return sorted(line[3:] for line in self.git("status", "--porcelain").splitlines())


def answers(manager: str, *files: str, **others: Any) -> dict[str, Any]:
    """The answers that hooks read, of a flat project; `others` replace them."""
    return {
        "django_root": ".",
        "django_dependency_root": ".",
        "django_dependency_manager": manager,
        "django_dependency_files": list(files),
        "django_python_version": "",
        "django_settings_module": "config.settings",
        "django_wsgi": "config.wsgi:application",
        "django_asgi": "",
        "django_database": "postgresql",
        "django_services": [],
        "django_required_env": [],
        "deploy_platforms": ["fly"],
        "deploy_database": "postgres",
        "deploy_package": "deploy",
        "deploy_kept_files": [],
        **others,
    }

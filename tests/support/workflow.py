"""Runs the steps of a rendered workflow on this machine: those of GitHub Actions, and the jobs of GitLab CI/CD.

Of the actions, `checkout` clones, artifacts are copied, and the others set up what this machine has. Expressions are those
that our files use: names, comparisons and `&&`.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

SETS_UP = ("actions/setup-node", "astral-sh/setup-uv")


@dataclass
class Ran:
    """A step, with the variables that it was given for itself."""

    job: str
    name: str
    status: int
    output: str
    given: dict[str, str] = field(default_factory=dict)


@dataclass
class Runner:
    """`origin` is what is cloned, `workspace` where to; `environ` is what the machine itself has, `path` its programs.

    `secrets` are those of the environment production, which a job gets that names it. `replaced` is put in the place of
    text in the scripts: what a machine without the network cannot fetch.
    """

    origin: Path
    workspace: Path
    temporary: Path
    environ: Mapping[str, str]
    secrets: Mapping[str, str] = field(default_factory=dict)
    replaced: Mapping[str, str] = field(default_factory=dict)
    ran: list[Ran] = field(default_factory=list)

    @property
    def failed(self) -> list[Ran]:
        return [one for one in self.ran if one.status]

    def outputs(self, job: str) -> str:
        return "\n".join(one.output for one in self.ran if one.job == job)

    def github(self, path: str, event: str, branch: str = "main") -> None:
        """The workflow in the file `path` of the origin, at an event on a branch."""
        self._clone(0)
        document = yaml.safe_load((self.workspace / path).read_text(encoding="utf-8"))
        about = {
            "github.event_name": event,
            "github.ref_name": branch,
            "github.event.repository.default_branch": "main",
            "runner.temp": str(self.temporary),
        }
        done: set[str] = set()
        for name, job in document["jobs"].items():
            needed = {job["needs"]} if "needs" in job else set()
            secrets = self.secrets if job.get("environment") == "production" else {}
            known = about | {f"secrets.{key}": value for key, value in secrets.items()}
            if needed <= done and (_holds(job["if"], known) if "if" in job else True) and self._job(name, job, known):
                done.add(name)

    def _job(self, name: str, job: Mapping[str, Any], known: Mapping[str, str]) -> bool:
        """Whether every step succeeded."""
        shutil.rmtree(self.workspace, ignore_errors=True)
        added = self.temporary / "path"
        added.write_text("")
        (self.temporary / "environment").unlink(missing_ok=True)
        failed = False
        for step in job["steps"]:
            if failed and "cancelled()" not in str(step.get("if", "")):
                continue
            given = {key: _filled(str(value), known) for key, value in step.get("env", {}).items()}
            options = {key: _filled(str(value), known) for key, value in step.get("with", {}).items()}
            if "uses" in step:
                self._use(step["uses"].partition("@")[0], options)
                continue
            ended = self._run(step["run"], given, added)
            self.ran.append(Ran(name, step["name"], ended.returncode, ended.stdout, given))
            failed = failed or ended.returncode != 0
        return not failed

    def _use(self, action: str, options: Mapping[str, str]) -> None:
        kept = self.temporary / "artifacts" / options.get("name", "")
        if action == "actions/checkout":
            assert options["persist-credentials"] == "False"
            self._clone(int(options.get("fetch-depth", "1")))
        elif action == "actions/upload-artifact":
            kept.mkdir(parents=True, exist_ok=True)
            source = Path(options["path"])
            if source.is_file():
                shutil.move(source, kept / source.name)  # another job is another machine
        elif action == "actions/download-artifact":
            shutil.copytree(kept, options["path"], dirs_exist_ok=True)
        else:
            assert action in SETS_UP, action

    def gitlab(self, path: str, source: str, branch: str = "main") -> None:
        """The jobs of the file `path` of the origin that a pipeline of this source has, one after the other."""
        self._clone(0)
        document = yaml.safe_load((self.workspace / path).read_text(encoding="utf-8"))
        about = {"$CI_PIPELINE_SOURCE": source, "$CI_COMMIT_BRANCH": branch, "$CI_DEFAULT_BRANCH": "main"}
        for name, job in document.items():
            if name.startswith(".") or not any(_holds(rule["if"], about) for rule in job["rules"]):
                continue
            job = document[job["extends"]] | job
            self._clone(int(job.get("variables", {}).get("GIT_DEPTH", 20)))
            kept = self.temporary / "artifacts"
            for wanted in job.get("dependencies", []):
                shutil.copytree(kept / wanted, self.workspace, dirs_exist_ok=True)
            given = {key: str(value) for key, value in job.get("variables", {}).items()}
            given |= self.secrets if job.get("environment") == "production" else {}
            script = "\n".join([*job["before_script"], *job["script"]])
            ended = self._run(script, given, Path(os.devnull))
            self.ran.append(Ran(name, name, ended.returncode, ended.stdout, given))
            for wanted in job.get("artifacts", {}).get("paths", []):
                (kept / name).mkdir(parents=True, exist_ok=True)
                shutil.copy2(self.workspace / wanted, kept / name)
            if ended.returncode not in (0, job.get("allow_failure", {}).get("exit_codes", 0)):
                return

    def _clone(self, depth: int) -> None:
        shutil.rmtree(self.workspace, ignore_errors=True)
        shallow = [f"--depth={depth}"] if depth else []
        command = ["git", "clone", "--quiet", *shallow, self.origin.as_uri(), str(self.workspace)]
        subprocess.run(command, env=dict(self.environ), check=True, capture_output=True)

    def _run(self, script: str, given: Mapping[str, str], added: Path) -> subprocess.CompletedProcess[str]:
        for text, other in self.replaced.items():
            script = script.replace(text, other)
        folders = added.read_text().split() if added.is_file() else []
        path = os.pathsep.join([*reversed(folders), self.environ["PATH"]])
        kept = self.temporary / "environment"
        lines = kept.read_text().splitlines() if kept.is_file() else []
        variables = {
            **dict(line.split("=", 1) for line in lines), "CI": "true", "RUNNER_TEMP": str(self.temporary), "PATH": path,
            "GITHUB_PATH": str(added), "GITHUB_ENV": str(kept), "GITHUB_REPOSITORY": "you/library",
            "GITHUB_REF_NAME": "main", "GITHUB_SHA": "1a2b3c4d", "CI_COMMIT_SHA": "1a2b3c4d", "CI_COMMIT_BRANCH": "main",
            "CI_SERVER_HOST": "gitlab.com", "CI_PROJECT_PATH": "you/library",
        }  # fmt: skip
        return subprocess.run(
            ["bash", "-e", "-c", script],
            cwd=self.workspace,
            env={**self.environ, **variables, **given},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            timeout=900,
            check=False,
        )


def _filled(text: str, known: Mapping[str, str]) -> str:
    return re.sub(r"\$\{\{ (.*?) \}\}", lambda found: known.get(found[1], ""), text)


def _holds(condition: str, known: Mapping[str, str]) -> bool:
    """A condition of comparisons, all of which have to hold."""
    return all(_compared(part.strip(), known) for part in condition.split("&&"))


def _compared(text: str, known: Mapping[str, str]) -> bool:
    left, same, right = re.split(r" (==|!=) ", text)
    values = [known[one] if one in known else one.strip("'\"") for one in (left, right)]
    return (values[0] == values[1]) == (same == "==")

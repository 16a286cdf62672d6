"""What stays out of an image, and how a .dockerignore decides that.

https://docs.docker.com/build/concepts/context/#dockerignore-files
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from . import git

# Keys, passwords and settings of one machine, under the names that people and tools give them.
SECRETS = (
    "**/.env", "**/.env.*", "**/.env-*", "**/.env_*", "**/*.env", "**/.envs", "**/.envrc",
    "!**/.env.example", "!**/.env.sample", "!**/.env.template",
    "**/.netrc", "**/_netrc", "**/.pypirc", "**/.npmrc", "**/.yarnrc.yml", "**/.git-credentials", "**/.htpasswd",
    "**/.pgpass", "**/.my.cnf", "**/.pg_service.conf", "**/.s3cfg", "**/.boto", "**/rclone.conf",
    "**/.aws", "**/.azure", "**/.ssh", "**/.gnupg", "**/.kube", "**/.docker", "**/.config/gcloud",
    "**/kubeconfig*", "**/id_rsa*", "**/id_dsa*", "**/id_ecdsa*", "**/id_ed25519*",
    "**/*.pem", "**/*.key", "**/*.p8", "**/*.p12", "**/*.pfx", "**/*.ppk", "**/*.jks", "**/*.keystore", "**/*.kdbx",
    "**/*service-account*.json", "**/*service_account*.json", "**/*serviceaccount*.json", "**/*credentials*.json",
    "**/client_secret*.json", "**/*adminsdk*.json", "**/*-key.json", "**/*_key.json", "**/token.json", "**/*.ovpn",
    "**/secrets.json", "**/secrets.toml", "**/secrets.y*ml", "**/.secrets*",
    "**/*.tfvars", "**/*.tfvars.json", "**/*.tfstate", "**/*.tfstate.*", "**/.terraform", "**/.vault*",
    "**/local_settings.py", "**/settings_local.py", "**/settings/local.py", "**/secret_key.txt", "**/.secret_key",
)  # fmt: skip
# Data of this machine.
DATA = (
    "**/*.sqlite3", "**/*.sqlite3-*", "**/*.sqlite", "**/*.db", "**/*.sql", "**/*.sql.*", "**/*.dump", "**/*.dump.*",
    "**/*.pgdump", "**/*.bak", "**/*.log", "**/dump.rdb",
)  # fmt: skip
_MOST_NAMED = 40  # files of one folder that are named one by one; of more, only the folder
_MOST_ENTRIES = 5_000  # to look at in folders that git ignores


class Rule(NamedTuple):
    """One line of a .dockerignore."""

    pattern: re.Pattern[str]
    excludes: bool


def parse_rules(lines: Iterable[str]) -> list[Rule]:
    """The rules of a .dockerignore: a comment or an empty line is none."""
    rules = []
    for line in lines:
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        excludes = not text.startswith("!")
        rules.append(Rule(_compiled(text.lstrip("!").strip().strip("/")), excludes))
    return rules


def _compiled(pattern: str) -> re.Pattern[str]:
    """`**` is any number of folders, `*` and `?` stay in one: https://github.com/moby/patternmatcher"""
    parts = []
    position = 0
    while position < len(pattern):
        if pattern.startswith("**/", position):
            parts.append("(?:.*/)?")
            position += 3
        elif pattern.startswith("**", position):
            parts.append(".*")
            position += 2
        elif pattern[position] == "*":
            parts.append("[^/]*")
            position += 1
        elif pattern[position] == "?":
            parts.append("[^/]")
            position += 1
        elif pattern[position] == "\\" and position + 1 < len(pattern):
            parts.append(re.escape(pattern[position + 1]))
            position += 2
        else:
            parts.append(re.escape(pattern[position]))
            position += 1
    return re.compile("".join(parts), re.DOTALL)


def excluding(rules: Sequence[Rule], path: str) -> str:
    """The file or the folder above it whose name keeps a path out of the image; "" for a path that enters it.

    The last rule that matches a path or a folder above it decides.
    """
    names = path.split("/")
    prefixes = ["/".join(names[:length]) for length in range(1, len(names) + 1)]
    found = ""
    for rule in rules:
        matched = next((prefix for prefix in prefixes if rule.pattern.fullmatch(prefix)), "")
        if matched:
            found = matched if rule.excludes else ""
    return found


def excluded(rules: Sequence[Rule], paths: Iterable[str]) -> list[str]:
    """Those of the paths that do not enter the image; as `excluding`, for all files of a repository in one go."""
    matched: dict[str, tuple[bool, ...]] = {"": (False,) * len(rules)}

    def matches(path: str) -> tuple[bool, ...]:
        if path not in matched:
            above = matches(path.rpartition("/")[0])
            matched[path] = tuple(
                before or bool(rule.pattern.fullmatch(path)) for rule, before in zip(rules, above, strict=True)
            )
        return matched[path]

    def is_out(path: str) -> bool:
        return next((rule.excludes for rule, hit in zip(rules[::-1], matches(path)[::-1], strict=True) if hit), False)

    return [path for path in paths if is_out(path)]


def readmitted(patterns: Iterable[str], committed: Iterable[str]) -> list[str]:
    """What to write after `!` so that no committed file is lost to the patterns, sorted.

    A folder with very many of them is named as a whole. Letters that mean something in a pattern become `?`.
    """
    rules = parse_rules(patterns)
    lost: dict[str, list[str]] = {}
    for path in committed:
        by = excluding(rules, path)
        if by:
            lost.setdefault(by, []).append(path)
    named = set()
    for by, paths in lost.items():
        named |= set(paths) if len(paths) <= _MOST_NAMED else {by}
    return sorted(re.sub(r"[^\w./@+,=~ -]|^[#!]", "?", name) for name in named)


def ignored_by_git_only(root: Path, dockerignore: str) -> list[str]:
    """POSIX paths from the git root, folders with a slash at their end, that git ignores and this .dockerignore lets in.

    `dockerignore` is a path from the git root. [] if git cannot tell or there is no such file.
    """
    try:
        lines = (root / dockerignore).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    told = git.output(root, "ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--directory")
    paths = [path for path in (told or b"").decode("utf-8", "surrogateescape").split("\0") if path]
    rules = parse_rules(lines) if paths else []
    return sorted(path for path in paths if _enters_image(root, path, rules))


def _enters_image(root: Path, path: str, rules: Sequence[Rule]) -> bool:
    """Whether a file, or any file in a folder, is not kept out."""
    if not path.endswith("/"):
        return not excluding(rules, path)
    left = _MOST_ENTRIES
    for folder, folders, files in os.walk(root / path):
        here = Path(folder).relative_to(root).as_posix()
        folders[:] = [name for name in folders if not _excludes_all_below(rules, f"{here}/{name}")]
        left -= len(files) + len(folders)
        if any(not excluding(rules, f"{here}/{name}") for name in files):
            return True
        if left < 0:
            return False
    return False


def _excludes_all_below(rules: Sequence[Rule], folder: str) -> bool:
    """Whether nothing below a folder can enter."""
    return bool(excluding(rules, folder)) and all(rule.excludes for rule in rules)

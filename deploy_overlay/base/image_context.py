"""What stays out of an image, and how a .dockerignore decides it.

https://docs.docker.com/build/concepts/context/#dockerignore-files
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

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
    "**/client_secret*.json", "**/secrets.json", "**/secrets.toml", "**/secrets.y*ml", "**/.secrets*",
    "**/*.tfvars", "**/*.tfvars.json", "**/*.tfstate", "**/*.tfstate.*", "**/.terraform", "**/.vault*",
    "**/local_settings.py", "**/settings_local.py", "**/settings/local.py", "**/secret_key.txt", "**/.secret_key",
)  # fmt: skip
# Data of this machine.
DATA = (
    "**/*.sqlite3", "**/*.sqlite3-*", "**/*.sqlite", "**/*.db", "**/*.sql", "**/*.sql.gz", "**/*.dump", "**/*.pgdump",
    "**/*.log", "**/dump.rdb",
)  # fmt: skip
_MOST_NAMED = 40  # files of one folder that are named one by one; beyond that the folder is


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

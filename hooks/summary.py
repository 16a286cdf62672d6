"""The friendly summary: what was added, what to do next, where the log is."""

from __future__ import annotations

from collections.abc import Sequence

from .answers import Answers
from .bring_in import Brought

_PURPOSE = {
    "Dockerfile": "the image",
    ".dockerignore": "what stays out of the image",
    "fly.toml": "Fly.io",
    "Procfile": "Heroku",
    ".upsun/config.yaml": "Upsun",
}


def summary(answers: Answers, brought: Brought, ours: Sequence[str], changed: Sequence[str], log: str) -> str:
    """`ours` are the overlay's files, `changed` those of them and of the dependency files that git sees as changed."""
    lines = ["", "deploy-overlay: configured, not yet rehearsed", ""]
    lines += _files(answers, ours, changed)
    lines += _dependencies(brought)
    lines += _variables(answers)
    lines += ["", "Next", *_next(answers, brought, changed), "", f"Log: {log}"]
    return "\n".join(lines)


def _files(answers: Answers, ours: Sequence[str], changed: Sequence[str]) -> list[str]:
    fresh = [path for path in ours if path in changed]
    if not fresh:
        return [f"Files: all {len(ours)} are as they were"]
    folder = f"{answers.deploy_folder}/"
    inside = [path for path in fresh if path.startswith(folder)]
    rows = [(folder, f"production settings, server, rehearsal, README.md ({len(inside)} files)")] if inside else []
    outside = [path for path in fresh if not path.startswith(folder) and path != answers.answers_file]
    rows += [(path, _PURPOSE.get(path, "")) for path in outside]
    if answers.answers_file in fresh:
        rows.append((answers.answers_file, "your answers, for `copier update`"))
    kept = answers.texts("deploy_kept_files")
    rows += [(path, "yours, left alone") for path in kept]
    return ["Files", *_aligned(rows)]


def _dependencies(brought: Brought) -> list[str]:
    where = f" ({', '.join(brought.changed)})" if brought.changed else ""
    rows = [(text, "added") for text in brought.added] + [(text, "already there") for text in brought.present]
    return ["", f"Dependencies{where}", *_aligned(rows)]


def _variables(answers: Answers) -> list[str]:
    names = answers.texts("django_required_env")
    return ["", f"Your settings need these variables in production: {', '.join(names)}"] if names else []


def _next(answers: Answers, brought: Brought, changed: Sequence[str]) -> list[str]:
    rehearse = f"{brought.prefix}python -m {answers.deploy_package}.rehearse"
    rows = [
        ("1. install", brought.install + _in(answers.dependency_root)),
        ("2. rehearse", rehearse + _in(answers.django_root)),
        ("3. commit", f"git add {' '.join(_to_add(answers, changed))}" if changed else "nothing changed"),
        ("4. deploy", f"{answers.deploy_folder}/README.md has the commands"),
    ]
    if changed:
        rows.insert(3, ("", 'git commit -m "Add deployment configuration"'))
    return _aligned(rows)


def _to_add(answers: Answers, changed: Sequence[str]) -> list[str]:
    folder = f"{answers.deploy_folder}/"
    paths = dict.fromkeys(answers.deploy_folder if path.startswith(folder) else path for path in changed)
    return [f'"{path}"' if " " in path else path for path in paths]


def _in(folder: str) -> str:
    return "" if folder == "." else f"    (in {folder}/)"


def _aligned(rows: Sequence[tuple[str, str]]) -> list[str]:
    width = min(max((len(left) for left, _ in rows), default=0), 40)
    return [f"  {left:<{width}}  {right}".rstrip() for left, right in rows]

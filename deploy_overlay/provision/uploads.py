"""Copies uploaded files to a site, from a folder of this machine or from the bucket of an old site.

The site's own storage keeps them, bucket or volume, under the names that the rows of its database have.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

from ..adapter.inside import Inside, talk
from ..adapter.request import Request
from ..base.answers import Answers
from ..base.log import Log
from ..base.message import DOCUMENTATION, Failure, counted
from ..base.progress import show_progress, tell
from ..base.size import in_units
from ..base.state import State
from ..plan.runs import takes_uploads
from ..plan.runs import uploads as kept
from ..platforms import title
from .engine import Progress
from .inside import uploads as program
from .runs import ask_once, on_each_platform, show, verb_command
from .s3 import Bucket
from .sites import site_on
from .variables import check_there

TEXT = Path(program.__file__).read_text(encoding="utf-8")
CHUNK = 48 * 1024
ASKED = 500  # names in a question


class Source(Protocol):
    """Where files come from; `files` has the size of each by its name."""

    @property
    def where(self) -> str: ...

    @property
    def files(self) -> Mapping[str, int]: ...

    def read(self, name: str) -> Iterator[bytes]: ...


@dataclass(frozen=True)
class Folder:
    """A folder of this machine, as a site's MEDIA_ROOT is one. Hidden files are left out."""

    path: Path

    @property
    def where(self) -> str:
        return str(self.path)

    @cached_property
    def files(self) -> Mapping[str, int]:
        found = (one for one in sorted(self.path.rglob("*")) if one.is_file())
        named = ((one.relative_to(self.path), one) for one in found)
        return {
            name.as_posix(): one.stat().st_size
            for name, one in named
            if not any(part.startswith(".") for part in name.parts)
        }

    def read(self, name: str) -> Iterator[bytes]:
        file = self.path / name
        try:
            with file.open("rb") as opened:
                yield from iter(lambda: opened.read(1 << 20), b"")
        except OSError as error:
            raise _not_there(file, error.strerror or str(error)) from None


@dataclass(frozen=True)
class OldBucket:
    """What of a bucket lies below `prefix`, which the names in the database do not have."""

    bucket: Bucket
    prefix: str
    objects: Mapping[str, int]

    @property
    def where(self) -> str:
        return f"the bucket {self.bucket.name}"

    @property
    def files(self) -> Mapping[str, int]:
        return {
            key.removeprefix(self.prefix): size for key, size in self.objects.items() if key.startswith(self.prefix)
        }

    def read(self, name: str) -> Iterator[bytes]:
        return self.bucket.read(self.prefix + name)


@dataclass(frozen=True)
class UploadsPlan:
    """Files to copy to the site, how many of them replace one of another size there, and how many it has already."""

    inside: Inside
    source: Source
    missing: Mapping[str, int]
    replaced: int  # number of files
    there: int  # number of files

    def __str__(self) -> str:
        replace = "replaces" if self.replaced == 1 else "replace"
        replaced = f", {self.replaced} of which {replace} the site's" if self.replaced else ""
        there = f"; {self.there} are there already" if self.there else ""
        return f"{counted(len(self.missing), 'file')}, {in_units(sum(self.missing.values()))}{replaced}{there}"

    def carry_out(self) -> int:
        """Send them; the number of files. Raises Failure. What has arrived stays, and is not sent again."""
        if not self.missing:
            return 0
        with show_progress(f"copying {self} ..."):
            answer = _answer(self.inside, {"do": "store"}, send=self._sent())
        return int(answer["stored"])

    def _sent(self) -> Iterator[bytes | dict[str, Any]]:
        for name, size in self.missing.items():
            yield {"name": name, "size": size}
            for chunk in self.source.read(name):
                for start in range(0, len(chunk), CHUNK):
                    yield chunk[start : start + CHUNK]
        yield {}


def look(inside: Inside, source: Source) -> UploadsPlan:
    """What the site lacks of these files. Raises Failure."""
    files = source.files
    names = [*files]
    there: dict[str, int] = {}
    for start in range(0, len(names), ASKED):
        asked = {"do": "sizes", "listed": names[start : start + ASKED]}
        there |= _answer(inside, asked)["sizes"]
    missing = {name: size for name, size in files.items() if there.get(name) != size}
    return UploadsPlan(inside, source, missing, len(missing.keys() & there.keys()), len(files) - len(missing))


def old_bucket(inside: Inside, bucket: Bucket) -> OldBucket:
    """A bucket as the rows of the site name its files. Raises Failure."""
    objects = dict(bucket.objects())
    names: Sequence[str] = _answer(inside, {"do": "names"})["names"]
    return OldBucket(bucket, prefix_of(names, objects), objects)


def prefix_of(names: Iterable[str], keys: Iterable[str]) -> str:
    """What stands in front of most of these names in the keys of a bucket: storages may put a folder there."""
    listed = [*keys]
    by_end: dict[str, list[str]] = {}
    for key in listed:
        by_end.setdefault(key.rpartition("/")[2], []).append(key)
    fitting = Counter(
        key[: -len(name)]
        for name in names
        for key in by_end.get(name.rpartition("/")[2], ())
        if key == name or key.endswith(f"/{name}")
    )
    return max(fitting, key=lambda prefix: (fitting[prefix], -len(prefix)), default="")


def _answer(inside: Inside, asked: dict[str, Any], **more: Any) -> dict[str, Any]:
    answer = talk(inside, TEXT, asked, program.MARK, **more)
    if "error" in answer:
        raise Failure(
            f"The site cannot store uploads: {answer['error']}. Files that arrived before are kept. Fix that, then run this "
            "again.",
            anchor="uploads-not-stored",
        )
    return answer


def folder_of(path: Path) -> Folder:
    """Raises Failure unless it is a folder with files."""
    found = Folder(path)
    reason = ""
    with contextlib.suppress(OSError):
        reason = "it is not a folder" if not path.is_dir() else "" if found.files else "it has no files"
    if reason:
        raise _not_there(path, reason)
    return found


def _not_there(path: Path, reason: str) -> Failure:
    return Failure(f"{path} cannot be copied: {reason}.", anchor="uploads-not-there")


def can_take_uploads(module: ModuleType) -> bool:
    """Whether this machine reaches what keeps the site's uploads."""
    return hasattr(module, "inside")


def push(
    name: str, answers: Answers, request: Request, state: State, log: Log, folder: Folder, *, look_only: bool
) -> int:
    """Copy a folder to the site's uploads, after asking once; the exit status. Raises Failure."""

    def work(platform: str, progress: Progress) -> None:
        module, site = site_on(platform, answers, request, state, log)
        if not can_take_uploads(module):
            raise Failure(
                f"This machine does not reach uploads on {title(platform)}: {DOCUMENTATION}deploy/data/#copy-uploads has the "
                "commands.",
                anchor="platform-without-verb",
            )
        if takes_uploads(answers.values) and not kept(answers.values):
            line = site.command("set", "deploy_uploads=bucket")
            raise Failure(
                f"Nothing keeps uploads of {site.title}: choose where with `{line}`, commit and deploy.",
                anchor="uploads-not-kept",
            )
        check_there(module, site)
        tell(f"looking at the uploads of {site.title} on {title(platform)} ...")
        plan = look(module.inside(site), folder)
        show(["", f"{title(platform)}: {folder.where} to the uploads of {site.title}: {plan}", ""])
        if look_only or not plan.missing:
            return
        ask_once(site.prompts, f"Copy them to {site.title}?", "Nothing was copied")
        copied = counted(plan.carry_out(), "file")
        progress.done.append(f"{copied} copied")
        show([f"deploy-overlay: {copied} of {folder.where} copied to {site.title}"])

    line = verb_command(answers, request, "uploads", "push", folder.where, "--platform", name)
    return on_each_platform([name], work, answers, log, done="copied", continue_with=line)

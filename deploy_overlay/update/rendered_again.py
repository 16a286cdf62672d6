"""Renders the overlay's files again from answers, to find the user's edits.

Copier renders them into an empty folder, as it does itself in an update; no tasks run.
"""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from ..base.answers import Answers
from ..base.log import Log


@contextmanager
def render_again(answers: Answers, log: Log) -> Iterator[Path | None]:
    """A folder with the files of the version in the answers (`_src_path`, `_commit`); None if rendering fails."""
    import copier

    source, version = answers.text("_src_path"), answers.text("_commit")
    data = {name: value for name, value in answers.values.items() if not name.startswith("_")}
    with TemporaryDirectory(prefix="deploy-overlay-", ignore_cleanup_errors=True) as name:
        try:
            with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
                warnings.simplefilter("ignore")
                copier.run_copy(
                    source,
                    name,
                    data=data,
                    answers_file=answers.answers_file,
                    vcs_ref=version or None,
                    defaults=True,
                    quiet=True,
                    unsafe=True,
                    skip_tasks=True,
                )
        except Exception as error:
            log.write(f"{source} at {version} was not rendered again: {type(error).__name__}: {error}")
            yield None
            return
        yield Path(name)


def files(folder: Path) -> dict[str, bytes]:
    """Content by POSIX path, relative to the folder."""
    found = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}

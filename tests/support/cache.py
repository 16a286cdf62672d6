"""The folder outside the repository for what is slow to make: lock files, dependency managers, projects."""

import contextlib
import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import platformdirs


def cache_folder() -> Path:
    """The user's cache folder of this test suite, made if it is not there; `XDG_CACHE_HOME` moves it."""
    folder = Path(platformdirs.user_cache_path("deploy-overlay-tests"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def kept_folder(kind: str, key: object) -> Path:
    """Where `cached_folder` keeps what was made for this key, whether it was made or not."""
    digest = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()[:24]
    return cache_folder() / kind / digest


def cached_folder(kind: str, key: object, make: Callable[[Path], None]) -> Path:
    """A folder that `make` filled once for this `key` (anything that JSON can write).

    Test processes may ask for the same folder at the same time: each makes its own and the first to finish is kept.
    """
    kept = kept_folder(kind, key)
    if kept.is_dir():
        return kept
    kept.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{kept.name}-", dir=kept.parent))
    try:
        make(fresh)
        try:
            fresh.replace(kept)
        except OSError:
            if not kept.is_dir():
                raise
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return kept


def settled_folder(kind: str, key: object, make: Callable[[Path], None]) -> Path:
    """Like `cached_folder`, for what does not work elsewhere than where it was made, such as a virtual environment.

    Others who ask for the same folder wait; one that was left half made is made anew. Not on Windows.
    """
    digest = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()[:24]
    folder = cache_folder() / kind / digest
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _alone(folder.with_suffix(".lock")):
        done = folder / ".done"
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            done.touch()
    return folder


@contextlib.contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """A lock that ends with the process that holds it, however that ends."""
    import fcntl

    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield

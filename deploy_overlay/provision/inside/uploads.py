"""Stores uploaded files where the site keeps them, by its own storage; this text is sent to the site and run by its Python.

The first line of standard input says what to do, in JSON; files follow as `sqlite.py` has it, each begun by its name and size.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

MARK = "@deploy-overlay "
MOST = 300  # names of files that tell what names are like

Answer = dict[str, Any]


def main() -> None:
    asked = json.loads(sys.stdin.readline())
    try:
        actions: dict[str, Any] = {"names": names, "sizes": sizes, "store": store}
        answer = actions[asked.pop("do")](**asked)
    except Exception as error:  # a storage of any kind has errors of its own
        answer = {"error": f"{type(error).__name__}: {error}"}
    sys.stdout.write(f"{MARK}{json.dumps(answer)}\n")
    sys.stdout.flush()


def names() -> Answer:
    """Some of the names that rows of the database have."""
    import django
    from django.apps import apps
    from django.db.models import FileField

    django.setup()
    found: list[str] = []
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, FileField) and len(found) < MOST:
                rows = model._default_manager.exclude(**{field.name: ""}).values_list(field.name, flat=True)
                found += [str(name) for name in rows[: MOST - len(found)] if name]
    return {"names": found}


def sizes(listed: list[str]) -> Answer:
    """Of those of these files that are there."""
    storage = _storage()
    found = {}
    for name in listed:
        if storage.exists(name):
            found[name] = storage.size(name)
    return {"sizes": found}


def store() -> Answer:
    """Each file that is sent gets exactly its name, in place of another of that name."""
    from django.core.files import File

    storage = _storage()
    count = 0
    for name, path in _received():
        with path.open("rb") as opened:
            if storage.exists(name):
                storage.delete(name)
            kept = storage.save(name, File(opened))
        if kept != name:
            return {"error": f"the site's storage called {name} {kept}"}
        count += 1
    return {"stored": count}


def _received() -> Iterator[tuple[str, Path]]:
    """Files as they come, one after the other, until the line that ends them. Raises ValueError where one is not whole."""
    with tempfile.TemporaryDirectory() as folder:
        path, name, size = Path(folder) / "file", "", -1
        opened: Any = None
        for line in sys.stdin:
            if not line.startswith(MARK) or not line.endswith("\n"):  # the connection was lost within it
                continue
            text = line[len(MARK) :]
            if not text.startswith("{"):
                opened.write(base64.b64decode(text))
                continue
            if opened is not None:
                opened.close()
                if path.stat().st_size != size:
                    raise ValueError(f"{name} did not arrive whole")
                yield name, path
                opened = None
            told = json.loads(text)
            if "name" not in told:
                return
            name, size = told["name"], told["size"]
            opened = path.open("wb")
        raise ValueError("the files did not arrive whole")


def _storage() -> Any:
    """As the user who serves the site: a folder that root made could not be written to any more."""
    from django.conf import settings
    from django.core.files.storage import default_storage

    folder = Path(settings.MEDIA_ROOT or ".").absolute()
    existing = next(one for one in (folder, *folder.parents) if one.exists())
    if os.name != "nt" and os.geteuid() == 0 and (owner := existing.stat()).st_uid:
        with contextlib.suppress(OSError):
            os.setgroups([])
        os.setgid(owner.st_gid)
        os.setuid(owner.st_uid)
    return default_storage


if __name__ == "__main__":
    main()

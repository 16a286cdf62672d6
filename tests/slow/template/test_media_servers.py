"""deploy/media.py over ASGI and on the oldest and the newest Django: the tests of tests/template, each once more.

Slow by their number.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.template.conftest import Site
from tests.template.test_media import *  # noqa: F403
from tests.template.test_media import make_site


@pytest.fixture(scope="module", params=[("4.2", False), ("6.1", False), ("4.2", True), ("6.1", True)], ids=str)
def site_with_uploads(request: pytest.FixtureRequest, template: Path, tmp_path_factory: pytest.TempPathFactory) -> Site:
    django, asgi = request.param
    return make_site(template, tmp_path_factory.mktemp("media"), django, asgi=asgi)

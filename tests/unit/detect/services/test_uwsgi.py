"""Work that only uWSGI does is named, because the overlay serves the site with another server."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from deploy_overlay.detect import Facts
from deploy_overlay.plan.missing import missing
from deploy_overlay.platforms import platform
from tests.unit.detect.conftest import SETTINGS, django_project

Build = Callable[..., Facts]
ALONE = "import django\ndjango.setup()\n"
UWSGI = {"requirements.txt": "Django==5.2.1\nuWSGI==2.0.30\n"}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"uwsgi.ini": "[uwsgi]\nmule = jobs.py\n", "jobs.py": ALONE}, False),
        ({"uwsgi.ini": "[uwsgi]\nmule = jobs.py\n", "jobs.py": "import uwsgi\n" + ALONE}, True),
        ({"uwsgi.ini": "[uwsgi]\nmule = jobs.py\n", "jobs.py": "from django.core.mail import send_mail\n"}, True),
        ({"uwsgi.ini": "[uwsgi]\nmule = site_.jobs:run\n"}, True),
        ({"uwsgi.ini": "[uwsgi]\nmules = 2\n"}, True),
        ({"uwsgi.ini": "[uwsgi]\nmule =\n"}, True),
        ({"uwsgi.ini": "[uwsgi]\n; mules = 2\n"}, False),
        ({"uwsgi.xml": "<uwsgi>\n<mule/>\n</uwsgi>\n"}, True),
        ({"uwsgi.yaml": "uwsgi:\n  spooler: /tmp/spool\n"}, True),
        ({"Procfile": "web: uwsgi --http :80 --spooler /tmp/spool\n"}, True),
        ({"Dockerfile": 'FROM python\nCMD ["uwsgi", "--mules", "2", "--master"]\n'}, True),
        ({"Dockerfile": 'FROM python\nCMD ["uwsgi", "--master", "--workers", "2"]\n'}, False),
        ({"site_/jobs.py": "from uwsgidecorators import timer\n@timer(60)\ndef tick(signum):\n    pass\n", **UWSGI}, True),
        ({"site_/jobs.py": "from uwsgidecorators import timer\n"}, False),  # production does not install it
    ],
)  # fmt: skip
def test_what_only_uwsgi_runs_is_missing(facts: Build, files: dict[str, str], expected: bool) -> None:
    services = facts({**django_project(body=SETTINGS), **files}).fact("django_services")
    told = [one.text for one in missing({"django_services": services.value}, platform("render"))]

    assert any("uWSGI" in text for text in told) is expected

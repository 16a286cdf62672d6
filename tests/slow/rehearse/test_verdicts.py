"""Three verdicts, each with an exit code of its own; what passed is remembered by its tree."""

import pytest

from deploy_overlay.base import git
from deploy_overlay.base.release import own_version
from deploy_overlay.rehearse.remembered import verdict_on

from .site import Report, Site


def remembered(site: Site, report: Report, platform: str = "fly") -> str:
    return verdict_on(git.overlay_folder(site.root), report.document["tree"], platform, own_version())


def test_a_tree_that_passed_is_remembered_until_it_is_not_ready(site: Site) -> None:
    site.require("WEATHER_KEY")
    ready = site.report(WEATHER_KEY="sunny")
    assert (ready.document["verdict"], ready.code) == ("ready", 0)
    assert remembered(site, ready) == "ready"
    assert remembered(site, ready, "heroku") == ""
    site.append("mysite/settings.py", "import os\nQUEUE = {'sunny': 1, 'placeholder': 2}[os.environ['WEATHER_KEY']]\n")
    again = site.report(WEATHER_KEY="sunny")
    assert remembered(site, again) == "ready"
    refused = site.report(WEATHER_KEY="rain")
    assert (refused.document["verdict"], refused.code) == ("not ready", 1)
    assert refused.document["tree"] == again.document["tree"]
    assert remembered(site, refused) == ""
    assert remembered(site, ready) == "ready", "another tree"


def test_what_cannot_be_proven_here_has_a_verdict_of_its_own(site: Site) -> None:
    site.answer(django_python_version="3.99")
    report = site.report()
    assert (report.document["verdict"], report.code) == ("unproven", 3)
    assert report.document["ok"] is True
    assert remembered(site, report) == "unproven"


@pytest.mark.parametrize("module", ["mysite/settings.py", "notes/models.py"])
def test_a_host_out_of_reach_that_the_project_asks_while_it_is_loaded_proves_nothing(site: Site, module: str) -> None:
    said = "HTTPSConnectionPool(host='api.example.org', port=443): Max retries exceeded with url: /v1/keys"
    site.append(module, f"raise ConnectionError({said!r})\n")
    report = site.report()
    assert (report.document["verdict"], report.code, report.red) == ("unproven", 3, [])
    [sentence] = report.document["unproven"]
    assert "sends a request to api.example.org while it is loaded" in sentence and f"{module}:" in sentence


def test_a_server_of_this_machine_that_the_project_asks_while_it_is_loaded_is_a_fault(site: Site) -> None:
    said = "HTTPConnectionPool(host='localhost', port=9200): Max retries exceeded with url: /"
    site.append("notes/models.py", f"raise ConnectionError({said!r})\n")
    assert "localhost" in site.report().only_red("check --deploy")["detail"]


def test_with_another_host_it_is_another_question(site: Site) -> None:
    report = site.report("--host", "www.example.com")
    assert report.code == 0, report.document
    assert report.check("https redirect")["detail"] == "301 to https://www.example.com/"
    assert remembered(site, report) == ""


def test_the_document_for_machines(site: Site) -> None:
    document = site.report().document
    assert set(document) == {"schema", "verdict", "ok", "version", "tree", "python", "platforms", "database"} | {
        "unproven",
        "remarks",
        "checks",
    }
    assert document["schema"] == 1
    assert document["version"] == own_version()
    assert len(document["tree"]) == 40
    assert {tuple(check) for check in document["checks"]} == {("name", "status", "detail", "cure", "seconds", "more")}

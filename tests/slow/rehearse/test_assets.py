"""Style sheets and scripts that pages refer to are asked for; the refusal of a wrong host is told from a broken page."""

from .site import Site

ABOUT = "notes/templates/notes/about.html"


def test_a_style_sheet_that_nobody_built(site: Site) -> None:
    site.write(ABOUT, '<link rel="stylesheet" href="/static/dist/site.css">')  # home.html has one that is there
    check = site.report().only_red("page assets")
    assert check["detail"] == "/about/ refers to /static/dist/site.css, which answers 404"
    assert "package.json of the front-end build" in check["cure"]


def test_a_script_that_is_missing_is_told(site: Site) -> None:
    site.write(ABOUT, '<script src="/static/lost.js"></script><script src="https://cdn.example.com/a.js"></script>')
    report = site.report()
    assert not report.red
    assert report.check("page assets")["status"] == "note"
    assert "/static/lost.js" in report.check("page assets")["detail"]


def test_all_that_pages_refer_to_is_there(site: Site) -> None:
    report = site.report()
    assert report.check("page assets")["detail"].endswith("none missing")


def test_a_wrong_host_that_is_refused_by_a_broken_page(site: Site) -> None:
    site.append("mysite/urls.py", '\nhandler400 = "mysite.views.lost"\n')
    site.append("deploy/settings.py", 'SILENCED_SYSTEM_CHECKS = ["urls.E007", "urls.E008", "urls.E009"]\n')
    report = site.report()
    assert report.check("wrong host")["status"] == "note"
    assert "refused" in report.check("wrong host")["detail"]

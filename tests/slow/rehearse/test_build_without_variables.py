"""A build has no variables, and collects the static files all the same."""

from tests.support.anchors import shows

from .site import Site


@shows("collectstatic")
def test_a_value_that_only_the_build_lacks(site: Site) -> None:
    site.append("mysite/settings.py", "import os\nQUEUE = os.environ.get('WEATHER_KEY').partition('/')\n")
    site.write("production.env", "WEATHER_KEY=sun/rain\n")
    report = site.report("--env-file", "production.env")
    check = report.only_red("collectstatic")
    assert check["detail"].startswith("collectstatic fails without variables, as in a build: ")
    assert "mysite/settings.py:22: AttributeError: 'NoneType' object has no attribute 'partition'" in check["detail"]
    assert check["cure"].startswith(
        "Add WEATHER_KEY, which a build does not have, to REQUIRED in deploy/environment.py"
    )
    site.require("WEATHER_KEY")
    mended = site.report("--env-file", "production.env")
    assert mended.code == 0, mended.document


def test_a_placeholder_that_the_settings_do_not_take(site: Site) -> None:
    site.replace("deploy/environment.py", '"sqlite:///:memory:"', '"no-address"')
    check = site.report().only_red("collectstatic")
    assert check["detail"].startswith("collectstatic fails without variables, as in a build: ")

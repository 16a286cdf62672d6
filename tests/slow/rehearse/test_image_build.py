"""What the image does while it is built is tried as it is there: no variable is set, and nothing is written."""

from .site import Site

ENVIRONMENT = "deploy/environment.py"


def test_a_value_that_only_the_build_lacks(site: Site) -> None:
    site.append("mysite/settings.py", "import os\nQUEUE = os.environ.get('WEATHER_KEY').partition('/')\n")
    site.write("production.env", "WEATHER_KEY=sun/rain\n")
    report = site.report("--env-file", "production.env", WEATHER_KEY="sun/rain")
    check = report.only_red("image build")
    assert "mysite/settings.py:22: AttributeError: 'NoneType' object has no attribute 'partition'" in check["detail"]
    assert "add it to REQUIRED in deploy/environment.py" in check["cure"]
    assert report.check("collectstatic")["status"] == "pass"
    assert report.check("server")["status"] == "pass"
    site.replace(ENVIRONMENT, "REQUIRED = {", 'REQUIRED = {"WEATHER_KEY": "asks for the weather", ')
    mended = site.report("--env-file", "production.env")
    assert mended.code == 0, mended.document


def test_a_placeholder_that_the_settings_do_not_take(site: Site) -> None:
    site.replace(ENVIRONMENT, '"sqlite:///:memory:"', '"no-address"')
    check = site.report().only_red("image build")
    assert check["detail"].startswith("collectstatic fails without variables: ")

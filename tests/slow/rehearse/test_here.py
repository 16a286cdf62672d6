"""`--here` is the quick check in the working folder: it finds the same faults, and never says ready."""

from .site import Site


def test_in_the_working_folder_nothing_is_ready(site: Site) -> None:
    report = site.report("--here", **site.active())
    assert (report.document["verdict"], report.code) == ("unproven", 3), report.document
    assert report.document["unproven"][0].startswith("This ran in your working folder")
    assert {"code", "installation", "code unchanged"}.isdisjoint(check["name"] for check in report.document["checks"])
    assert not (site.root / ".git/deploy-overlay/rehearsals.json").exists()
    assert not (site.root / "staticfiles").exists()


def test_a_fault_is_found_there_too(site: Site) -> None:
    site.break_about_in_production()
    assert "notes/absent.html" in site.report("--here", **site.active()).only_red("pages")["detail"]


def test_a_local_file_of_variables_is_told(site: Site) -> None:
    site.write(".env", "SECRET_KEY=of-the-laptop\nWEATHER_KEY=sunny\n")
    site.append(
        "mysite/settings.py",
        "import os\nfor line in open(BASE_DIR / '.env'):\n    os.environ.setdefault(*line.strip().split('='))\n",
    )
    report = site.report("--here", **site.active())
    assert report.code == 3, report.document
    assert report.check("needs SECRET_KEY")["status"] == "pass"
    # TZ, which Django sets itself, is not among them.
    assert any("reads .env, which is not deployed. It sets: WEATHER_KEY." in one for one in report.document["unproven"])


def test_static_files_are_not_collected_into_the_working_folder(site: Site) -> None:
    site.append("deploy/settings.py", 'STATIC_ROOT = str(BASE_DIR / "staticfiles")\n')
    check = site.report("--here", **site.active()).only_red("collectstatic")
    assert check["detail"].startswith("STATIC_ROOT is ")
    assert not (site.root / "staticfiles").exists()

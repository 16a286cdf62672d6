"""Given a project that is in order, this is what the rehearsal does, shows and leaves behind."""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from deploy_overlay.rehearse.stage import INSIDE

from .site import Site

TO_HEROKU = "301 to https://rehearsal-0123456789ab.herokuapp.com/"
posix_only = pytest.mark.skipif(sys.platform == "win32", reason="signals and gunicorn are POSIX")


def written(site: Site) -> dict[Path, bytes]:
    """The files of the project, but for git's and for what Python itself compiles of a module that it starts."""
    files = (path for path in site.root.rglob("*") if path.is_file())
    return {path: path.read_bytes() for path in files if not {".git", "__pycache__"} & set(path.parts)}


def test_a_project_in_order_is_ready(site: Site) -> None:
    before = written(site)
    report = site.report()
    assert report.code == 0, report.document
    assert report.document["ok"] is True
    assert report.document["verdict"] == "ready"
    assert report.document["platforms"] == ["fly"]
    assert report.document["database"] == "SQLite in a temporary folder"
    assert report.document["unproven"] == []
    noted = [check["name"] for check in report.document["checks"] if check["status"] != "pass"]
    assert noted == ["mail"], "nobody has named a server for it"
    assert all(
        set(check) == {"name", "status", "detail", "cure", "more", "seconds"} for check in report.document["checks"]
    )
    assert written(site) == before, "the rehearsal writes nothing into the project"


def test_the_package_may_have_another_name(site: Site) -> None:
    (site.root / "deploy").rename(site.root / "deployment")
    for file in (site.root / "deployment").rglob("*.py"):
        file.write_text(file.read_text(encoding="utf-8").replace("deploy.", "deployment."), encoding="utf-8")
    site.answer(deploy_package="deployment")
    report = site.report()
    assert report.code == 0, report.document


def test_another_python_than_that_of_production_is_told(site: Site) -> None:
    site.answer(django_python_version="3.99")
    report = site.report()
    assert report.code == 3, report.document
    assert "Python 3.99" in report.document["unproven"][0]


def test_variables_of_this_shell_do_not_help(site: Site) -> None:
    site.append("deploy/settings.py", "HELPED = os.environ['LUCKY']\n")
    report = site.report(LUCKY="yes", DEBUG="1", DJANGO_SETTINGS_MODULE="mysite.settings")
    assert "KeyError: 'LUCKY'" in report.only_red("production settings")["detail"]


def test_the_variable_of_the_python_image_is_there_where_the_site_runs_in_one(site: Site) -> None:
    site.deploy_to_heroku("fly", "heroku")
    site.replace(
        "notes/views.py", "def home(request):", "import os\ndef home(request):\n    os.environ['PYTHON_VERSION']"
    )
    report = site.report()
    assert report.red == ["Heroku: pages"], report.document
    assert "KeyError: 'PYTHON_VERSION'" in report.check("Heroku: pages")["detail"]


def test_gunicorns_trust_in_its_own_machine_does_not_help(site: Site) -> None:
    site.append("deploy/settings.py", "SECURE_PROXY_SSL_HEADER = None\n")
    assert "pages" in site.report(FORWARDED_ALLOW_IPS="*").red


def test_the_admin_login_is_the_form_that_is_tried(site: Site) -> None:
    site.replace("mysite/settings.py", '"notes"]', '"notes", "django.contrib.admin"]')
    site.replace(
        "mysite/urls.py",
        "urlpatterns = [",
        "from django.contrib import admin\nurlpatterns = [path('admin/', admin.site.urls), ",
    )
    report = site.report()
    assert report.code == 0, report.document
    assert report.check("form post")["detail"].startswith("/admin/login/ accepted a form")
    assert "sessionid" not in report.check("secure cookies")["detail"]


def test_addresses_that_do_something_are_not_visited(site: Site) -> None:
    site.replace(
        "notes/urls.py", "urlpatterns = [", "urlpatterns = [path('logout/', views.gone), path('x/send/', views.gone), "
    )
    site.append("notes/views.py", "def gone(request):\n    raise RuntimeError('visited')\n")
    assert site.report().code == 0


def test_each_platform_is_rehearsed(site: Site) -> None:
    site.deploy_to_heroku("fly", "heroku")
    report = site.report()
    names = [check["name"] for check in report.document["checks"]]
    assert report.code == 0, report.document
    assert report.document["platforms"] == ["fly", "heroku"]
    assert [name for name in names if name.endswith("release")] == ["Fly.io: release"]
    assert report.check("Fly.io: https redirect")["detail"] == "301 to https://rehearsal.fly.dev/"
    assert report.check("Heroku: https redirect")["detail"] == TO_HEROKU
    one = site.report("--platform", "heroku")
    assert one.document["platforms"] == ["heroku"]
    assert one.check("https redirect")["detail"] == TO_HEROKU
    site.replace("deploy/platforms/heroku.py", '[environ["HEROKU_APP_DEFAULT_DOMAIN_NAME"]]', "[]")
    broken = site.report()
    assert broken.code == 1
    assert broken.red[0] == "Heroku: pages"
    assert broken.check("Fly.io: pages")["status"] == "pass"


def test_no_gunicorn_beside_this_python(site: Site) -> None:
    # Stands before site-packages on the path, as the folder of manage.py does.
    site.write("gunicorn.py", "raise ModuleNotFoundError('No module named gunicorn')\n")
    check = site.report().only_red("server")
    assert "gunicorn is not installed" in check["detail"]
    assert "production dependencies" in check["cure"]


@posix_only
@pytest.mark.parametrize("moment", ["collectstatic", "pages"])
def test_interrupted_it_leaves_nothing_behind(site: Site, moment: str) -> None:
    site.append("notes/views.py", "import time\ndef about(request, number=0):\n    time.sleep(60)\n")
    site.append(
        "mysite/settings.py",
        "import sys, time\nif 'collectstatic' in sys.argv:\n    time.sleep(60)\n" if moment == "collectstatic" else "",
    )
    with started(site) as process:
        read_until(process, moment)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 130
    assert left_behind(site) == []


@posix_only
def test_terminated_it_leaves_nothing_behind(site: Site) -> None:
    site.answer(deploy_database="postgres")
    with started(site) as process:
        read_until(process, "release")
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 130
    assert left_behind(site) == []


@posix_only
def test_it_stays_up_for_a_browser(site: Site) -> None:
    with started(site, "--serve") as process:
        address = re.search(r"http://127\.0\.0\.1:\d+", read_until(process, "http://"))
        assert address
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        with browser.open(address[0]) as answer:
            page = answer.read().decode()
            assert "Strict-Transport-Security" not in answer.headers
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
        assert token
        form = urllib.parse.urlencode({"csrfmiddlewaretoken": token[1], "text": "seen in a browser"}).encode()
        post = urllib.request.Request(f"{address[0]}/", form, {"Origin": address[0], "Referer": f"{address[0]}/"})
        with browser.open(post) as answer:
            assert answer.url == f"{address[0]}/"
            assert "seen in a browser" in answer.read().decode()
        post.add_header("Origin", "http://elsewhere.example")
        with pytest.raises(urllib.error.HTTPError, match="403"):
            browser.open(post)
        with browser.open(f"{address[0]}/about") as answer:
            assert answer.url == f"{address[0]}/about/"
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 0
    assert left_behind(site) == []


def test_the_standard_librarys_server_serves_where_gunicorn_does_not_run(site: Site, tmp_path: Path) -> None:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    command = [str(site.python), str(INSIDE), "serve", "-", port, "mysite.wsgi:application"]
    production = {"SECRET_KEY": "x" * 60, "DATABASE_URL": "sqlite:///:memory:", "FLY_APP_NAME": "rehearsal"}
    environment = site.environment(tmp_path, DJANGO_SETTINGS_MODULE="deploy.settings", **production)
    process = subprocess.Popen(command, cwd=site.root, env=environment, stderr=subprocess.DEVNULL)
    try:
        for _ in range(600):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz") as answer:
                    assert answer.read() == b"ok"
                return
            except urllib.error.URLError:
                time.sleep(0.1)
        raise AssertionError("it did not answer")
    finally:
        process.kill()
        process.wait()


@contextmanager
def started(site: Site, *options: str) -> Iterator["subprocess.Popen[str]"]:
    temporary = site.root.parent / "temporary"
    temporary.mkdir()
    process = subprocess.Popen(
        site.command(*options),
        cwd=site.root,
        env=site.environment(temporary),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def read_until(process: "subprocess.Popen[str]", text: str) -> str:
    """The first line on the screen that has this text."""
    assert process.stderr
    for line in process.stderr:
        if text in line:
            return line
    raise AssertionError(f"it ended without {text!r}")


def left_behind(site: Site) -> list[str]:
    """Files in the temporary folder, and processes that run in the project or in that folder."""
    temporary = site.root.parent / "temporary"
    files = [str(path) for path in temporary.iterdir()]
    processes = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_text(encoding="utf-8", errors="replace").replace("\0", " ")
            where = str((entry / "cwd").readlink())
        except OSError:
            continue
        if (where.startswith(str(site.root)) or str(temporary) in words) and entry.name != str(os.getpid()):
            processes.append(words)
    return files + processes


def test_an_image_needs_a_dockerfile(site: Site) -> None:
    check = site.report("--image").only_red("image")
    assert check["detail"] == "there is no Dockerfile"

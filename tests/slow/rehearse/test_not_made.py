"""What production cannot install or build is not ready, and nothing that follows is tried."""

from tests.support.anchors import shows
from tests.support.repository import git

from .site import Site

FRONT_END = {
    "root": "ui",
    "manager": "npm",
    "node": "24",
    "install": "npm ci",
    "build": "npm run build",
    "files": ["ui/package.json", "ui/package-lock.json"],
}


@shows("installation")
def test_requirements_that_git_ignores(site: Site) -> None:
    site.append(".gitignore", "/requirements.txt\n")
    git(site.root, "rm", "--quiet", "--cached", "requirements.txt")
    report = site.report()
    check = report.only_red("installation")
    assert check["detail"] == "requirements.txt is not in git, but production installs from it"
    assert "git add --force requirements.txt" in check["cure"]
    assert {"front end", "release", "server", "pages"} <= set(report.unmade)


@shows("front-end")
def test_a_front_end_whose_lock_git_ignores(site: Site) -> None:
    site.answer(django_frontend=FRONT_END)
    site.append(".gitignore", "package-lock.json\n")
    for path in FRONT_END["files"]:
        site.write(path, "{}\n")
    report = site.report()
    check = report.only_red("front end")
    assert check["detail"] == "ui/package-lock.json is not in git, but the front end is installed from it"
    assert "git add --force ui/package-lock.json" in check["cure"]
    assert {"collectstatic", "server", "pages"} <= set(report.unmade)

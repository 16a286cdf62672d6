"""The workflows that deploy_ci renders: which jobs run when and with which secrets, and files that are the project's own.

The command is a stand-in here. tests/slow/platforms/test_ci.py has the whole thing.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import apply_overlay, commit, git, status, tree
from tests.support.anchors import shows
from tests.support.overlay import copier_program
from tests.support.programs import environment, run
from tests.support.projects import Project
from tests.support.workflow import Runner
from tests.template.conftest import small_project

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the steps are shell scripts")

WORKFLOW, GITLAB, JOBS = ".github/workflows/deploy.yml", ".gitlab-ci.yml", "deploy/gitlab-ci.yml"
# Says how it was called, and writes a report where one is asked for.
UVX = """#!/bin/sh
echo "$@" >> '{calls}'
while [ $# -gt 0 ]; do
    case $1 in
        rehearse) ended={ended} ;;
        --report) [ -z "$ended" ] || echo '{{}}' > "$2" ;;
    esac
    shift
done
exit ${{ended:-0}}
"""


DOCKER = """#!/bin/sh
echo "docker $@, given $(cat)" >> '{calls}'
"""
TOKENS = {"REGISTRY_TOKEN": "token-of-the-registry", "GITHUB_TOKEN": "token-of-github", "REPOSITORY_TOKEN": "to-push"}


def applied(folder: Path, template: Path, files: dict[str, str] | None = None, **answers: object) -> Project:
    project = small_project(folder / "library")
    for name, text in (files or {}).items():
        (project.root / name).parent.mkdir(parents=True, exist_ok=True)
        (project.root / name).write_text(text, encoding="utf-8")
    commit(project, "As it was") if files else None
    done = apply_overlay(project, template, **{"deploy_platforms": ["fly"], "deploy_name": "library"} | answers)
    assert done.returncode == 0, done.stderr
    (folder / "summary.txt").write_text(done.stdout, encoding="utf-8")
    return project


def changed(project: Project, *answers: str) -> str:
    """What an update to other answers prints, at the same version."""
    words = [word for answer in answers for word in ("-d", answer)]
    command = [copier_program(), "update", "--trust", "--defaults", "-r", ":current:", *words]
    done = run(command, project.root, environment(project.python), check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def machine(tmp_path: Path, template: Path) -> Callable[..., tuple[Runner, Path]]:
    """A runner of a committed project, and the file with the calls of the command."""

    def make(how: str, ended: int = 0, **answers: object) -> tuple[Runner, Path]:
        project = applied(tmp_path, template, deploy_ci=how, **answers)
        commit(project, "Add deployment configuration")
        calls, programs, temporary = tmp_path / "calls.txt", tmp_path / "bin", tmp_path / "temporary"
        programs.mkdir()
        temporary.mkdir()
        for name, text in {
            "uvx": UVX.format(calls=calls, ended=ended),
            "pip": "#!/bin/sh\n",
            "curl": '#!/bin/sh\nwhile [ "$1" != -o ]; do shift; done\necho "not the program" > "$2"\n',
            "sha256sum": "#!/bin/sh\n",
            "tar": "#!/bin/sh\n",
            **dict.fromkeys(("apt-get", "gem", "ruby"), "#!/bin/sh\n"),
            "docker": DOCKER.format(calls=calls),
            "kubectl": '#!/bin/sh\n[ -f "$KUBECONFIG" ] && echo production\n',
        }.items():
            (programs / name).write_text(text, encoding="utf-8")
            (programs / name).chmod(0o755)
        environ = environment(project.python)
        environ |= {"PATH": f"{programs}:{environ['PATH']}", "HOME": str(tmp_path / "home")}
        secrets = {"FLY_API_TOKEN": "FlyV1 fm2_secret", "INDEX_TOKEN": "secret-of-the-index", **TOKENS}
        return Runner(project.root, tmp_path / "workspace", temporary, environ, secrets), calls

    return make


def jobs(runner: Runner) -> list[str]:
    return list(dict.fromkeys(one.job for one in runner.ran))


@pytest.mark.parametrize(
    ("event", "branch", "ended", "expected"),
    [
        ("pull_request", "a-change", 0, ["rehearse"]),
        ("push", "main", 0, ["rehearse", "deploy"]),
        ("workflow_dispatch", "main", 0, ["rehearse", "deploy"]),
        ("push", "master", 0, ["rehearse"]),  # which is not the default branch here
        ("push", "main", 3, ["rehearse", "deploy"]),  # nothing failed, not everything could be proven
        ("push", "main", 1, ["rehearse"]),
        ("push", "main", 2, ["rehearse"]),
    ],
)
def test_jobs_of_github(
    event: str, branch: str, ended: int, expected: list[str], machine: Callable[..., tuple[Runner, Path]]
) -> None:
    runner, calls = machine("github", ended)

    runner.github(WORKFLOW, event, branch)

    assert jobs(runner) == expected
    lines = calls.read_text(encoding="utf-8").splitlines()
    assert len(lines) == len(expected)
    assert all(
        re.fullmatch(r"--from git\+file://\S+@v1\.0\.0 deploy-overlay (rehearse|deploy) .*", line) for line in lines
    )
    told = {one.name: one.given for one in runner.ran}
    assert told["Rehearse"] == {}
    assert told.get("Deploy", {"FLY_API_TOKEN": "FlyV1 fm2_secret"}) == {"FLY_API_TOKEN": "FlyV1 fm2_secret"}


@pytest.mark.parametrize(
    ("source", "branch", "ended", "expected"),
    [
        ("merge_request_event", "a-change", 0, ["rehearse"]),
        ("push", "main", 0, ["rehearse", "deploy to Fly.io"]),
        ("push", "main", 3, ["rehearse", "deploy to Fly.io"]),
        ("push", "main", 1, ["rehearse"]),
        ("push", "a-change", 0, []),
    ],
)
def test_jobs_of_gitlab(
    source: str, branch: str, ended: int, expected: list[str], machine: Callable[..., tuple[Runner, Path]]
) -> None:
    runner, _ = machine("gitlab", ended)
    runner.replaced = {"/tmp/cli": str(runner.temporary / "cli")}

    runner.gitlab(JOBS, source, branch)

    assert jobs(runner) == expected
    assert [one.job for one in runner.ran if "FLY_API_TOKEN" in one.given] == expected[1:]
    included = (runner.workspace / GITLAB).read_text(encoding="utf-8")
    assert f"- local: {JOBS}\n" in included


CLUSTER = {"deploy_platforms": ["kubernetes"], "deploy_domains": "www.example.com", "deploy_database": "external"}
RUNS = {"github": lambda runner: runner.github(WORKFLOW, "push"), "gitlab": lambda runner: runner.gitlab(JOBS, "push")}


@pytest.mark.parametrize(
    ("how", "registry", "token"),
    [("github", "ghcr.io", "token-of-github"), ("gitlab", "ghcr.io", "token-of-the-registry")],
)
def test_the_image_goes_to_the_registry_and_the_release_to_the_cluster_of_the_kubeconfig(
    how: str, registry: str, token: str, machine: Callable[..., tuple[Runner, Path]], tmp_path: Path
) -> None:
    runner, calls = machine(how, **CLUSTER, deploy_registry=f"{registry}/you")
    file = tmp_path / "kubeconfig"
    file.write_text("apiVersion: v1\n")
    runner.secrets = {**runner.secrets, "KUBECONFIG": file.read_text() if how == "github" else str(file)}

    RUNS[how](runner)

    assert not runner.failed, runner.failed
    _, login, deploy = calls.read_text(encoding="utf-8").splitlines()
    assert login == f"docker login {registry} --username you --password-stdin, given {token}"
    assert "deploy --yes --only-release --platform kubernetes --data kubernetes_context=production --report" in deploy


@pytest.mark.parametrize("how", ["github", "gitlab"])
def test_a_server_is_reached_with_the_key_the_host_key_and_the_values_that_are_stored(
    how: str, machine: Callable[..., tuple[Runner, Path]], tmp_path: Path
) -> None:
    runner, calls = machine(how, deploy_platforms=["kamal"], deploy_domains="www.example.com")
    stored = {
        "SSH_PRIVATE_KEY": "a key",
        "SSH_KNOWN_HOSTS": "www.example.com ssh-ed25519 AAAA",
        "DEPLOY_ENV": "SECRET_KEY='a b'",
    }
    for name, value in stored.items():
        (tmp_path / name).write_text(f"{value}\n")
    given = stored if how == "github" else {name: str(tmp_path / name) for name in stored}
    runner.secrets = {**runner.secrets, **given}

    RUNS[how](runner)

    assert not runner.failed, runner.failed
    placed = [tmp_path / "home/.ssh/id_ed25519", tmp_path / "home/.ssh/known_hosts", runner.workspace / "deploy/.env"]
    assert [one.read_text().strip() for one in placed] == list(stored.values())
    assert {one.stat().st_mode & 0o777 for one in placed} == {0o600}
    assert git(runner.workspace, "status", "--porcelain", "--", "deploy") == ""
    lines = calls.read_text(encoding="utf-8").splitlines()
    assert "deploy --yes --only-release --platform kamal --report" in lines[-1]
    assert not any(line.startswith("docker") for line in lines)  # Kamal logs in to its registry


@pytest.mark.parametrize("how", ["github", "gitlab"])
def test_gitops_writes_the_image_into_git_and_reaches_no_cluster(
    how: str, machine: Callable[..., tuple[Runner, Path]], tmp_path: Path
) -> None:
    runner, calls = machine(how, **CLUSTER, deploy_registry="ghcr.io/you", kubernetes_delivery="gitops")
    release = "deploy/kubernetes/overlays/production/release/kustomization.yaml"
    uvx = Path(runner.environ["PATH"].partition(":")[0]) / "uvx"
    uvx.write_text(
        uvx.read_text().replace("shift\ndone", f"shift\ndone\n[ -n \"$ended\" ] || echo '# new' >> {release}\n", 1)
    )
    git(runner.origin, "config", "receive.denyCurrentBranch", "ignore")
    # Somebody pushes while the image is built.
    (runner.origin / "later.txt").write_text("later\n")
    git(runner.origin, "add", "later.txt")
    pushes = f"git -C '{runner.origin}' -c user.name=a -c user.email=a@example.com commit --quiet -m later"
    uvx.write_text(uvx.read_text().replace("echo '# new'", f"{pushes}; echo '# new'", 1))
    runner.replaced = {
        "https://x-access-token:$GITHUB_TOKEN@github.com/$GITHUB_REPOSITORY": str(runner.origin),
        "https://deploy:$REPOSITORY_TOKEN@$CI_SERVER_HOST/$CI_PROJECT_PATH.git": str(runner.origin),
        "--push-option ci.skip": "",  # for a server that knows it
    }

    RUNS[how](runner)

    assert not runner.failed, runner.failed
    assert "kubernetes_context" not in calls.read_text(encoding="utf-8")
    assert git(runner.origin, "log", "-1", "--format=%s", "main").strip() == "Deploy 1a2b3c4d"
    assert git(runner.origin, "show", "--format=", "--name-only", "main").split() == [release]
    assert git(runner.origin, "log", "-1", "--format=%s", "main~1").strip() == "later"


def test_a_program_that_is_not_the_pinned_one_is_not_run(machine: Callable[..., tuple[Runner, Path]]) -> None:
    runner, calls = machine("github")
    (Path(runner.environ["PATH"].partition(":")[0]) / "sha256sum").unlink()  # so that the real one looks

    runner.github(WORKFLOW, "push")

    (failed,) = runner.failed
    assert failed.name.startswith("Install the Fly.io CLI") and "FAILED" in failed.output
    assert "deploy-overlay deploy" not in calls.read_text(encoding="utf-8")


def test_an_index_with_a_token_is_read_by_rehearsal_and_build(machine: Callable[..., tuple[Runner, Path]]) -> None:
    runner, _ = machine("github", django_build_secrets=["INDEX_TOKEN"], django_required_env=["SHOP_URL"])

    runner.github(WORKFLOW, "push")

    told = {one.name: one.given for one in runner.ran}
    assert told["Rehearse"] == {
        "SHOP_URL": "https://example.com",
        "INDEX_TOKEN": "",
    }  # a secret of the repository has it
    assert told["Deploy"]["INDEX_TOKEN"] == "secret-of-the-index"


def test_a_workflow_of_the_projects_own_is_kept_and_told(template: Path, tmp_path: Path) -> None:
    project = applied(tmp_path, template, {WORKFLOW: "on: push\n"}, deploy_ci="github")

    assert (project.root / WORKFLOW).read_text(encoding="utf-8") == "on: push\n"
    told = " ".join((tmp_path / "summary.txt").read_text(encoding="utf-8").split())
    assert f"{WORKFLOW} is your own, so it was kept" in told
    assert 'deploy-overlay set "deploy_kept_files=[]"' in told

    git(project.root, "mv", WORKFLOW, ".github/workflows/other.yml")
    commit(project, "Add deployment configuration, beside our own workflow")
    changed(project, "deploy_kept_files=[]")
    assert "Added by deploy-overlay" in (project.root / WORKFLOW).read_text(encoding="utf-8")
    assert (project.root / ".github/workflows/other.yml").read_text(encoding="utf-8") == "on: push\n"


def test_a_gitlab_file_of_the_projects_own_is_kept_with_the_line_to_add(template: Path, tmp_path: Path) -> None:
    project = applied(tmp_path, template, {GITLAB: "test:\n  script: [make]\n"}, deploy_ci="gitlab")

    assert (project.root / GITLAB).read_text(encoding="utf-8") == "test:\n  script: [make]\n"
    assert (project.root / JOBS).is_file()
    told = (tmp_path / "summary.txt").read_text(encoding="utf-8")
    assert f"Add this line to {GITLAB}, which is your own:\n  include: [{{local: {JOBS}}}]\n" in told
    assert "include: [{local: deploy/gitlab-ci.yml}]" in (project.root / "deploy" / "README.md").read_text(
        encoding="utf-8"
    )


def test_our_own_workflow_says_nothing_about_the_project(template: Path, tmp_path: Path) -> None:
    project = applied(tmp_path, template, deploy_ci="github", deploy_updates=["github"])
    commit(project, "Add deployment configuration")
    before = tree(project.root)

    done = apply_overlay(project, template, deploy_platforms=["fly"], deploy_ci="github", deploy_updates=["github"])

    assert done.returncode == 0, done.stderr
    assert status(project) == [] and tree(project.root) == before


def test_it_goes_when_it_is_no_longer_wanted(template: Path, tmp_path: Path) -> None:
    project = applied(tmp_path, template, deploy_ci="github")
    assert (project.root / WORKFLOW).is_file()
    commit(project, "Add deployment configuration")

    told = changed(project, "deploy_ci=gitlab")
    assert not (project.root / ".github").exists()
    assert (project.root / JOBS).is_file() and (project.root / GITLAB).is_file()
    assert "store the secret FLY_API_TOKEN" in " ".join(told.split())
    commit(project, "GitLab")

    listed = changed(project, "deploy_uninstall=list")
    assert GITLAB in listed and JOBS in listed
    changed(project, "deploy_uninstall=remove")
    assert not (project.root / GITLAB).exists() and not (project.root / "deploy").exists()


@shows("answer-deploy-ci")
def test_a_second_project_has_no_workflow_of_its_own(template: Path, tmp_path: Path) -> None:
    project = small_project(tmp_path / "library")

    done = apply_overlay(project, template, deploy_platforms=["fly"], deploy_beside="true", deploy_ci="github")

    assert done.returncode != 0
    assert "The first project has the workflow" in done.stderr
    assert status(project) == []

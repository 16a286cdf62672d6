"""The manifests of every need, as a real API server takes them: strictly, with the custom resources' own schemas.

Skipped where `etcd` and `kube-apiserver` are not on PATH: https://github.com/kubernetes/kubernetes/releases
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import make_project
from tests.tools import tool
from tests.tools.definitions import definitions

from .api_server import ApiServer, running
from .test_manifests import NEEDS, render

RESTRICTED = "pod-security.kubernetes.io"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    """With the custom resources, and namespaces that allow only the restricted pods of Pod Security Standards.

    https://kubernetes.io/docs/concepts/security/pod-security-admission/
    """
    with running(tmp_path_factory.mktemp("server")) as found:
        found.kubectl("apply", "--server-side", "-f", definitions())
        found.kubectl("wait", "--for=condition=Established", "crd", "--all", "--timeout=60s")
        for namespace in ("library", "library-staging"):
            found.kubectl("create", "namespace", namespace)
            for mode in ("enforce", "warn"):
                found.kubectl("label", "namespace", namespace, f"{RESTRICTED}/{mode}=restricted")
        yield found


@pytest.mark.parametrize("environment", ["production", "staging"])
@pytest.mark.parametrize("need", NEEDS)
def test_the_server_takes_them_as_they_are(
    need: str, environment: str, server: ApiServer, template: Path, tmp_path: Path
) -> None:
    project = make_project(tmp_path / "library", manager="pip")
    overlay = render(template, project.root, NEEDS[need]) / environment

    said = server.kubectl("apply", "--server-side", "--dry-run=server", "--validate=strict", "-k", overlay)

    lines = said.splitlines()
    assert lines and all(line.endswith("serverside-applied (server dry run)") for line in lines), said


def test_applied_a_second_time_nothing_differs(server: ApiServer, template: Path, tmp_path: Path) -> None:
    """What the server fills in is no difference: `kubectl diff` is what a plan shows."""
    project = make_project(tmp_path / "library", manager="pip")
    overlay = render(template, project.root, NEEDS["everything"]) / "production"
    try:
        server.kubectl("apply", "--server-side", "-k", overlay)

        assert server.kubectl("diff", "--server-side", "-k", overlay) == ""
    finally:
        server.kubectl("delete", "-k", overlay, "--wait=false")


def test_a_misspelt_field_is_refused(server: ApiServer, template: Path, tmp_path: Path) -> None:
    project = make_project(tmp_path / "library", manager="pip")
    overlay = render(template, project.root, NEEDS["everything"]) / "production"
    made = subprocess.run([tool("kubectl"), "kustomize", overlay], capture_output=True, text=True, check=True).stdout

    for right, wrong in (
        ("terminationGracePeriodSeconds", "terminationGracePeriod"),
        ("isWALArchiver", "isWalArchiver"),
    ):
        assert right in made
        said = server.kubectl(
            "apply", "--server-side", "--dry-run=server", "-f", "-", given=made.replace(right, wrong), ends=(1,)
        )
        assert f'"{wrong}"' in said or f".{wrong}" in said

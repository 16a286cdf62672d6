"""Scenes for Kubernetes: a committed project, the simulated API server, the real kubectl, and a Docker of our own."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.platforms.faults import Scene
from tests.platforms.simulated.kubernetes import Kubernetes
from tests.platforms.simulated.stand_in import Ended, StandIn
from tests.platforms.simulated.world import World, linked
from tests.tools import tool

GIVEN = "given-mail-password-8b1f"  # comes from the environment and is a secret
CONTEXT = "here"
MARK = "deploy-overlay-project"  # label of a namespace
ARGUMENTS: dict[str, Any] = {
    "variables": ["MAIL_PASSWORD"],
    "environ": {"MAIL_PASSWORD": GIVEN},
    "answers": {"kubernetes_context": CONTEXT},
}
MANIFESTS = Path(__file__).resolve().parents[1] / "examples" / "kubernetes-whole" / "rendered" / "deploy" / "kubernetes"
HOST = "www.site.invalid"  # leads nowhere, wherever the test runs
WHOLE: dict[str, Any] = {
    "django_workers": [
        {"service": "celery", "name": "worker", "command": "celery -A site worker"},
        {"service": "celery", "name": "beat", "command": "celery -A site beat"},
    ],
    "deploy_runs": ["worker", "scheduler"],
}


class Registry:
    """What `docker buildx` builds, pushes and finds: digests by tag."""

    def __init__(self) -> None:
        self.digests: dict[str, str] = {}
        self.built: list[list[str]] = []
        self.refuses = ""  # with which words the registry refuses everybody

    def __call__(self, arguments: list[str], given: str) -> str:
        if self.refuses:
            raise Ended(1, self.refuses)
        if arguments[:3] == ["buildx", "imagetools", "inspect"]:
            digest = self.digests.get(arguments[3])
            if digest is None:
                raise Ended(1, f"{arguments[3]}: not found")
            return json.dumps({"mediaType": "application/vnd.oci.image.index.v1+json", "digest": digest, "size": 856})
        if arguments[:2] == ["buildx", "build"] and "--push" in arguments:
            tag = arguments[arguments.index("--tag") + 1]
            self.built.append(arguments)
            self.digests[tag] = f"sha256:{hashlib.sha256(tag.encode()).hexdigest()}"
            return ""
        raise Ended(1, f"docker: unknown command {arguments}")


@contextlib.contextmanager
def kubernetes(folder: Path, name: str = "site", **given: Any) -> Iterator[tuple[World, Kubernetes, Registry]]:
    """A world, an empty cluster, and a registry with nothing in it."""
    folder.mkdir(parents=True, exist_ok=True)
    cluster, registry = Kubernetes(), Registry()
    cluster.secrets += [GIVEN]
    docker = StandIn(folder / "bin", "docker", registry)
    file = cluster.configuration(folder)
    program = linked(tool("kubectl"), folder / "kubectl", "kubectl")
    world = World(folder / name, {"KUBECONFIG": str(file)}, name, [folder / "bin", program])
    world.apart.append(world.home / ".kube")  # kubectl's own cache
    try:
        files = {
            f"deploy/kubernetes/{path.relative_to(MANIFESTS).as_posix()}": path.read_text(encoding="utf-8")
            .replace("www.example.com", HOST)
            .replace("namespace: site", f"namespace: {name}")
            .replace("part-of: site", f"part-of: {name}")
            for path in MANIFESTS.rglob("*.yaml")
        }
        answers = {"deploy_registry": "ghcr.io/you", "deploy_domains": HOST, "kubernetes_delivery": "kubectl"}
        answers |= {"kubernetes_route": "gateway", "kubernetes_context": "", "kubernetes_image": ""}
        world.project(
            {"Dockerfile": "FROM scratch\n", **files}, deploy_platforms=["kubernetes"], **(answers | WHOLE | given)
        )
        yield world, cluster, registry
    finally:
        docker.close()
        cluster.close()


def beside(cluster: Kubernetes) -> None:
    """Another site in a namespace of its own."""
    namespace = {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": "shop", "labels": {MARK: "0123456789ab"}},
    }
    cluster.objects["Namespace", "", "shop"] = namespace
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "shop", "namespace": "shop"}, "data": {}}
    cluster.objects["Secret", "shop", "shop"] = secret


def scene(**given: Any) -> Scene:
    @contextlib.contextmanager
    def made(folder: Path) -> Iterator[tuple[World, Kubernetes]]:
        with kubernetes(folder, **given) as (world, cluster, _):
            yield world, cluster

    return Scene(made, dict(ARGUMENTS), timeout=10, step=13)  # a run takes ten seconds, most of them kubectl's

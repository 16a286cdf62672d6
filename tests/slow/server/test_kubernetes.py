"""The site's processes go through what the manifests say, under load: migration, start, probes, preStop, SIGTERM, grace.

The kubelet and the gateway are played here, by the numbers of the rendered files: pods are processes with ports in the place
of addresses. https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination
"""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.slow.judges.manifests import Document, pod_specs, put_together
from tests.support import apply_overlay, interpreter
from tests.support.installing import python_with
from tests.support.programs import environment
from tests.support.projects import DJANGO, USUAL_DJANGO
from tests.support.serving import free_port
from tests.template.conftest import PACKAGES, small_project

PROPAGATION = 3.0  # seconds until a gateway knows that a pod is about to end
SLOW = 6.0  # seconds that some requests take
REQUESTS = 200  # at least, while a pod is replaced
HEADERS = {"Host": "www.example.com", "X-Forwarded-Proto": "https"}
URLS = """
import time

from django.http import HttpResponse
from django.urls import path


def home(request):
    time.sleep(float(request.GET.get("seconds", 0)))
    return HttpResponse("shelf", headers={"Content-Length": 5})


urlpatterns = [path("", home)]
"""


@dataclass
class Cluster:
    """The rendered objects, and a machine that carries them out. `endpoints` are the ports to which a gateway sends."""

    root: Path
    python: Path
    documents: list[Document]
    endpoints: list[int] = field(default_factory=list)

    def spec(self, name: str) -> Document:
        return next(spec for there, _, spec in pod_specs(self.documents) if there.partition("/")[2].startswith(name))

    def environ(self, container: Document, port: int = 8000) -> dict[str, str]:
        """As the manifest gives it, with the Secret's values; a port in the place of an address."""
        configuration = next(one["data"] for one in self.documents if one["kind"] == "ConfigMap")
        secret = {"SECRET_KEY": "k" * 60, "DATABASE_URL": f"sqlite:///{self.root.parent}/db.sqlite3"}
        found: dict[str, str] = {"DJANGO_SETTINGS_MODULE": "deploy.settings", "PORT": str(port)}  # of the image
        for source in container["envFrom"]:
            found |= configuration if "configMapRef" in source else secret
        found |= {one["name"]: one["value"] for one in container["env"] if "value" in one}
        return environment(self.python) | {"PATH": f"{self.python.parent}:{os.environ['PATH']}"} | found

    def start(self, container: Document, port: int = 8000) -> subprocess.Popen[bytes]:
        log = (self.root.parent / f"{container['name']}-{port}.log").open("wb")
        # The environment of the test has the package without its script.
        with log:
            command = (
                [str(self.python), "-m", *container["command"]]
                if container["command"][0] == "gunicorn"
                else container["command"]
            )
            return subprocess.Popen(
                command, cwd=self.root, env=self.environ(container, port), stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip


@dataclass
class Pod:
    cluster: Cluster
    spec: Document
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def site(self) -> Document:
        found: Document = self.spec["containers"][0]
        return found

    def start(self) -> None:
        """Until it is ready, as its probes say; then the gateway sends visitors."""
        self.process = self.cluster.start(self.site, self.port)
        for probe in ("startupProbe", "readinessProbe"):
            self._wait(self.site[probe])
        self.cluster.endpoints.append(self.port)

    def _wait(self, probe: Document) -> None:
        # Three times as often as it says: this machine is busier than a node.
        for _ in range(3 * probe.get("failureThreshold", 60)):
            if self._answers(probe["httpGet"]["path"], probe["timeoutSeconds"]):
                return
            assert self.process is not None and self.process.poll() is None, "the process has ended"
            time.sleep(probe["periodSeconds"])
        raise AssertionError(f"{probe['httpGet']['path']} never answered")

    def _answers(self, path: str, timeout: float) -> bool:
        asking = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            asking.request("GET", path)
            return asking.getresponse().status == 200
        except OSError:
            return False
        finally:
            asking.close()

    def end(self, prestop: float | None = None) -> bool:
        """As the kubelet ends a pod; whether it ended by itself within its grace. The gateway hears of it somewhat later."""
        assert self.process is not None
        threading.Timer(PROPAGATION, lambda: self.cluster.endpoints.remove(self.port)).start()
        until = time.monotonic() + self.spec["terminationGracePeriodSeconds"]
        time.sleep(self.site["lifecycle"]["preStop"]["sleep"]["seconds"] if prestop is None else prestop)
        os.kill(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(until - time.monotonic())
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            return False
        return True


class Load:
    """Visitors by a gateway that keeps connections and never repeats a request; each that fails is counted."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster, self.answered, self.lost = cluster, 0, list[str]()
        self._ending = threading.Event()
        self._threads = [
            threading.Thread(target=self._visit, args=(path,)) for path in ["/"] * 4 + [f"/?seconds={SLOW}"] * 2
        ]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._ending.set()
        for thread in self._threads:
            thread.join()

    def _visit(self, path: str) -> None:
        kept: dict[int, http.client.HTTPConnection] = {}
        turn = 0
        while not self._ending.is_set():
            ports = [*self.cluster.endpoints]
            port = ports[turn % len(ports)]
            turn += 1
            connection = kept.setdefault(port, http.client.HTTPConnection("127.0.0.1", port, timeout=60))
            try:
                connection.request("GET", path, headers=HEADERS)
                answer = connection.getresponse()
                body = answer.read()
                if answer.status != 200 or body != b"shelf":
                    raise OSError(f"{answer.status}")
                self.answered += 1
            except (OSError, http.client.HTTPException) as error:
                self.lost.append(f"{path}: {error!r}")
                connection.close()
                kept.pop(port)
            time.sleep(0.02)


@pytest.fixture(scope="module")
def cluster(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Cluster:
    project = small_project(tmp_path_factory.mktemp("cluster") / "library")
    (project.root / "mysite" / "urls.py").write_text(URLS, encoding="utf-8")
    answers: dict[str, Any] = {"deploy_platforms": ["kubernetes"], "deploy_domains": "www.example.com"}
    answers |= {"deploy_registry": "ghcr.io/you", "deploy_database": "external"}
    done = apply_overlay(project, template, "--skip-tasks", **answers)
    assert done.returncode == 0, done.stderr
    python = python_with(interpreter(*DJANGO[USUAL_DJANGO]), f"django~={USUAL_DJANGO}.0", *PACKAGES)
    return Cluster(project.root, python, put_together(project.root / "deploy/kubernetes/overlays/production"))


@contextmanager
def pods(cluster: Cluster) -> Iterator[Callable[[], Pod]]:
    """Makes pods of the web process; whatever of them still runs at the end is killed."""
    made: list[Pod] = []

    def another() -> Pod:
        made.append(Pod(cluster, cluster.spec("web")))
        return made[-1]

    try:
        yield another
    finally:
        cluster.endpoints.clear()
        for pod in made:
            if pod.process is not None and pod.process.poll() is None:
                with suppress(ProcessLookupError):
                    os.killpg(pod.process.pid, signal.SIGKILL)
                pod.process.wait()


def test_new_pods_wait_until_the_database_is_migrated(cluster: Cluster) -> None:
    waits = cluster.start(cluster.spec("web")["initContainers"][0])
    try:
        with pytest.raises(subprocess.TimeoutExpired):
            waits.wait(10)
        migration = cluster.start(cluster.spec("migrate")["containers"][0])
        assert migration.wait(120) == 0
        assert waits.wait(120) == 0
    finally:
        with suppress(ProcessLookupError):
            os.killpg(waits.pid, signal.SIGKILL)


def test_no_request_is_lost_while_a_pod_is_replaced(cluster: Cluster) -> None:
    migrated(cluster)
    with pods(cluster) as another:
        old, new = another(), another()
        old.start()
        with Load(cluster) as load:
            new.start()
            assert old.end(), "it had to be killed"
            before = load.answered
            until = time.monotonic() + 60
            while load.answered < max(REQUESTS, before + 20) and time.monotonic() < until:
                time.sleep(0.1)
        print(f"{load.answered} requests, {len(load.lost)} lost")
        assert load.answered >= REQUESTS
        assert not load.lost, load.lost


def test_without_serving_on_requests_would_be_lost(cluster: Cluster) -> None:
    """That the test above can fail."""
    migrated(cluster)
    with pods(cluster) as another:
        old, new = another(), another()
        old.start()
        new.start()
        with Load(cluster) as load:
            time.sleep(2)
            old.end(prestop=0)
            time.sleep(PROPAGATION)
        print(f"{load.answered} requests, {len(load.lost)} lost")
        assert load.lost


def migrated(cluster: Cluster) -> None:
    assert cluster.start(cluster.spec("migrate")["containers"][0]).wait(120) == 0

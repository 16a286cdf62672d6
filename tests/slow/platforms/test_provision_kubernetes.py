"""Kubernetes, deployed to by the real kubectl against a simulated API server."""

from __future__ import annotations

import base64
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.platforms.faults import leaked
from tests.platforms.kubernetes_scene import ARGUMENTS, GIVEN, HOST, kubernetes
from tests.platforms.owner import another_clone, commit
from tests.platforms.simulated.kubernetes import Kubernetes
from tests.platforms.simulated.world import World
from tests.support.anchors import shows

RELEASE = "deploy/kubernetes/overlays/production/release/kustomization.yaml"


def image(cluster: Kubernetes, name: str = "web") -> str:
    return str(cluster.of("Deployment")[name]["spec"]["template"]["spec"]["containers"][0]["image"])


def changes(cluster: Kubernetes) -> list[str]:
    return [str(one) for one in cluster.asked if one.method != "GET" and one.query.get("dryRun") != ["All"]]


def kubectl(world: World, *arguments: str, given: str = "") -> str:
    """kubectl as the owner runs it by hand."""
    program = world.programs[-1] / "kubectl"
    done = subprocess.run(
        [program, *arguments], input=given, env=world.environment(), capture_output=True, text=True, check=True
    )
    return done.stdout


def test_from_nothing_to_deployed_and_again(tmp_path: Path) -> None:
    with kubernetes(tmp_path) as (world, cluster, registry):
        ended = world.run(**ARGUMENTS)

        assert ended.status == 0, ended.output
        head = world.repository.git("rev-parse", "HEAD").strip()
        digest = registry.digests[f"ghcr.io/you/site:{head[:12]}"]
        assert {image(cluster, name) for name in ("web", "worker", "beat")} == {f"ghcr.io/you/site@{digest}"}
        assert set(cluster.of("Job")) == {f"migrate-{digest[7:19]}"}
        values = cluster.of("Secret")["site"]["data"]
        assert set(values) == {"SECRET_KEY", "MAIL_PASSWORD"}
        assert base64.b64decode(values["MAIL_PASSWORD"]).decode() == GIVEN
        assert f"{HOST} has no DNS record yet" in " ".join(ended.output.split())
        cluster.begin()
        again = world.run(**ARGUMENTS)
        assert again.status == 0, again.output
        assert changes(cluster) == [] and len(registry.built) == 1
        assert leaked(world, cluster) == []
        # Only the cluster's own copy of the manifests has the image: git stays as it was.
        assert world.repository.git("status", "--porcelain") == ""


def test_a_plan_is_a_diff_and_changes_nothing(tmp_path: Path) -> None:
    with kubernetes(tmp_path) as (world, cluster, registry):
        assert world.run(**ARGUMENTS).status == 0
        overlay = "deploy/kubernetes/overlays/production/kustomization.yaml"
        text = (world.repository.root / overlay).read_text(encoding="utf-8")
        commit(world, overlay, text.replace("GUNICORN_THREADS=4", "GUNICORN_THREADS=8"))
        cluster.begin()

        ended = world.command("plan", "--data", "kubernetes_context=here", MAIL_PASSWORD=GIVEN)

        assert ended.status == 0, ended.output
        assert '+  GUNICORN_THREADS: "8"' in ended.printed
        assert "new: ConfigMap/site-" in ended.printed and "changed:" in ended.printed
        assert changes(cluster) == [] and len(registry.built) == 1


def test_a_new_commit_gets_another_image_and_another_migration(tmp_path: Path) -> None:
    with kubernetes(tmp_path) as (world, cluster, registry):
        assert world.run(**ARGUMENTS).status == 0
        first = image(cluster)
        commit(world)
        ended = world.run(**ARGUMENTS)

        assert ended.status == 0, ended.output
        assert image(cluster) != first and len(cluster.of("Job")) == 2 and len(registry.built) == 2


@shows("kubernetes-context")
def test_a_cluster_is_never_guessed(tmp_path: Path) -> None:
    with kubernetes(tmp_path) as (world, cluster, _):
        ended = world.run(**ARGUMENTS | {"answers": {}})

        assert ended.status != 0
        assert "add -d kubernetes_context=here" in ended.output
        assert changes(cluster) == []


def test_a_person_is_asked_for_the_cluster_once(tmp_path: Path) -> None:
    with kubernetes(tmp_path) as (world, cluster, _registry):
        for asked in (True, False):
            child = world.at_terminal("deploy", "--skip-rehearsal", MAIL_PASSWORD=GIVEN)
            if asked:
                child.expect("Create what is not there yet, and deploy")
                child.send("y")
                child.expect("kubectl's current context is here. Run site there")
                child.send("y")
            child.expect(["is released", "Create what is not there yet"])
            if not asked:
                child.send("y")
                assert child.expect(["is released", "current context"]) == 0
            child.expect([r"\?", "Log: "])
            child.close(force=True)
        assert "web" in cluster.of("Deployment")


def test_without_a_context_nothing_is_rehearsed_for_minutes_first(tmp_path: Path) -> None:
    with kubernetes(tmp_path) as (world, cluster, _):
        kubectl(world, "config", "unset", "current-context")

        ended = world.command("deploy")

        assert ended.status != 0
        assert "kubectl has no current context: choose one with `kubectl config use-context NAME`" in ended.output
        assert "rehearsing" not in ended.output and cluster.asked == []


def test_another_context_than_before_is_refused(tmp_path: Path) -> None:
    with kubernetes(tmp_path) as (world, cluster, _):
        assert world.run(**ARGUMENTS).status == 0
        kubectl(world, "config", "use-context", "elsewhere")
        cluster.begin()

        ended = world.run(**ARGUMENTS | {"answers": {}})

        assert ended.status != 0
        assert "`kubectl config use-context here`" in ended.output
        assert cluster.asked == []

        assert "$ kubectl --context here -n site logs" in world.command("logs").output


@shows("deployment-failed")
def test_a_failed_migration_leaves_the_old_release(tmp_path: Path) -> None:
    with kubernetes(tmp_path) as (world, cluster, registry):
        assert world.run(**ARGUMENTS).status == 0
        head = commit(world)
        tag = f"ghcr.io/you/site:{head[:12]}"
        registry(["buildx", "build", "--push", "--tag", tag, "."], "")
        cluster.failing.add(f"ghcr.io/you/site@{registry.digests[tag]}")

        ended = world.run(**ARGUMENTS)

        assert ended.status != 0
        assert "the old release keeps serving: `kubectl logs job/migrate-" in " ".join(ended.output.split())
        # Repaired without another image, such as by a right for the database: the Job is made anew.
        cluster.failing.clear()
        assert world.run(**ARGUMENTS).status == 0


@shows("deployment-failed")
def test_pods_that_never_become_ready_are_reported(tmp_path: Path) -> None:
    with kubernetes(tmp_path) as (world, cluster, registry):
        assert world.run(**ARGUMENTS).status == 0
        head = commit(world)
        tag = f"ghcr.io/you/site:{head[:12]}"
        registry(["buildx", "build", "--push", "--tag", tag, "."], "")
        cluster.crashing.add(f"ghcr.io/you/site@{registry.digests[tag]}")

        ended = world.run(**ARGUMENTS)

        assert ended.status != 0
        assert "did not become ready, and the old release keeps serving" in " ".join(ended.output.split())


def test_a_rollback_brings_back_image_and_manifests_and_goes_no_way_forward(tmp_path: Path) -> None:
    with kubernetes(tmp_path) as (world, cluster, _):
        images = []
        for text in ("one", "two", "three"):
            commit(world, text=text)
            assert world.run(**ARGUMENTS).status == 0
            images.append(image(cluster))

        for expected in (images[1], images[0]):
            ended = world.command("rollback", MAIL_PASSWORD=GIVEN)
            assert ended.status == 0, ended.output
            assert {image(cluster, name) for name in ("web", "worker", "beat")} == {expected}

        listed = world.command("releases", "--json")
        online = [one["commit"] for one in json.loads(listed.printed)["platforms"][0]["releases"] if one["online"]]
        assert online == [world.repository.git("rev-parse", "HEAD~2").strip()]


def test_gitops_writes_the_image_into_git_and_applies_nothing(tmp_path: Path) -> None:
    with kubernetes(tmp_path, kubernetes_delivery="gitops") as (world, cluster, registry):
        ended = world.run(**ARGUMENTS)

        assert ended.status == 0, ended.output
        head = world.repository.git("rev-parse", "HEAD").strip()
        digest = registry.digests[f"ghcr.io/you/site:{head[:12]}"]
        text = (world.repository.root / RELEASE).read_text(encoding="utf-8")
        assert f"digest: {digest}" in text and f"migrate-{digest[7:19]}" in text and f"deploy {head}" in text
        assert f"`git add {RELEASE}`" in " ".join(ended.output.split()) and "is online" not in ended.output
        assert changes(cluster) == []
        made = yaml.safe_load_all(kubectl(world, "kustomize", str((world.repository.root / RELEASE).parents[1])))
        assert {one["metadata"]["name"] for one in made if one["kind"] == "Job"} == {f"migrate-{digest[7:19]}"}


@shows("exists-already")
def test_a_namespace_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    with kubernetes(tmp_path) as (world, cluster, _):
        made = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "site"}}
        kubectl(world, "create", "-f", "-", given=json.dumps(made))
        theirs = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "shop", "namespace": "site"}}
        template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "site", "image": "shop"}]}}
        theirs |= {"spec": {"selector": {"matchLabels": {"a": "b"}}, "template": template}}
        kubectl(world, "create", "-f", "-", given=json.dumps(theirs))
        cluster.begin()

        ended = world.run(**ARGUMENTS)

        assert ended.status != 0 and changes(cluster) == []
        assert "The namespace site exists already" in ended.output


def test_another_clone_deploys_to_the_same_namespace(tmp_path: Path) -> None:
    with kubernetes(tmp_path) as (world, _cluster, _registry):
        assert world.run(**ARGUMENTS).status == 0
        another_clone(world)
        commit(world)

        assert world.run(**ARGUMENTS).status == 0


def test_what_somebody_changed_by_hand_is_not_undone(tmp_path: Path) -> None:
    with kubernetes(tmp_path) as (world, cluster, _):
        assert world.run(**ARGUMENTS).status == 0
        kubectl(
            world, "-n", "site", "patch", "deployment", "worker", "--type", "merge", "-p", '{"spec": {"replicas": 3}}'
        )
        commit(world)

        ended = world.run(**ARGUMENTS)

        assert ended.status != 0
        assert "These fields were changed by hand in the cluster" in " ".join(ended.output.split())
        assert cluster.of("Deployment")["worker"]["spec"]["replicas"] == 3


@pytest.mark.parametrize(
    ("group", "words"),
    [
        ("gateway.networking.k8s.io/v1", "The cluster has no Gateway API"),
        ("postgresql.cnpg.io/v1", "The cluster has no CloudNativePG"),
        ("barmancloud.cnpg.io/v1", "Barman Cloud plugin"),
    ],
)
def test_what_the_cluster_lacks_is_named(group: str, words: str, tmp_path: Path) -> None:
    with kubernetes(tmp_path) as (world, cluster, _):
        cluster.lacks.add(group)

        ended = world.run(**ARGUMENTS)

        assert ended.status != 0
        assert words in " ".join(ended.output.split())


def test_staging_is_a_namespace_beside_production(tmp_path: Path) -> None:
    with kubernetes(tmp_path) as (world, cluster, _):
        assert world.run(**ARGUMENTS).status == 0
        before = image(cluster)

        ended = world.run(**ARGUMENTS, environment="staging")

        assert ended.status == 0, ended.output
        assert {namespace for kind, namespace, _ in cluster.objects if kind == "Deployment"} == {"site", "site-staging"}
        assert image(cluster) == before


@shows("kubernetes-overlay")
def test_an_environment_without_an_overlay_is_refused(tmp_path: Path) -> None:
    with kubernetes(tmp_path) as (world, _, _):
        ended = world.run(**ARGUMENTS, environment="qa")

        assert ended.status != 0
        assert "copy deploy/kubernetes/overlays/staging" in " ".join(ended.output.split())


@shows("kubernetes-image")
def test_a_registry_that_refuses_is_named(tmp_path: Path) -> None:
    with kubernetes(tmp_path) as (world, _, registry):
        registry.refuses = "unauthorized: authentication required"

        ended = world.run(**ARGUMENTS)

        assert ended.status != 0
        assert "`docker login ghcr.io`" in ended.output


def test_a_docker_without_buildx_is_named(tmp_path: Path) -> None:
    with kubernetes(tmp_path) as (world, _, registry):
        registry.refuses = "unknown flag: --format\n\nUsage:  docker [OPTIONS] COMMAND [ARG...]"

        ended = world.run(**ARGUMENTS)

        assert ended.status != 0
        assert "Docker lacks buildx" in ended.output and "docker login" not in ended.output


def test_an_image_that_something_else_has_built_is_taken_by_its_digest(tmp_path: Path) -> None:
    with kubernetes(tmp_path) as (world, cluster, registry):
        given = f"ghcr.io/you/site@sha256:{'ab' * 32}"
        answers = {"answers": {"kubernetes_context": "here", "kubernetes_image": given}}

        ended = world.run(**ARGUMENTS | answers)

        assert ended.status == 0, ended.output
        assert image(cluster) == given and registry.built == []


THEIRS: dict[str, dict[str, Any]] = {
    "PersistentVolumeClaim": {"apiVersion": "v1", "metadata": {"name": "theirs"}, "spec": {}},
    "Pod": {"apiVersion": "v1", "metadata": {"name": "theirs"}, "spec": {}},
    # The disk of another database that CloudNativePG runs.
    "disk": {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {
            "name": "theirs",
            "labels": {"cnpg.io/cluster": "analytics"},
            "ownerReferences": [
                {"kind": "Cluster", "name": "analytics", "apiVersion": "postgresql.cnpg.io/v1", "uid": "1"}
            ],
        },
        "spec": {},
    },
}


@pytest.mark.parametrize("theirs", ["", *THEIRS])
def test_what_somebody_else_has_in_the_namespace_is_kept(theirs: str, tmp_path: Path) -> None:
    """With `--keep-data` everything that holds data is kept, whosever it is."""
    with kubernetes(tmp_path) as (world, cluster, _):
        assert world.run(**ARGUMENTS).status == 0
        if theirs:
            made = {"kind": theirs, **THEIRS[theirs]}
            kubectl(world, "-n", "site", "create", "-f", "-", given=json.dumps(made))
        before = set(cluster.objects)

        ended = world.command("destroy", "--confirm", "site", *([] if theirs else ["--keep-data"]))

        assert ended.status == 0, ended.output
        gone = {kind for kind, _, _ in before - set(cluster.objects)}
        assert gone >= {"Deployment", "HorizontalPodAutoscaler", "Job", "Pod"}
        assert {"Cluster", "Secret", "StatefulSet", "Namespace"} <= {kind for kind, _, _ in cluster.objects}
        told = " ".join(ended.output.split())
        assert "kubectl delete namespace site --context here" in told
        assert (f"it also has {made['kind']}/theirs" if theirs else "kept with its data") in told
        # The data that is left is not called deleted.
        assert not theirs or "namespace site with the site's data: " in told
        # What was kept is found by the next deployment.
        assert world.run(**ARGUMENTS).status == 0
        assert set(cluster.of("Deployment")) == {"web", "worker", "beat"}


@shows("kubernetes-gitops")
def test_what_a_gitops_tool_would_make_again_is_not_deleted(tmp_path: Path) -> None:
    with kubernetes(tmp_path, kubernetes_delivery="gitops") as (world, cluster, _):
        cluster.begin()

        ended = world.command("destroy", "--confirm", "site")

        assert ended.status == 1
        assert "Remove deploy/kubernetes/overlays/production there" in " ".join(ended.output.split())
        assert changes(cluster) == []


def test_nothing_is_deleted_in_another_context(tmp_path: Path) -> None:
    with kubernetes(tmp_path) as (world, cluster, _):
        assert world.run(**ARGUMENTS).status == 0
        kubectl(world, "config", "use-context", "elsewhere")
        cluster.begin()

        for words in (("destroy", "--confirm", "site"), ("backup",)):
            ended = world.command(*words)
            assert ended.status == 1
            assert "`kubectl config use-context here`" in ended.output
        assert cluster.asked == []


def test_the_mark_of_the_namespace_tells_another_clone_where_the_site_is(tmp_path: Path) -> None:
    with kubernetes(tmp_path) as (world, _cluster, _registry):
        assert world.run(**ARGUMENTS).status == 0
        another_clone(world)
        commit(world)

        assert world.run(**ARGUMENTS | {"answers": {}}).status == 0


@shows("answer-not-understood")
def test_a_secret_of_another_shape_is_told(tmp_path: Path) -> None:
    with kubernetes(tmp_path) as (world, cluster, _):
        assert world.run(**ARGUMENTS).status == 0
        cluster.objects["Secret", "site", "postgres-app"]["data"] = ["of another shape"]

        ended = world.command("backup")

        assert ended.status == 1
        assert "Traceback" not in ended.output and "is not as documented" in " ".join(ended.output.split())

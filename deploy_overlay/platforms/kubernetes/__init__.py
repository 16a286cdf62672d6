"""Kubernetes, with manifests for Kustomize: https://kubernetes.io/docs/tasks/manage-kubernetes-objects/kustomization/"""

from __future__ import annotations

import dataclasses
import shlex
from typing import Any

from ...base.answers import text
from ...base.plan import Shell
from ...base.platform import Backups, ByHand, Ci, Declared, File, Platform, Runtime, Values
from ...plan import plan
from ...plan.connections import threads
from ...plan.names import domains
from ...plan.runs import redis_is_made, runs
from .connections import fewest_pods, most_pods, needed, pools, processes
from .names import object_names

FOLDER = "kubernetes"  # in the overlay's folder
BASE = f"{FOLDER}/base"
ENVIRONMENTS = ("production", "staging")  # each has an overlay


def overlay(environment: str) -> str:
    """The folder of an environment's overlay, in the overlay's folder of the project."""
    return f"{FOLDER}/overlays/{environment}"


def _own(answers: Values) -> dict[str, Any]:
    """By process name: the name of its object, and its command as a list for the container."""
    site = plan(answers, dataclasses.replace(PLATFORM, own=None))
    names = [process.name for process in (*site.started, *site.jobs)]
    commands = {one.name: one.command for one in site.processes if one.name in names} | {"release": site.release}
    hosts = domains(answers.get("deploy_domains"))
    connections = needed(answers, site)
    return {
        "names": object_names(names),
        "commands": {name: _argv(line) for name, line in commands.items()},
        "connections": {**connections._asdict(), "total": connections.total},
        "pools": pools(answers, site),
        "pods": fewest_pods(answers),
        "most_pods": most_pods(answers),
        "processes": processes(answers),
        "threads": threads(processes(answers)),
        # The folder that a workflow commits after a GitOps deployment.
        "committed": f"{site.folder}/{overlay('production')}/release"
        if text(answers, "kubernetes_delivery") == "gitops"
        else "",
        "staging": f"staging.{hosts[0].removeprefix('www.')}" if hosts else "",
    }


def _argv(line: str) -> list[str]:
    """Kubernetes replaces `$(NAME)` in a command, unless the dollar sign is doubled.

    https://kubernetes.io/docs/tasks/inject-data-application/define-command-argument-container/
    """
    return [word.replace("$(", "$$(") for word in shlex.split(line)]


def _backups(answers: Values) -> Backups:
    """CloudNativePG backs up to the bucket in `kubernetes_backups`."""
    source, seen = "https://cloudnative-pg.io/plugin-barman-cloud/docs/intro/", "2026-11-29"
    if text(answers, "kubernetes_backups"):
        words = (
            "CloudNativePG archives every change and backs up the database every night to "
            f"{text(answers, 'kubernetes_backups')}, so that you can restore any moment of the last 30 days."
        )
        return Backups(words, source, seen)
    return Backups(
        "The database is not backed up until you set kubernetes_backups to a bucket, such as s3://library-backups.",
        source,
        seen,
    )


def _has_route(answers: Values) -> bool:
    return text(answers, "kubernetes_route", "gateway") != "none"


def _files() -> dict[str, str | File]:
    found: dict[str, str | File] = {
        f"{BASE}/kustomization.yaml": "the parts of the site on Kubernetes",
        f"{BASE}/pods.yaml": "what its pods have in common",
        f"{BASE}/web.yaml": "the web process and its scaling",
        f"{BASE}/migrate.yaml": "migrates the database before a release",
        f"{BASE}/network.yaml": "who may connect to what",
        f"{BASE}/workers.yaml": File(
            "background workers", lambda answers: bool({"worker", "scheduler"} & {*runs(answers)})
        ),
        f"{BASE}/jobs.yaml": File("scheduled jobs", lambda answers: "cron" in runs(answers)),
        f"{BASE}/job-pods.yaml": File("what scheduled jobs have in common", lambda answers: "cron" in runs(answers)),
        f"{BASE}/postgres.yaml": File("the database", lambda answers: text(answers, "deploy_database") == "postgres"),
        f"{BASE}/redis.yaml": File("Redis", redis_is_made),
    }
    for environment in ENVIRONMENTS:
        folder = overlay(environment)
        found |= {
            f"{folder}/kustomization.yaml": f"what is different in {environment}",
            f"{folder}/release/kustomization.yaml": f"the image that {environment} runs",
            f"{folder}/route.yaml": File(f"the addresses of {environment}", _has_route),
        }
    return found


# https://kubernetes.io/docs/reference/access-authn-authz/rbac/
CI = Ci(
    token="KUBECONFIG",
    reaches="everything that its user can change",
    make=("kubectl config view --minify --flatten --raw",),
    note="This prints your current kubeconfig, with all your permissions. For a user with fewer, create a ServiceAccount "
    "with the ClusterRole `edit` in the namespace only (`kubectl create rolebinding`). A registry other than the one of GitHub "
    "or GitLab also needs `REGISTRY_TOKEN`. GitOps needs no kubeconfig, because the job only writes the image to git; on GitLab "
    "it needs `REPOSITORY_TOKEN`, an access token of the project with the role Developer and the scope `write_repository`.",
    program=None,
    packages=("docker-buildx", "docker-cli", "kubectl"),
    file=True,
    login=True,
    options='--data kubernetes_context="$(kubectl config current-context)"',
)
PLATFORM = Platform(
    name="Kubernetes",
    status="preliminary",
    choice="manifests for your cluster",
    build="registry",
    builds_folder=True,
    longest_name=40,  # a namespace, which appends the environment's name
    second_project=True,
    addresses="domains",
    files={},
    in_folder=_files(),
    has={
        "web": Declared(),
        "worker": Declared(),
        "cron": Declared(),
        # The site's pods have no disk, which would tie them to one node and stop the site at each release.
        "postgres": Declared(),
        "redis": Declared(),
        "bucket": ByHand(
            "Create a bucket at any S3 service, and put `AWS_STORAGE_BUCKET_NAME`, `AWS_ACCESS_KEY_ID` and "
            "`AWS_SECRET_ACCESS_KEY` into the Secret `site`, and `AWS_ENDPOINT_URL_S3` if it is not Amazon's."
        ),
        "mail": ByHand("Put `EMAIL_HOST` and the other EMAIL_* variables into the Secret `site`."),
    },
    runs=Runtime(
        code="read-only",
        user="app",
        grace=30,
        memory=512,
        # Gateways and Ingress controllers set it.
        # https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_conn_man/headers#x-forwarded-proto
        proxy_header=("HTTP_X_FORWARDED_PROTO", "https"),
        ignore_file=".dockerignore",
        shell=Shell(joins=False),
        sets={"DEPLOY_PLATFORM": "kubernetes", "PORT": "8000"},
        variables=r"KUBERNETES_\w+",
        crons=True,
    ),
    verbs={
        "logs": "kubectl {--context=kubernetes_context} -n {name} logs --follow --prefix --max-log-requests 20 "
        "--selector app.kubernetes.io/component=web",
        "shell": "kubectl {--context=kubernetes_context} -n {name} exec -it deployment/web -- sh",
        "run": "kubectl {--context=kubernetes_context} -n {name} exec -it deployment/web -- {words}",
    },
    currency="USD",
    prices_seen="2026-11-29",
    prices="https://kubernetes.io/docs/setup/production-environment/turnkey-solutions/",
    own=_own,
    backups=_backups,
    quoted=lambda answers: "your cluster's price",
    there="there",
    checks="checks",
    adapter="provision",
    ci=CI,
)

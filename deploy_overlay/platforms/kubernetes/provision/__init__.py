"""Kubernetes, deployed to with kubectl where its owner says that it may: https://kubernetes.io/docs/reference/kubectl/"""

from __future__ import annotations

from collections.abc import Mapping

from ....adapter.cli import Cli
from ....adapter.site import Site
from ....adapter.steps import Command
from ....adapter.unresolved import unresolved
from ....base.answers import Answers
from ....base.message import Failure
from ....plan.names import domains as names_of
from .cluster import NOT_CHOSEN, SECRET, Cluster
from .database import database
from .destruction import destruction
from .history import crashed, history, processes
from .manifests import release_file
from .program import NO_CONTEXT, tool
from .release import releases, told_diff
from .resources import steps
from .rollback import rollback

__all__ = [
    "address",
    "check_account",
    "closed",
    "crashed",
    "database",
    "destruction",
    "domains",
    "handed_over",
    "history",
    "how_to_set_variables",
    "logs",
    "next_commands",
    "preview",
    "processes",
    "releases",
    "rollback",
    "set_variables",
    "steps",
    "tool",
    "variables",
    "variables_in_files",
]  # fmt: skip


def check_account(cli: Cli, answers: Answers) -> None:
    """Raises Failure where kubectl has no current context; under GitOps it needs none."""
    if cli.account == NO_CONTEXT and answers.text("kubernetes_delivery") != "gitops":
        raise Failure(NOT_CHOSEN, anchor="kubernetes-context")


def address(site: Site) -> str:
    return f"https://{_hosts(site)[0]}"


def _hosts(site: Site) -> list[str]:
    """By which visitors reach this environment: as the route in the cluster says, else by the answers."""
    there = domains(site)
    if there:
        return there
    cluster = Cluster(site)
    if cluster.is_production():
        return names_of(site.answers.values.get("deploy_domains"))
    return [str(site.plan.own["staging"]).replace("staging.", f"{site.request.environment}.", 1)]


def domains(site: Site) -> list[str]:
    """Of the HTTPRoute or Ingress in the cluster; empty where there is none, or none can be asked."""
    cluster, route = Cluster(site), site.answers.text("kubernetes_route", "gateway")
    if route == "none" or not cluster.reachable:
        return []
    if route == "gateway":
        found = cluster.get("httproute", "web") or {}
        return [str(host) for host in (found.get("spec") or {}).get("hostnames") or []]
    found = cluster.get("ingress", "web") or {}
    return [str(rule["host"]) for rule in (found.get("spec") or {}).get("rules") or [] if rule.get("host")]


def closed(site: Site) -> str:
    """Nobody can ask a site that GitOps has yet to apply, or whose name leads nowhere yet."""
    if Cluster(site).gitops:
        return handed_over(site)
    where = "kubectl get gateways --all-namespaces"
    if site.answers.text("kubernetes_route", "gateway") != "gateway":
        where = Cluster(site).line("get", "ingress,service")
    return unresolved(_hosts(site)[0], "All pods are ready", f"the address that `{where}` shows")


def handed_over(site: Site) -> str:
    """What its owner does where a deployment only writes into git; empty where it deploys."""
    if not Cluster(site).gitops:
        return ""
    file = release_file(site)
    return (
        f"The image is written into {file}, and nothing was applied: `git add {file}`, commit and push, and your GitOps tool "
        "deploys it."
    )


def preview(site: Site) -> list[str]:
    """What `kubectl diff` said, below the table of a plan."""
    return told_diff(site)


def variables(site: Site) -> Mapping[str, str | None]:
    return dict(Cluster(site).values())


def set_variables(site: Site, values: Mapping[str, str]) -> list[Command]:
    """The Secret, and new pods, which read it when they start."""
    cluster = Cluster(site)
    if not values:
        return []
    restarted = [f"deployment/{name}" for name in cluster.deployments if cluster.get("deployment", name)]
    restart = [Command(cluster.words("rollout", "restart", *restarted))] if restarted else []
    return [*cluster.set_values(dict(values)), *restart]


def how_to_set_variables(site: Site) -> str:
    """How the owner sets a variable by hand."""
    patch = """'{"stringData": {"NAME": "value"}}'"""
    return f"Set each with `kubectl patch secret {SECRET} -n {site.name} -p {patch}`."


def variables_in_files(answers: Answers) -> set[str]:
    """What the manifests set themselves are addresses of resources, which the plan does not count as the owner's."""
    return set()


def logs(site: Site) -> tuple[str, ...]:
    return Cluster(site).words("logs", "deployment/web", "--tail", "200")


def next_commands(site: Site) -> list[tuple[str, str]]:
    cluster = Cluster(site)
    return [
        ("deploy a change", site.command("deploy")),
        ("see logs", cluster.line("logs", "deployment/web", "--follow")),
        ("add a domain", site.command("set", "deploy_domains=www.example.com")),
    ]

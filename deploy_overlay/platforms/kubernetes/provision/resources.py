"""What must be there before a release: the context that its owner agreed to, the namespace, the Secret."""

from __future__ import annotations

import json
from collections.abc import Sequence

from ....adapter.ownership import reason_not_to_use
from ....adapter.request import ENVIRONMENT
from ....adapter.site import Site
from ....adapter.steps import Command, Observation, Step
from ....base.message import Failure
from .cluster import CONTEXT, MARK, SECRET, Cluster
from .manifests import missing, release_file


def steps(site: Site) -> Sequence[Step]:
    cluster = Cluster(site)
    if cluster.gitops:
        # The cluster is the GitOps tool's: its values are made by hand, as deploy/README.md says.
        site.values.missing(site.values.names)
        return [Step(name="manifests", what="manifests in git", observe=lambda: _see_manifests(site), commands=list)]
    if not (site.root / release_file(site)).is_file():
        raise Failure(missing(site, site.commit), anchor="kubernetes-overlay")
    found = [
        Step(
            name="namespace",
            what=f"namespace {cluster.namespace}",
            where=f"kubectl's context {cluster.context}",
            observe=lambda: _see_namespace(cluster),
            commands=lambda: _make_namespace(cluster),
            plan=lambda: [site.cli.line("create", "namespace", cluster.namespace, "--context", cluster.context)],
            undo=site.cli.line(*cluster.deletion),
            creates=cluster.namespace,
            patience=30,
            # Who may use one namespace need not be allowed to look at namespaces.
            shown=lambda: f"the Secret {SECRET} is there" if cluster.values() else "",
        ),
        Step(
            name="values",
            what=f"Secret {SECRET}",
            observe=lambda: _see_values(cluster),
            commands=lambda: cluster.set_values(site.values.settable(site.values.missing(_there(cluster)))),
            plan=lambda: [
                cluster.line(
                    "create",
                    "secret",
                    "generic",
                    SECRET,
                    *(f"--from-literal={name}=..." for name in site.values.absent),
                )
            ],
            after=("namespace",),
        ),
    ]
    if site.mark:
        # Of a namespace that its owner made by hand.
        label = ("label", "namespace", cluster.namespace, f"{MARK}={site.mark}", "--context", cluster.context)
        mark = Step(
            name="mark",
            what="mark the namespace as this project's",
            observe=lambda: Observation(site.mark in cluster.marks(cluster.found())),
            commands=lambda: [Command(label)],
            after=("namespace",),
            optional=True,
        )
        found.insert(1, mark)
    return found


def _see_manifests(site: Site) -> Observation:
    there = (site.root / release_file(site)).is_file()
    return Observation(
        there, problem="" if there else f"There is no {release_file(site)}: copy the overlay of staging for it."
    )


def _agree(cluster: Cluster) -> None:
    """Ask, because no answer and no earlier run says that the site belongs there. Raises Failure without a yes."""
    site = cluster.site
    terminal = site.request.terminal and not site.request.yes
    if terminal and site.prompts.confirm(
        f"kubectl's current context is {cluster.context}. Run {site.title} there?", ""
    ):
        site.record.choose(CONTEXT, cluster.context)
        return
    raise Failure(
        f"kubectl's current context is {cluster.context}, and nothing says that {site.title} belongs there: add "
        f"-d {CONTEXT}={cluster.context}\nNothing was created or deployed.",
        anchor="kubernetes-context",
    )


def _see_namespace(cluster: Cluster) -> Observation:
    site = cluster.site
    if problem := cluster.context_problem():
        return Observation(False, problem=problem)
    found = cluster.found()
    if not cluster.belongs(found):
        return Observation(False, "after you have agreed to this context")
    if found is None:
        return Observation(False)
    site.record.choose(CONTEXT, cluster.context)
    problem = reason_not_to_use(
        site,
        "namespace",
        cluster.namespace,
        f"The namespace {cluster.namespace}",
        cluster.marks(found),
        # One without a workload is what its owner made for the site, with its Secrets, as deploy/README.md says.
        unused=lambda: not cluster.listed("deployments,statefulsets"),
        cure=f"or choose another name with {site.request.another_name}.",
        other=f"choose another name with {site.request.another_name}.",
    )
    return Observation(not problem, problem=problem)


def _make_namespace(cluster: Cluster) -> list[Command]:
    """Nothing where the context was all that was not agreed to yet: the look that follows says whose the namespace is."""
    if not cluster.agreed:
        _agree(cluster)
    if cluster.found() is not None:
        return []
    labels = {MARK: cluster.site.mark} if cluster.site.mark else {}
    made = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": cluster.namespace, "labels": labels}}
    return [Command(("create", "-f", "-", "--context", cluster.context), stdin=json.dumps(made))]


def _there(cluster: Cluster) -> list[str]:
    """Names that have a value: in the Secret, or in the ConfigMap of the overlay, which says which environment it is."""
    return [*cluster.values(), ENVIRONMENT]


def _see_values(cluster: Cluster) -> Observation:
    values = cluster.site.values
    absent = values.missing(_there(cluster))
    return Observation(not values.settable_now(absent), values.plan(absent))

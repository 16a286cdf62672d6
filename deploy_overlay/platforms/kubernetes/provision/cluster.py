"""The site's part of a cluster: its namespace, asked and changed with the context that its owner agreed to."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any

from ....adapter.request import PRODUCTION
from ....adapter.site import Site
from ....adapter.steps import Command
from ....base.message import Failure
from ....base.scrub import hide
from ..names import object_names
from .program import NO_CONTEXT

CONTEXT = "kubernetes_context"  # the answer, and the note in the record
SECRET = "site"
NOT_CHOSEN = "kubectl has no current context: choose one with `kubectl config use-context NAME`."
MARK = "deploy-overlay-project"  # label of the namespace
WEB = "app.kubernetes.io/component=web"


@dataclass(frozen=True)
class Cluster:
    site: Site

    @property
    def context(self) -> str:
        """kubectl's current one, by its name."""
        return self.site.cli.account

    @property
    def agreed(self) -> str:
        """The context that the owner chose for the site; empty where nobody has chosen yet."""
        return self.site.answers.text(CONTEXT) or self.site.record.chosen(CONTEXT)

    @property
    def reachable(self) -> bool:
        """Whether a look may ask it: never a cluster that another site or environment may be in."""
        return self.context != NO_CONTEXT and self.agreed in ("", self.context)

    @property
    def namespace(self) -> str:
        return self.site.name

    @property
    def gitops(self) -> bool:
        return self.site.answers.text("kubernetes_delivery") == "gitops"

    @property
    def deployments(self) -> list[str]:
        """The names of all of the site's Deployments, the web process first."""
        processes = [process.name for process in self.site.plan.started]
        names = object_names([*processes, *(job.name for job in self.site.plan.jobs)])
        return [names[name] for name in processes]

    def found(self) -> Any:
        """The namespace itself; None where it is not there."""
        return self.get("namespace", self.namespace)

    def belongs(self, found: Any) -> bool:
        """Whether the site is in this cluster: its owner has said so, or the namespace has the mark of this project."""
        return bool(self.agreed) or self.site.mark in self.marks(found)

    @property
    def deletion(self) -> tuple[str, ...]:
        """What deletes the namespace, with everything in it."""
        return ("delete", "namespace", self.namespace, "--context", self.context)

    def check(self) -> None:
        """Raises Failure where kubectl's current context is not the one that its owner agreed to for the site."""
        if problem := self.context_problem():
            raise Failure(problem, anchor="kubernetes-context")

    def context_problem(self) -> str:
        """Why kubectl's current context is not the site's; empty where it is, or where nobody has said yet which is."""
        if self.context == NO_CONTEXT:
            return NOT_CHOSEN
        if self.agreed in ("", self.context):
            return ""
        return (
            f"kubectl's current context is {self.context}, and {self.site.title} is deployed with {self.agreed}: run "
            f"`kubectl config use-context {self.agreed}`, or move the site for good with -d {CONTEXT}={self.context}."
        )

    def words(self, *argv: str) -> tuple[str, ...]:
        """The arguments of kubectl, which name the cluster and the namespace."""
        return (*argv, "--namespace", self.namespace, "--context", self.context)

    def line(self, *argv: str) -> str:
        return self.site.cli.line(*self.words(*argv))

    def get(self, *argv: str, secret: bool = False) -> Any:
        """What `kubectl get` knows of one object; None where it is not there."""
        line = self.words("get", *argv, "-o", "json", "--ignore-not-found")
        return self.site.cli.json(*line, empty=r"\A\s*\Z", secret=secret)

    def listed(self, *argv: str) -> list[Any]:
        """The objects that `kubectl get` lists."""
        return list((self.get(*argv) or {}).get("items", []))

    def values(self) -> dict[str, str]:
        """What the Secret of the site has; empty where it is not there."""
        found = self.get("secret", SECRET, secret=True)
        data = (found or {}).get("data") or {}
        values = {name: base64.b64decode(text).decode("utf-8", "replace") for name, text in data.items()}
        for value in values.values():
            hide(value)
        return values

    def set_values(self, values: dict[str, str]) -> list[Command]:
        """Commands that put these into the Secret beside what it has; they go through standard input alone."""
        if not values:
            return []
        found = self.get("secret", SECRET, secret=True)
        secret = found or {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": SECRET}, "type": "Opaque"}
        data = {name: base64.b64encode(value.encode()).decode() for name, value in values.items()}
        # With the version that was read: what somebody else has set meanwhile is not lost, the command fails instead.
        secret = secret | {"data": {**(secret.get("data") or {}), **data}}
        verb = "replace" if found else "create"
        return [Command(self.words(verb, "-f", "-"), stdin=json.dumps(secret), secret=True)]

    def marks(self, found: Any) -> list[str]:
        """The marks of projects that a namespace has: one or none."""
        labels = (found or {}).get("metadata", {}).get("labels") or {}
        return [str(labels[MARK])] if labels.get(MARK) else []

    def is_production(self) -> bool:
        return self.site.request.environment == PRODUCTION

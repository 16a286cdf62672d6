"""The site's part of a cluster: its namespace, asked and changed with the context that its owner agreed to."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any

from ....adapter.request import PRODUCTION
from ....adapter.site import Site
from ....adapter.steps import Command
from ....base.scrub import hide
from ..names import object_names
from .program import NO_CONTEXT

CONTEXT = "kubernetes_context"  # the answer, and the note in the record
SECRET = "site"
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

    def words(self, *argv: str) -> tuple[str, ...]:
        """The arguments of kubectl, which name the cluster and the namespace."""
        return (*argv, "--namespace", self.namespace, "--context", self.context)

    def line(self, *argv: str) -> str:
        return self.site.cli.line(*self.words(*argv))

    def get(self, *argv: str, secret: bool = False) -> Any:
        """What `kubectl get` knows of one object; None where it is not there."""
        done = self.site.cli.ask(*self.words("get", *argv, "-o", "json", "--ignore-not-found"), secret=secret)
        if done.status != 0:
            raise self.site.cli.failure(done, self.line("get", *argv))
        if not done.output.strip():
            return None
        try:
            return json.loads(done.output)
        except ValueError:
            raise self.site.cli.not_understood(done, self.line("get", *argv), "JSON", secret=secret) from None

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

    def is_production(self) -> bool:
        return self.site.request.environment == PRODUCTION

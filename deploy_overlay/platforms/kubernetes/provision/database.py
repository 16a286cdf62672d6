"""The site's database as this machine reaches it: through the API server of the cluster.

https://kubernetes.io/docs/reference/kubectl/generated/kubectl_port-forward/
"""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Iterator

from ....adapter.site import Site
from ....adapter.tunnel import through, tunnel
from ....base.message import Failure
from ....base.scrub import hide
from .cluster import Cluster

# CloudNativePG makes both: the address for the owner of the database, and the Service that leads to the primary.
# https://cloudnative-pg.io/documentation/current/applications/#secrets
ADDRESS, PRIMARY = "postgres-app", "service/postgres-rw"


@contextlib.contextmanager
def database(site: Site) -> Iterator[str]:
    cluster = Cluster(site)
    _check(cluster)
    if site.database == "external":
        url = cluster.values().get("DATABASE_URL", "")
        if not url:
            raise Failure(
                f"The Secret site in the namespace {cluster.namespace} has no DATABASE_URL: set it with "
                f"`{site.command('env', 'set', 'DATABASE_URL')}`.",
                anchor="database-missing",
            )
        yield url
        return
    found = cluster.get("secret", ADDRESS, secret=True)
    encoded = ((found or {}).get("data") or {}).get("uri")
    if not encoded:
        raise Failure(
            f"The namespace {cluster.namespace} has no Secret {ADDRESS}, which CloudNativePG makes with the database: "
            f"`{cluster.line('get', 'cluster', 'postgres')}` says how it is.",
            anchor="database-missing",
        )
    url = base64.b64decode(encoded).decode()
    hide(url)
    with tunnel(site.cli, lambda port: cluster.words("port-forward", PRIMARY, f"{port}:5432")) as port:
        yield through(url, port)


def _check(cluster: Cluster) -> None:
    """Raises Failure where the current context is another than the site's, or nothing there shows that it is the site's."""
    cluster.check()
    if cluster.agreed or cluster.belongs(cluster.found()):
        return
    raise Failure(
        f"kubectl's current context is {cluster.context}, and nothing says that {cluster.site.title} is there: choose "
        "its context with `kubectl config use-context NAME`.",
        anchor="kubernetes-context",
    )

"""Whether PostgreSQL accepts the connections of all pods."""

from __future__ import annotations

from ...base.answers import text
from ...base.platform import Values
from ...plan import Plan
from ...plan.connections import Connections, connections, in_memory

PROCESSES = 2  # of one web pod: WEB_CONCURRENCY of the rendered ConfigMap
SURGE = 1  # web pods more than there are otherwise, while a release is rolled out
# PostgreSQL's default, which CloudNativePG keeps: https://www.postgresql.org/docs/current/runtime-config-connection.html
MAX_CONNECTIONS = 100
# Three are the superuser's; the operator looks, a person looks, a backup runs.
RESERVED = 10
POOLED = 2000  # of the two instances of PgBouncer: `max_client_conn` of each is 1000


def needed(answers: Values, site: Plan) -> Connections:
    """The most connections with the rendered numbers, during a rollout."""
    started = (*site.started, *site.jobs)
    return connections(site.app, started, processes(answers), instances=most_pods(answers) + SURGE, generations=2)


def pools(answers: Values, site: Plan) -> bool:
    """Whether PgBouncer is in front of CloudNativePG.

    Under ASGI, each request has its own thread and connection, without a limit.
    """
    if text(answers, "deploy_database", "postgres") != "postgres":
        return False
    return site.app.server == "asgi" or needed(answers, site).total > MAX_CONNECTIONS - RESERVED


def processes(answers: Values) -> int:
    """Server processes per web pod."""
    return 1 if in_memory(answers) else PROCESSES


def most_pods(answers: Values) -> int:
    """The most web pods: one if messages or sessions are in the memory of a process."""
    if in_memory(answers):
        return 1
    return max(fewest_pods(answers), int(answers.get("kubernetes_most_pods") or 4))


def fewest_pods(answers: Values) -> int:
    if in_memory(answers):
        return 1
    return max(1, int(answers.get("kubernetes_pods") or 2))

"""What does not work as the site expects if config/deploy.yml has several servers."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from ...plan import Plan

Roles = Mapping[str, Collection[str]]  # the hosts of each


def problem(roles: Roles, volumes: Collection[str], planned: Plan) -> str:
    """Why the site cannot run so, without the subject of the sentence, which is the file; empty if it can.

    `volumes` are those that Docker keeps.
    """
    volume = planned.resource("volume")
    if not volume or "DEPLOY_DATA" not in volume.variables or not _apart(roles, volumes):
        return ""
    return "gives each server its own SQLite database: keep all roles on one server, or use PostgreSQL"


def told(roles: Roles, volumes: Collection[str], planned: Plan) -> Iterator[str]:
    """What its owner should know, as such sentences."""
    for process in planned.beside:
        count = len(roles.get(process.name, ()))
        if process.kind == "scheduler" and process.chosen != "backups" and count > 1:
            yield f"runs {process.name} on {count} servers, so each task starts {count} times: leave one of them"
    volume = planned.resource("volume")
    backups = {process.name for process in planned.beside if process.chosen == "backups"}
    users = {role: hosts for role, hosts in roles.items() if role not in backups}
    if volume and "DEPLOY_DATA" not in volume.variables and _apart(users, volumes):
        yield (
            "gives each server its own volume for uploads, so what is uploaded on one is missing on the others: keep "
            "uploads in a bucket (`deploy-overlay set deploy_uploads=bucket`)"
        )


def _apart(roles: Roles, volumes: Collection[str]) -> bool:
    """Whether roles that share a volume are on several servers."""
    return bool(volumes) and len({host for hosts in roles.values() for host in hosts}) > 1


def kept_by_docker(mounts: Collection[object]) -> list[str]:
    """The names of volumes among `NAME:/path` and `/folder:/path`."""
    names = (str(one).partition(":")[0] for one in mounts)
    return [*dict.fromkeys(name for name in names if name and not name.startswith(("/", ".", "~")))]

"""How the Machines of the app are, and what of them no step looks at."""

from __future__ import annotations

from typing import Any

from ....adapter.processes import Process
from . import size
from .app import App, group, stands_by

SLEEPING = ("stopped", "suspended")  # a visitor, or what it stands by for, starts it


def processes(app: App) -> list[Process]:
    """Every Machine, with the process groups of fly.toml that have none."""
    found = app.machines()
    told = [_process(app, machine) for machine in sorted(found, key=lambda one: (group(one), str(one["id"])))]
    there = {group(machine) for machine in found}
    return told + [
        Process(name, "scaled to none", well=False)
        for name in size.groups(size.text(app.site.answers))
        if name not in there and found
    ]


def differences(app: App) -> list[str]:
    """Health checks with another path than fly.toml has."""
    wanted = size.health_paths(size.text(app.site.answers))
    serving = [one for one in app.machines() if group(one) == size.web(size.text(app.site.answers))]
    there = {path for machine in serving for path in _paths(machine)}
    if not wanted or not there or there == wanted:
        return []
    return [
        f"The health check of its Machines asks {', '.join(sorted(there))}, and {size.path(app.site.answers)} says "
        f"{', '.join(sorted(wanted))}: a deployment brings that."
    ]


def _process(app: App, machine: dict[str, Any]) -> Process:
    state, name = str(machine.get("state")), f"{group(machine)} {machine['id']}"
    failing = sorted({str(one.get("status")) for one in machine.get("checks") or []} - {"passing"})
    if state in ("started", "starting") and failing:
        state += f", health check {', '.join(failing)}"
    elif stands_by(machine):
        state += ", stands by"
    well = machine.get("state") in ("started", "starting", *SLEEPING) and not failing
    hint = "" if well else f"`fly logs -a {app.name} -i {machine['id']}` says why"
    return Process(name, state, well, str(machine.get("updated_at") or ""), hint)


def _paths(machine: dict[str, Any]) -> set[str]:
    config = machine.get("config") or {}
    checks = [one for service in config.get("services") or [] for one in service.get("checks") or []]
    checks += list((config.get("checks") or {}).values())
    return {str(one["path"]) for one in checks if one.get("path")}

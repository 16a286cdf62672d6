"""The environment variables of a site on its platform: lists them, says which it needs, and sets more.

Values go only from people to the platform's own program. Output and logs have only their names.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Literal

from ..adapter.cli import report_unexpected_output
from ..adapter.request import ENVIRONMENT
from ..adapter.site import MARK, Site
from ..base.message import Failure
from ..base.progress import show_progress, tell
from ..base.scrub import hide
from .engine import observe_steps

# What happens to a variable.
Fate = Literal["new", "changed", "unchanged", "replaced", "left out"]
# What the platform or the site's own processes set.
PLATFORMS_OWN = {"PORT", "DEPLOY_BUILD", "DJANGO_SETTINGS_MODULE", MARK, ENVIRONMENT}
LOCAL = ("localhost", "127.0.0.1", "[::1]", "host.docker.internal")


@dataclass(frozen=True)
class VariableChange:
    """What happens to one variable, without its value."""

    name: str
    fate: Fate
    note: str = ""

    def data(self) -> dict[str, str]:
        return {"name": self.name, "action": self.fate, "note": self.note}


def check_there(module: ModuleType, site: Site) -> None:
    """Raises Failure if the site's app is not on the platform, or is another project's."""
    with report_unexpected_output(site.cli.tool.title):
        first = next(iter(module.steps(site)))
    if not observe_steps([first]).by_step[first.name].done:
        line = site.command("provision")
        raise Failure(
            f"There is no {first.what} on {site.cli.tool.title} yet: create it with `{line}`.",
            anchor="nothing-there-yet",
        )


def list_variables(module: ModuleType, site: Site) -> list[tuple[str, str]]:
    """Every variable that is on the platform or that the site needs: name, and `set`, `missing` or `from NAME`."""
    with report_unexpected_output(site.cli.tool.title):
        there: Mapping[str, str | None] = module.variables(site)
    needed = [one.name for one in site.plan.environment if one.source != "constant" and one.required]
    names = dict.fromkeys([*needed, *sorted(name for name in there if not name.startswith(MARK))])
    filled = _derived_variables(site, there)
    return [(name, "set" if name in there else filled.get(name, "missing")) for name in names]


def _derived_variables(site: Site, there: Collection[str]) -> dict[str, str]:
    """Variables that the site fills from another one of the same resource, such as the host from REDIS_URL."""
    found: dict[str, str] = {}
    for resource in site.plan.resources:
        first, *others = resource.variables
        if resource.how != "by hand" and first in there:
            found |= dict.fromkeys(others, f"from {first}")
    return found


def plan_changes(
    module: ModuleType, site: Site, values: Mapping[str, str], named: Collection[str]
) -> list[VariableChange]:
    """What would happen to these values. Those that the user `named` are set in any case."""
    with report_unexpected_output(site.cli.tool.title):
        there: Mapping[str, str | None] = module.variables(site)
    for value in values.values():
        hide(value)
    return [_plan_change(site, name, value, there, name in named) for name, value in values.items()]


def _plan_change(site: Site, name: str, value: str, there: Mapping[str, str | None], named: bool) -> VariableChange:
    reason = "" if named else reason_to_skip(site, name, there)
    if reason:
        return VariableChange(name, "left out", reason)
    here = any(host in value for host in LOCAL)
    note = "its value points to your own machine, which the site cannot reach" if here else ""
    if name not in there:
        return VariableChange(name, "new", note)
    before = there[name]
    if before is None:
        return VariableChange(name, "replaced", note or "the platform does not show its value")
    return VariableChange(name, "unchanged" if before == value else "changed", note)


def reason_to_skip(site: Site, name: str, there: Mapping[str, str | None]) -> str:
    """Why a variable of a .env file is not set on the platform; empty if it is."""
    sources = {one.name: one.source for one in site.plan.environment}
    if sources.get(name) == "resource":
        return "comes from the platform"
    if name in PLATFORMS_OWN or sources.get(name) == "constant":
        return "set by the overlay or the platform"
    if sources.get(name) == "generated" and name in there:
        return "kept: another value would end every session"
    if name == "DEBUG" or name == site.answers.text("django_debug_env").partition("=")[0]:
        return "controls debugging, which is off in production"
    return ""


def set_values(module: ModuleType, site: Site, values: Mapping[str, str]) -> Iterator[str]:
    """Set them, and yield each name once the platform has it. Raises Failure if the platform refuses one."""
    with report_unexpected_output(site.cli.tool.title):
        commands = list(module.set_variables(site, values))
    for one in commands:
        with show_progress(one.progress or f"{site.cli.tool.title}: setting {', '.join(values)}"):
            done = site.cli.run(one)
        if done.status != 0:
            raise site.cli.failure(done, one.line(site.cli.name))
        if one.on_success is not None:
            one.on_success(done.output)
    with report_unexpected_output(site.cli.tool.title):
        there: Mapping[str, str | None] = module.variables(site)
    for name, value in values.items():
        if name not in there or there[name] not in (None, value):
            raise Failure(
                f"The command reported success, but {site.cli.tool.title} does not show {name}: run this again.",
                anchor="not-there-yet",
            )
        tell(f"{name} is set")
        yield name


def preview_commands(module: ModuleType, site: Site, values: Mapping[str, str]) -> tuple[list[str], bool]:
    """The commands as people would type them, without values, and whether the program takes values as arguments."""
    commands: list[Any] = list(module.set_variables(site, values))
    return [one.line(site.cli.name) for one in commands], any(one.stdin is None for one in commands)

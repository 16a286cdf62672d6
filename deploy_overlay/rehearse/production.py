"""Describes production, by the answers and the declarations of platforms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from ..base.answers import Answers
from ..base.message import Failure
from ..base.plan import Process, Shell
from ..base.platform import Platform
from ..plan import Plan, plan
from ..plan.missing import Missing, missing
from ..plan.names import domains
from ..platforms import platforms

EXAMPLE_HOST = "rehearsal.example.com"


@dataclass(frozen=True)
class Target:
    """One platform of the project, or its own server if it has none."""

    key: str
    platform: Platform | None
    plan: Plan
    usual_header: tuple[str, str] | None = None  # what a proxy sets where no platform says so
    domains: tuple[str, ...] = ()  # the owner's
    beside: tuple[Process, ...] = ()  # what the plan has beside the site, as the rehearsal runs it: in the Django root
    missing: tuple[Missing, ...] = ()  # what the project has and is not started, created or kept there
    memory: int = 0  # MB of each process, 0 if it is not known

    @property
    def name(self) -> str:
        return self.platform.name if self.platform else "your own server"

    @property
    def variables(self) -> Mapping[str, str]:
        """The variables that the platform sets for every process of an app, with a made-up name."""
        return self.platform.runs.sets if self.platform else {"DEPLOY_HOSTS": EXAMPLE_HOST}

    @property
    def header(self) -> tuple[str, str] | None:
        """How the proxy marks HTTPS requests, as Django names it."""
        return self.platform.runs.proxy_header if self.platform else self.usual_header

    @property
    def grace(self) -> int:
        """Seconds between SIGTERM and the end of a process."""
        return self.platform.runs.grace if self.platform else 30

    def host(self, environ: Mapping[str, str]) -> str:
        """A host name of the site there, never a pattern."""
        address = self.platform.runs.address if self.platform else ""
        for host in (address, *environ.get("DEPLOY_HOSTS", "").split(","), *self.domains):
            name = host.strip()
            if name and "*" not in name:
                return f"rehearsal{name}" if name.startswith(".") else name
        return EXAMPLE_HOST

    def proxy_headers(self) -> dict[str, str]:
        """The header with which the proxy marks HTTPS requests."""
        if not self.header:
            return {}
        return {self.header[0].removeprefix("HTTP_").replace("_", "-").title(): self.header[1]}


@dataclass(frozen=True)
class Production:
    """`required` maps each variable without which the site does not start to its purpose."""

    answers: Answers
    targets: tuple[Target, ...]
    required: Mapping[str, str]

    @property
    def plan(self) -> Plan:
        return self.targets[0].plan

    @property
    def own(self) -> bool:
        """Whether the project does not have the overlay and is rehearsed as it is."""
        return not self.answers.answers_file

    @property
    def package(self) -> str:
        """The overlay's package, empty without it."""
        return "" if self.own else self.plan.app.package

    @property
    def key_variable(self) -> str:
        return self.plan.app.secret_key

    @property
    def settings(self) -> str:
        return self.answers.text("django_settings_module") if self.own else self.plan.app.settings

    @property
    def project_settings(self) -> str:
        """The module that the production settings build on; empty if they are a class."""
        return (
            "" if self.own or self.answers.text("django_configuration") else self.answers.text("django_settings_module")
        )

    @property
    def database(self) -> str:
        """postgres, sqlite or external."""
        return self.answers.text("deploy_database", "postgres")

    @property
    def server_configuration(self) -> Path:
        """From the Django root."""
        return Path(*self.package.split("."), "gunicorn.conf.py")

    def target(self, wanted: str) -> Target:
        """The platform with that name or key. Raises Failure, which lists the platforms, if there is none."""
        for target in self.targets:
            if wanted.lower() in (target.key.lower(), target.name.lower()):
                return target
        keys = ", ".join(target.key for target in self.targets)
        raise Failure(
            f"This project is not deployed to {wanted!r}. Use --platform with one of: {keys}.",
            anchor="rehearsal-platform",
        )


def production(answers: Answers) -> Production:
    """Production on each platform of the answers."""
    offered = platforms()
    found = [(key, offered[key]) for key in answers.texts("deploy_platforms") if key in offered]
    own = tuple(domains(answers.text("deploy_domains")))
    targets = tuple(_target(answers, key, one, own) for key, one in found)
    # Without the overlay the platform is not known, and all that we know of mark HTTPS in this way.
    usual = None if answers.answers_file else ("HTTP_X_FORWARDED_PROTO", "https")
    if not targets:
        made = plan(answers.values, None)
        # Of a server of one's own nothing says what it starts: all of it counts.
        beside = tuple(process._replace(state="started") for process in made.background)
        targets = (Target("server", None, made, usual, beside=beside),)
    first = targets[0].plan
    meaning = {"generated": "signs sessions and links", "resource": "address of the database"}
    settings = f"read by {answers.text('django_settings_module')}"
    required = {
        one.name: meaning.get(one.source, settings)
        for one in first.environment
        if one.required and one.source != "constant" and not (one.source == "resource" and one.name != "DATABASE_URL")
    }
    if not answers.answers_file:
        # Without the overlay nothing demands these two.
        named = answers.texts("django_required_env")
        required = {name: why for name, why in required.items() if name in named}
    return Production(answers, targets, required)


def _target(answers: Answers, key: str, platform: Platform, domains: tuple[str, ...]) -> Target:
    in_root = replace(platform, runs=platform.runs._replace(shell=Shell(joins=False)))
    return Target(
        key,
        platform,
        plan(answers.values, platform),
        domains=domains,
        beside=plan(answers.values, in_root).background,
        missing=tuple(missing(answers.values, platform)),
        memory=platform.memory(answers.values),
    )

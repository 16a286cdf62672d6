"""The app of this project, its answers and what Fly.io says of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ....adapter.cli import NotPermitted
from ....adapter.site import MARK, Site
from ....adapter.steps import Command

TOKENS = "@tokens.fly.io"  # ends the address that `fly auth whoami` gives a token
NOT_THERE = r"(?i)could not find app"
RELEASED = "released already"  # note that the current commit is online, so that no deployment follows


class Row(dict[str, Any]):
    """An object of the program's JSON: its keys are `Name` in one version and `name` in another, as Go's structs change."""

    def __missing__(self, key: str) -> Any:
        same = next((name for name in self if _plain(name) == _plain(key)), None)
        if same is None:
            raise KeyError(key)
        return self[same]

    def get(self, key: str, default: Any = None) -> Any:
        try:
            return self[key]
        except KeyError:
            return default


def _plain(key: str) -> str:
    return key.replace("_", "").lower()


def _rows(found: Any) -> Any:
    if isinstance(found, list):
        return [_rows(one) for one in found]
    return Row({name: _rows(value) for name, value in found.items()}) if isinstance(found, dict) else found


@dataclass
class App:
    """Lists come from `--json`; what Go leaves out or writes as null is an empty list here."""

    site: Site
    # What was seen last: commands follow a look.
    seen_secrets: list[str] = field(default_factory=list)
    seen_machines: list[dict[str, Any]] = field(default_factory=list)
    seen_releases: list[dict[str, Any]] = field(default_factory=list)
    _org: str = ""
    _there: bool = False

    @property
    def name(self) -> str:
        return self.site.name

    @property
    def region(self) -> str:
        return self.site.answers.text("fly_region", "iad")

    @property
    def database(self) -> str:
        return f"{self.name}-db"

    @property
    def managed(self) -> bool:
        return self.site.answers.text("fly_postgres", "managed") != "unmanaged"

    @property
    def marked(self) -> str:
        """A secret's value cannot be read again, so the project's mark is its name."""
        return f"{MARK}_{self.site.mark.upper()}" if self.site.mark else ""

    def rows(self, *argv: str, empty: str = "") -> list[dict[str, Any]]:
        return list(_rows(self.site.cli.json(*argv, "--json", empty=empty) or []))

    def info(self) -> dict[str, Any] | None:
        """The app as `fly apps list` has it, None where no organisation of this account has one of this name."""
        found = self._listed() or self._alone()
        self._there = found is not None
        if found is not None:
            self._org = str(found["Organization"]["Slug"])
            self.site.notes["address"] = f"https://{found.get('Hostname') or f'{self.name}.fly.dev'}"
        return found

    def _listed(self) -> dict[str, Any] | None:
        try:
            return next((app for app in self.rows("apps", "list") if app["Name"] == self.name), None)
        except NotPermitted:
            if not self._by_token:
                raise
            return None

    def _alone(self) -> dict[str, Any] | None:
        """The app by its own status: a token for this app alone does not see the list of apps."""
        if not self._by_token:
            return None
        found = self.site.cli.json("status", "-a", self.name, "--json", absent=NOT_THERE)
        return _rows(found) if found else None

    @property
    def _by_token(self) -> bool:
        """Whether a token is logged in instead of a person, of an app or of an organisation."""
        return self.site.cli.account.endswith(TOKENS)

    @property
    def org(self) -> str:
        """Slug of the organisation: the app's own where it is there, else as answered, chosen or the only one."""
        if not self._org:
            told = dict(self.site.cli.json("orgs", "list", "--json"))
            labels = {str(slug): f"{name} ({slug})" for slug, name in told.items()}
            self._org = self.site.choose("fly_org", "organisation", labels)
        return self._org

    def marks(self, secrets: list[str]) -> list[str]:
        """The marks among names of secrets, of any project."""
        return [name.removeprefix(f"{MARK}_").lower() for name in secrets if name.startswith(f"{MARK}_")]

    def machines(self) -> list[dict[str, Any]]:
        """Machines that serve the site or work beside it: not those that a release command ran on."""
        found = self.rows("machine", "list", "-a", self.name)
        gone = ("destroyed", "destroying")
        self.seen_machines = [
            one for one in found if one.get("state") not in gone and not group(one).startswith("fly_app")
        ]
        return self.seen_machines

    def has(self, secret: str) -> bool:
        """Whether the app is there, by the last look at it, and has this secret."""
        return self._there and secret in self.secrets()

    def secrets(self) -> list[str]:
        """Names of the secrets, staged ones too."""
        self.seen_secrets = [str(secret["name"]) for secret in self.rows("secrets", "list", "-a", self.name)]
        return self.seen_secrets


def attached(app: App, *names: str) -> str:
    """What shows that a resource is there which the account may not look at: the app has all of its variables."""
    return f"{' and '.join(names)} set" if all(app.has(name) for name in names) else ""


def group(machine: dict[str, Any]) -> str:
    """Its process group: `app` where fly.toml names none. https://fly.io/docs/launch/processes/"""
    metadata = (machine.get("config") or {}).get("metadata") or {}
    return str(metadata.get("fly_process_group", "app"))


def stands_by(machine: dict[str, Any]) -> bool:
    """Whether it runs only if the Machine fails that it stands by for."""
    return bool((machine.get("config") or {}).get("standbys"))


def mark(app: App, name: str) -> Command:
    """Says of the Fly.io app `name` that it belongs to this project."""
    return Command(("secrets", "import", "-a", name, "--stage"), stdin=f"{app.marked}=1\n")

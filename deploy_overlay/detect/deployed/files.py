"""Deployment files that are already in the repository: what they say of settings, servers, commands and versions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from ...base.evidence import Evidence
from ...base.files import Repository, join, parent
from ..project import Project
from .docker_stages import FROM, without_development

PRODUCTION_WORDS = (
    "production",
    "prod",
    "product",
    "prd",
    "live",
    "deploy",
    "deployment",
    "deployed",
    "heroku",
    "docker",
)
DEVELOPMENT_WORDS = frozenset(
    {
        "dev", "devel", "develop", "development", "local", "localhost", "test", "tests", "testing", "ci", "debug",
        "stage", "staging", "sandbox", "example", "sample", "dist", "travis", "pytest", "jenkins", "qa", "uat", "e2e",
        "preview", "review", "playground", "unittest", "demo", "gitpod", "codespaces", "devcontainer", "benchmark",
    }
)  # fmt: skip

# Which files are read, with the rank of their word: lower is nearer to production.
KINDS = (
    (re.compile(r"(?i:^(.*[._-])?(dockerfile|containerfile)([._-].*)?$)|^[A-Z][A-Za-z]*(Dock|Contain)erfile$"), 1, "docker"),
    (re.compile(r"^Procfile(\..*)?$"), 1, "procfile"),
    (re.compile(r"^(fly[\w.-]*\.toml|render\.ya?ml|heroku\.yml|app\.json|app\.ya?ml|\.platform\.app\.yaml|railway\.(json|toml)"
                r"|nixpacks\.toml|config\.yaml|zappa_settings\.json|manifest[\w.-]*\.yml|scalingo\.json|project\.toml"
                r"|vercel\.json|application\.ya?ml|captain-definition)$"), 1, "platform"),
    (re.compile(r"(?i)^[\w.-]*(uwsgi|supervisor|gunicorn|systemd|circus)[\w.-]*\.(ini|conf|ya?ml|xml)$"
                r"|^[\w@.-]+\.service$"), 2, "server"),
    (re.compile(r"(?i)^(docker-)?compose[\w.-]*\.ya?ml$|^docker-compose[\w.-]*$|^stack[\w.-]*\.ya?ml$"), 3, "compose"),
    (re.compile(r"(?i)^[\w.-]*(entry-?point|start|run|launch|boot|build|release|deploy|serve|web|gunicorn|django|prestart|worker|consumer|celery|beat|schedul|queue|listen)[\w.-]*\.sh$"
                r"|^(entry-?point|start|run|entry)([-_][\w-]+)?$|^(pre|post)_compile$"), 2, "script"),
    (re.compile(r"(?i)^\.?env[\w.-]*$|^[\w.-]+\.env$|^\.django$"), 4, "env"),
    (re.compile(r"^[\w.@-]+\.(conf|ini)$"), 2, "programs"),
)  # fmt: skip
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")  # between the words of ProdDjangoDockerfile
# A cheap test for the many names, before the patterns above, which match no name without this.
_MAYBE = re.compile(
    r"(?i)docker|container|procfile|env|compose|stack|entry|^(start|run)([-_]|$)|\.(sh|toml|ya?ml|json|ini|conf|xml|service|django)$"
    r"|captain-definition|_compile$"
)
# These folders have nested start scripts: compose/production/django/celery/beat/start.
_DEPLOYING = frozenset(
    {"compose", "docker", "containers", "deploy", "deployment", "deployments", "ansible", "roles", "k8s", "kubernetes",
     "helm", "charts", "kustomize", "infra", "infrastructure", "ops", "devops", "etc", "supervisor", "systemd", "s6"}
)  # fmt: skip
_CLUSTER = frozenset({"k8s", "kubernetes", "helm", "charts", "kustomize"})
_CONTAINERS = re.compile(r"^\s*(containers|initContainers):", re.MULTILINE)
MOST_LEVELS = 6
MAX_DEEPER = 60  # folders on one level
FOLDERS = (
    ".upsun",
    ".platform",
    ".do",
    ".envs",
    ".envs/.production",
    ".github/workflows",
    ".ebextensions",
    ".buildpacks",
)
MAX_FILES = 80

_SETTINGS = re.compile(
    r"""DJANGO_SETTINGS_MODULE["']?\s*(?:[:=,]|\s)\s*\{?\s*(?:["']?value["']?\s*:\s*)?["']?(?P<value>[\w.$\{\}:-]+)"""
)
_OPTION = re.compile(r"(?:--settings|--ds)[= ]\s*[\"']?([\w.]+)")

# What a script tells its reader, which may name a command; not what it writes to a file or gives to a program.
_TOLD = re.compile(r"""^\s*(?:echo|printf)\s(?:"(?:\\.|[^"\\])*"|'[^']*'|[^"'<>|&;])*$""")
_PROGRAMS = re.compile(r"^\[(?:program|watcher):", re.MULTILINE)
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
# What brings the repository's files into an image, and images that have none.
_FROM_REPOSITORY = re.compile(
    r"(?i)^\s*(?:COPY|ADD)\s+(?!.*--from=)(?!(?:--\S+\s+)*https?:)|--mount=type=bind|\bgit\s+clone\b|^\s*ONBUILD\b"
)
_PUBLIC = re.compile(r"(?i)^(?:\S*/)?(?:python|debian|ubuntu|alpine|uv|miniconda3?|micromamba)(?:[:@]\S*)?$")
_STARTED = re.compile(r"(?im)^\s*(?:CMD|ENTRYPOINT)\s")
_OF_DJANGO = re.compile(r"(?i)django|manage\.py|[wa]sgi|gunicorn|celery")
SET_VARIABLE = re.compile(r"(?:^|\s)([A-Za-z_]\w*)=(?:\"([^\"$]*)\"|'([^'$]*)'|([^\s\"'$;&|\\]+))")


@dataclass(frozen=True)
class DeployFile:
    """One deployment file. `rank` is 0 for a file named for production, then rises with the doubt."""

    path: str
    kind: str
    rank: int
    text: str

    @cached_property
    def lines(self) -> tuple[tuple[int, str], ...]:
        """Numbered logical lines, lines that end in a backslash joined; comments and what a script prints left out.

        Those of a Dockerfile's stages that are for development are no more about production than Dockerfile.dev is.
        """
        joined: list[tuple[int, str]] = []
        pending: tuple[int, str] | None = None
        for number, line in enumerate(self.text.split("\n"), 1):
            bare = line.strip()
            if bare.startswith(("#", ";", "//")):
                continue
            start, before = pending or (number, "")
            if bare.endswith("\\"):
                pending = (start, before + bare[:-1] + " ")
                continue
            pending = None
            whole = before + (bare if before else line)
            if self.kind != "script" or not _TOLD.match(whole):
                joined.append((start, whole))
        return tuple(without_development(joined) if self.kind == "docker" else joined)

    @cached_property
    def expanded(self) -> tuple[tuple[int, str], ...]:
        """`lines` with the values of the variables that the file itself sets."""
        values: dict[str, str] = {}
        found = []
        for number, line in self.lines if "$" in self.text else ():
            expanded = _VARIABLE.sub(lambda named: values.get(named[1] or named[2], named[0]), line)
            for name, *said in SET_VARIABLE.findall(expanded):
                values[name] = "".join(said)
            found.append((number, expanded))
        return tuple(found) or self.lines

    @cached_property
    def is_of_another_service(self) -> bool:
        """Whether it is a Dockerfile of a program without a file of the repository or a word of Django, such as a mock server."""
        if self.kind != "docker" or not _STARTED.search(self.text) or _OF_DJANGO.search(self.text):
            return False
        images = [begun["image"] for _, line in self.lines if (begun := FROM.match(line))]
        return all(_PUBLIC.match(image) for image in images) and not any(
            _FROM_REPOSITORY.search(line) for _, line in self.lines
        )

    def matches(self, pattern: re.Pattern[str]) -> Iterator[tuple[re.Match[str], Evidence]]:
        for number, line in self.lines:
            for match in pattern.finditer(line):
                yield match, Evidence(self.path, number, line.strip()[:100])


def deploy_files(project: Project) -> tuple[DeployFile, ...]:
    """The deployment files near the project, those closest to production first."""
    found: tuple[DeployFile, ...] = project.once("deploy files", lambda: tuple(_find(project)))
    return found


def _find(project: Project) -> list[DeployFile]:
    repository = project.repository
    found: list[DeployFile] = []
    near = [folder for folder in repository.folders() if folder.count("/") < 3]
    folders = [*near, *_deeper(repository, [folder for folder in near if folder.count("/") == 2 and _deploys(folder)])]
    for folder in (*folders, *(name for name in FOLDERS if repository.is_folder(name))):
        cluster = _CLUSTER & words_of(folder)
        for name in repository.listing(folder).files:
            if cluster and name.endswith((".yaml", ".yml")) and not words_of(join(folder, name)) & DEVELOPMENT_WORDS:
                manifest = repository.text(join(folder, name)) or ""
                if _CONTAINERS.search(manifest):
                    found.append(DeployFile(join(folder, name), "compose", 3, manifest))
                continue
            if not _MAYBE.search(name):
                continue
            for pattern, rank, kind in KINDS:
                if not pattern.match(name):
                    continue
                path = join(folder, name)
                words = words_of(path) | (words_of(_CAMEL.sub(" ", name)) if kind == "docker" else set())
                if name == "config.yaml" and not folder.startswith((".upsun", ".platform")):
                    break
                if words & DEVELOPMENT_WORDS and not words & {"production", "prod"}:
                    break
                content = repository.text(path)
                if kind == "programs":  # Supervisor and Circus read all files of a folder, whatever their names
                    content, kind = content if _PROGRAMS.search(content or "") else None, "server"
                if content is not None:
                    named = {"production", "prod"} & words or (kind == "docker" and words & {"deploy"})
                    found.append(DeployFile(path, kind, 0 if named else rank, content))
                break
        if len(found) >= MAX_FILES:
            break
    root = project.answers.get("django_root")
    return sorted(
        found, key=lambda file: (file.rank, _distance(file.path, str(root or "")), file.path.count("/"), file.path)
    )


def _deeper(repository: Repository, level: list[str]) -> list[str]:
    """What lies below these folders of deployment, MOST_LEVELS deep."""
    found: list[str] = []
    for _ in range(MOST_LEVELS):
        level = [join(folder, name) for folder in level for name in repository.listing(folder).folders][:MAX_DEEPER]
        found += level
    return found


def _deploys(folder: str) -> bool:
    return not _DEPLOYING.isdisjoint(folder.lower().split("/")[:3])


def _distance(path: str, root: str) -> int:
    """0 for a file above or in the Django root, 1 for one elsewhere: another service's, perhaps."""
    folder = parent(path)
    near = folder == "." or root.startswith(folder) or folder.startswith(root)
    return 0 if near else 1


def words_of(text: str) -> set[str]:
    return {word for word in re.split(r"[^a-z0-9]+", text.lower()) if word}


def settings_named(project: Project) -> list[tuple[str, DeployFile, Evidence]]:
    """Values of DJANGO_SETTINGS_MODULE in the deployment files, nearest to production first."""
    found = []
    for file in deploy_files(project):
        for number, line in _with_values(file, "DJANGO_SETTINGS_MODULE"):
            if _is_of_build(line):
                continue
            for match in (*_SETTINGS.finditer(line), *_OPTION.finditer(line)):
                value = _default_of(match.group(match.lastgroup or 1))
                if re.fullmatch(r"[A-Za-z_]\w*(\.\w+)*", value):
                    found.append((value, file, Evidence(file.path, number, f"uses {value}")))
    return found


def value_named(project: Project, variable: str) -> str:
    """What the deployment file nearest to production sets a variable to; "" for none. A machine's files do not count."""
    pattern = re.compile(
        rf"(?:(?<!\w){variable}[\"']?\s*[:=]|(?<!\w){variable}\s+(?=value:)|^\s*ENV\s+{variable}\s)"
        r"\s*\{?\s*(?:[\"']?value[\"']?\s*:\s*)?[\"']?(\w[\w.-]*)"
    )
    for file in deploy_files(project):
        if file.kind not in ("docker", "procfile", "platform", "server"):
            continue
        for _, line in _with_values(file, variable):
            found = None if variable not in line or _is_of_build(line) else pattern.search(line)
            if found:
                return found[1]
    return ""


def _is_of_build(line: str) -> bool:
    """Whether it runs in the build of the image, which often has other settings."""
    return bool(re.match(r"(?i)\s*RUN\s", line)) or "collectstatic" in line


def _with_values(file: DeployFile, variable: str) -> list[tuple[int, str]]:
    """Lines, each joined with the one after it: YAML and JSON lists put a name and its value on two lines."""
    lines = file.lines
    result = []
    for position, (number, line) in enumerate(lines):
        if re.search(rf"{variable}[\"']?\s*:?\s*\{{?\s*,?\s*$", line) and position + 1 < len(lines):
            line = line.rstrip() + " " + lines[position + 1][1].strip()
        result.append((number, line))
    return result


def _default_of(value: str) -> str:
    match = re.match(r"\$\{\w+:?-([\w.]+)\}?", value)
    return match.group(1) if match else value.strip("'\"")

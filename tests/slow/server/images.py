"""Images of an engine that reaches no registry: sites are built with Buildah, PostgreSQL and the like are Debian's.

kamal-proxy is the real program, built from its Go module, in an image of ours: its makers' own cannot be pulled here.
`postgres:17` stands in for Docker's own image: the same variables, folder and user; `valkey/valkey:8` has Debian's Valkey,
`caddy:2` the program that Caddy's makers release.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.slow.images.base import base_images
from tests.slow.images.buildah import Buildah
from tests.tools import tool

from .engine import Engine

BASE = "python:3.13-slim-trixie"
POSTGRES, VALKEY, CADDY = "postgres:17", "valkey/valkey:8", "caddy:2"
KAMAL_PROXY = "basecamp/kamal-proxy:v0.9.2"
SERVICES = "deploy-overlay-services"
OF_DUMPS = f"docker.io/library/{POSTGRES}-trixie"  # from which images of sites have pg_dump
# As https://github.com/docker-library/postgres/blob/master/docker-entrypoint.sh does it, in short.
ENTRY = """#!/bin/sh
set -eu
[ "$1" = postgres ] || exec "$@"
export PGDATA="${PGDATA:-/var/lib/postgresql/data}"
run="setpriv --reuid=postgres --regid=postgres --clear-groups"
install -d -o postgres -g postgres -m 700 "$PGDATA"
chown postgres /var/lib/postgresql
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  printf %s "$POSTGRES_PASSWORD" > /tmp/password
  chown postgres /tmp/password
  $run initdb -U "$POSTGRES_USER" --pwfile=/tmp/password -A trust -D "$PGDATA"
  rm /tmp/password
  echo "host all all all scram-sha-256" >> "$PGDATA/pg_hba.conf"
  $run pg_ctl -D "$PGDATA" -w -o "-c listen_addresses= -c unix_socket_directories=/tmp" start
  PGPASSWORD=$POSTGRES_PASSWORD psql -h /tmp -U "$POSTGRES_USER" -d postgres -c "CREATE DATABASE \\"$POSTGRES_DB\\""
  $run pg_ctl -D "$PGDATA" -w -m fast stop
fi
exec $run postgres -D "$PGDATA" -c listen_addresses='*' -c unix_socket_directories=/var/run/postgresql,/tmp
"""
# Debian's packages start servers and make certificates while they are installed, which nothing here allows.
DOCKERFILE = f"""FROM {BASE}
RUN apt-get update \\
 && {{ DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends postgresql valkey-server || true; }} \\
 && {{ getent passwd postgres || useradd --system postgres; }} \\
 && install -d -o postgres /var/run/postgresql \\
 && ln -sf /usr/lib/postgresql/*/bin/* /usr/local/bin/ \\
 && initdb --version && valkey-server --version
COPY --chmod=755 entry.sh /entry.sh
ENTRYPOINT ["/entry.sh"]
CMD ["postgres"]
STOPSIGNAL SIGINT
"""
OF_CADDY = f"""FROM {BASE}
COPY --chmod=755 caddy /usr/bin/caddy
ENV XDG_CONFIG_HOME=/config XDG_DATA_HOME=/data
CMD ["caddy", "run", "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile"]
"""
# As https://github.com/basecamp/kamal-proxy/blob/main/Dockerfile, on another Debian.
OF_KAMAL_PROXY = f"""FROM {BASE}
LABEL org.opencontainers.image.title=kamal-proxy
COPY --chmod=755 kamal-proxy /usr/local/bin/kamal-proxy
RUN useradd kamal-proxy \\
 && mkdir -p /home/kamal-proxy/.config/kamal-proxy \\
 && chown -R kamal-proxy:kamal-proxy /home/kamal-proxy
USER kamal-proxy:kamal-proxy
CMD ["kamal-proxy", "run"]
"""


def load_kamal_proxy(engine: Engine, bases: Buildah, folder: Path) -> None:
    """The proxy that Kamal starts on a server, into the engine."""
    folder.mkdir(parents=True)
    shutil.copy2(tool("kamal-proxy").resolve(), folder / "kamal-proxy")
    (folder / "Dockerfile").write_text(OF_KAMAL_PROXY, encoding="utf-8")
    base_images(bases, folder / "Dockerfile")
    bases.build(folder, "kamal-proxy")
    _load(engine, bases, "kamal-proxy", KAMAL_PROXY, folder)


def load_services(engine: Engine, bases: Buildah, folder: Path) -> None:
    """What compose files name beside the site, into the engine."""
    services, proxy = folder / "services", folder / "proxy"
    for place in (services, proxy):
        place.mkdir(parents=True)
    (services / "entry.sh").write_text(ENTRY, encoding="utf-8")
    (services / "Dockerfile").write_text(DOCKERFILE, encoding="utf-8")
    shutil.copy2(tool("caddy").resolve(), proxy / "caddy")
    (proxy / "Dockerfile").write_text(OF_CADDY, encoding="utf-8")
    base_images(bases, proxy / "Dockerfile")
    with bases.alone():  # made once: its layers stay in the store of the base images
        bases.build(services, SERVICES)
        bases.ask("tag", SERVICES, OF_DUMPS)
    for name in (POSTGRES, VALKEY):
        _load(engine, bases, SERVICES, name, folder)
    bases.build(proxy, CADDY)
    _load(engine, bases, CADDY, CADDY, folder)


def load_site(
    engine: Engine, store: Buildah, root: Path, name: str, folder: Path, dockerfile: str = "Dockerfile"
) -> None:
    """Build the image of a site, and give it to the engine under this name."""
    store.build(root, name, dockerfile)
    _load(engine, store, name, name, folder)


def _load(engine: Engine, store: Buildah, image: str, name: str, folder: Path) -> None:
    archive = folder / "image.tar"
    archive.unlink(missing_ok=True)
    store.ask("push", *store.trust, image, f"docker-archive:{archive}:{name}")
    engine.docker("load", "--quiet", "--input", str(archive))
    archive.unlink()

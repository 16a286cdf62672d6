"""Gunicorn's settings: https://docs.gunicorn.org/en/stable/settings.html. Added by deploy-overlay."""

import contextlib
import os
import socket
import sys
from pathlib import Path

from gunicorn.glogging import Logger
from gunicorn.sock import TCP6Socket

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "deploy.settings")

from deploy import logs  # noqa: E402
from deploy.environment import require  # noqa: E402

require()  # here, so that the error appears once and not in every worker

wsgi_app = "library.wsgi:application"

# IPv4, and IPv6 where the machine has it, because some private networks use only IPv6. Two sockets,
# because one for both would log 1.2.3.4 as ::ffff:1.2.3.4. No `reuse_port`, because a worker that
# stops would drop its waiting connections.
bind = [f"0.0.0.0:{os.environ.get('PORT') or '8000'}"]
with contextlib.suppress(OSError), socket.socket(socket.AF_INET6) as _probe:
    _probe.bind(("::", 0))
    bind.append(bind[0].replace("0.0.0.0", "[::]"))


def _bind_only_ipv6(self, sock):
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    sock.bind(self.cfg_addr)


TCP6Socket.bind = _bind_only_ipv6

# Two processes, but one on a single processor: a second one would take memory and make it slower. On a larger machine,
# set WEB_CONCURRENCY to the number of processors. Each thread can hold a database connection.
_one = hasattr(os, "sched_getaffinity") and len(os.sched_getaffinity(0)) == 1
workers = int(os.environ.get("WEB_CONCURRENCY") or (1 if _one else 2))
worker_class = "gthread"
threads = int(os.environ.get("GUNICORN_THREADS") or max(3, 8 // workers))

timeout = 60  # seconds until a hanging worker is replaced
graceful_timeout = 25  # seconds to finish requests when stopped; platforms wait 30
keepalive = 95  # seconds, longer than proxies keep idle connections
forwarder_headers = ""  # never trust SCRIPT_NAME from a visitor
# To replace workers whose memory grows: https://org.github.io/deploy-overlay/performance/#replacing-workers

# On a disk, the heartbeat file could block a worker.
if Path("/dev/shm").is_dir():
    worker_tmp_dir = "/dev/shm"
control_socket_disable = True  # an unprivileged user cannot create it
accesslog = errorlog = "-"  # standard output and error, which the platform collects


class logger_class(Logger):  # noqa: N801
    def setup(self, cfg):
        super().setup(cfg)
        if logs.AS_JSON:
            logs.as_json(self.error_log)
            logs.as_json(self.access_log)

    def access(self, resp, req, environ, request_time):
        # Not for static files with hashed names: a page has dozens, and the line is a fifth of the work.
        if not any(name == "Cache-Control" and "immutable" in value for name, value in resp.headers):
            super().access(resp, req, environ, request_time)

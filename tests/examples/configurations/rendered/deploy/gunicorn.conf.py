"""Gunicorn: https://docs.gunicorn.org/en/stable/settings.html. Added by deploy-overlay."""

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

require()  # fails here, once, instead of in every worker

wsgi_app = "deploy.wsgi:application"

# IPv4, and IPv6 where the machine has it: some private networks have only IPv6. The sockets are
# separate, so that visitors keep their addresses, and all workers share them: with `reuse_port`,
# a worker that ends would drop the visitors who wait for it.
bind = [f"0.0.0.0:{os.environ.get('PORT') or '8000'}"]
with contextlib.suppress(OSError), socket.socket(socket.AF_INET6) as _probe:
    _probe.bind(("::", 0))
    bind.append(bind[0].replace("0.0.0.0", "[::]"))


def _bind_only_ipv6(self, sock):
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    sock.bind(self.cfg_addr)


TCP6Socket.bind = _bind_only_ipv6

# Two processes fit a small machine, and one of them answers while the other is busy. Set WEB_CONCURRENCY
# to the number of processors on a larger one; each thread can keep a connection to the database.
workers = int(os.environ.get("WEB_CONCURRENCY") or 2)
try:
    import deploy.server  # noqa: F401

    worker_class = "deploy.server.PatientWorker"
except ImportError as error:  # another version of Gunicorn
    print(f"Slow clients can occupy all threads: {error}.", file=sys.stderr)
    worker_class = "gthread"
threads = int(os.environ.get("GUNICORN_THREADS") or max(3, 8 // workers))

timeout = 60  # seconds until a hanging worker is replaced
graceful_timeout = 25  # seconds to finish requests at a deploy; platforms wait 30
keepalive = 95  # seconds, longer than proxies keep idle connections
forwarder_headers = ""  # never trust SCRIPT_NAME from a visitor
# To replace workers whose memory grows: https://org.github.io/deploy-overlay/performance/#replacing-workers

# The heartbeat file on a disk could block a worker.
if Path("/dev/shm").is_dir():
    worker_tmp_dir = "/dev/shm"
control_socket_disable = True  # an unprivileged user cannot create it
accesslog = "-"  # standard output, which the platform collects
errorlog = "-"
if logs.WANTED:

    class logger_class(Logger):  # noqa: N801
        def setup(self, cfg):
            super().setup(cfg)
            logs.as_json(self.error_log)
            logs.as_json(self.access_log)

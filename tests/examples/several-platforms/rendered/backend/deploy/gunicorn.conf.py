"""The web server in production: gunicorn -c deploy/gunicorn.conf.py

Added by deploy-overlay. Every setting: https://docs.gunicorn.org/en/stable/settings.html
"""

import contextlib
import os
import socket
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "deploy.settings")

from deploy.environment import require  # noqa: E402

# Said once, here, and not by every worker again and again.
require()

wsgi_app = "atlas.wsgi:application"

# The platform says which port its proxy asks. Private networks may have IPv6 alone (Fly.io's
# between apps), machines none. Behind [::] alone, IPv4 visitors would be ::ffff:192.0.2.1.
bind = [f"0.0.0.0:{os.environ.get('PORT') or '8000'}"]
with contextlib.suppress(OSError), socket.socket(socket.AF_INET6) as _probe:
    _probe.bind(("::", 0))
    bind.append(bind[0].replace("0.0.0.0", "[::]"))
reuse_port = len(bind) > 1  # Linux gives two sockets one port only so

# For small machines: two processes, so that one slow request does not stop the site,
# with threads for waiting on the database. WEB_CONCURRENCY raises it. The number of
# the host's processors would say nothing in a container.
workers = int(os.environ.get("WEB_CONCURRENCY") or 2)
try:
    import deploy.server  # noqa: F401

    worker_class = "deploy.server.PatientWorker"
except ImportError:  # a version of Gunicorn that it was not written for
    worker_class = "gthread"
threads = int(os.environ.get("GUNICORN_THREADS") or 4)

# A worker that hangs is replaced after a minute. At a deploy it has 25 seconds to finish
# what it does, less than the 30 that the platform waits.
timeout = 60
graceful_timeout = 25

# Longer than proxies keep an idle connection, so that it is never closed under them.
keepalive = 95

# No max_requests: under load, all workers would load the project at once. Where memory
# grows, set GUNICORN_CMD_ARGS="--max-requests 50000 --max-requests-jitter 50000".
# https://org.github.io/deploy-overlay/performance/#replacing-workers

# No header says where the site begins: proxies pass on those that visitors make up.
forwarder_headers = ""

# The heartbeat file must be in memory: on a disk it can block a worker.
if Path("/dev/shm").is_dir():
    worker_tmp_dir = "/dev/shm"

# An unprivileged user has no place for the control socket of Gunicorn 25.1 and later.
control_socket_disable = True

# The platform collects what is printed.
accesslog = "-"
errorlog = "-"

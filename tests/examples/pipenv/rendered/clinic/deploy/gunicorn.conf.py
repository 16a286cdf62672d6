"""The web server in production: gunicorn -c deploy/gunicorn.conf.py

Added by deploy-overlay. Every setting: https://docs.gunicorn.org/en/stable/settings.html
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "deploy.settings")

from deploy.environment import require  # noqa: E402

# Said once, here, and not by every worker again and again.
require()

wsgi_app = "clinic.wsgi:application"

# The platform says which port its proxy asks.
bind = [f"0.0.0.0:{os.environ.get('PORT', '8000')}"]

# For small machines: two processes, so that one slow request does not stop the site,
# with threads for waiting on the database. WEB_CONCURRENCY raises it. The number of
# the host's processors would say nothing in a container.
workers = int(os.environ.get("WEB_CONCURRENCY") or 2)
worker_class = "gthread"
threads = int(os.environ.get("GUNICORN_THREADS") or 4)

# A worker that hangs is replaced after a minute. At a deploy it has 25 seconds to finish
# what it does, less than the 30 that the platform waits.
timeout = 60
graceful_timeout = 25

# Longer than proxies keep an idle connection, so that it is never closed under them.
keepalive = 95

# So a slow leak never fills the memory; jitter keeps workers from restarting together.
max_requests = 2000
max_requests_jitter = 200

# The heartbeat file must be in memory: on a disk it can block a worker.
if Path("/dev/shm").is_dir():
    worker_tmp_dir = "/dev/shm"

# An unprivileged user has no place for the control socket of Gunicorn 25.1 and later.
control_socket_disable = True

# The platform collects what is printed.
accesslog = "-"
errorlog = "-"

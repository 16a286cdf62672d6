#!/bin/sh
# Starts the server after giving it the volume for uploads. Added by deploy-overlay.
set -eu

# A new volume belongs to root. The server runs as the unprivileged user `app`.
install -d -o app -g app /data /data/media
exec setpriv --reuid=app --regid=app --init-groups --no-new-privs gunicorn -c deploy/gunicorn.conf.py

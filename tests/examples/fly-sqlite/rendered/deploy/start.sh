#!/bin/sh
# Migrates SQLite on the volume, then starts the server. Added by deploy-overlay.
set -eu

# A new volume belongs to root. The server runs as the unprivileged user `app`.
install -d -o app -g app /data /data/media
exec setpriv --reuid=app --regid=app --init-groups --no-new-privs sh -c \
  'python -m django createcachetable && python -m django migrate --noinput && exec gunicorn -c deploy/gunicorn.conf.py'

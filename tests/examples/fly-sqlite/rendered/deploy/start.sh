#!/bin/sh
# Starts the site where SQLite is on a volume. Added by deploy-overlay.
set -eu

# A new volume belongs to root; the site itself runs as `app` and can do no more than that.
install -d -o app -g app /data /data/media
exec setpriv --reuid=app --regid=app --init-groups --no-new-privs sh -c \
  'python -m django createcachetable && python -m django migrate --noinput && exec gunicorn -c deploy/gunicorn.conf.py'

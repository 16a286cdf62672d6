#!/bin/sh
# Commands of render.yaml that need a shell, by process name. Added by deploy-overlay.
# Render runs dockerCommand without a shell. https://render.com/docs/blueprint-spec#dockercommand
set -eu

case "${1}" in
web)
  sh -c 'python -m django createcachetable && python -m django migrate --noinput'
  exec gunicorn -c deploy/gunicorn.conf.py
  ;;
*)
  echo "render.sh: unknown process ${1}" >&2
  exit 1
  ;;
esac

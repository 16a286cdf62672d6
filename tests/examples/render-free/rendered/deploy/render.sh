#!/bin/sh
# Commands of render.yaml that a shell has to read, by the name of their process. Added by deploy-overlay.
# Render hands the words of a command to no shell. https://render.com/docs/blueprint-spec#dockercommand
set -eu

case "${1}" in
web)
  sh -c 'python -m django createcachetable && python -m django migrate --noinput'
  exec gunicorn -c deploy/gunicorn.conf.py
  ;;
*)
  echo "render.sh knows no ${1}" >&2
  exit 1
  ;;
esac

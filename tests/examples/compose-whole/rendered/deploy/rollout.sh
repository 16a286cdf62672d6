#!/bin/sh
# Deploys the current commit on a server without a panel. Added by deploy-overlay.
set -eu
cd "$(dirname "${0}")"
compose="docker compose -f compose.yaml -f compose.server.yaml"
proxy="docker compose -f proxy.yaml"

$proxy up --detach --wait

# The old version serves while the new one is built and migrated, so migrations must suit both. Then containers that changed
# are replaced, and the proxy holds requests for the seconds until the new version answers.
$compose build
$compose run --rm release
$compose up --detach --no-deps --wait --remove-orphans \
  web worker beat clock postgres redis
# Not waited for: the first dump may take long, and a broken bucket must not stop the deployment.
$compose up --detach --no-deps backup

# Caddy gets certificates automatically: https://caddyserver.com/docs/automatic-https
$proxy exec -T caddy sh -c '
  set -e
  cat > /tmp/site.caddy
  caddy validate --config /tmp/site.caddy --adapter caddyfile
  mv /tmp/site.caddy /etc/caddy/sites/site.caddy
  caddy reload --config /etc/caddy/Caddyfile' << 'SITE'
www.example.com, example.com {
	reverse_proxy site:8000 {
		lb_try_duration 60s
		lb_try_interval 100ms
		# A kept connection could be closed in the middle of a request when the old version stops.
		transport http {
			keepalive off
		}
	}
}
SITE

# Older images would fill the disk. The label is that of compose.yaml, because not every builder adds Compose's own.
docker image prune --force --filter label=deploy-overlay=site > /dev/null

#!/bin/sh
# Deploys the current commit on a server without a panel. Added by deploy-overlay.
set -eu
cd "$(dirname "${0}")"
compose="docker compose -f compose.yaml -f compose.server.yaml"
proxy="docker compose -f proxy.yaml"

$proxy up --detach --wait

# The new version is built and migrated while the old one serves, so its migrations must suit both. Then everything that has
# changed is replaced; the proxy lets visitors wait for the seconds until the new version answers.
$compose build
$compose run --rm release
$compose up --detach --no-deps --wait --remove-orphans \
  web worker beat clock postgres redis
# Nobody waits for it: the first dump may take long, and a bucket that does not answer stops no deployment.
$compose up --detach --no-deps backup

# Caddy gets the certificates by itself: https://caddyserver.com/docs/automatic-https
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
		# A connection that is kept would be closed under a request when the old version stops.
		transport http {
			keepalive off
		}
	}
}
SITE

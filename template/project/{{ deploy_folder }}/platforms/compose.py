"""Docker Compose: https://docs.docker.com/compose/. Added by deploy-overlay."""

# The proxy sets X-Forwarded-Proto itself. Nothing else reaches the site, because compose.yaml publishes no port.
# https://caddyserver.com/docs/caddyfile/directives/reverse_proxy#defaults
PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")


def running(environ):
    """compose.yaml sets DEPLOY_PLATFORM."""
    return environ.get("DEPLOY_PLATFORM") == "compose"


def hosts(environ):
    """None: sites are reached at your domains only."""
    return []

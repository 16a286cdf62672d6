"""Docker Compose: https://docs.docker.com/compose/. Added by deploy-overlay."""

NAME = "Docker Compose"

# The proxy sets X-Forwarded-Proto itself. Nothing else reaches the site, because compose.yaml publishes no port.
# https://caddyserver.com/docs/caddyfile/directives/reverse_proxy#defaults
PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")


def running(environ):
    """compose.yaml sets DEPLOY_PLATFORM."""
    return environ.get("DEPLOY_PLATFORM") == "compose"


def hosts(environ):
    """None of its own: sites are reached under your domains, which the settings have."""
    return []


def database_url(environ):
    """compose.yaml sets DATABASE_URL."""
    return environ.get("DATABASE_URL")

"""Kamal: https://kamal-deploy.org/docs/. Added by deploy-overlay."""

# kamal-proxy sets X-Forwarded-Proto itself. Nothing else reaches the site, because no container publishes a port.
# https://kamal-deploy.org/docs/configuration/proxy/#forward-headers
PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")


def running(environ):
    """config/deploy.yml sets DEPLOY_PLATFORM."""
    return environ.get("DEPLOY_PLATFORM") == "kamal"


def hosts(environ):
    """None: sites are reached at your domains only."""
    return []

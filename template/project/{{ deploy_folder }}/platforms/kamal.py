"""Kamal: https://kamal-deploy.org/docs/. Added by deploy-overlay."""

NAME = "Kamal"

# kamal-proxy sets X-Forwarded-Proto itself. Nothing else reaches the site, because no container publishes a port.
# https://kamal-deploy.org/docs/configuration/proxy/#forward-headers
PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")


def running(environ):
    """config/deploy.yml sets DEPLOY_PLATFORM."""
    return environ.get("DEPLOY_PLATFORM") == "kamal"


def hosts(environ):
    """None of its own: sites are reached under your domains, which the settings have."""
    return []


def database_url(environ):
    """.kamal/secrets sets DATABASE_URL."""
    return environ.get("DATABASE_URL")

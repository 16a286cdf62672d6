"""Render: https://render.com/docs/environment-variables. Added by deploy-overlay."""

# Render ends TLS in front of the site and sends visitors of HTTP to HTTPS itself: https://render.com/docs/tls
# Its proxy sets X-Forwarded-Proto, and a web service is reachable only through it.
PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")


def running(environ):
    """Whether this is an instance on Render."""
    return environ.get("RENDER") == "true"


def hosts(environ):
    """The address of a web service under onrender.com; other services have none."""
    return [environ["RENDER_EXTERNAL_HOSTNAME"]] if environ.get("RENDER_EXTERNAL_HOSTNAME") else []

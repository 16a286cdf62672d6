"""Kubernetes: https://kubernetes.io/docs/. Added by deploy-overlay."""

NAME = "Kubernetes"

# Gateways and Ingress controllers set X-Forwarded-Proto themselves.
# https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_conn_man/headers#x-forwarded-proto
PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")


def running(environ):
    """The manifests set DEPLOY_PLATFORM."""
    return environ.get("DEPLOY_PLATFORM") == "kubernetes"


def hosts(environ):
    """None of its own: sites are reached under your domains, which the settings have."""
    return []


def database_url(environ):
    """The manifests set DATABASE_URL."""
    return environ.get("DATABASE_URL")

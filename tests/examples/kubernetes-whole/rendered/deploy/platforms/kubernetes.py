"""Kubernetes: https://kubernetes.io/docs/. Added by deploy-overlay."""

# Gateways and Ingress controllers set X-Forwarded-Proto themselves.
# https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_conn_man/headers#x-forwarded-proto
PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")


def running(environ):
    """The manifests set DEPLOY_PLATFORM."""
    return environ.get("DEPLOY_PLATFORM") == "kubernetes"


def hosts(environ):
    """None: sites are reached at your domains only."""
    return []

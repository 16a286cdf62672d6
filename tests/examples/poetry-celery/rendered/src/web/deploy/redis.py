"""Addresses of Redis in your settings, as production needs them. Added by deploy-overlay."""

from urllib.parse import urlsplit

SCHEMES = ("redis", "rediss", "valkey", "valkeys")


def adapted(value, platform):
    """The setting with each address of Redis in it changed, in mappings and lists too.
    """
    if type(value) is dict:
        inside = {key: adapted(item, platform) for key, item in value.items()}
        return {**_unverified_parts(value, platform), **inside}
    if type(value) in (list, tuple):
        return type(value)(adapted(item, platform) for item in value)
    if isinstance(value, str) and value.partition("://")[0] in SCHEMES:
        return _unverified(value, platform)
    return value


def _unverified(address, platform):
    """The address, with `ssl_cert_reqs=none` where the server's certificate is self-signed."""
    parts = urlsplit(address)
    if not address.startswith("rediss://") or "ssl_cert_reqs" in parts.query:
        return address
    if not _self_signed(parts.hostname, platform):
        return address
    query = f"{parts.query}&ssl_cert_reqs=none".lstrip("&")
    return parts._replace(query=query).geturl()


def _unverified_parts(value, platform):
    """What says the same beside `ssl` or `SSL`."""
    if not _self_signed(value.get("host", value.get("HOST")), platform):
        return {}
    names = {"ssl": "ssl_cert_reqs", "SSL": "SSL_CERT_REQS"}
    return {names[key]: None for key in names if value.get(key) is True}


def _self_signed(host, platform):
    return hasattr(platform, "self_signed") and platform.self_signed(str(host))

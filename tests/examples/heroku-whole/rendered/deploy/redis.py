"""Addresses of Redis in your settings, as production needs them. Added by deploy-overlay."""

from urllib.parse import urlsplit

SCHEMES = ("redis", "rediss", "valkey", "valkeys")


def adapted(value, platform):
    """The setting with each address of Redis in it changed, in mappings and lists too."""
    if type(value) is dict:
        value = _fitting_parts(value, platform)
        return {key: adapted(item, platform) for key, item in value.items()}
    if type(value) in (list, tuple):
        return type(value)(adapted(item, platform) for item in value)
    if isinstance(value, str) and value.partition("://")[0] in SCHEMES:
        return _fitting(value, platform)
    return value


def _fitting(address, platform):
    """The address, as the server behind it has to be asked."""
    parts = urlsplit(address)
    if _is("one_database", parts.hostname, platform) and parts.path.strip("/") not in ("", "0"):
        address = (parts := parts._replace(path="/0")).geturl()
    secure = parts.scheme in ("rediss", "valkeys") and "ssl_cert_reqs" not in parts.query
    if secure and _is("self_signed", parts.hostname, platform):
        query = f"{parts.query}&ssl_cert_reqs=none".lstrip("&")
        address = parts._replace(query=query).geturl()
    return address


def _fitting_parts(value, platform):
    """The mapping, where it has the parts of an address."""
    host = value.get("host", value.get("HOST"))
    changed = {}
    if _is("one_database", host, platform):
        changed |= {name: 0 for name in ("db", "DB") if name in value}
    if _is("self_signed", host, platform):
        names = {"ssl": "ssl_cert_reqs", "SSL": "SSL_CERT_REQS"}
        secure = (name for name in names if value.get(name) is True)
        changed |= {names[name]: value.get(names[name]) for name in secure}
    return {**value, **changed}


def _is(what, host, platform):
    """Whether this platform's Redis is one that is, for example, `self_signed`."""
    return hasattr(platform, what) and getattr(platform, what)(str(host))

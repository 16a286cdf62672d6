"""Adapts the addresses of Redis in your settings to production. Added by deploy-overlay."""

from urllib.parse import urlsplit

SCHEMES = ("redis", "rediss", "valkey", "valkeys")


def adapt(value, platform):
    """Return the setting with every Redis address in it adapted, also in dicts and lists."""
    if type(value) is dict:
        value = _adapt_parts(value, platform)
        return {key: adapt(item, platform) for key, item in value.items()}
    if type(value) in (list, tuple):
        return type(value)(adapt(item, platform) for item in value)
    if isinstance(value, str) and value.partition("://")[0] in SCHEMES:
        address = _without_second_scheme(value)
        return _adapt_address(address, platform)
    return value


def _without_second_scheme(address):
    """Settings may write a scheme before, and a database number after, a variable that has both."""
    inner = address.partition("://")[2]
    if inner.partition("://")[0] not in SCHEMES:
        return address
    parts = urlsplit(inner)
    return parts._replace(path="/" + parts.path.rpartition("/")[2]).geturl()


def _adapt_address(address, platform):
    """The address with what the platform's Redis requires."""
    parts = urlsplit(address)
    if _says("one_database", parts.hostname, platform) and parts.path.strip("/") not in ("", "0"):
        address = (parts := parts._replace(path="/0")).geturl()
    secure = parts.scheme in ("rediss", "valkeys") and "ssl_cert_reqs" not in parts.query
    if secure and _says("self_signed", parts.hostname, platform):
        query = f"{parts.query}&ssl_cert_reqs=none".lstrip("&")
        address = parts._replace(query=query).geturl()
    return address


def _adapt_parts(value, platform):
    """The same for a dict with an address in parts."""
    host = value.get("host", value.get("HOST"))
    changed = {}
    if _says("one_database", host, platform):
        changed |= {name: 0 for name in ("db", "DB") if name in value}
    if _says("self_signed", host, platform):
        names = {"ssl": "ssl_cert_reqs", "SSL": "SSL_CERT_REQS"}
        secure = (name for name in names if value.get(name) is True)
        changed |= {names[name]: value.get(names[name]) for name in secure}
    return {**value, **changed}


def _says(what, host, platform):
    """Whether the platform says this about its Redis at `host`, for example `self_signed`."""
    return hasattr(platform, what) and getattr(platform, what)(str(host))

"""Addresses of the project that can be requested without parameters and without side effects."""

from __future__ import annotations

import contextlib
from typing import Any

# Words in addresses that may do something even when they are only looked at.
AVOIDED = frozenset(
    {"logout", "signout", "log-out", "sign-out", "delete", "remove", "send", "cron", "webhook", "hook", "callback"}
    # and in addresses that fail on purpose, to try what reports errors
    | {"trigger", "crash", "exception", "error", "sentry-debug", "boom", "raise"}
)


def project_addresses() -> dict[str, Any]:
    """Pages, the home page first and logins next, and the addresses of logins. Django must be set up."""
    from urllib.parse import quote

    from django.conf import settings as django_settings
    from django.shortcuts import resolve_url
    from django.urls import NoReverseMatch, get_resolver, reverse

    logins: list[str] = []
    for find, name in ((reverse, "admin:login"), (resolve_url, django_settings.LOGIN_URL)):
        with contextlib.suppress(NoReverseMatch):
            logins.append(str(find(name)))
    pages = [path for path in _plain_addresses(get_resolver(), "/") if not path.startswith("/admin/")]
    prefix = (django_settings.FORCE_SCRIPT_NAME or "").rstrip("/")
    paths = ["/", *(login for login in logins if login.startswith("/")), *pages]
    safe = [path for path in paths if not AVOIDED & set(path.lower().replace("_", "-").strip("/").split("/"))]
    return {"pages": list(dict.fromkeys(quote(prefix + path) for path in safe)), "logins": logins}


def _plain_addresses(resolver: Any, prefix: str) -> list[str]:
    """Addresses of URL patterns without parameters."""
    paths: list[str] = []
    for pattern in resolver.url_patterns:
        text = str(pattern.pattern)
        if hasattr(pattern.pattern, "regex") and not pattern.pattern.converters and "<" not in text:
            plain = text.removeprefix("^").removesuffix("$").removesuffix("\\Z")
            if all(char.isalnum() or char in "/-_.~" for char in plain):
                path = prefix + plain
                paths += _plain_addresses(pattern, path) if hasattr(pattern, "url_patterns") else [path]
    return paths

"""Health checks for the platform. Added by deploy-overlay.

`/healthz` is 200 while the process runs, whatever the database does: a restart would not fix it.
`/readyz` is 200 when the database answers and has all migrations, else 503.
First in MIDDLEWARE, because checks use plain HTTP and an IP address as host. If the project has a
page at one of these paths, visitors see that page; only checks by the platform are answered here.
"""

import logging
import threading
import time

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.core.exceptions import DisallowedHost
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpResponse
from django.urls import Resolver404, resolve
from django.utils.decorators import sync_and_async_middleware

PATH, READY_PATH = "/healthz", "/readyz"
PATIENCE = 5  # seconds for the database to answer


@sync_and_async_middleware
def health(get_response):
    """Middleware for WSGI and ASGI."""
    readiness = Readiness()

    if iscoroutinefunction(get_response):

        async def middleware(request):
            if not _is_check(request):
                return await get_response(request)
            if request.path == PATH:
                return _answer()
            return _answer(await sync_to_async(readiness.problem)())

    else:

        def middleware(request):
            if not _is_check(request):
                return get_response(request)
            return _answer("" if request.path == PATH else readiness.problem())

    return middleware


def _is_check(request):
    if request.path not in (PATH, READY_PATH):
        return False
    return not (_by_visitor(request) and _is_page(request.path))


def _by_visitor(request):
    try:
        request.get_host()
    except DisallowedHost:
        return False
    return request.is_secure()


def _is_page(path):
    """Whether the project has exactly this path; a pattern that also matches others does not count."""
    try:
        return resolve(path).route.strip("^$?/") == path.strip("/")
    except Resolver404:
        return False


class Readiness:
    """Queries at most once a second and in one thread, so that a hanging database blocks no other."""

    asked, migrated, known = float("-inf"), False, "the database was not checked yet"

    def __init__(self):
        self.lock = threading.Lock()

    def problem(self):
        age = time.monotonic() - self.asked
        if age > 1 and self.lock.acquire(blocking=False):
            self.asked = time.monotonic()
            try:
                self.known = self.ask()
            except Exception as error:
                self.known = f"{type(error).__name__}: {error}"
            finally:
                self.lock.release()
            if self.known:
                logging.getLogger(__name__).warning("Not ready: %s", self.known)
        elif age > PATIENCE:
            return "the database does not answer"
        return self.known

    def ask(self):
        if connection.settings_dict["ENGINE"] == "django.db.backends.dummy":
            return ""  # the project has no database
        if self.migrated:
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT 1{connection.features.bare_select_suffix}")
            return ""
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
        self.migrated = not missing
        return f"{len(missing)} migrations are not applied" if missing else ""


def _answer(problem=""):
    text, status = ("not ready\n", 503) if problem else ("ok\n", 200)
    response = HttpResponse(text, content_type="text/plain", status=status)
    response["Content-Length"] = len(response.content)
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response

"""Health checks for the platform. Added by deploy-overlay.

`/healthz` is 200 while the process runs, even without the database, which a restart would not fix.
`/readyz` is 200 when the database answers and has all migrations, otherwise 503.
First in MIDDLEWARE, because checks use plain HTTP and an IP address as host. If your project has a
page at one of these paths, visitors still get it.
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
    find_problem = Readiness().find_problem

    def middleware(request):
        if not _is_check(request):
            return get_response(request)
        return _answer(find_problem() if request.path == READY_PATH else "")

    async def async_middleware(request):
        if not _is_check(request):
            return await get_response(request)
        return _answer(await sync_to_async(find_problem)() if request.path == READY_PATH else "")

    return async_middleware if iscoroutinefunction(get_response) else middleware


def _is_check(request):
    return request.path in (PATH, READY_PATH) and not (_is_from_visitor(request) and _is_page(request.path))


def _is_from_visitor(request):
    try:
        request.get_host()
        return request.is_secure()
    except DisallowedHost:
        return False


def _is_page(path):
    """Whether your project has exactly this path; patterns that match other paths too do not count."""
    try:
        return resolve(path).route.strip("^$?/") == path.strip("/")
    except Resolver404:
        return False


class Readiness:
    """Queries the database at most once a second, in one thread: if it hangs, the others keep serving."""

    checked_at, migrated, problem = float("-inf"), False, "the database was not checked yet"

    def __init__(self):
        self.lock = threading.Lock()

    def find_problem(self):
        age = time.monotonic() - self.checked_at
        if age > 1 and self.lock.acquire(blocking=False):
            self.checked_at = time.monotonic()
            try:
                self.problem = self.check_database()
            except Exception as error:
                self.problem = f"{type(error).__name__}: {error}"
            finally:
                self.lock.release()
            if self.problem:
                logging.getLogger(__name__).warning("Not ready: %s", self.problem)
        elif age > PATIENCE:
            return "the database does not answer"
        return self.problem

    def check_database(self):
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


def _answer(problem):
    text, status = ("not ready\n", 503) if problem else ("ok\n", 200)
    headers = {"Content-Length": len(text), "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return HttpResponse(text, content_type="text/plain", status=status, headers=headers)

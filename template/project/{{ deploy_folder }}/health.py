"""Health checks for the platform. Added by deploy-overlay.

`/healthz` is 200 while the process runs, whatever the database does: a restart would not fix it.
`/readyz` is 200 when the database answers and has all migrations, else 503.
First in MIDDLEWARE, because checks use plain HTTP and an IP address as host.
"""

import logging
import threading
import time

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpResponse
from django.utils.decorators import sync_and_async_middleware

PATH, READY_PATH = "/healthz", "/readyz"
PATIENCE = 5  # seconds for the database to answer


@sync_and_async_middleware
def health(get_response):
    """Middleware for WSGI and ASGI."""
    readiness = Readiness()

    if iscoroutinefunction(get_response):

        async def middleware(request):
            if request.path == READY_PATH:
                return _answer(await sync_to_async(readiness.problem)())
            return _answer() if request.path == PATH else await get_response(request)

    else:

        def middleware(request):
            if request.path == READY_PATH:
                return _answer(readiness.problem())
            return _answer() if request.path == PATH else get_response(request)

    return middleware


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

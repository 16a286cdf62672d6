"""Makes migrations give up if a table stays locked, instead of blocking the site. Added by deploy-overlay.

While an ALTER TABLE waits for a lock, all later queries on the table wait behind it, so that one forgotten
transaction would stop the site. https://www.postgresql.org/docs/current/explicit-locking.html
"""

import os
import re

from django.core.management import CommandError
from django.db import OperationalError, connections, transaction

LOCK_NOT_AVAILABLE = "55P03"  # https://www.postgresql.org/docs/current/errcodes-appendix.html
# Statements that block other queries. Those with CONCURRENTLY do not, and may take long.
BLOCKING = re.compile(
    r"\s*((ALTER|CREATE|CREATE\s+UNIQUE|DROP)\s+(TABLE|INDEX|TRIGGER)|TRUNCATE|LOCK)\b(?!.*\bCONCURRENTLY\b)",
    re.IGNORECASE | re.DOTALL,
)
# For one transaction only, because a pooler may pass the connection on. Keeps a timeout that you set.
LIMIT = "SELECT set_config('lock_timeout', %s, true) WHERE current_setting('lock_timeout') = '0'"


def limit_waiting(using, **kwargs):
    """Receiver of Django's signal pre_migrate, which only `migrate` sends."""
    connection = connections[using]
    if connection.vendor == "postgresql" and _execute not in connection.execute_wrappers:
        connection.execute_wrappers.append(_execute)


def _execute(execute, sql, params, many, context):
    """https://docs.djangoproject.com/en/stable/topics/db/instrumentation/"""
    if not BLOCKING.match(str(sql)):
        return execute(sql, params, many, context)
    wait = os.environ.get("DEPLOY_LOCK_TIMEOUT") or "5s"
    try:
        with transaction.atomic(context["connection"].alias, savepoint=False):
            execute(LIMIT, [wait], False, context)
            return execute(sql, params, many, context)
    except OperationalError as error:
        driver = error.__cause__
        code = getattr(driver, "sqlstate", None) or getattr(driver, "pgcode", None)  # psycopg 3, psycopg2
        if code != LOCK_NOT_AVAILABLE:
            raise
        raise CommandError(
            f"The migration gave up after {wait}, because a transaction still uses the table, and the site's "
            f"queries would wait too. Deploy again when that transaction has ended.\n"
            f"Not run: {sql}\nMore: https://org.github.io/deploy-overlay/errors/#table-in-use"
        ) from error

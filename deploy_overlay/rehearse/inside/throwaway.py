"""Makes or drops databases with the driver that the project has: `throwaway.py create|drop NAME ...`.

The address of the server is in the variable REHEARSAL_SERVER, as arguments can be seen by everybody. Its own database is
only connected to. The last line of the output is the server's version as libpq has it, 180006, or what went wrong.
"""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any

STATEMENTS = {
    "create": 'CREATE DATABASE "{}"',
    # Connections that are still open are closed first: https://www.postgresql.org/docs/current/sql-dropdatabase.html
    "drop": 'DROP DATABASE IF EXISTS "{}" WITH (FORCE)',
}


def connect(address: str) -> Any:
    """A connection by psycopg, or by psycopg2 where that is what the project has. Raises ImportError and the driver's."""
    try:
        driver = importlib.import_module("psycopg")
    except ImportError:
        driver = importlib.import_module("psycopg2")
    connection = driver.connect(address, connect_timeout=10)
    connection.autocommit = True
    return connection


if __name__ == "__main__":
    sys.path.pop(0)  # this folder has no modules for the driver
    action, *names = sys.argv[1:]
    try:
        server = connect(os.environ["REHEARSAL_SERVER"])
        with server.cursor() as cursor:
            for name in names:
                cursor.execute(STATEMENTS[action].format(name))
        print(server.info.server_version)
        server.close()
    except Exception as error:
        print(" ".join(str(error).split()))
        sys.exit(1)

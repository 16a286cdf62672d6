"""The option that writes the golden texts anew, to be reviewed as a diff."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rewrite", action="store_true", help="write facts, plans and rendered files of tests/examples")

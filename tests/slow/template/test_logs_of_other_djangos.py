"""deploy/logs.py on the oldest and the newest Django: the tests of tests/template, each once more. Slow by their number."""

from tests.template.test_logs import *  # noqa: F403

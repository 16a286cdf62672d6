"""Tests of the template; a package so that they share `tests.support`."""

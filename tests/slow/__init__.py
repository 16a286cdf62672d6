"""Tests that take more than a second each: they build, serve, kill, install, or run Copier over a whole project.

`make test` leaves them out, `make test-all` runs them, and sample.txt lists those that continuous integration runs. The text
of a file, or of its folder, says what takes the time.
"""

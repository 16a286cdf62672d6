"""The rehearsal of a small project. Slow, two seconds and more: each collects, migrates, serves and asks over HTTP."""

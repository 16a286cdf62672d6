"""Kamal: what its files say. That Kamal takes them and that they run is in tests/slow/server."""

"""Simulated platforms on loopback: stateful, every request recorded, able to fail at any of them."""

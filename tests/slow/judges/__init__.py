"""Linters and the platforms' own programs, over everything that the template renders."""

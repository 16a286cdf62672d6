"""Linters and the platforms' own programs, over everything that the template renders. Slow, as each is rendered first."""

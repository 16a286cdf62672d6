"""Platforms: what is rendered for them, and what creates and deploys there. Slow, as each runs Copier or several programs."""

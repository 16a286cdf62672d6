"""The hook with the real dependency managers. Slow, as each resolves against the package index."""

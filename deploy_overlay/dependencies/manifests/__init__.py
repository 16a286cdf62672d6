"""The files that declare dependencies: read and edited as text, so that comments, order, newlines and encoding stay."""

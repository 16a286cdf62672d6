"""Projects that are worth reading: what is seen in each, the plan that follows, and the files that it gets."""

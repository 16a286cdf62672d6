"""What an update does before Copier renders and after: facts seen again, dependencies, files that moved, the summary."""

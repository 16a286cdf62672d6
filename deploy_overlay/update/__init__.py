"""What an update does before and after Copier renders: facts, dependencies, moved files, the summary."""

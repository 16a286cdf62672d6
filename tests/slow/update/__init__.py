"""Updates of whole projects. Slow, some seconds each: Copier renders two versions and merges, and hooks run on both sides."""

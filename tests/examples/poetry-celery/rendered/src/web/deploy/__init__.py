"""How this site runs in production. Added by deploy-overlay; README.md explains it."""

import os

# The package of the project's settings comes first: a Celery app in its __init__ that reads
# the settings at once then finds them whole, and the variables that they need.
if os.environ.get("DJANGO_SETTINGS_MODULE") == f"{__name__}.settings":
    from .environment import require

    require()

    import shop  # noqa: E402, F401

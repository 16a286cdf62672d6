"""Production configuration of this site. Added by deploy-overlay; see README.md."""

import os

# Imported here, with the variables set, because a Celery app in its __init__ may read the settings at once.
if os.environ.get("DJANGO_SETTINGS_MODULE") == f"{__name__}.settings":
    from .environment import require

    require()

    import library  # noqa: E402, F401

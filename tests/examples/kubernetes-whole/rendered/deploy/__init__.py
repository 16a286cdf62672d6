"""Production configuration of this site. Added by deploy-overlay; see README.md."""

import os

# Imported before the settings, because a Celery app in its __init__ may read them at once.
if os.environ.get("DJANGO_SETTINGS_MODULE") == f"{__name__}.settings":
    from .environment import require

    require()

    import library  # noqa: E402, F401

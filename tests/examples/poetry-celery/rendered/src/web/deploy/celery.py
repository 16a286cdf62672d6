"""Your Celery application, loaded after the variables that it reads are set. Added by deploy-overlay.

Workers start with this module, because importing shop.celery reads variables before Django's settings fill them.
"""

from celery.app.utils import find_app

from .environment import require

require()

app = find_app("shop.celery")

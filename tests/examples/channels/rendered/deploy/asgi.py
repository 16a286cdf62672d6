"""The ASGI application for production. Added by deploy-overlay.

chat.asgi always uses other settings.
"""

import os

from django.core.asgi import get_asgi_application

os.environ["DJANGO_SETTINGS_MODULE"] = "deploy.settings"

application = get_asgi_application()

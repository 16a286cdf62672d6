"""The WSGI application for production. Added by deploy-overlay.

config.wsgi loads a class of django-configurations, but the production settings are a module.
"""

import os

from django.core.wsgi import get_wsgi_application

os.environ["DJANGO_SETTINGS_MODULE"] = "deploy.settings"

application = get_wsgi_application()

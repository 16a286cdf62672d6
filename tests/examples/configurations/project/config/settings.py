from pathlib import Path

from configurations import Configuration, values

BASE_DIR = Path(__file__).resolve().parent.parent


class Common(Configuration):
    SECRET_KEY = values.SecretValue()
    INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.staticfiles"]
    MIDDLEWARE = ["django.middleware.security.SecurityMiddleware"]
    ROOT_URLCONF = "config.urls"
    WSGI_APPLICATION = "config.wsgi.application"
    STATIC_URL = "static/"
    DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "museum"}}


class Development(Common):
    DEBUG = True


class Production(Common):
    DEBUG = False

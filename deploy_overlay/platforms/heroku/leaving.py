"""For moves from Heroku: which variables are Heroku's, and what replaces its add-ons.

Add-ons: https://elements.heroku.com/addons
"""

from __future__ import annotations

import re
from typing import NamedTuple

from . import PLATFORM

# Set by Heroku or for its buildpacks: a pattern of the name, and a phrase on what it is for.
# https://devcenter.heroku.com/articles/dyno-metadata, https://devcenter.heroku.com/articles/python-support,
# https://devcenter.heroku.com/articles/nodejs-support
OWN_VARIABLES = (
    (PLATFORM.runs.variables, "Heroku sets it"),
    (r"PORT", "each platform says where the server listens"),
    (r"WEB_CONCURRENCY|WEB_MEMORY|MEMORY_AVAILABLE", "fits the memory of Heroku's dynos"),
    (r"DJANGO_SETTINGS_MODULE", "the overlay sets it"),
    (r"DISABLE_COLLECTSTATIC|DEBUG_COLLECTSTATIC|BUILD_WITH_GEO_LIBRARIES|PIP_\w+|UV_\w+|PIPENV_\w+|POETRY_\w+",
     "is for Heroku's Python buildpack"),
    (r"NPM_CONFIG_\w+|NODE_MODULES_CACHE|NODE_VERBOSE|USE_NPM_INSTALL|USE_YARN_CACHE|YARN_PRODUCTION|YARN2_\w+|YARN_\w+",
     "is for Heroku's Node.js buildpack"),
    (r"PATH|PYTHONPATH|PYTHONHOME|PYTHONHASHSEED|PYTHONUNBUFFERED|LIBRARY_PATH|LD_LIBRARY_PATH|CPATH|LANG|HOME",
     "is for Heroku's file system"),
    (r"DEPLOY_OVERLAY_\w+", "marks the app on Heroku"),
)  # fmt: skip


class Service(NamedTuple):
    """The kind of an add-on: one of `base.platform.KINDS`, or "" if no platform has it."""

    kind: str
    text: str  # a phrase on what to do about it


ACCOUNT = "its account ends with the add-on: open one of your own and set its variables"
_KINDS = (
    (Service("postgres", ""), "heroku-postgresql"),
    (Service("redis", "what it holds is not copied"),
     "heroku-redis rediscloud redistogo openredis stackhero-redis redisgreen"),
    (Service("bucket", ""), "bucketeer cloudcube"),
    (Service("cron", "its jobs run until you remove them in its dashboard"),
     "scheduler advanced-scheduler crontogo process-scheduler"),
    (Service("mail", ACCOUNT), "sendgrid mailgun postmark sparkpost mailersend mailtrap smtp2go trustifi socketlabs"),
    (Service("", "the new platform keeps logs by itself; " + ACCOUNT),
     "papertrail logentries logtail coralogix solarwinds logdna mezmo sumologic logit-io betterstack"),
    (Service("", ACCOUNT),
     "sentry rollbar honeybadger bugsnag airbrake raygun newrelic scout appsignal datadog hostedgraphite librato"),
    (Service("", "the new platform makes certificates by itself"), "ssl expeditedssl sslmate"),
    (Service("", "its rows are not copied by this: dump them, and take a server that stays"),
     "jawsdb jawsdb-maria cleardb stackhero-mysql stackhero-mariadb mongolab ormongo objectrocket-mongodb"),
    (Service("", "what is queued in it is not copied; " + ACCOUNT), "cloudamqp rabbitmq-bigwig stackhero-rabbitmq heroku-kafka"),
    (Service("", "the new site's requests come from other addresses; " + ACCOUNT),
     "fixie fixie-socks quotaguard quotaguardstatic quotaguardshield statica proximo"),
)  # fmt: skip
SERVICES = {service: one for one, services in _KINDS for service in services.split()}
OTHER = Service("", ACCOUNT)
# What the new platform brings by itself, or by the files of the overlay.
USUAL_BUILDPACKS = ("heroku/python", "heroku/nodejs", "heroku-buildpack-python", "heroku-buildpack-nodejs")


def reason(name: str) -> str:
    """Why a config var belongs to Heroku, as a phrase; "" if its owner set it."""
    return next((text for pattern, text in OWN_VARIABLES if re.fullmatch(pattern, name)), "")


def is_usual(buildpack: str) -> bool:
    return any(known in buildpack.removesuffix(".git") for known in USUAL_BUILDPACKS)


def short(buildpack: str) -> str:
    """Without its origin: https://github.com/heroku/heroku-buildpack-apt"""
    return buildpack.rstrip("/").removesuffix(".git").rpartition("/")[2] if "://" in buildpack else buildpack

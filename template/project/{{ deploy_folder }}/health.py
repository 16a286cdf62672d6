"""Answers the platform's health checks. Added by deploy-overlay.

It stands first in MIDDLEWARE: a probe comes by plain HTTP and asks for a machine's address,
so ALLOWED_HOSTS and the redirect to HTTPS would take a healthy site out of service.
"""

from asgiref.sync import iscoroutinefunction
from django.http import HttpResponse
from django.utils.decorators import sync_and_async_middleware

PATH = "/healthz"


@sync_and_async_middleware
def health(get_response):
    """Middleware for WSGI and ASGI alike."""

    if iscoroutinefunction(get_response):

        async def middleware(request):
            return _answer() if request.path == PATH else await get_response(request)

    else:

        def middleware(request):
            return _answer() if request.path == PATH else get_response(request)

    return middleware


def _answer():
    response = HttpResponse("ok\n", content_type="text/plain")
    response["Content-Length"] = len(response.content)
    response["Cache-Control"] = "no-store"
    return response

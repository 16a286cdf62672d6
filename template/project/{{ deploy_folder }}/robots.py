"""Keeps environments beside production, such as staging, out of search engines. Added by deploy-overlay.

https://developers.google.com/search/docs/crawling-indexing/robots-meta-tag#xrobotstag
"""

from asgiref.sync import iscoroutinefunction
from django.utils.decorators import sync_and_async_middleware


@sync_and_async_middleware
def unlisted(get_response):
    """Middleware for WSGI and ASGI that marks every response."""
    if iscoroutinefunction(get_response):

        async def middleware(request):
            return _marked(await get_response(request))

    else:

        def middleware(request):
            return _marked(get_response(request))

    return middleware


def _marked(response):
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response

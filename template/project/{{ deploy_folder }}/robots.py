"""Keeps environments other than production, such as staging, out of search engines. Added by deploy-overlay.

https://developers.google.com/search/docs/crawling-indexing/robots-meta-tag#xrobotstag
"""

from django.utils.deprecation import MiddlewareMixin


class NoIndex(MiddlewareMixin):
    def process_response(self, request, response):
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response

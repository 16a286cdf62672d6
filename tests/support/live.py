"""The sample project with a page that is told what others do: Channels, whose layer is in Redis."""

from __future__ import annotations

from .draft import Draft, append, replace
from .shapes import import_os

PATH = "/live/"
REQUIREMENTS = ("channels>=4.2", "channels-redis>=4.2")

_CONSUMER = """\
import os

from channels.generic.websocket import AsyncJsonWebsocketConsumer

GROUP = 'desk'


class Live(AsyncJsonWebsocketConsumer):
    \"\"\"What one visitor says, every visitor hears, and which process told it.\"\"\"

    async def connect(self):
        await self.channel_layer.group_add(GROUP, self.channel_name)
        await self.accept()

    async def disconnect(self, code):
        await self.channel_layer.group_discard(GROUP, self.channel_name)

    async def receive_json(self, content):
        await self.channel_layer.group_send(GROUP, {'type': 'said', 'text': content['text']})

    async def said(self, event):
        user = self.scope['user']
        await self.send_json({'text': event['text'], 'process': os.getpid(), 'anonymous': user.is_anonymous})
"""
_ASGI = """

from channels.auth import AuthMiddlewareStack  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.security.websocket import AllowedHostsOriginValidator  # noqa: E402
from django.urls import path  # noqa: E402

from .live import Live  # noqa: E402

application = ProtocolTypeRouter(
    {
        'http': application,
        'websocket': AllowedHostsOriginValidator(AuthMiddlewareStack(URLRouter([path('live/', Live.as_asgi())]))),
    }
)
"""
_SETTINGS = """

# Pages that are told what others do

CHANNEL_LAYERS = {
    'default': {
        'BACKEND': 'channels_redis.core.RedisChannelLayer',
        'CONFIG': {'hosts': [os.environ.get('REDIS_URL', 'redis://localhost:6379/0')]},
    },
}
"""


def live(draft: Draft) -> None:
    draft.require(*REQUIREMENTS)
    package = draft.package
    draft.write(f"{package}/live.py", _CONSUMER)
    append(draft.django_root / package / "asgi.py", _ASGI)
    replace(draft.base_settings, "    'books',\n", "    'books',\n    'channels',\n")
    replace(
        draft.base_settings,
        f"WSGI_APPLICATION = '{package}.wsgi.application'",
        f"ASGI_APPLICATION = '{package}.asgi.application'",
    )
    settings, draft.settings = draft.settings, draft.base_settings
    import_os(draft)
    draft.settings = settings
    append(draft.base_settings, _SETTINGS)

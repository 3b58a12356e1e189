"""What a server calls first: it starts and stops a chat, and each request learns whose it is."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from traceback import format_exc

from chat.web.http.asgi import SERVICES, ASGIApp, Receive, Scope, Send
from chat.web.http.services import Services

Running = Callable[[], AbstractAsyncContextManager[None]]


class Front:
    """Litestar knows no chat, so that it is made once however many there are in a process."""

    def __init__(self, app: ASGIApp, services: Services, running: Running) -> None:
        self._app = app
        self._services = services
        self._running = running

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await self._live(receive, send)
        scope[SERVICES] = self._services
        await self._app(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        """ASGI's lifespan: the server is told when the chat has started and stopped, or why it cannot."""
        await receive()
        doing = "startup"
        try:
            async with self._running():
                await send({"type": "lifespan.startup.complete"})
                doing = "shutdown"
                await receive()
        except BaseException:
            await send({"type": f"lifespan.{doing}.failed", "message": format_exc()})
            raise
        await send({"type": "lifespan.shutdown.complete"})

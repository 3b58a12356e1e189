"""HEAD is answered wherever GET is: the same headers, no body."""

from chat.web.http.asgi import ASGIApp, Message, Receive, Scope, Send


class Head:
    """Turns a HEAD into the GET it stands for."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            return await self.app(scope, receive, send)
        ended = False

        async def without_body(message: Message) -> None:
            nonlocal ended
            if message["type"] == "http.response.start":
                await send(message)
            elif not ended:
                ended = True
                await send({"type": "http.response.body", "body": b"", "more_body": False})

        async def left() -> Message:
            """Ends an answer that would stream for ever: its reader is gone."""
            return {"type": "http.disconnect"} if ended else await receive()

        await self.app({**scope, "method": "GET"}, left, without_body)

"""ASGI's types, for what stands in front of Litestar. Litestar's own are narrower than what a server passes."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]

SERVICES = "chat.services"
"""Where a request's scope holds the parts of its chat (`front`, `services`)."""

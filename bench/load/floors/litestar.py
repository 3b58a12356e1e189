"""The least a Litestar application can do."""

from typing import Annotated

from litestar import Litestar, MediaType, Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromQuery

from bench.load.floors.asgi import room, serve


@get("/", media_type=MediaType.HTML)
async def page() -> bytes:
    return room.fragment(len(room.lines))


@get("/idle", status_code=204)
async def idle() -> None:
    return None


@get("/poll")
async def poll(after: FromQuery[int]) -> Response[bytes]:
    if after >= len(room.lines):
        await room.news.wait()
    return Response(room.fragment(after), media_type=MediaType.HTML)


@post("/post", status_code=204)
async def say(data: Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]) -> None:
    room.publish(data["text"].encode())


if __name__ == "__main__":
    serve(Litestar([page, idle, poll, say], openapi_config=None, logging_config=None))

"""The room: taking a seat, its page, polls that are not plain, and what people do."""

import secrets
from typing import Any
from urllib.parse import quote

from litestar import Response, Router, get, post
from litestar.datastructures import Cookie
from litestar.enums import MediaType
from litestar.exceptions import ClientException, NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect, Stream

from chat.domain import rooms, seats
from chat.domain.refusals import Refused
from chat.storage.database import UNAVAILABLE
from chat.web import asked, errors, forms
from chat.web.catch_up import catch_up, earlier
from chat.web.frame import stream
from chat.web.house import House
from chat.web.languages import LANGUAGES
from chat.web.page import Unsent, room_page
from chat.web.requests import AnyRequest, came_from, cookies_of, find_window, is_htmx, language_of, own_window
from chat.web.security import address, network_of, policy, same_origin
from chat.web.windows import BROWSER_COOKIE, COOKIE_SECONDS, NICKNAME_COOKIE, SEAT_COOKIE, Window, page_path


@get("/")
async def front_door(request: AnyRequest) -> Redirect:
    """A new seat in the default room."""
    return take_seat(request, rooms.DEFAULT)


@get("/r/{room:str}/")
async def enter(request: AnyRequest, room: FromPath[str]) -> Redirect:
    """A new seat in this room."""
    name = canonical(room)
    spelled = f"/r/{quote(name)}/"
    if name != room:
        return Redirect(spelled, status_code=303)
    return take_seat(request, name) if has_last_slash(request) else Redirect(spelled, status_code=308)


@get("/r/{room:str}/{seat:str}/")
async def page(request: AnyRequest, room: FromPath[str], seat: FromPath[str]) -> Response[Any]:
    """The room, for the seat's holder; a reading page for who refuses cookies; else a seat of one's own."""
    name = canonical(room)
    if name == room and not has_last_slash(request):
        return Redirect(page_path(name, seat), status_code=308)
    house: House = request.app.state.house
    if name == room and (window := find_window(request)):
        return await room_page(house, request, window)
    if name == room and house.seats.is_new(seat, forms.query(request).get("new", "")):
        reader = Window(name, seat, seat, language_of(request))
        return await room_page(house, request, reader, seated=False)
    return Redirect(f"/r/{quote(name)}/", status_code=303)


@get("/r/{room:str}/{seat:str}/messages")
async def messages(request: AnyRequest) -> Response[Any]:
    """What follows a cursor, or a page of earlier messages. Plain polls are answered in `poll`."""
    window = own_window(request)
    house: House = request.app.state.house
    query = forms.query(request)
    if "before" in query:
        return await earlier_messages(house, request, window, number(query["before"]))
    after = number(query.get("after", ""))
    if not is_htmx(request):
        return Redirect(window.path, status_code=303)
    wanted = asked.read(request.scope["query_string"]) or asked.Asked(after, first=query.get("first") == "1")
    body = await catch_up(house, window, wanted)
    if body is None:
        return Response(b"", media_type=MediaType.HTML, headers={"HX-Refresh": "true"})
    return Response(body, media_type=MediaType.HTML)


async def earlier_messages(house: House, request: AnyRequest, window: Window, before: int) -> Response[Any]:
    if not is_htmx(request):
        return await room_page(house, request, window, before=before)
    lines, first, above = await earlier(house, window.room, before, window.language)
    context = {"lines": lines, "first": first, "above": above, "reading": True}
    return Response(house.fragments.render("_earlier.html", window.language, context), media_type=MediaType.HTML)


@get("/r/{room:str}/{seat:str}/title")
async def title(request: AnyRequest) -> Response[Any]:
    """The page's title, when the visitor begins to look elsewhere (`away=1`) or is back."""
    window = own_window(request)
    house: House = request.app.state.house
    if not is_htmx(request):
        return Redirect(window.path, status_code=303)
    away = forms.query(request).get("away") == "1"
    seen = (await house.delivery.tail(window.room)).last if away else 0
    input = house.fragments.render("_seen.html", window.language, {"seen": seen, "away": away, "swap": True})
    body = house.fragments.title(window.room, 0, window.language) + input
    return Response(body, media_type=MediaType.HTML, headers={"HX-Reswap": "innerHTML"})  # who asks stays in the page


@post("/r/{room:str}/{seat:str}/messages", status_code=200)
async def say(request: AnyRequest) -> Response[Any]:
    """Say something, once per key."""
    house: House = request.app.state.house
    form = await forms.read(request)
    window = own_window(request, typed=form.get("text"))
    try:
        form.check("text")
        await house.log.say(window.room, window.seat, address(request), form.get("text"), form.get("key"))
    except (Refused, *UNAVAILABLE) as problem:
        return await refusal(house, request, window, problem, "text", form.get("text"))
    if not is_htmx(request):
        return Redirect(window.path, status_code=303)
    context = {"key": secrets.token_urlsafe(12), "typed": "", "alert": "", "fresh": True}
    return Response(house.fragments.render("_composer.html", window.language, context), media_type=MediaType.HTML)


@post("/r/{room:str}/{seat:str}/nickname", status_code=200)
async def rename(request: AnyRequest) -> Response[Any]:
    """Take another nickname, from now on."""
    house: House = request.app.state.house
    form = await forms.read(request)
    window = own_window(request, typed=form.get("nickname"))
    try:
        form.check("nickname")
        nickname = await house.log.rename(window.room, window.seat, address(request), form.get("nickname"))
    except (Refused, *UNAVAILABLE) as problem:
        return await refusal(house, request, window, problem, "nickname", form.get("nickname"))
    kept = Cookie(NICKNAME_COOKIE, value=quote(nickname or ""), path="/", **kept_cookie(request))
    if nickname is None:
        kept.max_age = 0
    if not is_htmx(request):
        return Redirect(window.path, status_code=303, cookies=[kept])
    context = {"seat": window.seat, "nickname": nickname, "typed": "", "alert": "", "fresh": True}
    body = house.fragments.render("_me.html", window.language, context)
    return Response(body, media_type=MediaType.HTML, cookies=[kept])


@get("/r/{room:str}/{seat:str}/live", no_compress=True)
async def live(request: AnyRequest) -> Stream:
    """The log for windows without JavaScript."""
    window = own_window(request)
    nonce = secrets.token_urlsafe(9)
    lines = stream(request.app.state.house, window, network_of(request.scope), nonce)
    headers = {"Content-Security-Policy": policy(nonce), "X-Accel-Buffering": "no"}
    return Stream(lines, media_type=MediaType.HTML, headers=headers)


@post("/language", status_code=303)
async def choose_language(request: AnyRequest) -> Redirect:
    """Keep the visitor's choice of language, and go back."""
    language = (await forms.read(request)).get("language")
    if language not in LANGUAGES:
        raise ClientException("unknown language")
    cookie = Cookie("language", value=language, path="/", **kept_cookie(request))
    return Redirect(came_from(request), status_code=303, cookies=[cookie])


async def refusal(
    house: House, request: AnyRequest, window: Window, problem: Exception, field: str, typed: str
) -> Response[bytes]:
    """A form that came to nothing: the line by its box, the text kept."""
    refused = errors.refused(problem)
    line = errors.explain(refused, window.language)
    if is_htmx(request):
        return errors.alert(house, window.language, line, field)
    try:
        unsent = Unsent(field, typed, line)
        answer = await room_page(house, request, window, unsent=unsent, status=errors.status(refused))
    except UNAVAILABLE:
        return errors.page(request, 503, typed=typed)
    if refused.wait is not None:
        answer.headers["Retry-After"] = str(refused.wait)
    return answer


def take_seat(request: AnyRequest, room: str) -> Redirect:
    """Send the visitor to a seat of their own, with its cookie."""
    seat = seats.new_id()
    seated: House = request.app.state.house
    path = page_path(room, seat)
    cookies = [Cookie(SEAT_COOKIE, value=seated.seats.cookie(room, seat), path=path, **kept_cookie(request))]
    if seated.seats.browser(cookies_of(request).get(BROWSER_COOKIE, "")) is None:
        browser = seated.seats.browser_cookie(seats.new_id())
        cookies.append(Cookie(BROWSER_COOKIE, value=browser, path="/", **kept_cookie(request)))
    return Redirect(f"{path}?new={seated.seats.new_mark(seat)}", status_code=303, cookies=cookies)


def kept_cookie(request: AnyRequest) -> Any:
    """What all our cookies have in common."""
    secure = request.scope["scheme"] == "https"
    return {"max_age": COOKIE_SECONDS, "httponly": True, "samesite": "lax", "secure": secure}


def canonical(room: str) -> str:
    """The room's one spelling. Raises NotFoundException when there can be no such room."""
    name = rooms.canonical(room)
    if name is None:
        raise NotFoundException()
    return name


def has_last_slash(request: AnyRequest) -> bool:
    return request.scope["raw_path"].endswith(b"/")


def number(text: str) -> int:
    """A cursor. Raises ClientException for what is none."""
    if not (text.isascii() and text.isdigit() and len(text) <= 16 and int(text) <= asked.LARGEST):
        raise ClientException("not a cursor")
    return int(text)


router = Router(
    "/",
    route_handlers=[front_door, enter, page, messages, title, say, rename, live, choose_language],
    guards=[same_origin],
)

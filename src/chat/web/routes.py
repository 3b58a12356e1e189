"""The one route table, and the ASGI stack around it."""

from functools import lru_cache
from pathlib import Path

from litestar import Litestar, Router
from litestar.config.compression import CompressionConfig
from litestar.di import Provide
from servestatic import ServeStaticASGI

from chat.web.crawlers import favicon, robots_txt
from chat.web.health import health
from chat.web.http import errors, security
from chat.web.http.asgi import ASGIApp
from chat.web.http.forms import read_form
from chat.web.http.front import Front, Running
from chat.web.http.head import Head
from chat.web.http.requests import AnyRequest, own_window, read_posted
from chat.web.http.services import Services, services_of
from chat.web.moderation.acts import ban, change_room, extend, lift, notice, remove
from chat.web.moderation.guard import NotSignedIn, moderators_only, on_not_signed_in, signed_in
from chat.web.moderation.held import approve, held_list, refuse
from chat.web.moderation.messages import message_list, one_message
from chat.web.moderation.reports import report_list, settle
from chat.web.moderation.sign_in import home, link, sign_in, sign_out
from chat.web.moderation.tables import act_log, ban_list, managed_room, managed_rooms, moderator_list
from chat.web.moderation.words import change_words, word_list
from chat.web.polls.asgi import PollsFirst
from chat.web.polls.direct import DirectPolls
from chat.web.polls.polls import Polls
from chat.web.room.about import about
from chat.web.room.clock import choose_clock, choose_framed_clock, clock, framed_clock
from chat.web.room.embedding import embed, framed_page, where_allowed
from chat.web.room.entry import enter, front_door
from chat.web.room.language import choose_language
from chat.web.room.live import live
from chat.web.room.messages import messages, say
from chat.web.room.mine import forget, mine
from chat.web.room.nickname import rename
from chat.web.room.page import page
from chat.web.room.people import people
from chat.web.room.report import report
from chat.web.room.rooms import go_to_room, room_list
from chat.web.room.sheet import reply, sheet, take_back
from chat.web.room.theme import choose_theme
from chat.web.room.unread import title

STATIC = Path(__file__).resolve().parents[1] / "static"
LARGEST_BODY = 16 * 1024
"""Bytes of a posted form, where messages are short."""
LARGEST_CHARACTER = 12
"""Bytes of an emoji as forms are sent."""

OF_A_SEAT = [
    *(about, people, live, title, messages, say),
    *(sheet, reply, take_back, report, rename, mine, forget),
]
"""What one does at a seat."""
VISITORS = {"window": Provide(own_window), "form": Provide(read_form), "posted": Provide(read_posted)}

ROOM = Router(
    "/",
    route_handlers=[
        *(front_door, enter, page, choose_language, choose_theme, clock, choose_clock, room_list, go_to_room),
        Router("/r/{room:str}/{seat:str}", route_handlers=OF_A_SEAT),
    ],
    guards=[security.same_origin],
    dependencies=VISITORS,
)
EMBEDDED = Router(
    "/embed/{room:str}",
    route_handlers=[
        embed,
        Router("/{seat:str}", route_handlers=[framed_page, framed_clock, choose_framed_clock, *OF_A_SEAT]),
    ],
    guards=[security.same_origin, where_allowed],
    dependencies=VISITORS,
)
"""The same seats, each held by a secret in its address (`frames.py`)."""

DOORS = Router("/", route_handlers=[home, link, sign_in], guards=[security.same_origin])
"""The pages of /moderation for who is not signed in."""
MODERATION = Router(
    "/moderation",
    route_handlers=[
        *(sign_out, remove, ban, lift, extend, change_room, notice),
        *(message_list, one_message, report_list, settle, held_list, approve, refuse),
        *(word_list, change_words, ban_list, managed_rooms, managed_room, moderator_list, act_log),
    ],
    guards=[security.same_origin, moderators_only],
    dependencies={"moderator": Provide(signed_in, sync_to_thread=False), "form": Provide(read_form)},
)


@lru_cache(maxsize=8)
def application(message_length: int) -> Litestar:
    """Litestar with every route. It knows no chat: each request brings its own (`http/front.py`)."""
    return Litestar(
        route_handlers=[ROOM, EMBEDDED, DOORS, MODERATION, health, robots_txt, favicon],
        dependencies={"services": Provide(services_of_request, sync_to_thread=False)},
        exception_handlers={**errors.HANDLERS, NotSignedIn: on_not_signed_in},
        before_send=[security.secure],
        compression_config=CompressionConfig(
            backend="brotli", brotli_quality=7, brotli_lgwin=16, exclude_opt_key="no_compress"
        ),
        request_max_body_size=max(LARGEST_BODY, 2 * LARGEST_CHARACTER * message_length),
        openapi_config=None,
        logging_config=None,
    )


def services_of_request(request: AnyRequest) -> Services:
    """What handlers get as `services`."""
    return services_of(request)


def stack(litestar: Litestar, services: Services, running: Running, polls: Polls, direct: DirectPolls) -> ASGIApp:
    """The application as a server calls it: polls, HEAD, static files, and then the routes."""
    static = ServeStaticASGI(
        litestar,
        root=STATIC,
        prefix="static/",
        allow_all_origins=False,
        add_headers_function=security.secure_static,
        immutable_file_test=lambda path, url: True,
    )
    return Front(PollsFirst(Head(static), polls, direct), services, running)

"""The source keeps its order: which folder may call which, what every route and template has, no word is missing."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po
from jinja2 import Environment
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

import chat as package
from chat.actions.rooms import set_lock, set_slow, set_topic
from chat.app import Chat
from chat.domain import nicknames
from chat.domain.refusals import Refused
from chat.storage import erasing
from chat.web.drawing.environment import environment
from chat.web.exports import writing
from chat.web.http import errors
from chat.web.http.languages import LANGUAGES, translations
from chat.web.http.security import SAFE_METHODS, same_origin
from chat.web.moderation.guard import moderators_only
from tests.kit import ROOT
from tests.kit.acts import becomes_unknown, forgets, gives_notice, removes, sets_the_room, whole_log
from tests.kit.chats import Clock
from tests.kit.history import said
from tests.kit.moderators import Moderator, link
from tests.kit.people import Person, Room

CHAT = Path(package.__file__).parent
MODULES = sorted(CHAT.rglob("*.py"))
TEMPLATES = sorted((CHAT / "templates").rglob("*.html"))

BASE = "clock jobs settings sizes"
"""What every folder may use."""
MAY_IMPORT = {
    "__main__": "cli",
    "cli": "server storage",
    "server": "app web actions delivery storage domain",
    "app": "web actions delivery storage domain",
    "web": "actions delivery storage domain",
    "actions": "storage domain",
    "delivery": "storage domain",
    "storage": "domain",
    "domain": "",
    "jobs": "",
    "clock": "",
    "settings": "",
    "sizes": "",
}
"""Calls go one way."""

KNOWN_ONLY_TO = {
    "litestar": {"app", "web"},
    "litestar.channels": {"delivery", "storage"},
    "uvicorn": {"server"},
    "servestatic": {"web"},
    "jinja2": {"web"},
    "babel": {"web"},
    "piccolo": {"storage"},
    "sqlite3": {"storage", "server"},
    "aiosqlite": {"storage"},
    "asyncpg": {"storage"},
    "redis": {"delivery"},
}
"""No HTTP and no HTML in the domain and in delivery; all SQL in storage."""


def room_of(module: Path) -> str:
    """The folder that a module is in, or stands for."""
    return module.relative_to(CHAT).with_suffix("").parts[0]


def imports(module: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: a relative import"
            yield from (f"{node.module}.{name.name}" for name in node.names)


def test_every_folder_has_its_place_in_the_order():
    assert {room_of(module) for module in MODULES} - {"__init__"} == MAY_IMPORT.keys()


def test_calls_go_one_way():
    for module in MODULES:
        here = room_of(module)
        called = {name.split(".")[1] for name in imports(module) if name.startswith("chat.")}
        allowed = {here, *MAY_IMPORT.get(here, "").split(), *("settings" if here == "domain" else BASE).split()}
        assert called <= allowed, f"{module.relative_to(CHAT)} must not import {called - allowed}"


def test_tests_stand_alone_and_their_kit_knows_no_test():
    for module in (ROOT / "tests").rglob("*.py"):
        called = set(imports(module))
        assert not {name for name in called if name.split(".")[0] in ("bench", "drills", "tools")}, module
        if module.is_relative_to(ROOT / "tests" / "kit"):
            assert not {name for name in called if name.startswith("tests.") and name.split(".")[1] != "kit"}, module


def test_libraries_are_known_only_where_they_belong():
    for module in MODULES:
        for name in imports(module):
            library = next(
                (known for known in sorted(KNOWN_ONLY_TO, reverse=True) if f"{name}.".startswith(f"{known}.")), ""
            )
            if library:
                assert room_of(module) in KNOWN_ONLY_TO[library], f"{module.relative_to(CHAT)} imports {name}"


def test_a_host_header_is_never_taken_apart():
    """Litestar makes request.url of it, and fails where it is garbage; the scope has the path and the scheme."""
    for module in MODULES:
        assert not re.search(r"\b(request|connection)\.(url|base_url)\b", module.read_text("utf-8")), module


# --- routes ---


def handlers(chat: Chat) -> Iterator[tuple[HTTPRoute, str, HTTPRouteHandler]]:
    for route in chat.litestar.routes:
        assert isinstance(route, HTTPRoute), "guard this kind of route too"
        for method, (handler, *_) in route.route_handler_map.items():
            yield route, str(method), handler


async def test_every_handler_that_changes_something_has_the_guard(chat: Chat):
    unsafe = [handler for _, method, handler in handlers(chat) if method not in SAFE_METHODS]
    assert len(unsafe) >= 3
    for handler in unsafe:
        assert same_origin in handler.resolve_guards(), handler


async def test_every_handler_that_changes_something_refuses_other_sites(ann: Person, chat: Chat):
    filled = {"room": ann.room, "seat": ann.seat, "seq": "1", "token": "none", "ban": "1", "report": "1", "held": "1"}
    for route, method, _ in handlers(chat):
        if method not in SAFE_METHODS:
            parts = [part if isinstance(part, str) else filled[part.name] for part in route.path_components]
            answer = await ann.browser.http.request(
                method, "/" + "/".join(parts), data={"x": "y"}, headers={"Origin": "https://evil.example"}
            )
            assert answer.status_code == 403, route.path


OPEN_DOORS = {"/moderation", "/moderation/link/{token:str}"}
"""What of /moderation is for who is not signed in: how to become it."""


async def test_all_of_moderation_has_the_one_guard(chat: Chat):
    found = [(route, handler) for route, _, handler in handlers(chat) if route.path.startswith("/moderation")]
    assert len(found) >= 12
    for route, handler in found:
        guarded = moderators_only in handler.resolve_guards()
        assert guarded != (route.path in OPEN_DOORS), route.path


async def test_whoever_is_not_signed_in_sees_and_does_nothing_in_moderation(ann: Person, chat: Chat):
    filled = {"room": ann.room, "seq": "1", "ban": "1", "report": "1", "held": "1", "token": "none"}
    for route, method, _ in handlers(chat):
        if not route.path.startswith("/moderation") or route.path in OPEN_DOORS:
            continue
        path = "/" + "/".join(part if isinstance(part, str) else filled[part.name] for part in route.path_components)
        for cookie in ("", "moderator=x", "moderator=x.00000000000000000000000000000000"):
            answer = await ann.browser.http.request(method, path, data={"x": "y"}, headers={"Cookie": cookie})
            if method in SAFE_METHODS:
                assert (answer.status_code, answer.headers["location"]) == (303, "/moderation/"), path
            else:
                assert answer.status_code == 403, path


async def test_the_framework_shows_nothing_of_itself(chat: Chat):
    assert chat.litestar.openapi_config is None
    assert chat.litestar.debug is False
    assert not [route.path for route, _, _ in handlers(chat) if "schema" in route.path]


# --- templates ---


async def test_every_template_is_rendered_in_every_language(chat: Chat, clock: Clock, monkeypatch: pytest.MonkeyPatch):
    for language in LANGUAGES:
        rendered = note_renders(environment(language), monkeypatch)
        await sees_everything(Room(chat, language), language, clock)
        names = {str(template.relative_to(CHAT / "templates")) for template in TEMPLATES}
        assert names - rendered == set()


def note_renders(templates: Environment, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The names of the templates that are rendered from now on, those among them that another one includes."""
    rendered: set[str] = set()

    def noting(name: str, render: Any) -> Any:
        def note(*args: Any) -> Any:
            rendered.add(name)
            return render(*args)

        return note

    for name in templates.list_templates(extensions=["html"]):
        template = templates.get_template(name)
        monkeypatch.setattr(template, "root_render_func", noting(name, template.root_render_func))
        monkeypatch.setattr(template, "_module", None)  # Jinja keeps what a template exports
    return rendered


async def sees_everything(room: Room, language: str, clock: Clock) -> None:
    """One person's whole stay."""
    chat = room.chat
    person, plain = await room.enter(language=language), await room.enter_without_script(language=language)
    await person.says(f"hi in {language}")
    await person.renames(f"Ann {language}")
    await person.is_refused("")
    await gives_notice(chat, room.name, "be kind")
    await person.catches_up()
    await person.replies("yes", to=f"hi in {language}")
    await person.catches_up()
    await plain.reloads()
    await plain.browser.gets(f"{plain.path}messages/1")
    for headers in ({"HX-Request": "true"}, {}):
        await plain.browser.gets(f"{plain.path}room", **headers)
    await plain.browser.gets("/rooms")
    await set_topic(chat.services.actions, room.name, person.seat, "tea")
    for locked, seconds in ((True, 60), (False, 0)):
        await set_lock(chat.services.actions, room.name, person.seat, locked)
        await set_slow(chat.services.actions, room.name, person.seat, seconds)
    await person.catches_up()
    await removes(chat, room.name, person.page.messages[-1].seq or 0)
    await person.catches_up()
    await becomes_unknown(await gives_notice(chat, room.name, "from the future"))
    clock.passes(3600)
    await forgets(chat, clock)
    await person.catches_up()
    await said(chat, map(str, range(310)), room.name)
    await person.catches_up()
    await person.reads_earlier()
    await sets_the_room(chat, room.name)
    await person.catches_up()
    await person.browser.gets(f"{person.path}room")
    await person.browser.gets(f"{person.path}room", **{"HX-Request": "true"})
    await person.browser.gets("/rooms")
    for headers in ({"HX-Request": "true"}, {}):
        await person.browser.gets(f"{person.path}people", **headers)
    await person.browser.gets("/nowhere")
    await person.browser.gets("/nowhere", **{"HX-Request": "true"})
    await person.browser.gets("/clock")
    await person.browser.gets("/clock", **{"HX-Request": "true"})
    async with plain.log() as stream:
        await stream.reads('role="log"')
    await sees_what_is_kept(Room(chat, f"old-{language}"), language)
    await sees_the_moderation(Room(chat, f"kept-{language}"), language, clock)


async def sees_what_is_kept(room: Room, language: str) -> None:
    """Old messages are erased, somebody is forgotten, and the room is exported."""
    person, sleeper = await room.enter(language=language), await room.enter(language=language)
    await said(room.chat, map(str, range(30)), room.name)
    await person.says("gone soon")
    [old], _ = await erasing.old_rooms(datetime.max.replace(tzinfo=UTC), 0, 1000, room.name)
    await erasing.erase_old(room.chat.services.database, old.id, datetime.max.replace(tzinfo=UTC), 20)
    await room.chat.services.watch.look()
    room.chat.services.hub.let_go(room.name, 30)
    await sleeper.catches_up()
    for headers in ({"HX-Request": "true"}, {}):
        await person.browser.gets(f"{person.path}mine", **headers)
    await person.posts("forget")
    await sleeper.catches_up()
    _, write, _ = writing("html", room.name, language)
    for event in await whole_log(room.name):
        write(event)


async def sees_the_moderation(room: Room, language: str, clock: Clock) -> None:
    """A moderator's whole stay, and that of whom they ban."""
    moderator = await Moderator.enter(room, f"mia-{language}", language)
    troll = await room.enter(room.browser(language, address="127.0.0.1"))
    clock.passes(60)
    await troll.says("buy")
    await moderator.reloads()
    await moderator.opens("buy")
    for headers in ({"HX-Request": "true"}, {}):
        for _ in range(5):
            witness = await room.enter(room.browser(language))
            await witness.posts("messages/1/report", {"reason": "spam"}, headers=headers)
        await moderator.browser.gets(f"{moderator.path}messages/1?reported=1")
        await moderator.catches_up()
        await moderator.acts("reports/1/done")
    await moderator.reloads()
    await moderator.bans("buy", address="1")
    await moderator.sees_without_script("bans", room=room.name, seq=moderator.line("buy").seq, address="1")
    await moderator.bans("buy")
    await troll.reloads()
    await moderator.acts("bans", room=room.name, seq="x")
    await moderator.browser.gets(f"{moderator.path}room")
    await moderator.acts("words", words="casino", action="hold")
    for _ in range(2):
        await moderator.catches_up()
        wordy = await room.enter(room.browser(language))
        await wordy.tries("casino, again")
    await moderator.acts("words", words="", action="mask")
    for page in (
        "words",
        "held",
        "messages",
        f"messages/{room.name}/1",
        "reports",
        "bans",
        "rooms",
        f"rooms/{room.name}",
        "moderators",
        "log",
    ):
        await moderator.reads(page)
    await moderator.acts("held/1/refused")
    await moderator.acts(f"rooms/{room.name}", clear="1")
    await witness.catches_up()
    for address in ("/moderation/", await link(room, f"noa-{language}")):
        await troll.browser.gets(address)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.name)
def test_nothing_a_visitor_wrote_is_markup(template: Path):
    source = template.read_text("utf-8")
    assert not re.search(r"\|\s*safe\b|autoescape|Markup|\bforceescape\b", source)
    assert not re.search(r"\s[\w:-]+='?\{\{", source), "attributes are double-quoted"
    assert not re.search(r"<script(?![^>]* src=)|\son\w+=|\sstyle=|javascript:", source)
    for href in re.findall(r'(?:href|src|action|hx-get|hx-post)="([^"]*)"', source):
        assert "//" not in href, f"another site: {href}"


def test_no_html_is_made_outside_the_templates():
    may = {"live.py"}
    for module in MODULES:
        source = module.read_text("utf-8")
        assert "Markup" not in source, module
        assert "__html__" not in source or module.parent.name == "drawing", module
        assert not re.search(r"""["'f]<(p|li|div|a|span|form|input|h1)\b""", source) or module.name in may, module


def test_the_environment_is_strict_and_escapes():
    source = (CHAT / "web" / "drawing" / "environment.py").read_text("utf-8")
    assert "undefined=StrictUndefined" in source
    assert "autoescape=True" in source


def test_no_policy_is_unsafe():
    for file in [*MODULES, *TEMPLATES]:
        assert not re.search("unsafe-(inline|eval|hashes)", file.read_text("utf-8")), file


# --- words ---


FILLED_IN = re.compile(r"%\(\w+\)[sd]")


def found_in_the_sources() -> set[str | tuple[str, ...]]:
    with (ROOT / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    found = extract_from_dir(ROOT, methods, options, DEFAULT_KEYWORDS)
    return {message for _, _, message, _, _ in found}


def words(message: Message) -> list[str]:
    """Its translation, in every number."""
    return [message.string] if isinstance(message.string, str) else list(message.string or ())


def catalogue(language: str) -> Catalog:
    with (CHAT / "locale" / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_catalogue_has_every_word_of_the_house_and_no_other(language: str):
    ours = {message.id for message in catalogue(language) if message.id}
    assert ours == found_in_the_sources()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_is_translated(language: str):
    for message in catalogue(language):
        if message.id:
            assert words(message), message.id
            assert all(words(message)), f"{message.id} has no words"
            assert not message.fuzzy, f"{message.id} is only guessed"
            assert not list(message.check()), message.id
    assert not catalogue(language).obsolete


def test_the_chinese_is_chinese_and_keeps_what_is_filled_in():
    for message in catalogue("zh"):
        if message.id:
            singular = message.id if isinstance(message.id, str) else message.id[0]
            for line in words(message):
                assert re.search("[一-龥]", line) or not re.search("[a-z]{3}", FILLED_IN.sub("", line)), line
                assert set(FILLED_IN.findall(singular)) == set(FILLED_IN.findall(line)), singular


def test_every_language_has_a_name_a_tag_and_a_catalogue():
    catalogues = {folder.name for folder in (CHAT / "locale").iterdir() if folder.is_dir()}
    assert LANGUAGES.keys() <= catalogues, "a catalogue that lacks the newest texts is not offered yet"
    assert {translations(language).ugettext("Anonymous") for language in LANGUAGES} == set(nicknames.DEFAULTS)


# --- refusals ---


def reasons() -> dict[str, dict[str, int | str]]:
    """Every reason that is given somewhere, with the details it comes with."""
    given: dict[str, dict[str, int | str]] = {}
    for module in MODULES:
        for node in ast.walk(ast.parse(module.read_text("utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args):
                continue
            reason = node.args[0].value if isinstance(node.args[0], ast.Constant) else None
            if isinstance(reason, str) and node.func.id == "Refused":
                given[reason] = {keyword.arg or "": 7 for keyword in node.keywords}
            elif isinstance(reason, str) and node.func.id == "_Spending":
                given[reason] = {"seconds": 7}
    sources = [module.read_text("utf-8") for module in (CHAT / "web").rglob("*.py")]
    forms = [field for source in sources for field in re.findall(r'form\.check\("(\w+)"\)', source)]
    return given | {f"{field}.unreadable": {} for field in forms}


def test_every_refusal_has_words_in_every_language():
    assert len(reasons()) >= 15
    for reason, details in reasons().items():
        lines = {errors.explain(Refused(reason, **details), language) for language in LANGUAGES}
        assert len(lines) == len(LANGUAGES), f"{reason}: {lines}"
        assert not any("%" in line for line in lines), lines


def test_there_are_no_words_for_a_refusal_that_nobody_gives():
    assert errors.REFUSALS.keys() | errors.STATUSES.keys() <= reasons().keys()


@pytest.mark.parametrize("reason", sorted(reasons()))
def test_a_refusal_is_the_fault_of_who_asks_or_of_time(reason: str):
    assert errors.status(Refused(reason)) in (403, 410, 413, 422, 429, 503)

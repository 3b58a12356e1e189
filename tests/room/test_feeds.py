"""A room as plain text and as an Atom feed: for programs, which are nobody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from xml.etree import ElementTree

import httpx
import pytest

from chat.app import Chat
from chat.domain.events import Message
from chat.storage.tables import Person as PersonRow
from chat.storage.tables import Room as RoomRow
from chat.web import feeds
from tests.kit.acts import removes, says
from tests.kit.history import said
from tests.kit.people import SITE, Person, Room

ATOM = "{http://www.w3.org/2005/Atom}"
GONE = "This message was removed"


def lines(answer: httpx.Response) -> list[list[str]]:
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    return [line.split("\t") for line in answer.content.decode("utf-8").splitlines()]


def entries(answer: httpx.Response) -> list[dict[str, str]]:
    """What every entry must have (RFC 4287), by name."""
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    feed = ElementTree.fromstring(answer.content)  # noqa: S314
    assert feed.tag == f"{ATOM}feed"
    assert all(feed.findtext(ATOM + name) for name in ("id", "title", "updated"))
    names = {"id": "id", "title": "title", "updated": "updated", "by": f"author/{ATOM}name", "text": "content"}
    return [
        {name: entry.findtext(ATOM + path) or "" for name, path in names.items()}
        for entry in feed.findall(f"{ATOM}entry")
    ]


async def test_a_room_is_read_as_text_a_line_a_message(room: Room, ann: Person, bob: Person):
    await ann.says("你好 <b>")
    await bob.renames("Bob B")
    await bob.says("hi")
    found = lines(await room.browser().gets("/r/lobby.txt"))
    assert [line[1:] for line in found] == [[f"Anonymous#{ann.tag}", "你好 <b>"], [f"Bob B#{bob.tag}", "hi"]]
    for at, *_ in found:
        assert at.endswith("+00:00")
        assert abs(datetime.now(UTC) - datetime.fromisoformat(at)) < timedelta(minutes=5)


async def test_a_room_is_read_as_a_feed_the_newest_first(room: Room, ann: Person):
    await ann.says("first & <last>")
    await ann.renames("Ann")
    await ann.says("second ]]>")
    found = entries(await room.browser().gets("/r/lobby.atom"))
    assert [(entry["by"], entry["text"]) for entry in found] == [
        (f"Ann#{ann.tag}", "second ]]>"),
        (f"Anonymous#{ann.tag}", "first & <last>"),
    ]
    assert [entry["id"] for entry in found] == [f"{SITE}/r/lobby/#m3", f"{SITE}/r/lobby/#m1"]


@pytest.mark.parametrize("form", ["txt", "atom"])
async def test_reading_it_makes_nobody(room: Room, form: str):
    for name in ("lobby", "_secret", "你好"):
        browser = room.browser()
        for ask in (browser.http.get, browser.http.head):
            answer = await ask(f"/r/{name}.{form}")
            assert answer.status_code == 200
            assert "set-cookie" not in answer.headers
            assert answer.headers["x-robots-tag"] == "noindex"
    assert await PersonRow.count() == 0
    assert await RoomRow.count() == 0


async def test_an_unlisted_room_is_read_by_who_knows_its_address(room: Room, chat: Chat):
    await says(chat, "_secret", "psst")
    assert lines(await room.browser().gets("/r/_secret.txt"))[0][2] == "psst"
    assert entries(await room.browser().gets("/r/_secret.atom"))[0]["text"] == "psst"


async def test_a_removed_message_is_gone_from_both(room: Room, ann: Person, chat: Chat):
    await ann.says("bad")
    await ann.says("good")
    browser = room.browser()
    old = await browser.gets("/r/lobby.atom")
    await removes(chat, "lobby", 1)
    assert [line[2] for line in lines(await browser.gets("/r/lobby.txt"))] == ["good"]
    new = await browser.gets("/r/lobby.atom", **{"If-None-Match": old.headers["etag"]})
    assert "bad" not in new.text
    # It stays as an entry: a reader that has it puts this one over it.
    assert [(entry["id"], entry["text"]) for entry in entries(new)][1] == (f"{SITE}/r/lobby/#m1", GONE)


@pytest.mark.sizes(feed_messages=3, feed_events=10)
async def test_only_the_newest_are_told(room: Room, ann: Person, chat: Chat):
    await said(chat, map(str, range(8)))
    newest = [line[2] for line in lines(await room.browser().gets("/r/lobby.txt"))]
    assert len(newest) == 3
    for number in range(9):
        await ann.renames(f"Ann{number}")
    # What is read is bounded, whatever else the log holds.
    assert [line[2] for line in lines(await room.browser().gets("/r/lobby.txt"))] == newest[-1:]


@pytest.mark.parametrize("form", ["txt", "atom"])
async def test_who_has_it_already_is_told_so(room: Room, ann: Person, form: str):
    await ann.says("hi")
    browser, path = room.browser(), f"/r/lobby.{form}"
    first = await browser.gets(path)
    tag, date = first.headers["etag"], first.headers["last-modified"]
    for known in (tag, tag.removeprefix("W/"), f'"x", {tag}', "*"):
        answer = await browser.gets(path, **{"If-None-Match": known})
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)
    assert (await browser.gets(path, **{"If-Modified-Since": date})).status_code == 304
    assert (await browser.gets(path, **{"If-None-Match": '"x"', "If-Modified-Since": date})).status_code == 200
    earlier = format_datetime(datetime.now(UTC) - timedelta(days=1), usegmt=True)
    for date in (earlier, "yesterday", "Mon, 99 Jan 99999 00:00:00 GMT", ""):
        assert (await browser.gets(path, **{"If-Modified-Since": date})).status_code == 200
    await ann.says("more")
    assert (await browser.gets(path, **{"If-None-Match": tag})).status_code == 200


async def test_each_language_has_a_tag_of_its_own(room: Room, ann: Person):
    await ann.says("hi")
    english = await room.browser().gets("/r/lobby.txt")
    chinese = await room.browser("zh").gets("/r/lobby.txt", **{"If-None-Match": english.headers["etag"]})
    assert lines(chinese)[0][1] == f"匿名用户#{ann.tag}"


async def test_nothing_that_was_stored_breaks_a_line_or_the_feed(chat: Chat):
    naughty = "a\x00\x1b[31m\ud800\ufffe\n\r\t\u2028\x85b]]><&\"'"
    at = datetime.now(UTC)
    message = Message(room="lobby", seat="ann", seq=1, at=at, nickname=naughty[:10], text=naughty)
    drawn = feeds.as_entries([message], "en")
    assert len(feeds.text(drawn).decode("utf-8").splitlines()) == 1
    renderer = chat.services.renderers[chat.services.windows.audiences.choose("en", {})]
    body = feeds.atom(renderer, "lobby", f"{SITE}/r/lobby/", feeds.iso(at), drawn)
    entry = ElementTree.fromstring(body).find(f"{ATOM}entry")  # noqa: S314
    assert entry is not None
    assert entry.findtext(f"{ATOM}content") == drawn[0].text == "a[31m     b]]><&\"'"


@pytest.mark.parametrize(
    ("path", "where"),
    [("/r/Lobby.txt", "/r/lobby.txt"), ("/r/STRASSE.atom", "/r/strasse.atom"), ("/r/e%CC%81.txt", "/r/%C3%A9.txt")],
)
async def test_a_feed_has_one_address(room: Room, path: str, where: str):
    answer = await room.browser().gets(path)
    assert (answer.status_code, answer.headers["location"]) == (303, where)


@pytest.mark.parametrize(
    "path", ["/r/.txt", "/r/a.b.txt", "/r/a%20b.atom", "/r/lobby.txt/", "/r/lobby.rss", "/r/x.TXT"]
)
async def test_what_is_no_feed_is_not_found(room: Room, path: str):
    answer = await room.browser().gets(path)
    assert answer.status_code == 404
    assert "set-cookie" not in answer.headers

"""Who wants to be forgotten is: names and texts go from open windows, pages, feeds and the database."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from chat.app import Chat
from chat.storage import log
from chat.storage.tables import Event, Leaver
from chat.storage.tables import Person as PersonRow
from tests.kit.chats import until
from tests.kit.people import Person, Room

GONE = "This message was removed"


async def leaves(person: Person) -> None:
    """Ask to be forgotten, by the form of the page about what is stored."""
    answer = await person.posts("forget")
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"] == f"/r/{person.room}/"


async def rows_are_gone(chat: Chat) -> None:
    await chat.services.watch.look()
    await chat.services.retention.erase_who_left()


async def test_an_open_window_is_emptied_of_the_person(ann: Person, bob: Person, chat: Chat):
    await ann.says("my secret")
    await ann.renames("Annabel")
    await ann.says("another secret")
    await bob.says("hello")
    await bob.sees("my secret", "another secret", "hello")
    poll = await bob.waits()
    await leaves(ann)
    await poll
    assert bob.texts == [GONE, GONE, "hello"]
    assert "Annabel" not in " ".join(line.text for line in bob.lines)
    assert ann.tag not in [line.tag for line in bob.page.messages]
    open_window = [(line.text, line.nickname) for line in bob.page.messages]
    await bob.reloads()
    assert [(line.text, line.nickname) for line in bob.page.messages] == open_window
    assert "secret" not in bob.answer.text
    assert "Annabel" not in bob.answer.text


async def test_what_quotes_the_person_is_emptied_too(ann: Person, bob: Person, room: Room, chat: Chat):
    cid = await room.enter()
    await ann.says("my secret")
    await bob.sees("my secret")
    await bob.replies("why", to="my secret")
    await cid.catches_up()
    await bob.begins_reply("my secret")
    poll = await cid.waits()
    await leaves(ann)
    await poll
    assert cid.page.one(".quote").text == GONE
    await bob.catches_up()
    assert "secret" not in bob.page.one(".replying").text
    await cid.reloads()
    assert cid.page.one(".quote").text == GONE
    assert "secret" not in cid.answer.text


async def test_no_page_shows_it_though_its_rows_are_erased_later(tiny: None, ann: Person, bob: Person, chat: Chat):
    for number in range(5):
        await ann.says(f"secret {number}")
    await bob.says("hello")
    await ann.renames("Annabel")
    await leaves(ann)
    stored = await Event.select(Event.text).where(Event.kind == "message").run()
    assert any("secret" in row["text"] for row in stored)  # the rows wait for their turn
    chat.services.hub._tails.clear()
    await bob.reloads()
    pages = [bob.answer.text]
    for path in ("messages?before=99", "messages?around=3", "people", "/r/lobby.txt", "/r/lobby.atom", "messages/1"):
        address = path if path.startswith("/") else bob.path + path
        pages.append((await bob.browser.gets(address)).text)
    assert all("secret" not in page and "Annabel" not in page for page in pages)
    await rows_are_gone(chat)
    events = await log.after("lobby", 0, 100)
    assert [event.kind for event in events] == [*["message"] * 6, "rename", "forgotten"]
    rows = await Event.select().run()
    assert {row["text"] for row in rows} == {"", "hello"}
    assert [row["seat"] for row in rows if row["seat"] == ann.seat and row["kind"] != "forgotten"] == []
    assert await PersonRow.count().where(PersonRow.seat == ann.seat).run() == 0
    [leaver] = await Leaver.select().run()
    assert leaver["erased"]


async def test_the_seat_holds_nothing_any_more(ann: Person, room: Room, chat: Chat):
    await ann.says("my secret")
    cookie = ann.browser.cookie("seat", ann.path)
    path = ann.path
    await leaves(ann)
    refused = await ann.posts("messages", {"text": "still here?"})
    assert refused.status_code == 403
    ann.browser.http.cookies.set("seat", cookie, domain="chat.test", path=path)
    refused = await ann.posts("messages", {"text": "still here?"})
    assert refused.status_code == 410
    assert "/r/lobby/" in refused.text
    assert (await ann.browser.gets(path)).status_code == 410
    refused = await ann.posts("nickname", {"nickname": "again"}, headers={"HX-Request": "true"})
    assert refused.status_code == 422
    assert "again" not in str(await Event.select().run())
    assert await PersonRow.count().run() == 0


async def test_who_has_said_nothing_leaves_nothing(ann: Person, bob: Person, chat: Chat):
    await bob.says("hello")
    await leaves(ann)
    assert await Event.count().run() == 1
    assert await Leaver.count().run() == 0


async def test_posts_and_forgetting_at_once_leave_nothing(ann: Person, bob: Person, chat: Chat):
    await ann.says("secret 0")
    await asyncio.gather(
        *[ann.browser.http.post(ann.path + "messages", data={"text": f"secret {n}"}) for n in range(1, 4)],
        ann.browser.http.post(ann.path + "forget"),
        return_exceptions=True,
    )
    await rows_are_gone(chat)
    await bob.catches_up()
    assert not [text for text in bob.texts if "secret" in text]
    assert "secret" not in str(await Event.select().run())
    assert await PersonRow.count().where(PersonRow.seat == ann.seat).run() == 0


async def test_ten_thousand_messages_are_erased_in_steps_between_posts(ann: Person, bob: Person, chat: Chat):
    await ann.says("secret")
    room = (await Event.select(Event.room).first().run())["room"]  # type: ignore[index]
    columns = "INSERT INTO event (room, seq, kind, seat, text, at, erased, address, browser) VALUES "
    for start in range(2, 3002, 500):
        rows = ", ".join(
            f"({room}, {seq}, 'message', '{ann.seat}', 'secret', {{}}, {{}}, '', '')"
            for seq in range(start, start + 500)
        )
        at = (await Event.select(Event.at).first().run())["at"]  # type: ignore[index]
        await Event.raw(columns + rows, *[value for _ in range(500) for value in (at, False)]).run()
    await Event.raw("UPDATE room SET last_seq = 3001").run()
    await leaves(ann)
    erasing = asyncio.create_task(rows_are_gone(chat))
    await bob.says("meanwhile")
    await erasing
    texts = {row["text"] for row in await Event.select(Event.text).run()}
    assert texts == {"", "meanwhile"}


async def test_what_is_stored_is_told_to_its_person_alone(ann: Person, bob: Person, chat: Chat):
    await ann.renames("Annabel")
    for number in range(3):
        await ann.says(f"mine {number}")
    await bob.says("not mine")
    page = await ann.browser.gets(ann.path + "mine")
    assert page.status_code == 200
    assert all(f"mine {number}" in page.text for number in range(3))
    assert "Annabel" in page.text
    assert "not mine" not in page.text
    assert "30 days" in page.text
    assert "7 days" in page.text
    sheet = await ann.browser.gets(ann.path + "mine", **{"HX-Request": "true"})
    assert "<dialog" in sheet.text
    assert (await bob.browser.gets(ann.path + "mine")).status_code == 403


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_nothing_stays_in_the_bytes_of_the_file(ann: Person, bob: Person, chat: Chat):
    path = chat.services.database.path
    assert path
    await ann.renames("Annabel77")
    await ann.says("unforgettable words")
    await bob.sees("unforgettable words")
    await bob.replies("oh", to="unforgettable words")
    assert found(path, b"unforgettable") and found(path, b"Annabel77")
    await leaves(ann)
    await chat.services.watch.look()
    await until(lambda: not found(path, b"unforgettable"))
    assert not found(path, b"Annabel77")
    with sqlite3.connect(path) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def found(path: Path, what: bytes) -> bool:
    """Whether the database's files hold this, anywhere."""
    return any(what in file.read_bytes() for file in path.parent.glob(f"{path.name}*"))

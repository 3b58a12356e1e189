"""What is removed is gone: from open windows, from pages, from the database."""

from pathlib import Path

import pytest

from chat.app import Chat
from chat.settings import Settings
from chat.storage.tables import Event
from tests.kit.acts import gives_notice, removes
from tests.kit.chats import running
from tests.kit.history import said
from tests.kit.people import Person, Room

GONE = "This message was removed"


async def removed(chat: Chat, seq: int) -> bool:
    return await removes(chat, "lobby", seq) is not None


async def test_an_open_window_shows_that_it_was_removed(ann: Person, bob: Person, chat: Chat):
    await ann.says("bad")
    await ann.says("good")
    await bob.sees("bad", "good")
    poll = await bob.waits()
    assert await removed(chat, 1)
    await poll
    assert bob.texts == [GONE, "good"]
    assert bob.page.messages[0].tag == ann.tag
    open_window = bob.page.messages
    await bob.reloads()
    assert bob.page.messages == open_window
    assert "bad" not in (await poll).text


async def test_the_line_is_in_the_reader_s_language(room: Room, chat: Chat, ann: Person):
    li = await room.enter(language="zh")
    await ann.says("bad")
    await li.sees("bad")
    await removed(chat, 1)
    await li.catches_up()
    assert "bad" not in li.texts
    assert GONE not in li.texts


async def test_a_window_that_slept_never_gets_the_text(ann: Person, bob: Person, chat: Chat):
    await bob.polls()
    await ann.says("bad")
    await ann.says("good")
    await removed(chat, 1)
    answer = await bob.polls()
    assert "bad" not in answer.text
    assert bob.texts == [GONE, "good"]


async def test_a_window_that_slept_for_long_never_gets_it_either(tiny: None, ann: Person, bob: Person, chat: Chat):
    await ann.says("bad")
    await bob.sees("bad")
    await said(chat, map(str, range(20)))
    await removed(chat, 1)
    await said(chat, map(str, range(20, 40)))
    await bob.catches_up()
    assert bob.texts == [GONE, *map(str, range(40))]


async def test_a_removal_within_what_was_missed(tiny: None, ann: Person, bob: Person, chat: Chat):
    await bob.polls()
    await said(chat, ["0", "bad", "2", "3", "4", "5", "6", "7"])
    await removed(chat, 2)
    await said(chat, ["9"])
    await bob.catches_up()
    assert bob.texts == ["0", GONE, "2", "3", "4", "5", "6", "7", "9"]


async def test_pages_and_earlier_pages_show_no_removed_text(room: Room, chat: Chat):
    await said(chat, ["bad", *map(str, range(100)), "worse"])
    await removed(chat, 1)
    await removed(chat, 102)
    ann, plain = await room.enter(), await room.enter_without_script()
    assert ann.texts[-1] == plain.texts[-1] == GONE
    while ann.page.has("#older a"):
        await ann.reads_earlier()
    assert ann.texts == [GONE, *map(str, range(100)), GONE]
    while plain.page.has("#older a"):
        await plain.follows("#older a")
    assert plain.texts[0] == GONE


async def test_a_removal_of_what_a_window_does_not_show_changes_nothing_in_it(room: Room, chat: Chat):
    await said(chat, ["bad", *map(str, range(100))])
    ann = await room.enter()
    await ann.polls()
    await removed(chat, 1)
    texts = ann.texts
    await ann.catches_up()
    assert ann.texts == texts
    assert ann.cursor == "messages?after=102"


async def test_it_stays_removed_when_the_server_is_started_anew(settings: Settings):
    async with running(settings) as chat:
        ann, bob = await Room(chat).enter(), await Room(chat).enter()
        await ann.says("bad")
        await bob.sees("bad")
        await removed(chat, 1)
    async with running(settings) as chat:
        for person in (ann, bob):
            person.browser.move_to(chat)
        await bob.catches_up()
        await ann.reloads()
        assert ann.texts == bob.texts == [GONE]


async def test_what_is_removed_already_or_never_was_cannot_be_removed(ann: Person, bob: Person, chat: Chat):
    await ann.says("bad")
    assert await removed(chat, 1)
    for seq in (1, 2, 3, 0, -1, 2**62):
        assert not await removed(chat, seq)
    assert await removes(chat, "elsewhere", 1) is None
    assert await Event.count() == 2


async def test_a_rename_or_a_notice_is_no_message_to_remove(ann: Person, chat: Chat):
    await ann.says("hi")
    await ann.renames("Ann")
    await gives_notice(chat, "lobby", "be kind")
    assert not await removed(chat, 2)
    assert not await removed(chat, 3)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_text_is_gone_from_the_database_s_files(settings: Settings, tmp_path: Path):
    secret = "a text that nobody must ever find again"

    def traces() -> list[str]:
        files = [tmp_path / f"chatroom.sqlite{suffix}" for suffix in ("", "-wal")]
        return [file.name for file in files if file.exists() and secret.encode() in file.read_bytes()]

    async with running(settings) as chat:
        await said(chat, ["before", secret, "after"])
        assert traces()
        await removed(chat, 2)
    assert traces() == []


async def test_a_notice_is_a_line_of_the_house(ann: Person, bob: Person, chat: Chat):
    await ann.says("hi")
    await bob.catches_up()
    poll = await bob.waits()
    await gives_notice(chat, "lobby", "be <b>kind</b>")
    await poll
    assert [(line.kind, line.text) for line in bob.lines[-1:]] == [("notice", "be <b>kind</b>")]

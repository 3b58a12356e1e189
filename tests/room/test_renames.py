"""Everyone may change their nickname at any moment."""

import asyncio

import pytest

from chat.app import Chat
from chat.storage.tables import Event
from chat.storage.tables import Person as PersonRow
from chat.storage.tables import Room as RoomRow
from tests.kit.history import said
from tests.kit.people import NoScriptPerson, Person, Room


def said_by_the_room(person: Person) -> list[str]:
    return [line.text for line in person.lines if line.kind == "rename"]


async def test_a_new_seat_is_offered_the_nickname_last_used_in_its_browser(ann: Person, room: Room):
    await ann.renames("小明")
    again = await room.enter(ann.browser)
    assert (again.nickname, again.typed_nickname) == ("Anonymous", "小明")
    plain = NoScriptPerson(ann.browser)
    await plain.enters("/r/elsewhere/")
    assert plain.typed_nickname == "小明"
    await plain.renames("小红")
    assert plain.typed_nickname == ""
    assert (await room.enter(ann.browser)).typed_nickname == "小红"
    assert (await room.enter()).typed_nickname == ""
    await again.renames("Anonymous")
    assert (await room.enter(ann.browser)).typed_nickname == ""


@pytest.mark.parametrize("kept", ["admin", "%E7%B3%BB%E7%BB%9F", "a" * 3000, "%00", "%20"])
async def test_what_is_no_nickname_is_not_offered(ann: Person, room: Room, kept: str):
    ann.browser.http.cookies.set("nickname", kept, path="/")
    assert (await room.enter(ann.browser)).typed_nickname == ""


async def test_the_room_sees_one_quiet_line(ann: Person, bob: Person):
    await ann.says("hi")
    await ann.renames("Ann")
    await ann.renames("Anna")
    await bob.catches_up()
    assert said_by_the_room(bob) == [f"Anonymous {ann.tag} is now Ann", f"Ann {ann.tag} is now Anna"]


async def test_the_rename_reaches_a_held_poll(ann: Person, bob: Person):
    await ann.says("hi")
    await bob.catches_up()
    poll = await bob.waits()
    await ann.renames("Ann")
    await poll
    assert len(said_by_the_room(bob)) == 1


async def test_it_takes_effect_at_once_and_old_messages_keep_the_old_name(ann: Person, bob: Person):
    await ann.says("before")
    await ann.renames("Ann")
    assert ann.nickname == "Ann"
    await ann.says("after")
    for window in (ann, bob, bob):
        await window.catches_up()
        assert (window.line("before").nickname, window.line("after").nickname) == ("Anonymous", "Ann")
    await bob.reloads()
    assert (bob.line("before").nickname, bob.line("after").nickname) == ("Anonymous", "Ann")


async def test_after_a_rename_the_form_is_closed_and_empty(ann: Person):
    assert "open" not in ann.page.one("#me details").attributes
    await ann.renames("Ann")
    assert "open" not in ann.page.one("#me details").attributes
    assert ann.typed_nickname == ""


async def test_renaming_leaves_the_half_written_message_alone(ann: Person):
    ann.types("text", "half a mess")
    await ann.renames("Ann")
    assert ann.typed == "half a mess"


async def test_in_a_room_that_does_not_exist_yet_the_name_is_kept_and_not_announced(ann: Person, bob: Person):
    await ann.renames("Ann")
    assert await RoomRow.count() == await Event.count() == 0
    await ann.reloads()
    assert ann.nickname == "Ann"
    await ann.says("hi")
    await bob.catches_up()
    assert said_by_the_room(bob) == []
    assert bob.line("hi").nickname == "Ann"


async def test_the_name_of_a_room_s_first_message_may_be_taken_at_the_same_moment(ann: Person, bob: Person):
    await asyncio.gather(ann.renames("Ann"), bob.says("hi"))
    await bob.catches_up()
    assert bob.texts == ["hi"]


async def test_taking_the_name_that_one_has_says_nothing(ann: Person, bob: Person):
    await ann.says("hi")
    await ann.renames("Ann")
    await ann.renames("Ann")
    await ann.renames(" Ａnn ")
    await bob.catches_up()
    assert len(said_by_the_room(bob)) == 1


async def test_taking_the_default_name_when_one_has_no_other_says_nothing(ann: Person):
    await ann.says("hi")
    await ann.renames("匿名用户")
    await ann.catches_up()
    assert said_by_the_room(ann) == []


async def test_the_default_name_is_stored_as_none_and_drawn_in_the_reader_s_language(room: Room):
    ann, li = await room.enter(), await room.enter(language="zh")
    await ann.says("hi")
    await ann.renames("Ann")
    await ann.renames("anonymous")
    await ann.says("again")
    await li.catches_up()
    await ann.catches_up()
    assert await PersonRow.select(PersonRow.nickname).output(as_list=True) == [None]
    assert (ann.nickname, ann.line("again").nickname) == ("Anonymous", "Anonymous")
    assert (li.nickname, li.line("again").nickname) == ("匿名用户", "匿名用户")
    assert said_by_the_room(ann)[-1] == f"Ann {ann.tag} is now Anonymous"
    assert "匿名用户" in said_by_the_room(li)[-1]


async def test_a_name_holds_in_this_window_only(room: Room):
    browser = room.browser()
    left, right = await room.enter(browser), await room.enter(browser)
    await left.renames("Left")
    await right.reloads()
    assert right.nickname == "Anonymous"


@pytest.mark.parametrize(("typed", "kept"), [("  Ａnn   Lee ", "Ann Lee"), ("李小龙", "李小龙"), ("\tAnn\n", "Ann")])
async def test_a_name_is_kept_folded(ann: Person, typed: str, kept: str):
    await ann.renames(typed)
    assert ann.nickname == kept


async def test_without_a_script_it_works_too(chat: Chat, room: Room):
    await said(chat, ["hi"])
    plain = await room.enter_without_script()
    await plain.renames("Ann")
    assert plain.nickname == "Ann"
    assert [line.text for line in plain.lines if line.kind == "rename"] == [f"Anonymous {plain.tag} is now Ann"]


async def test_renames_of_many_at_once_are_all_announced_in_one_order(room: Room):
    everybody = [await room.enter() for _ in range(8)]
    await everybody[0].says("hi")
    await asyncio.gather(*(person.renames(f"P{number}") for number, person in enumerate(everybody)))
    for person in everybody:
        await person.catches_up()
    assert len(said_by_the_room(everybody[0])) == 8
    assert len({tuple(said_by_the_room(person)) for person in everybody}) == 1

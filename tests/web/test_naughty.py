"""The Big List of Naughty Strings, said and taken as names: shown as it was stored, or refused."""

import unicodedata

from chat.domain import nicknames, texts
from chat.domain.refusals import Refused
from chat.storage.tables import Event
from chat.storage.tables import Person as PersonRow
from tests.kit.naughty import BIG_LIST
from tests.kit.people import Person, Room

HTMX = {"HX-Request": "true"}
SENDABLE = [text for text in BIG_LIST if not any(unicodedata.category(character) == "Cs" for character in text)]


def stored_as(text: str) -> str | None:
    try:
        return texts.clean(text)
    except Refused:
        return None


def named(nickname: str) -> str | None:
    try:
        return nicknames.clean(nickname) or "Anonymous"
    except Refused:
        return None


async def test_a_naughty_message_is_shown_as_it_was_stored_or_refused(ann: Person, room: Room):
    expected = []
    for text in SENDABLE:
        answer = await ann.tries(text)
        wanted = stored_as(text)
        assert answer.status_code == (422 if wanted is None else 200), text
        assert (ann.typed == text) == (wanted is None or text == "")
        expected += [wanted] if wanted is not None else []
    assert len(expected) > 300
    assert await Event.select(Event.text).order_by(Event.seq).output(as_list=True) == expected
    await ann.catches_up()
    assert ann.texts == expected[-len(ann.texts) :]
    assert len(ann.texts) >= 200
    plain = await room.enter_without_script()
    seen = plain.texts
    while plain.page.has("#older a"):
        await plain.follows("#older a")
        seen = plain.texts + seen
    assert seen == expected


async def test_a_naughty_nickname_is_shown_as_it_was_stored_or_refused(ann: Person, bob: Person):
    await ann.says("hi")
    taken = 0
    for nickname in SENDABLE:
        answer = await ann.tries_nickname(nickname)
        wanted = named(nickname)
        assert answer.status_code == (422 if wanted is None else 200), nickname
        if wanted is not None:
            taken += 1
            assert ann.nickname == wanted
            assert await PersonRow.select(PersonRow.nickname).output(as_list=True) in ([wanted], [None])
            ann.types("nickname", "")
    assert taken > 50
    await ann.says("bye")
    await bob.catches_up()
    assert bob.line("bye").nickname == ann.nickname


async def test_a_naughty_message_that_is_refused_stays_in_the_box_without_a_script(room: Room):
    plain = await room.enter_without_script()
    for text in SENDABLE:
        if stored_as(text) is None:
            await plain.is_refused(text)

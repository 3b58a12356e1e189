"""The list of words: what is refused, masked, or waits for a moderator; and a room that is cleared."""

from __future__ import annotations

import asyncio

import pytest

from chat.app import Chat
from chat.domain.refusals import Refused
from chat.storage import held
from chat.storage.tables import Event
from tests.kit.acts import says
from tests.kit.moderators import Moderator
from tests.kit.page import Page
from tests.kit.people import Person, Room

GONE = "This message was removed"


@pytest.fixture
async def mia(room: Room) -> Moderator:
    return await Moderator.enter(room)


async def lists(mia: Moderator, words: str, action: str) -> None:
    answer = await mia.acts("words", words=words, action=action)
    assert answer.status_code == 200, answer.text


async def number(room: str = "lobby") -> int:
    """The id of the newest message that waits."""
    [newest] = await held.waiting(1, 2**62)
    return newest.id


async def log_of_acts(mia: Moderator) -> list[str]:
    return [row.all("td")[2].text for row in (await mia.reads("log")).all("tbody tr")]


async def test_a_refused_word_leaves_the_text_in_the_box(mia: Moderator, ann: Person):
    await lists(mia, "casino\n去死", "refuse")
    assert "word" in await ann.is_refused("go to the C A S I N O")
    assert "word" in await ann.is_refused("你去死吧")
    assert "word" in await ann.is_refused_nickname("Casino")
    await ann.says("casinos are not on the list")
    await mia.says("casino is what a moderator may say")


async def test_a_masked_word_is_never_stored(mia: Moderator, ann: Person, bob: Person):
    await lists(mia, "darn", "mask")
    await ann.says("oh darn it")
    await bob.sees("oh ** it")
    assert [row["text"] for row in await Event.select(Event.text)] == ["oh ** it"]


async def test_a_word_that_is_taken_away_may_be_said_again(mia: Moderator, ann: Person):
    await lists(mia, "darn", "refuse")
    line = (await mia.reads("words")).one('button[name="remove"]')["value"]
    assert (await mia.acts("words", remove=line)).status_code == 200
    assert (await mia.acts("words", remove=line)).status_code == 404
    await ann.says("darn")
    assert [act.split(" · ")[0] for act in await log_of_acts(mia)][:2] == ["remove word", "add word"]


async def test_what_was_said_before_a_word_was_listed_is_said_once(mia: Moderator, ann: Person):
    form = ann.types("text", "darn")
    await ann.sends(form, ann._htmx("say"))
    await lists(mia, "darn", "refuse")
    answer = await ann.sends(form, ann._htmx("say"))
    assert answer.status_code == 200
    assert await Event.count() == 1


@pytest.mark.parametrize(
    ("words", "action"), [("", "mask"), ("ok\n/(a/", "mask"), ("/a*/", "hold"), ("x" * 201, "mask"), ("ok", "shout")]
)
async def test_a_line_that_cannot_be_used_changes_nothing(mia: Moderator, words: str, action: str):
    answer = await mia.acts("words", words=words, action=action)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert not (await mia.reads("words")).all("tbody tr")
    plain = await mia.posts("/moderation/words", {"words": words, "action": action})
    assert plain.status_code == 422
    assert words.split("\n")[0] in Page(plain.text).one("main").text


async def test_a_held_message_is_seen_by_its_author_alone_until_it_is_let_through(
    mia: Moderator, ann: Person, bob: Person
):
    await lists(mia, "casino", "hold")
    await bob.says("first")
    await ann.says("a casino")
    assert "Waiting for a moderator: a casino" in ann.page.one("#waiting").text
    await bob.catches_up()
    assert bob.texts == ["first"]
    await bob.says("second")
    for page in ("mine", "./"):
        assert "a casino" in (await ann.browser.gets(f"{ann.path}{page}")).text
    waits = (await mia.reads("held")).one("tbody tr")
    assert "a casino" in waits.text
    assert (await mia.acts(f"held/{await number()}/approved")).status_code == 200
    await bob.catches_up()
    assert bob.texts == ["first", "second", "a casino"]
    await ann.says("third")
    assert not ann.page.one("#waiting").text
    assert "approve" in (await log_of_acts(mia))[0]


async def test_a_refused_message_is_told_to_its_author(mia: Moderator, ann: Person, bob: Person):
    await lists(mia, "casino", "hold")
    await ann.says("a casino")
    waiting = await number()
    assert (await mia.acts(f"held/{waiting}/refused")).status_code == 200
    for verb in ("approved", "refused"):
        assert (await mia.acts(f"held/{waiting}/{verb}")).status_code == 404
    await ann.reloads()
    assert "A moderator did not let this through: a casino" in ann.page.one("#waiting").text
    await bob.catches_up()
    assert bob.texts == []


async def test_a_message_waits_once_however_often_it_is_sent(mia: Moderator, ann: Person):
    await lists(mia, "casino", "hold")
    form = ann.types("text", "a casino")
    for _ in range(3):
        assert (await ann.sends(form, ann._htmx("say"))).status_code == 200
    assert len(await held.waiting(10, 2**62)) == 1
    assert (await mia.acts(f"held/{await number()}/approved")).status_code == 200
    assert (await ann.sends(form, ann._htmx("say"))).status_code == 200
    assert len(await held.waiting(10, 2**62)) == 0
    await ann.catches_up()
    assert ann.texts == ["a casino"]


async def test_two_moderators_let_it_through_and_it_is_said_once(mia: Moderator, room: Room, ann: Person):
    noa = await Moderator.enter(room, "noa")
    await lists(mia, "casino", "hold")
    for turn in range(5):
        await ann.says(f"casino {turn}")
        waiting = await number()
        answers = await asyncio.gather(*(each.acts(f"held/{waiting}/approved") for each in (mia, noa)))
        assert {answer.status_code for answer in answers} in ({200}, {200, 404})
    await ann.catches_up()
    assert sum("approve" in act for act in await log_of_acts(mia)) == 5
    assert ann.texts == [f"casino {turn}" for turn in range(5)]


async def test_one_lets_it_through_and_one_does_not_and_one_of_them_is_obeyed(mia: Moderator, room: Room, ann: Person):
    noa = await Moderator.enter(room, "noa")
    await lists(mia, "casino", "hold")
    said = []
    for turn in range(6):
        await ann.says(f"casino {turn}")
        waiting = await number()
        first, second = (mia, "approved"), (noa, "refused")
        both = [first, second] if turn % 2 else [second, first]
        answers = await asyncio.gather(*(each.acts(f"held/{waiting}/{verb}") for each, verb in both))
        assert sorted(answer.status_code for answer in answers) == [200, 404]
        if answers[both.index(first)].status_code == 200:
            said.append(f"casino {turn}")
        assert (await mia.acts(f"held/{waiting}/refused")).status_code == 404
    await ann.catches_up()
    assert ann.texts == said


async def test_a_reply_that_waited_quotes_nothing_when_its_message_has_gone(mia: Moderator, ann: Person, bob: Person):
    await lists(mia, "casino", "hold")
    await bob.says("where?")
    await ann.sees("where?")
    await ann.replies("in the casino", to="where?")
    await bob.catches_up()
    await bob.takes_back("where?")
    assert (await mia.acts(f"held/{await number()}/approved")).status_code == 200
    await bob.catches_up()
    assert bob.texts == [GONE, "in the casino"]
    assert not bob.page.has(".quote")


async def test_only_so_many_messages_of_a_person_wait(mia: Moderator, ann: Person):
    await lists(mia, "casino", "hold")
    for turn in range(held.MOST_OF_ONE):
        await ann.says(f"casino {turn}")
    assert "5" in await ann.is_refused("one more casino")
    assert len(await held.waiting(10, 2**62)) == held.MOST_OF_ONE


async def test_who_is_forgotten_waits_for_nothing(mia: Moderator, ann: Person, chat: Chat):
    await lists(mia, "casino", "hold")
    await ann.says("hello")
    await ann.says("a casino")
    await ann.posts("forget")
    await chat.services.retention.erase_who_left()
    assert await held.waiting(10, 2**62) == []


async def test_nothing_of_who_has_left_waits_and_nothing_in_a_locked_room(
    mia: Moderator, ann: Person, bob: Person, chat: Chat
):
    await lists(mia, "casino", "hold")
    await ann.says("hello")
    seat = ann.seat
    await ann.posts("forget")
    with pytest.raises(Refused) as refused:  # a browser that kept its cookies all the same
        await says(chat, "lobby", "a casino", seat=seat)
    assert refused.value.reason == "person.left"
    await mia.acts("rooms/lobby", locked="1")
    assert "locked" in await bob.is_refused("a casino")
    assert await held.waiting(10, 2**62) == []


async def test_without_script_the_author_is_told_on_the_page(mia: Moderator, room: Room):
    ann = await room.enter_without_script()
    await lists(mia, "casino", "hold")
    await ann.says("a casino")
    assert "a casino" in ann.page.one("#waiting").text


async def test_a_cleared_room_is_empty_for_all_and_counts_on(mia: Moderator, ann: Person, bob: Person, chat: Chat):
    await ann.renames("Annabel")
    for turn in range(12):
        await ann.says(f"rude {turn}")
    await bob.sees(*(f"rude {turn}" for turn in range(12)))
    await bob.replies("do not", to="rude 1")
    await bob.catches_up()
    poll = await bob.waits()
    answer = await mia.acts(f"rooms/{mia.room}", clear="1")
    assert answer.status_code == 200, answer.text
    await poll
    assert set(bob.texts) == {GONE}
    assert "Annabel" not in " ".join(line.text for line in bob.page.messages)
    assert not bob.page.has(".quote")
    fresh = await Room(chat).enter()
    assert fresh.texts == []
    assert "rude" not in fresh.answer.text
    for form in ("txt", "atom"):
        assert "rude" not in (await fresh.browser.gets(f"/r/lobby.{form}")).text
    assert "rude" not in (await ann.browser.gets(f"{ann.path}messages?before=12")).text
    await chat.services.retention.erase_who_left()
    assert [row["kind"] for row in await Event.select(Event.kind)] == ["cleared"]
    await fresh.says("a new start")
    await bob.catches_up()
    assert bob.texts[-1] == "a new start"
    assert "clear" in (await log_of_acts(mia))[0]


async def test_who_slept_while_the_room_was_cleared_finds_it_empty(mia: Moderator, ann: Person, bob: Person):
    await ann.says("rude")
    await bob.sees("rude")
    for turn in range(5):
        await ann.says(f"ruder {turn}")
    await mia.acts(f"rooms/{mia.room}", clear="1")
    await ann.says("sorry")
    await bob.catches_up()
    assert bob.texts[-1] == "sorry"
    assert not any("rude" in text for text in bob.texts)


async def test_a_message_that_is_sent_again_after_the_room_was_cleared_is_not_said_again(
    mia: Moderator, ann: Person, bob: Person
):
    form = ann.types("text", "rude")
    await ann.sends(form, ann._htmx("say"))
    await mia.acts(f"rooms/{mia.room}", clear="1")
    assert (await ann.sends(form, ann._htmx("say"))).status_code == 200
    await bob.catches_up()
    assert "rude" not in bob.texts


async def test_a_room_that_is_not_there_is_not_cleared(mia: Moderator):
    assert (await mia.acts("rooms/nowhere", clear="1")).status_code == 404

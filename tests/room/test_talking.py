"""People talk: what one says, the others see, once and in order."""

import asyncio
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from chat.app import Chat
from chat.sizes import Sizes
from tests.kit.history import said
from tests.kit.people import Person, Room, Window


async def test_what_one_says_the_other_sees(ann: Person, bob: Person):
    await ann.says("hi")
    await bob.sees("hi")


async def test_a_message_reaches_everybody_who_waits(room: Room):
    everybody = [await room.enter() for _ in range(5)]
    for person in everybody * 2:
        await person.polls("&wait=0")  # then all show the same count of who is here
    polls = [await person.waits() for person in everybody]
    await everybody[0].says("hi")
    await asyncio.gather(*polls)
    assert [person.texts for person in everybody] == [["hi"]] * 5
    assert len({(await poll).content for poll in polls}) == 1


async def test_everybody_sees_everything_once_and_in_the_same_order(room: Room):
    everybody = [await room.enter() for _ in range(6)]
    for turn in range(6):
        saying = (person.says(f"{turn} {person.seat}") for person in everybody)
        await asyncio.gather(*saying, *(person.polls() for person in everybody))
    for person in everybody:
        await person.catches_up()
    seen = [person.texts for person in everybody]
    assert len(seen[0]) == len(set(seen[0])) == 36
    assert seen == [seen[0]] * 6


async def test_one_s_own_message_comes_only_with_the_poll(ann: Person):
    await ann.says("hi")
    assert ann.texts == []
    await ann.sees("hi")
    assert ann.line("hi").own


async def test_the_message_says_who_and_when(ann: Person, bob: Person):
    await ann.renames("Ann")
    await ann.says("hi")
    await bob.sees("hi")
    line = bob.line("hi")
    assert (line.nickname, line.tag, line.own) == ("Ann", ann.tag, False)
    stamp = datetime.fromisoformat(bob.page.one("li.message time")["datetime"])
    assert timedelta(0) <= datetime.now(UTC) - stamp < timedelta(minutes=2)
    assert line.time == f"{stamp:%-I:%M}\u202f{stamp:%p}"


async def test_what_is_said_in_one_room_stays_there(ann: Person, room: Room):
    other = Person(room.browser())
    await other.enters("/r/elsewhere/")
    await other.polls()
    poll = await other.waits()
    await ann.says("hi")
    assert not poll.done()
    await other.says("hello")
    await poll
    assert other.texts == ["hello"]


async def test_rooms_are_numbered_each_for_itself(ann: Person, room: Room):
    other = Person(room.browser())
    await other.enters("/r/elsewhere/")
    await ann.says("one")
    await other.says("one")
    await ann.says("two")
    await ann.sees("one", "two")
    await other.sees("one")
    assert [line.seq for line in ann.page.messages] == [1, 2]
    assert [line.seq for line in other.page.messages] == [1]


# --- with and without a script ---


async def test_windows_with_and_without_a_script_talk_to_each_other(ann: Person, room: Room):
    plain = await room.enter_without_script()
    await ann.says("hi")
    await plain.sees("hi")
    await plain.says("hello")
    await ann.sees("hi", "hello")
    assert plain.texts == ["hi", "hello"]
    assert plain.line("hello").own


async def test_a_plain_post_leads_back_to_the_page(room: Room):
    plain = await room.enter_without_script()
    answer = await plain.sends(plain.types("text", "hi"))
    assert (answer.status_code, answer.headers["location"]) == (303, plain.path)


# --- on entry ---


async def test_on_entry_one_sees_the_latest_fifty(chat: Chat, room: Room):
    await said(chat, map(str, range(120)))
    ann = await room.enter()
    assert ann.texts == [str(number) for number in range(70, 120)]


async def test_earlier_messages_come_when_the_top_is_reached(chat: Chat, room: Room):
    await said(chat, map(str, range(120)))
    ann = await room.enter()
    await ann.reads_earlier()
    assert ann.texts == [str(number) for number in range(20, 120)]
    await ann.reads_earlier()
    assert ann.texts == [str(number) for number in range(120)]
    assert "This is where the room begins" in ann.page.one("#older").text
    assert not ann.page.has("#older a")


async def test_new_messages_still_come_to_who_has_read_earlier_ones(chat: Chat, room: Room, bob: Person):
    await said(chat, map(str, range(60)))
    ann = await room.enter()
    await ann.reads_earlier()
    await bob.says("new")
    await ann.catches_up()
    assert ann.texts == [*map(str, range(60)), "new"]


async def test_earlier_messages_are_behind_a_plain_link_too(chat: Chat, room: Room):
    await said(chat, map(str, range(120)))
    plain = await room.enter_without_script()
    pages = [plain.texts]
    while plain.page.has("#older a"):
        await plain.follows("#older a")
        pages.insert(0, plain.texts)
    assert [text for page in pages for text in page] == [str(number) for number in range(120)]
    await plain.follows('.note a[href="./"]')
    assert plain.texts == pages[-1]


async def test_a_page_of_earlier_messages_has_a_composer_and_does_not_poll(chat: Chat, room: Room):
    await said(chat, map(str, range(60)))
    plain = await room.enter_without_script()
    await plain.follows("#older a")
    assert not plain.page.has("#poll, iframe, .greeting")
    await plain.says("from the past")
    assert plain.texts[-1] == "from the past"


async def test_an_empty_room_has_nothing_earlier(ann: Person):
    assert ann.texts == []
    assert not ann.page.has("#older a")


# --- the greeting ---


async def test_the_greeting_tells_the_visitor_their_own_address(room: Room):
    ann = await room.enter(room.browser(address="203.0.113.7"))
    greetings = [line.text for line in ann.lines if line.kind == "greeting"]
    assert greetings == ["Welcome, visitor from 203.0.113.7. Only you see this line."]


async def test_an_ipv6_address_is_greeted_too(room: Room):
    ann = await room.enter(room.browser(address="2001:db8::7"))
    assert any("2001:db8::7" in line.text for line in ann.lines)


async def test_nobody_else_ever_gets_the_greeting(room: Room, bob: Person):
    await bob.polls()
    poll = await bob.waits()
    ann = await room.enter(room.browser(address="203.0.113.7"))
    assert not poll.done()
    await ann.says("hi")
    assert "203.0.113.7" not in (await poll).text
    late = await room.enter()
    assert "203.0.113.7" not in late.page.html


async def test_the_greeting_speaks_the_visitor_s_language(room: Room):
    ann = await room.enter(room.browser("zh", address="203.0.113.7"))
    (greeting,) = [line.text for line in ann.lines if line.kind == "greeting"]
    assert "203.0.113.7" in greeting
    assert "欢迎" in greeting


# --- how it is drawn ---


async def test_successive_messages_of_one_person_stand_under_one_name(ann: Person, bob: Person):
    await ann.says("one")
    await ann.says("two")
    await bob.says("three")
    await ann.says("four")
    await ann.renames("Ann")
    await ann.says("five")
    await bob.catches_up()
    assert [(line.text, line.under) for line in bob.page.messages] == [
        ("one", False),
        ("two", True),
        ("three", False),
        ("four", False),
        ("five", False),
    ]


async def test_messages_far_apart_stand_each_under_its_name(chat: Chat, room: Room):
    noon = datetime(2026, 5, 1, 12, tzinfo=UTC)
    seat = await said(chat, ["one"], at=noon)
    await said(chat, ["two"], seat=seat, at=noon + timedelta(minutes=4, seconds=59))
    await said(chat, ["three"], seat=seat, at=noon + timedelta(minutes=10))
    ann = await room.enter()
    assert [line.under for line in ann.page.messages] == [False, True, False]


@pytest.mark.settings(timezone=ZoneInfo("Asia/Shanghai"))
async def test_each_day_begins_with_its_date_in_the_site_s_time_zone(chat: Chat, room: Room):
    seat = await said(chat, ["evening"], at=datetime(2026, 5, 1, 15, 59, tzinfo=UTC))
    await said(chat, ["midnight"], seat=seat, at=datetime(2026, 5, 1, 16, 0, tzinfo=UTC))
    await said(chat, ["past midnight"], seat=seat, at=datetime(2026, 5, 1, 16, 1, tzinfo=UTC))
    english, chinese = await room.enter(), await room.enter(language="zh")
    assert [line.day for line in english.page.messages] == ["Friday, May 1, 2026", "Saturday, May 2, 2026", ""]
    assert [line.day for line in chinese.page.messages] == ["2026年5月1日星期五", "2026年5月2日星期六", ""]
    assert [line.under for line in english.page.messages] == [False, False, True]
    assert [line.time for line in english.page.messages] == ["11:59\u202fPM", "12:00\u202fAM", "12:01\u202fAM"]
    assert [line.time for line in chinese.page.messages] == ["23:59", "00:00", "00:01"]


async def test_a_page_of_earlier_messages_repeats_no_date_and_no_name(chat: Chat, room: Room):
    noon = datetime(2026, 5, 1, 12, tzinfo=UTC)
    await said(chat, map(str, range(120)), at=noon)
    ann = await room.enter()
    await ann.reads_earlier()
    await ann.reads_earlier()
    assert [line.text for line in ann.page.messages if line.day] == ["0"]
    assert [line.text for line in ann.page.messages if not line.under] == ["0"]


@pytest.mark.parametrize("sizes", [Sizes(tail_events=kept) for kept in (1000, 50, 40)], ids=str)
async def test_the_day_of_a_page_s_first_message_stands_above_it(chat: Chat, room: Room):
    """However much of the room is in memory."""
    await said(chat, map(str, range(70)), at=datetime(2026, 5, 1, 12, tzinfo=UTC))
    await said(chat, map(str, range(70, 140)), at=datetime(2026, 5, 2, 12, tzinfo=UTC))
    ann = await room.enter()
    assert days(ann) == ["Saturday, May 2, 2026"]
    await ann.reads_earlier()
    assert days(ann) == ["Friday, May 1, 2026", "Saturday, May 2, 2026"]
    await ann.reads_earlier()
    assert days(ann) == ["Friday, May 1, 2026", "Saturday, May 2, 2026"]
    plain = await room.enter_without_script()
    assert days(plain) == ["Saturday, May 2, 2026"]
    await plain.follows("#older a")
    assert days(plain) == ["Friday, May 1, 2026", "Saturday, May 2, 2026"]


def days(window: Window) -> list[str]:
    return [line.text for line in window.page.all(".day")]


async def test_links_become_links_and_nothing_else_is_markup(ann: Person, bob: Person):
    text = """see https://example.com/a?b=c&d=<e>. <b>"bold"</b> javascript:alert(1) & <script>alert(1)</script>"""
    await ann.says(text)
    await bob.sees(text)
    message = bob.page.one("li.message .text")
    (link,) = message.elements
    assert (link.tag, link.text, link["href"]) == ("a", *["https://example.com/a?b=c&d="] * 2)
    assert (link["rel"], link["target"]) == ("nofollow noopener ugc", "_blank")


async def test_a_nickname_is_never_markup(ann: Person, bob: Person):
    await ann.renames("<b>&amp;")
    await ann.says("hi")
    await bob.sees("hi")
    assert bob.line("hi").nickname == ann.nickname == "<b>&amp;"
    assert bob.page.one("li.message .nickname").tag == "bdi"


async def test_a_link_that_may_go_on_shows_where_it_ends(ann: Person):
    await ann.says("https://zh.wikipedia.org/wiki/红烧肉 https://de.wikipedia.org/wiki/Käse")
    await ann.catches_up()
    cut, whole = ann.page.all(".bubble .text")[-1].all("a")
    assert (cut.text, cut["href"], cut.classes) == (*["https://zh.wikipedia.org/wiki/"] * 2, {"cut"})
    assert (whole.text, whole["href"]) == (
        "https://de.wikipedia.org/wiki/Käse",
        "https://de.wikipedia.org/wiki/K%C3%A4se",
    )
    assert not whole.classes

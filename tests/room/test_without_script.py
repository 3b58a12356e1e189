"""The room without JavaScript: plain forms, plain links, and a log that goes on by itself in a frame."""

import asyncio
import re
from contextlib import AsyncExitStack

import pytest

from chat.app import Chat
from chat.settings import Settings
from tests.kit.acts import gives_notice, removes
from tests.kit.chats import Clock, running, until
from tests.kit.history import said
from tests.kit.markup import Element, parse_beginning
from tests.kit.people import NoScriptPerson, Person, Room
from tests.kit.stream import Stream


@pytest.fixture
async def plain(room: Room) -> NoScriptPerson:
    return await room.enter_without_script()


def log(stream: Stream) -> Element:
    return parse_beginning(stream.text).one('[role="log"]')


def texts(stream: Stream) -> list[str]:
    return [text.text for text in log(stream).all("li.message .text")]


def readers_waiting(chat: Chat) -> int:
    """How many logs of the lobby wait for its next line."""
    tail = chat.services.hub.cached("lobby")
    return len(tail.waiters) if tail else 0


async def test_the_log_goes_on_while_one_is_typing(plain: NoScriptPerson, ann: Person):
    await ann.says("before")
    async with plain.log() as stream:
        await stream.reads("before")
        await ann.says("one")
        await stream.reads("one")
        await ann.says("two")
        await stream.reads("two")
        assert texts(stream) == ["before", "one", "two"]
        assert stream.status == 200
        assert not stream.ended


async def test_what_one_posts_without_a_script_comes_into_the_log(plain: NoScriptPerson):
    async with plain.log() as stream:
        await plain.says("hi")
        await stream.reads("hi")
        (own,) = log(stream).all(f'li[data-by="{plain.page.me}"]')
        assert own.one(".text").text == "hi"


async def test_the_log_is_a_page_of_its_own_with_the_latest_fifty(chat: Chat, room: Room):
    await said(chat, map(str, range(120)))
    plain = await room.enter_without_script()
    async with plain.log() as stream:
        await stream.reads(">119<")
        assert texts(stream) == [str(number) for number in range(70, 120)]
        page = parse_beginning(stream.text)
        assert page.one("base")["target"] == "_parent"
        assert page.one(".older a")["href"] == "messages?before=71"


async def test_the_log_s_policy_lets_its_own_rule_in_and_no_other(plain: NoScriptPerson):
    async with plain.log() as stream:
        await stream.reads('role="log"')
        (nonce,) = {style["nonce"] for style in parse_beginning(stream.text).all("style[nonce]")}
        policy = stream.headers["content-security-policy"]
        assert f"'nonce-{nonce}'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'self'" in policy
        assert stream.headers["cache-control"] == "no-store"
        assert "content-encoding" not in stream.headers
        assert stream.headers["content-type"] == "text/html; charset=utf-8"


async def test_a_link_reloads_the_log_alone(plain: NoScriptPerson):
    frame = plain.page.one("noscript iframe")
    assert frame["title"]
    async with plain.log() as stream:
        await stream.reads('role="log"')
        links = [*plain.page.all("noscript a"), *parse_beginning(stream.text).all("a")]
        assert any(link["href"] == frame["src"] and link.get("target") in (frame["name"], "_self") for link in links)


async def test_the_log_says_renames_and_notices(plain: NoScriptPerson, ann: Person, chat: Chat):
    await ann.says("hi")
    async with plain.log() as stream:
        await ann.renames("Ann")
        await stream.reads("is now")
        await gives_notice(chat, "lobby", "be kind")
        await stream.reads("be kind")


async def test_after_a_removal_the_log_is_loaded_anew(plain: NoScriptPerson, ann: Person, chat: Chat):
    await ann.says("bad")
    async with plain.log() as stream:
        await stream.reads("bad")
        await removes(chat, "lobby", 1)
        await stream.reads_to_the_end()
        assert stream.text.endswith('<meta http-equiv="refresh" content="1">')
    async with plain.log() as stream:
        await stream.reads("removed")
        assert texts(stream) == ["This message was removed"]


async def test_the_log_beats_when_nothing_happens(plain: NoScriptPerson, chat: Chat):
    chat.services.waiters.seconds = 0.01
    async with plain.log() as stream:
        await stream.reads("\n\n\n")
        assert not stream.ended


async def test_a_beat_brings_a_rule_of_a_new_name_but_not_with_every_line(
    plain: NoScriptPerson, ann: Person, clock: Clock
):
    async with plain.log() as stream:
        await stream.reads('role="log"')
        for text, rules in (("one", 1), ("two", 1), ("three", 2), ("four", 2)):
            if text == "three":
                clock.passes(5)
            await ann.says(text)
            await stream.reads(f">{text}<")
            beats = re.findall(r"\.beat{animation-name:(\w+)}</style>", stream.text)
            assert len(set(beats)) == len(beats) == rules


@pytest.mark.sizes(stream_seconds=0.0)
async def test_the_log_ends_after_a_while_and_asks_to_be_loaded_anew(plain: NoScriptPerson):
    async with plain.log() as stream:
        await stream.reads_to_the_end()
        assert stream.text.endswith('<meta http-equiv="refresh" content="1">')


async def test_when_the_server_stops_the_log_ends_and_comes_back_later(plain: NoScriptPerson, chat: Chat):
    async with plain.log() as stream:
        await stream.reads('role="log"')
        await until(lambda: readers_waiting(chat))
        chat.services.waiters.release()
        await stream.reads_to_the_end()
        assert stream.text.endswith('<meta http-equiv="refresh" content="6">')


async def test_a_reader_who_leaves_frees_their_place(plain: NoScriptPerson, chat: Chat):
    async with plain.log():
        await until(lambda: readers_waiting(chat))
    assert chat.services.waiters.places.taken == 0
    assert not (await chat.services.hub.tail("lobby")).waiters


async def test_the_log_and_the_polls_of_one_window_do_not_chase_each_other(ann: Person, chat: Chat):
    plain = NoScriptPerson(ann.browser)
    await plain.enters(ann.url)
    await ann.polls()
    async with plain.log() as stream:
        await until(lambda: readers_waiting(chat))
        poll = await ann.waits()
        await ann.says("hi")
        await poll
        await stream.reads("hi")
        assert not ann.paced


@pytest.mark.settings(held_polls=0)
async def test_where_nothing_can_be_held_the_log_ends_and_is_loaded_again(plain: NoScriptPerson, ann: Person):
    await ann.says("hi")
    async with plain.log() as stream:
        await stream.reads_to_the_end()
        assert texts(stream) == ["hi"]
        assert stream.text.endswith('<meta http-equiv="refresh" content="5">')


async def test_a_browser_s_logs_leave_it_connections_for_posts_and_pages(room: Room, chat: Chat):
    browser = room.browser()
    readers = [NoScriptPerson(browser) for _ in range(5)]
    for reader in readers:
        await reader.enters("/r/lobby/")
    async with AsyncExitStack() as stack:
        streams = [await stack.enter_async_context(reader.log()) for reader in readers]
        for stream in streams[3:]:
            await stream.reads_to_the_end()
        await until(lambda: readers_waiting(chat) == 3)
        assert not any(stream.ended for stream in streams[:3])
    async with readers[4].log() as stream:
        await stream.reads('role="log"')
        await until(lambda: readers_waiting(chat))


async def test_a_log_that_fell_behind_what_is_kept_is_loaded_anew(tiny: None, plain: NoScriptPerson, chat: Chat):
    async with plain.log() as stream:
        await until(lambda: readers_waiting(chat))
        await said(chat, map(str, range(20)))
        await stream.reads_to_the_end()
        assert texts(stream) == []
        assert stream.text.endswith('<meta http-equiv="refresh" content="1">')


async def test_many_logs_and_polls_see_the_same(room: Room, chat: Chat):
    readers = [await room.enter_without_script() for _ in range(3)]
    talkers = [await room.enter() for _ in range(3)]
    logs = [reader.log() for reader in readers]
    streams = [await log.__aenter__() for log in logs]
    await asyncio.gather(*(talker.says(talker.seat) for talker in talkers))
    for talker in talkers:
        await talker.catches_up()
    for stream in streams:
        for talker in talkers:
            await stream.reads(f">{talker.seat}<")
        assert texts(stream) == talkers[0].texts
    for one in logs:
        await one.__aexit__(None, None, None)


async def test_without_the_cookie_there_is_no_log(plain: NoScriptPerson, room: Room):
    stranger = room.browser()
    answer = await stranger.gets(f"{plain.path}live")
    assert answer.status_code == 403


async def test_the_whole_demo_without_a_script(settings: Settings):
    async with running(settings) as chat:
        plain = await Room(chat).enter_without_script(language="zh")
        await plain.renames("小明")
        await plain.says("你好")
        await plain.is_refused("")
        assert "open" not in plain.page.one("#me details").attributes
        await plain.says("再见")
        assert plain.texts == ["你好", "再见"]
        assert plain.nickname == "小明"


# --- where the script did not come ---


async def test_one_tap_leads_to_the_log_that_comes_by_itself_and_another_back(room: Room):
    window = await room.enter_without_script()
    other = await room.enter_without_script(window.browser)
    await window.follows('#stale a[href="./?script=off"]')
    assert window.page.has("iframe.live") and not window.page.has("noscript")
    await window.says("hi")
    assert not window.page.has("noscript"), "only until the next post"
    assert not window.page.has("script")
    assert not window.page.has("#stale")
    await other.reloads()
    assert other.page.has("#stale"), "another window of the browser was changed too"
    answer = await window.browser.gets(f"{window.path}?script=on")
    assert b'src="/static/htmx' in answer.content
    await window.reloads()
    assert window.page.has("#stale")


async def test_the_log_leads_back_only_where_it_was_chosen(room: Room):
    window = await room.enter_without_script()
    async with window.log() as stream:
        await stream.reads('role="log"')
        assert "script=on" not in stream.text
    await window.follows('#stale a[href="./?script=off"]')
    async with window.log() as stream:
        await stream.reads('role="log"')
        assert 'href="./?script=on"' in stream.text


async def test_a_choice_that_is_none_changes_nothing(room: Room):
    window = await room.enter_without_script()
    answer = await window.browser.gets(f"{window.path}?script=maybe")
    assert answer.status_code == 200
    assert "script=" not in answer.headers["set-cookie"]


@pytest.mark.settings(limits="on")
async def test_a_refusal_that_names_seconds_is_over_by_itself(room: Room):
    plain, ann = await room.enter_without_script(), await room.enter()
    for window in (plain, ann):
        for number in range(5):
            await window.says(str(number))
    assert "Try again in 2 seconds." in await plain.is_refused("too fast", 429)
    assert ".wait2 span{animation:over 0s 2s forwards}" in plain.page.html
    assert "aria-invalid" not in plain.page.box("text").attributes
    await ann.is_refused("too fast")
    assert ann.page.one("#say-alert span")["hx-trigger"] == "load delay:2s"
    await plain.is_refused_nickname("admin")
    assert plain.page.box("nickname")["aria-invalid"] == "true"

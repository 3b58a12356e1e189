"""Who writes too fast is asked to wait, told for how long, and keeps the text."""

import pytest

from chat.storage.tables import Person as PersonRow
from tests.kit.chats import Clock
from tests.kit.people import Person, Room

pytestmark = pytest.mark.settings(limits="on")


async def says_many(person: Person, count: int, what: str = "") -> None:
    for number in range(count):
        await person.says(f"{what}{number}")


async def test_a_burst_of_five_passes_and_the_sixth_waits(ann: Person, clock: Clock):
    await says_many(ann, 5)
    assert await ann.is_refused("six") == "Too fast. Try again in 2 seconds."
    clock.passes(1)
    assert await ann.is_refused("six") == "Too fast. Try again in 1 second."
    clock.passes(1)
    await ann.says("six")
    await ann.is_refused("seven")


async def test_the_burst_is_back_after_a_rest(ann: Person, clock: Clock):
    await says_many(ann, 5)
    clock.passes(10)
    await says_many(ann, 5, "again ")
    await ann.is_refused("six")


async def test_what_is_refused_costs_nothing(ann: Person, clock: Clock):
    await says_many(ann, 5)
    for _ in range(5):
        await ann.is_refused("six")
    clock.passes(2)
    await ann.says("six")


async def test_what_no_rule_lets_in_costs_nothing(ann: Person):
    for _ in range(10):
        await ann.is_refused("")
        await ann.is_refused("x" * 201)
    await says_many(ann, 5)


@pytest.mark.settings(limits="on", address_renames=20)
async def test_renames_of_many_windows_count_for_their_address(room: Room):
    people = [await room.enter(room.browser(address="192.0.2.99")) for _ in range(11)]
    for number, person in enumerate(people[:10]):
        await person.renames(f"a{number}")
        await person.renames(f"b{number}")
    assert "Not you" in await people[10].is_refused_nickname("one more")
    await people[10].says("lines are counted apart")


async def test_the_others_may_go_on(ann: Person, bob: Person):
    await says_many(ann, 5)
    await ann.is_refused("six")
    await bob.says("hi")


async def test_without_a_script_the_text_is_kept_and_the_header_says_when(room: Room):
    plain = await room.enter_without_script()
    for number in range(5):
        await plain.says(str(number))
    assert await plain.is_refused("six", status=429) == "Too fast. Try again in 2 seconds."
    assert plain.answer.headers["retry-after"] == "2"


async def test_the_line_is_in_the_visitor_s_language(room: Room):
    li = await room.enter(language="zh")
    await says_many(li, 5)
    assert "2" in await li.is_refused("six")
    assert "快" in li.alerts[0]


@pytest.mark.settings(limits="on", address_burst=20)
async def test_the_newcomers_of_an_address_share_what_they_may_send(room: Room, clock: Clock):
    browser = room.browser()
    people = [await room.enter(browser) for _ in range(5)]
    for person in people[:4]:
        await says_many(person, 5)
    assert "Not you" in await people[4].is_refused("hi")
    stranger = await room.enter()
    await stranger.says("hi")
    clock.passes(0.5)
    await people[4].says("hi")
    await people[4].is_refused("hello")


@pytest.mark.settings(limits="on", address_burst=20)
async def test_neighbours_in_one_ipv6_network_share_its_limit(room: Room):
    for number in range(4):
        await says_many(await room.enter(room.browser(address=f"2001:db8::{number}")), 5)
    neighbour = await room.enter(room.browser(address="2001:db8::ffff"))
    stranger = await room.enter(room.browser(address="2001:db8:0:1::1"))
    await neighbour.is_refused("hi")
    await stranger.says("hi")


async def test_the_same_text_thrice_in_a_row_is_refused(ann: Person):
    await ann.says("spam")
    await ann.says("spam")
    assert await ann.is_refused("spam") == "You have just said that. Say something else."
    assert await ann.is_refused(" spam ") == "You have just said that. Say something else."
    await ann.says("ham")
    await ann.says("spam")


async def test_the_same_text_may_be_said_by_many(room: Room):
    for _ in range(4):
        await (await room.enter()).says("hello")


async def test_without_a_script_a_repeated_text_is_refused_too(room: Room):
    plain = await room.enter_without_script()
    await plain.says("spam")
    await plain.says("spam")
    assert "just said that" in await plain.is_refused("spam", status=429)
    assert "retry-after" not in plain.answer.headers


async def test_three_renames_pass_and_the_fourth_waits(ann: Person, clock: Clock):
    for number in range(3):
        await ann.renames(f"Ann{number}")
    assert await ann.is_refused_nickname("Ann3") == "Too fast. Try again in 20 seconds."
    assert ann.nickname == "Ann2"
    clock.passes(20)
    await ann.renames("Ann3")


async def test_a_rename_that_changes_nothing_costs_nothing(ann: Person):
    for _ in range(5):
        await ann.renames("Ann")
    await ann.renames("Bea")


async def test_without_a_script_the_fourth_rename_waits_too(room: Room):
    plain = await room.enter_without_script()
    for number in range(3):
        await plain.renames(f"P{number}")
    assert "20 seconds" in await plain.is_refused_nickname("P4", status=429)
    assert plain.answer.headers["retry-after"] == "20"


@pytest.mark.settings(limits="on", person_burst=1, person_seconds=90.0, renames=1)
async def test_the_operator_may_want_other_limits(ann: Person):
    await ann.says("one")
    assert "90 seconds" in await ann.is_refused("two")
    await ann.renames("Ann")
    await ann.is_refused_nickname("Bea")


@pytest.mark.settings(limits="off")
async def test_without_limits_there_are_none_but_of_length(ann: Person):
    for _ in range(30):
        await ann.says("spam")
    for number in range(10):
        await ann.renames(f"Ann{number}")
    await ann.is_refused("x" * 201)


@pytest.mark.settings(limits="on", windows_burst=10, windows_per_minute=60)
async def test_who_opens_too_many_windows_waits_and_reads_why(room: Room, clock: Clock):
    browser = room.browser()
    for _ in range(10):
        await room.enter(browser)
    refused = await browser.goes_to(room.address)
    assert refused.status_code == 429 and refused.headers["retry-after"] == "1"
    assert "too many windows are opened from your network" in refused.text
    await (await room.enter()).says("hi")
    clock.passes(1)
    await (await room.enter(browser)).says("hi")


@pytest.mark.settings(links_after_seconds=600)
async def test_a_newcomer_s_links_wait_and_the_text_stays(ann: Person, clock: Clock):
    link = "see https://example.com/x"
    assert "in 600 seconds" in await ann.is_refused(link)
    await ann.says("hello")
    await PersonRow.update({PersonRow.created_at: clock.utc()}, force=True)
    clock.passes(500)
    assert "in 100 seconds" in await ann.is_refused(link)
    await ann.says("no link: example.com")
    clock.passes(100)
    await ann.says(link)

"""Who reads at the bottom stays there; who has scrolled up is not moved."""

import pytest
from playwright.sync_api import expect

from tests.kit.process import Process
from tests.system.browser.conftest import PHONE, Visitor

TEXTS = [f"line {number}" for number in range(1, 131)]


@pytest.fixture
def busy_room(server: Process, room: str) -> None:
    server.fill(room, TEXTS)


@pytest.mark.usefixtures("busy_room")
def test_the_page_opens_at_the_newest_message_and_stays_there(visitor: Visitor) -> None:
    ann, bob = visitor(), visitor()
    ann.sees("line 130")
    assert ann.is_in_view("line 130")
    bob.says("new 1", "new 2", "new 3", "new 4")
    ann.sees("new 4")
    assert ann.scrolled() == 0
    assert ann.is_in_view("new 4")
    ann.says("and mine")
    ann.sees("and mine")
    assert ann.scrolled() == 0
    assert ann.is_in_view("and mine")


@pytest.mark.usefixtures("busy_room")
def test_who_has_scrolled_up_is_not_moved(visitor: Visitor) -> None:
    ann, bob = visitor(), visitor()
    ann.sees("line 130")
    ann.scrolls_up(500)
    place = ann.place_of("line 120")
    bob.says("new 1", "new 2", "new 3", "new 4")
    ann.sees("new 4")
    assert ann.place_of("line 120") == pytest.approx(place, abs=1)
    assert not ann.is_in_view("new 4")


@pytest.mark.usefixtures("busy_room")
def test_one_tap_leads_down_again(visitor: Visitor) -> None:
    ann, bob = visitor(), visitor()
    ann.types("half a mess")
    expect(ann.way_down).to_be_hidden()
    for text in ("new 1", "new 2"):
        ann.scrolls_up(500)
        size = ann.way_down.bounding_box()
        assert size and min(size["width"], size["height"]) >= 44
        bob.says(text)
        ann.sees(text)
        ann.way_down.click()
        ann.until(lambda: ann.scrolled() == 0)
        assert ann.is_in_view(text)
        expect(ann.way_down).to_be_hidden()
        bob.says(f"{text}, again")
        ann.sees(f"{text}, again")
        assert ann.scrolled() == 0
    expect(ann.box).to_have_value("half a mess")


@pytest.mark.usefixtures("busy_room")
def test_without_a_script_too(visitor: Visitor) -> None:
    ann = visitor(script=False)
    frame = ann.page.frame_locator("iframe")
    newest = frame.get_by_text("line 130", exact=True)
    way_down = frame.get_by_role("link", name="Newest messages")
    expect(newest).to_be_in_viewport()
    expect(way_down).to_be_hidden()
    frame.locator(".scroll").hover()
    ann.page.mouse.wheel(0, -500)
    expect(newest).not_to_be_in_viewport()
    way_down.click()
    expect(newest).to_be_in_viewport(ratio=1)
    expect(way_down).to_be_hidden()
    expect(ann.box).to_be_visible()


@pytest.mark.usefixtures("busy_room")
def test_earlier_messages_come_when_the_top_is_reached(visitor: Visitor) -> None:
    ann = visitor()
    expect(ann.messages).to_have_count(50)
    for first, shown in ((81, 100), (31, 130)):
        ann.scroller.evaluate("it => it.scrollTo(0, -1e6)")
        expect(ann.messages).to_have_count(shown)
        assert 0 <= ann.place_of(f"line {first}") <= PHONE["height"], "the reader was moved"
    ann.sees_only(*TEXTS)
    ann.scroller.evaluate("it => it.scrollTo(0, -1e6)")
    expect(ann.page.get_by_text("This is where the room begins")).to_be_in_viewport()


@pytest.mark.usefixtures("busy_room")
def test_earlier_messages_are_not_part_of_what_is_read_aloud(visitor: Visitor) -> None:
    ann = visitor()
    ann.scroller.evaluate("it => it.scrollTo(0, -1e6)")
    expect(ann.messages).to_have_count(100)
    expect(ann.page.get_by_role("log").locator(".message")).to_have_count(50)


@pytest.mark.usefixtures("busy_room")
def test_the_keyboard_does_not_hide_the_newest_message(visitor: Visitor) -> None:
    ann = visitor()
    ann.sees("line 130")
    ann.page.set_viewport_size({"width": 360, "height": 340})
    ann.until(lambda: ann.is_in_view("line 130"))
    assert ann.scrolled() == 0
    expect(ann.box).to_be_in_viewport(ratio=1)

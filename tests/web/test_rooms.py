"""Bad input to the list of rooms: a clear answer, in place where a person typed it."""

from __future__ import annotations

import pytest

from tests.kit.page import Page
from tests.kit.people import Person

BAD_NAMES = ["", "x" * 41, "x" * 10_000, "..", "a b", "a/b", "a%00b", "%CC%81x", "%FF", "%ED%A0%80"]


@pytest.mark.parametrize("name", BAD_NAMES, ids=lambda name: name[:8] or "empty")
async def test_a_name_that_is_none_is_answered_in_place(ann: Person, name: str):
    answer = await ann.posts("/rooms", content=f"room={name}".encode())
    assert answer.status_code == 422
    assert len(Page(answer.text).alerts()) == 1
    assert "x" * 41 not in name or Page(answer.text).box("room")["value"] == name


@pytest.mark.parametrize("body", [b"room=a&room=b", b"private=1&private=1", b"x=1&" * 20])
async def test_a_field_twice_is_refused(ann: Person, body: bytes):
    assert (await ann.posts("/rooms", content=body)).status_code == 422


@pytest.mark.parametrize("name", [name for name in BAD_NAMES if name], ids=lambda name: name[:8])
async def test_a_search_for_what_no_room_is_called(ann: Person, name: str):
    answer = await ann.browser.gets(f"/rooms?q={name}")
    assert answer.status_code in (400, 422)
    assert len(Page(answer.text).alerts()) == 1


@pytest.mark.parametrize(
    "query", ["after=x", "after=1", "after=-1-1", f"after={'9' * 30}-1", "after=1-1&after=2-1", "after=1-1%00"]
)
async def test_a_place_that_is_none(ann: Person, query: str):
    assert (await ann.browser.gets(f"/rooms?{query}")).status_code == 400


async def test_a_body_that_is_too_large(ann: Person):
    assert (await ann.posts("/rooms", content=b"room=" + b"x" * 20_000)).status_code == 413

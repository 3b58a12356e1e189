"""Requests that no browser sends."""

import pytest


@pytest.mark.parametrize("origin", ["http://[", "http://]", "http://[::1", "//", "null/", "http://chat.test@evil.test"])
async def test_an_origin_that_cannot_be_read_is_foreign(ann, origin):
    answer = await ann.posts("messages", {"text": "hi"}, headers={"Origin": origin})
    assert answer.status_code == 403


@pytest.mark.parametrize("referer", ["http://[", "http://]", "", "\\", "http://chat.test"])
async def test_a_referer_that_cannot_be_read_leads_to_the_front_page(ann, referer):
    answer = await ann.posts("/language", {"language": "en"}, headers={"Referer": referer})
    assert answer.status_code == 303
    assert answer.headers["location"] == "/"

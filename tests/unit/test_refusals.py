from chat.domain.refusals import Refused


def test_a_refusal_carries_its_reason_and_numbers() -> None:
    refused = Refused("text.too_long", limit=200, length=201)
    assert (refused.reason, refused.details) == ("text.too_long", {"limit": 200, "length": 201})
    assert str(refused) == "text.too_long"


def test_time_heals_only_what_says_how_long() -> None:
    assert Refused("text.too_fast", seconds=3).wait == 3
    assert Refused("text.empty").wait is None

"""Who gets a place, and who yields when all are taken."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.delivery.places import Place, Places

HERE, THERE, ELSEWHERE = "192.0.2.1", "192.0.2.2", "192.0.2.3"


@pytest.fixture
def places() -> Places:
    return Places(5, per_browser=3)


def take(places: Places, *networks: str) -> list[Place]:
    """A place for a browser of its own in each of these networks."""
    taken = [places.take(f"browser {places.taken} {number}", network) for number, network in enumerate(networks)]
    assert None not in taken
    return [place for place in taken if place]


def test_a_browser_has_so_many_places_wherever_it_is(places: Places):
    kept = [places.take("one", network) for network in (HERE, HERE, THERE)]
    assert places.take("one", ELSEWHERE) is None
    assert kept[0]
    places.give_back(kept[0])
    assert places.take("one", ELSEWHERE)


def test_one_network_may_take_all_that_nobody_else_wants(places: Places):
    kept = take(places, *[HERE] * 5)
    assert places.take("one more", HERE) is None
    assert all(place.kept for place in kept)


def test_the_network_with_the_most_places_gives_its_oldest_to_a_newcomer_from_another(places: Places):
    oldest, *others = take(places, HERE, HERE, HERE, THERE, THERE)
    (newcomer,) = take(places, ELSEWHERE)
    assert places.taken == 5
    assert not oldest.kept
    assert all(place.kept for place in (*others, newcomer))


def test_nobody_yields_while_there_is_room(places: Places):
    kept = take(places, HERE, HERE, HERE, HERE, THERE)
    assert all(place.kept for place in kept)


def test_networks_that_hold_as_many_or_one_more_do_not_take_places_from_each_other(places: Places):
    kept = take(places, HERE, HERE, HERE, THERE, THERE)
    assert places.take("one more", THERE) is None
    assert places.take("one more", HERE) is None
    assert all(place.kept for place in kept)


def test_a_place_that_was_taken_away_is_not_given_back_once_more(places: Places):
    oldest, *_ = take(places, *[HERE] * 5)
    take(places, THERE)
    places.give_back(oldest)
    places.give_back(oldest)
    assert places.taken == 5


def test_who_comes_and_goes_meets_the_same_rule_when_places_were_free_meanwhile(places: Places):
    for place in take(places, HERE, HERE, HERE, HERE, HERE, THERE):
        places.give_back(place)
    assert places.taken == 0
    oldest, *_ = take(places, THERE, THERE, THERE, HERE, HERE)
    take(places, ELSEWHERE)
    assert not oldest.kept


def test_where_there_are_no_places_nobody_gets_one():
    assert Places(0, per_browser=3).take("one", HERE) is None


STEPS = st.lists(st.tuples(st.sampled_from(["take", "take", "give back"]), st.integers(0, 3)), min_size=20, max_size=80)


@given(steps=STEPS)
def test_whatever_comes_the_largest_yields_and_the_bound_holds(steps: list[tuple[str, int]]):
    places, kept = Places(5, per_browser=1), list[Place]()
    for number, (what, where) in enumerate(steps):
        before = Counter(place.network for place in kept)
        if what == "give back" and kept:
            places.give_back(kept[where % len(kept)])
        elif what == "take":
            most = max(before.values(), default=0)
            newcomer = places.take(str(number), str(where))
            assert bool(newcomer) == (len(kept) < 5 or before[str(where)] + 2 <= most)
            if newcomer:
                kept.append(newcomer)
            yielded = [place for place in kept if not place.kept]
            assert all(before[place.network] == most for place in yielded)
        kept = [place for place in kept if place.kept]
        assert len(kept) == places.taken <= 5
    for place in kept:
        places.give_back(place)
    assert (places.taken, places._browsers, places._networks, places._ranking) == (0, {}, {}, None)

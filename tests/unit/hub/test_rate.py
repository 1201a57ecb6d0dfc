"""A bound on what is done in a second."""

from __future__ import annotations

import pytest

from greennow.hub.options import Options
from greennow.hub.rate import Rate, rate_of


def taken(rate: Rate, now: float) -> int:
    """How many may be taken at this moment."""
    count = 0
    while rate.take(now):
        count += 1
    return count


def test_a_burst_and_then_so_many_a_second() -> None:
    rate = Rate(10, 20, 100.0)
    assert [taken(rate, now) for now in (100.0, 100.0, 100.5, 103.0, 200.0)] == [20, 0, 5, 20, 20]


def test_what_was_too_much_costs_nothing() -> None:
    rate = Rate(10, 20, 0.0)
    assert not rate.take(0.0, 21)
    assert rate.take(0.0, 20)
    assert not rate.take(0.09)
    assert rate.take(0.1)


def test_who_comes_back_may_say_what_it_could_have_said_meanwhile_but_not_for_ever() -> None:
    rate = Rate(10, 10, 0.0, longest=55)
    assert taken(rate, 0.0) == 10
    rate.catch_up(5.0)
    assert taken(rate, 5.0) == 50
    rate.catch_up(1_000.0)
    assert taken(rate, 1_000.0) == 550
    assert taken(rate, 1_000.1) == 1


def test_the_option_makes_it() -> None:
    assert rate_of(Options.make({}), 0.0) is None
    rate = rate_of(Options.make({"max_rate": 7, "resume_window": 5, "heartbeat": 10}), 0.0)
    assert rate is not None
    assert taken(rate, 0.0) == 7
    rate.catch_up(1_000.0)
    assert taken(rate, 1_000.0) == pytest.approx(7 * 25)

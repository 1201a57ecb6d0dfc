"""What many were given, kept once: against a list of all of it."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from greennow.hub.log import Log

sizes = st.lists(st.integers(1, 40), min_size=1, max_size=5)
steps = st.one_of(st.tuples(st.just("add"), sizes), st.tuples(st.just("forget"), st.integers(0, 120)))


@given(st.lists(steps, max_size=20), st.data())
def test_it_has_the_end_of_all_that_was_added(steps: list[Any], data: Any) -> None:
    log, all_of_it = Log(), []
    for step, detail in steps:
        if step == "add":
            messages = [bytes([len(all_of_it) % 256]) * size for size in detail]
            log.add(messages)
            all_of_it += messages
        else:
            kept = sum(map(len, all_of_it[log.start :]))
            number = log.number_before(detail)
            assert log.start <= number <= log.end
            assert sum(map(len, all_of_it[number:])) <= detail or number == log.end
            assert number == log.start or sum(map(len, all_of_it[number - 1 :])) > detail
            log.forget(number)
            assert log.size <= min(kept, detail)
        assert (log.end, log.size) == (len(all_of_it), sum(map(len, all_of_it[log.start :])))
        for _ in range(2):
            start, applied = data.draw(st.integers(log.start, log.end)), data.draw(st.integers(0, 2))
            assert log.entries(start, applied) == [(message, applied) for message in all_of_it[start:]]
            assert log.size_since(start) == sum(map(len, all_of_it[start:]))


def test_those_who_ask_for_the_same_share_it() -> None:
    log = Log()
    log.add([b"a", b"b"])
    assert log.entries(0, 3) is log.entries(0, 3)
    log.add([b"c"])
    assert log.entries(0, 3) == [(b"a", 3), (b"b", 3), (b"c", 3)]

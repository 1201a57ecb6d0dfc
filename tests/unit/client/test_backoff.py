from __future__ import annotations

from random import Random

from greennow.client.backoff import FIRST, LONGEST, Backoff


class Bounds(Random):
    """Remembers between what it was asked to choose."""

    def __init__(self) -> None:
        super().__init__(1)
        self.asked: list[tuple[float, float]] = []

    def uniform(self, a: float, b: float) -> float:
        self.asked.append((a, b))
        return super().uniform(a, b)


def test_a_pause_is_anything_between_zero_and_a_bound_that_doubles_up_to_the_longest() -> None:
    random = Bounds()
    backoff = Backoff(random)
    pauses = [backoff.pause() for _ in range(100)]
    bounds = [bound for _, bound in random.asked]
    assert {least for least, _ in random.asked} == {0}
    assert bounds[:4] == [FIRST, 2 * FIRST, 4 * FIRST, 8 * FIRST]
    assert bounds[-1] == max(bounds) == LONGEST
    assert all(0 <= pause <= bound for pause, bound in zip(pauses, bounds, strict=True))


def test_after_success_it_begins_anew() -> None:
    random = Bounds()
    backoff = Backoff(random)
    for _ in range(5):
        backoff.pause()
    backoff.reset()
    backoff.pause()
    assert random.asked[-1] == (0, FIRST)

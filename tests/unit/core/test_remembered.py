"""What was found out about an object is known as long as it lives, and of no other."""

from __future__ import annotations

import gc

from greennow.core.remembered import Remembered


class Thing:
    """Equal to all of its kind, and so without a hash."""

    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Thing)


def test_it_is_found_out_once_for_each() -> None:
    asked: list[str] = []
    remembered: Remembered[str, str] = Remembered(lambda subject: asked.append(subject) or subject.upper())
    one, two = Thing(), Thing()
    assert [remembered.about(one, "one"), remembered.about(two, "two")] == ["ONE", "TWO"]
    assert [remembered.about(one, "?"), remembered.about(two, "?")] == ["ONE", "TWO"]
    assert asked == ["one", "two"]


def test_it_goes_with_its_object() -> None:
    remembered: Remembered[int, int] = Remembered(abs)
    thing = cycle = Thing()
    thing.itself = cycle  # type: ignore[attr-defined]
    remembered.about(thing, 1)
    assert len(remembered) == 1
    del thing, cycle
    gc.collect()
    assert len(remembered) == 0


def test_of_what_cannot_tell_when_it_goes_nothing_is_kept() -> None:
    remembered: Remembered[int, int] = Remembered(abs)
    assert [remembered.about((), -1), remembered.about((), -2)] == [1, 2]
    assert len(remembered) == 0


def test_what_could_not_be_found_out_is_asked_again() -> None:
    remembered: Remembered[str, int] = Remembered(int)
    thing = Thing()
    for subject, expected in (("x", None), ("7", 7), ("x", 7)):
        try:
            found = remembered.about(thing, subject)
        except ValueError:
            found = None
        assert found == expected

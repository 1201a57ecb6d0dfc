"""What is known of objects, as long as they live."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, Generic, TypeVar
from weakref import ref

S = TypeVar("S")
T = TypeVar("T")


class Remembered(Generic[S, T]):
    """What was found out about objects: of which each is itself only, whatever it is equal to.

    Asked for each call; a `weakref.WeakKeyDictionary` would take three times as long.
    """

    def __init__(self, find_out: Callable[[S], T]) -> None:
        """
        Args:
            find_out: finds out what is not known yet, from what `about` is given.
        """
        self._find_out = find_out
        #: By the number of the object, which nothing else has while it lives; it goes when its object does.
        self._known: dict[int, tuple[ref[Any], T]] = {}

    def about(self, thing: Any, subject: S) -> T:
        """Return what is known of the thing, or else what is found out from the subject."""
        known = self._known.get(id(thing))
        if known is not None:
            return known[1]
        found, number = self._find_out(subject), id(thing)
        with suppress(TypeError):  # of a kind that cannot tell when it goes: it is not remembered
            self._known[number] = ref(thing, partial(self._forget, number)), found
        return found

    def _forget(self, number: int, gone: ref[Any]) -> None:
        self._known.pop(number, None)

    def __len__(self) -> int:
        return len(self._known)

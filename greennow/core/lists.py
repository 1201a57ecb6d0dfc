"""Lists of ``now``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, MutableSequence, Sequence
from operator import index as as_index
from typing import Any, NoReturn, SupportsIndex

from .live import Container
from .tree import THEIRS, Delete, List, Set, Splice, Value


class LiveList(Container, MutableSequence[Any]):
    """A list of ``now``: reads what is there, writes each change as one step.

    Iterating sees the moment at which it began. Slices, sums, copies and what ``pop`` returns are plain data.
    """

    __slots__ = ()

    # Reading.

    def __getitem__(self, index: SupportsIndex | slice) -> Any:
        place = self._place
        held = place.find()
        if isinstance(index, slice):
            return [place.plain(held[position], position) for position in range(*index.indices(len(held)))]
        position = self._position(index, len(held))
        return place.give(position, held[position])

    def __getattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"{self._place.text()} is a list and has no {name}")

    def __iter__(self) -> Iterator[Any]:
        place = self._place
        return (place.give(position, value) for position, value in enumerate(place.find()))

    def __reversed__(self) -> Iterator[Any]:
        return iter(list(self)[::-1])

    def __contains__(self, value: object) -> bool:
        return value in self._elements()

    def index(self, value: Any, start: int = 0, stop: int | None = None) -> int:
        """Return the first index of the value between the two.

        Raises:
            ValueError: it is not there.
        """
        elements = self._elements()
        try:
            return elements.index(value, start, len(elements) if stop is None else stop)
        except ValueError:
            raise self._is_not_in(value) from None

    def count(self, value: Any) -> int:
        """Return how often the value is in the list."""
        return self._elements().count(value)

    def copy(self) -> list[Any]:
        """Return a copy of one moment in plain dicts and lists, as `to_plain`."""
        return list(self.to_plain())

    # It changes.
    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, (list, LiveList)):
            return NotImplemented
        return bool(self.to_plain() == (other.to_plain() if isinstance(other, LiveList) else other))

    def __add__(self, other: Any) -> list[Any]:
        if not isinstance(other, (list, LiveList)):
            return NotImplemented
        return self.copy() + other[:]

    def __radd__(self, other: Any) -> list[Any]:
        if not isinstance(other, list):
            return NotImplemented
        return other + self.copy()

    def __mul__(self, times: SupportsIndex) -> list[Any]:
        return self.copy() * times

    __rmul__ = __mul__

    # Writing one element.

    def __setitem__(self, index: SupportsIndex | slice, value: Any) -> None:
        if isinstance(index, slice):
            self._assign_slice(index, list(value))
            return
        place = self._place
        with place.space.lock:
            position = self._position(index, len(place.find()))
            if not place.holds(position, value):
                place.write([Set((*place.path, position), place.share(value, position))])

    def __delitem__(self, index: SupportsIndex | slice) -> None:
        if isinstance(index, slice):
            self._delete_slice(index)
            return
        place = self._place
        with place.space.lock:
            self._delete(self._position(index, len(place.find())))

    def append(self, value: Any) -> None:
        """Put the value at the end."""
        self.extend([value])

    def insert(self, index: SupportsIndex, value: Any) -> None:
        """Put the value ahead of what is at the index; past either end, at that end."""
        place = self._place
        with place.space.lock:
            start, _, _ = slice(index, None).indices(len(place.find()))
            self._splice(start, 0, [value])

    def pop(self, index: SupportsIndex = -1) -> Any:
        """Take away what is at the index and return it as plain data.

        Raises:
            IndexError: the list ends before.
        """
        place = self._place
        with place.space.lock:
            held = place.find()
            position = self._position(index, len(held))
            taken = place.plain(held[position], position)
            self._delete(position)
        return taken

    def remove(self, value: Any) -> None:
        """Take away the first element that equals the value.

        Raises:
            ValueError: there is none.
        """
        with self._place.space.lock:
            self._delete(self.index(value))

    # Writing many.

    def extend(self, values: Iterable[Any]) -> None:
        """Put the values at the end, in one step."""
        values = list(values)
        place = self._place
        with place.space.lock:
            self._splice(len(place.find()), 0, values)

    def clear(self) -> None:
        """Take away every element, in one step."""
        self[:] = ()

    def reverse(self) -> None:
        """Turn the order round."""
        with self._place.space.lock:
            self._reorder(self._place.find()[::-1])

    def sort(self, *, key: Any = None, reverse: bool = False) -> None:
        """Sort as `list.sort`; without ``key``, containers compare as plain lists do.

        Raises:
            ValueError: ``key`` changed the list.
        """
        place = self._place
        with place.space.lock:
            held = place.find()
            ranks = held if key is None else [key(value) for value in self]
            order = sorted(range(len(held)), key=ranks.__getitem__, reverse=reverse)
            if place.find() is not held:
                raise ValueError(f"{place.text()} changed while it was sorted")
            self._reorder([held[position] for position in order])

    # These return what they were called on; typing.Self is younger than the oldest Python we run on.

    def __iadd__(self, values: Iterable[Any]) -> LiveList:  # type: ignore[misc]
        self.extend(values)
        return self

    def __imul__(self, times: SupportsIndex) -> LiveList:
        with self._place.space.lock:
            if as_index(times) > 0:
                self.extend(self.copy() * (as_index(times) - 1))
            else:
                self.clear()
        return self

    # What these are made of. Those that write are called with the lock held, right after ``find()``.

    def _position(self, index: SupportsIndex, length: int) -> int:
        try:
            number = as_index(index)
        except TypeError:
            kind = type(index).__name__
            raise TypeError(f"{self._place.text()}: indices are integers or slices, not {kind}") from None
        position = number + length if number < 0 else number
        if not 0 <= position < length:
            raise IndexError(f"{self._place.text(number)}: the length of the list is {length}")
        return position

    def _elements(self) -> list[Any]:
        """One moment, to be searched; containers in it are the tree's own, which compare as plain ones."""
        place = self._place
        return [place.plain(value, i) if value is THEIRS else value for i, value in enumerate(place.find())]

    def _is_not_in(self, value: Any) -> ValueError:
        return ValueError(f"{value!r} is not in {self._place.text()}")

    def _splice(self, start: int, delete_count: int, values: Sequence[Any]) -> None:
        place = self._place
        items = List(place.share(value, position) for position, value in enumerate(values, start))
        place.write([Splice(place.path, start, delete_count, items)])

    def _delete(self, position: int) -> None:
        self._place.write([Delete((*self._place.path, position))])

    def _reorder(self, values: list[Value]) -> None:
        """The same elements, not copied: containers that were read from the list follow them."""
        self._place.write([Splice(self._place.path, 0, len(values), List(values))])

    def _assign_slice(self, part: slice, values: list[Any]) -> None:
        place = self._place
        with place.space.lock:
            positions = range(*part.indices(len(place.find())))
            if positions.step == 1:
                self._splice(positions.start, len(positions), values)
                return
            if len(positions) != len(values):
                what = f"{len(values)} values for a slice of {len(positions)}"
                raise ValueError(f"{place.text()}: {what}")
            copies = [place.share(value, position) for position, value in zip(positions, values, strict=True)]
            place.write([Set((*place.path, at), copy) for at, copy in zip(positions, copies, strict=True)])

    def _delete_slice(self, part: slice) -> None:
        place = self._place
        with place.space.lock:
            positions = range(*part.indices(len(place.find())))
            if positions.step == 1:
                self._splice(positions.start, len(positions), ())
                return
            # From the end, so that none moves another.
            place.write([Delete((*place.path, position)) for position in sorted(positions, reverse=True)])

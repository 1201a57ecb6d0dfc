"""What may be shared, and copying it in.

`share` is the one door by which a program's values enter: it copies, so that later changes of
the original are nobody else's business, and it refuses at the line that assigns or passes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, MappingView
from datetime import MAXYEAR, MINYEAR, date, datetime, timedelta, timezone
from types import GeneratorType
from typing import Any

from .paths import PROTOTYPE, Path, path_text
from .tree import Dict, List, Value

#: How deep values nest unless the options say otherwise; `cbor2` dies at some thousands.
MAX_DEPTH = 32


class Live:
    """A container of ``now``, which follows its data; sharing it shares a copy of that."""

    __slots__ = ()

    def _tree(self) -> Value:
        raise NotImplementedError


class Unshareable:
    """Something of ours that looks callable and must not be taken for a function."""

    __slots__ = ()


class Streamed:
    """Items that come one after the other. What a program makes of that kind is a generator."""

    __slots__ = ()


#: What travels as a stream.
STREAMS = (GeneratorType, Streamed)


def share(
    value: Any,
    path: Path = (),
    *,
    root: str | Callable[[], str] = "now",
    max_depth: int = MAX_DEPTH,
    streams: bool = False,
) -> Value:
    """Return a copy of ``value`` as a tree: `Dict`, `List`, scalars, callables.

    Args:
        value: what the program wants to share.
        path: where it will stand, for the errors and for the depth, which counts from the root.
        root: what the path starts from in errors, such as ``now`` or ``now.f(...)``; or what gives that,
            where finding it would cost more than most values do.
        max_depth: how deep it may nest.
        streams: may there be streams in it? They are for calls; a name holds none.

    Raises:
        TypeError: something in it is of a kind that cannot be shared; names the place and the remedy.
        ValueError: it contains itself, nests too deep, or holds a key or string that is refused.
    """
    kind = type(value)
    if kind in ITSELF or (kind is str and value.isascii()):
        return value
    return _Sharing(root, max_depth, streams).copy(value, path, len(path))


class _Sharing:
    """One value on its way in: where it goes, and the containers around the place that is copied."""

    def __init__(self, root: str | Callable[[], str], max_depth: int, streams: bool) -> None:
        self.root = root
        self.max_depth = max_depth
        self.streams = streams
        self.around: list[object] = []

    def copy(self, value: Any, path: Path, depth: int) -> Value:
        if type(value) in ITSELF:
            return value
        if isinstance(value, Live):
            value = value._tree()
        if isinstance(value, dict):
            return self._copy_dict(value, path, depth)
        if isinstance(value, (list, tuple)):
            return self._copy_list(value, path, depth)
        return self._copy_scalar(value, path)

    def _copy_dict(self, value: Mapping[Any, Any], path: Path, depth: int) -> Dict:
        self._enter(value, path, depth)
        copy = Dict()
        for key, item in value.items():
            name = self._copy_key(key, path)
            copy[name] = self.copy(item, (*path, name), depth + 1)
        self.around.pop()
        return copy

    def _copy_list(self, value: list[Any] | tuple[Any, ...], path: Path, depth: int) -> List:
        self._enter(value, path, depth)
        copy = List([self.copy(item, (*path, index), depth + 1) for index, item in enumerate(value)])
        self.around.pop()
        return copy

    def _enter(self, container: object, path: Path, depth: int) -> None:
        if depth >= self.max_depth:
            if any(container is outer for outer in self.around):
                raise ValueError(f"{self._text(path)}: contains itself")
            raise ValueError(f"{self._text(path)}: nested deeper than max_depth={self.max_depth}")
        self.around.append(container)

    def _copy_key(self, key: Any, path: Path) -> str:
        if not isinstance(key, str):
            raise TypeError(
                f"{self._text(path)}: keys are text, not {type(key).__name__} ({key!r}); use str(key)"
            )
        if key == PROTOTYPE:
            raise ValueError(f"{self._text((*path, PROTOTYPE))}: this key is refused")
        return self._copy_text(key, path)

    def _copy_text(self, value: str, path: Path) -> str:
        text = str.__str__(value)
        if not text.isascii():
            try:
                text.encode()
            except UnicodeEncodeError:
                raise ValueError(f"{self._text(path)}: a text with a lone surrogate: {text!r:.60}") from None
        return text

    def _copy_scalar(self, value: Any, path: Path) -> Value:
        if isinstance(value, str):
            return self._copy_text(value, path)
        for kind, to_base in _BASES.items():
            if isinstance(value, kind):
                return to_base(value)
        if isinstance(value, datetime):
            return self._copy_moment(value, path)
        if _is_numpy_scalar(value) and not _is_numpy_scalar(value.item()):
            return self.copy(value.item(), path, len(path))
        if callable(value) and not isinstance(value, Unshareable):
            return value
        if isinstance(value, STREAMS) and self.streams:
            return value
        raise TypeError(f"{self._text(path)}: {type(value).__name__} is not shareable{_remedy(value)}")

    def _copy_moment(self, value: datetime, path: Path) -> datetime:
        offset = value.utcoffset()
        if offset is None:
            raise TypeError(f"{self._text(path)}: a naive datetime is not shareable; use .astimezone()")
        zone = _zone(offset, value.year)
        # A nanosecond that a subclass may have is dropped.
        moment = datetime(*value.timetuple()[:6], value.microsecond, zone)  # noqa: DTZ001  it has one
        return moment + (zone.utcoffset(None) - offset)

    def _text(self, path: Path) -> str:
        return path_text(path, self.root if isinstance(self.root, str) else self.root())


#: Exact types that need no second look.
ITSELF = frozenset({type(None), bool, int, float, bytes})

#: A subclass (an IntEnum, numpy's float64) counts as its base.
_BASES: dict[type, Callable[[Any], Value]] = {
    int: int.__int__,
    float: float.__float__,
    bytes: lambda value: bytes(memoryview(value)),
}


_MINUTE = timedelta(minutes=1)


def _zone(offset: timedelta, year: int) -> timezone:
    """Return the zone in which a moment is sent: RFC 3339 has offsets of whole minutes."""
    seconds = offset % _MINUTE
    if not seconds:
        return timezone(offset)
    if MINYEAR < year < MAXYEAR:
        return timezone.utc
    # The first and last moments of all exist only in a zone that is near.
    return timezone(offset - seconds + (_MINUTE if year == MINYEAR else timedelta(0)))


def _is_numpy_scalar(value: object) -> bool:
    return any(kind.__module__ == "numpy" and kind.__name__ == "generic" for kind in type(value).__mro__)


def _remedy(value: object) -> str:
    if isinstance(value, (bytearray, memoryview)):
        return "; use bytes(...)"
    if hasattr(value, "tolist"):
        return "; use .tolist()"
    if isinstance(value, (set, frozenset)):
        return "; use list(...) or sorted(...)"
    if isinstance(value, date):
        return "; use .isoformat(), or an aware datetime"
    if isinstance(value, Mapping):
        return "; use dict(...)"
    if isinstance(value, STREAMS):
        return " by a name; use list(...), or have a function return it"
    if isinstance(value, (range, deque, MappingView)) or hasattr(value, "__next__"):
        return "; use list(...)"
    return ""

"""Why there is no function to call: the errors that say so, and names that are nearly the same."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from difflib import get_close_matches
from itertools import islice
from typing import Protocol

from .errors import NoSuchFunction
from .functions import Lending
from .paths import Key, Path, path_text
from .tree import MISSING, THEIRS, Value

#: How many characters of a path are sent back to one who called what is not there: it may fill a message.
QUOTED = 200

#: How many near names are given.
_GIVEN = 3

#: What the search for them may cost, which any other end may ask for with each call: how many names are
#: looked at, how many of them are compared, how long they are, and by how much they may differ in length.
_LOOKED_AT = 1_000
_COMPARED = 100
_LONGEST = 40
_LENGTHS_APART = 3


class Shown(Protocol):
    """The namespace in which a function was looked for, as both ends see it."""

    def get(self, path: Path) -> Value:
        """Return what stands at the path, or `MISSING`."""

    def names(self, path: Path) -> Iterable[tuple[Key, Value]]:
        """Yield the names below the path, and the values and functions they hold; what for a dict is open."""


def none_lent(handle: int, tables: Iterable[Lending], timeout: float | None) -> NoSuchFunction:
    """Return the error for a call of a handle under which no function is lent.

    Args:
        handle: what was called.
        tables: where the caller may have borrowed it from.
        timeout: the option ``callback_timeout``.
    """
    for table in tables:
        if table.has_expired(handle):
            detail = f"it was not passed again within callback_timeout={timeout} s"
            return NoSuchFunction(f"function {handle} has expired: {detail}", "expired")
        if table.was_lent(handle):
            detail = "the end that had borrowed it let go of it"
            return NoSuchFunction(f"function {handle} was released: {detail}", "released")
    return NoSuchFunction(f"function {handle} was never lent", "never")


def none_at(
    path: Path, shown: Shown | None = None, *, theirs: bool = False, near_names: bool = True
) -> NoSuchFunction:
    """Return the error for a call of a path at which there is no function.

    Args:
        path: what was called.
        shown: where it was looked for: to say what is there instead, or has nearly the same name. All of it
            the caller sees as well. None says neither.
        theirs: whether functions of the other end may have been meant, as in a call that is made here. In its
            own calls it means none of those, and it could have as many as it likes compared.
        near_names: whether to look for names that are nearly the same, which takes some milliseconds.
    """
    text = quoted(path)
    if len(text) > QUOTED:
        return NoSuchFunction(f"{text} is not a function here", "never")
    if shown is not None:
        kind = _kind(shown.get(path))
        if kind:
            return NoSuchFunction(f"{text} is not a function but {kind}", "never", path)
        near = _near(path, shown, theirs=theirs) if near_names else ""
        if near:
            return NoSuchFunction(f"{text} is not a function here; did you mean {near}?", "never", path)
    return NoSuchFunction(f"{text} is not a function here", "never", path)


def departed(name: str) -> NoSuchFunction:
    """Return the error for a call of a function whose maker has gone."""
    return NoSuchFunction(f"{name} has departed: the client that had made it has gone", "departed")


def quoted(path: Path) -> str:
    """Return the text of a path, which is cut where it is long."""
    text = path_text(path)
    return text if len(text) <= QUOTED else f"{text[:QUOTED]}…"


_KINDS = {int: "a number", float: "a number", str: "a text", bytes: "bytes", datetime: "a moment in time"}


def _kind(value: Value) -> str:
    """Return what a value is, for people; empty for a function and for what is not there."""
    if value is MISSING or value is THEIRS or callable(value):
        return ""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, dict):
        return "a mapping"
    return "a list" if isinstance(value, list) else _KINDS[type(value)]


def _near(path: Path, shown: Shown, *, theirs: bool) -> str:
    """Return the functions beside the path whose names are nearly its own, for people; empty for none."""
    *above, name = path
    if not isinstance(name, str) or len(name) > _LONGEST:
        return ""
    names = (
        key
        for key, value in islice(shown.names(tuple(above)), _LOOKED_AT)
        if isinstance(key, str)
        and key != name
        and len(key) <= _LONGEST
        and abs(len(key) - len(name)) <= _LENGTHS_APART
        and (callable(value) or (theirs and value is THEIRS))
    )
    matches = get_close_matches(name, dict.fromkeys(islice(names, _COMPARED)), _GIVEN)
    *texts, last = [path_text((*above, match)) for match in matches] or [""]
    return f"{', '.join(texts)} or {last}" if texts else last

"""Where functions were made, as text: for errors and tables that tell which line lends too much."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import partial
from types import CodeType, FunctionType, MethodType

#: How many places `most_frequent` names.
_SHOWN = 5

#: How many characters of a file's or function's name are shown.
_QUOTED = 60


def place_of(function: object) -> str:
    """Return file and line of the function's code; of a callable without any, its type's name."""
    code = _code(function)
    if code is None:
        return type(function).__qualname__[-_QUOTED:]
    file = code.co_filename.replace("\\", "/").rpartition("/")[2]
    return f"{file[-_QUOTED:]}:{code.co_firstlineno}"


def site_of(function: object) -> str:
    """Return the same, with the function's name."""
    inner = _inner(function)
    name = inner.__qualname__[-_QUOTED:] if isinstance(inner, FunctionType) else ""
    return f"{place_of(function)} {name}".rstrip()


def most_frequent(functions: Iterable[object]) -> str:
    """Return the places where most of them were made, and how many at each: ``app.py:12 (9,980)``."""
    counted = Counter(map(place_of, functions)).most_common()
    shown = [f"{place} ({count:,})" for place, count in counted[:_SHOWN]]
    if len(counted) > _SHOWN:
        shown.append(f"{len(counted) - _SHOWN:,} other places")
    return ", ".join(shown)


def _code(function: object) -> CodeType | None:
    inner = _inner(function)
    return inner.__code__ if isinstance(inner, FunctionType) else None


def _inner(function: object) -> object:
    """Return the function inside bound methods and partials; the program's own types are not asked."""
    while True:
        if type(function) is MethodType:
            function = function.__func__
        elif type(function) is partial:
            function = function.func
        else:
            return function

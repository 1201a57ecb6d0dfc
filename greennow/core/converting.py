"""Values from the wire as annotations say: msgspec checks and converts, its refusals become our sentences.

Loaded when the first annotated function is called from the wire.
"""

from __future__ import annotations

import re
from collections.abc import (
    Callable,
    Collection,
    Generator,
    Iterator,
    Mapping,
    MutableMapping,
    MutableSequence,
    Sequence,
)
from contextlib import suppress
from datetime import datetime
from functools import partial
from types import NoneType, UnionType
from typing import Annotated, Any, ParamSpecArgs, ParamSpecKwargs, Union, get_args, get_origin

import msgspec

from .signatures import WrongArguments

#: Kinds that travel as themselves, so that no text stands for them.
_THEMSELVES = (bytes, bytearray, datetime)

#: Types whose own values need no second look.
_SCALARS: tuple[type, ...] = (bool, int, float, str, bytes, datetime)

#: Words of msgspec's, and classes of ours, in the words of who calls.
_WORDS = {
    "array": "list",
    "object": "dict",
    "null": "None",
    "BorrowedFunction": "function",
    "NamedFunction": "function",
}

#: Those whose parts are prepared one by one.
_CONTAINERS = frozenset(
    (list, dict, tuple, set, frozenset) + (Collection, Mapping, MutableMapping, MutableSequence, Sequence)
)

#: To be used on types that are known only at run time.
_Annotated: Any = Annotated
_Union: Any = Union

_PLACE = re.compile(r" - at (?:`(key|value)` in )?`\$([^`]*)`$")


#: What is raised for a value that is not of a type. The others are not msgspec's own: a mapping in what is to
#: be a set, an integer that no float can hold.
_MISMATCHES = (msgspec.ValidationError, TypeError, ValueError, OverflowError)


class Uncheckable(Exception):
    """An annotation says nothing that could be checked; the text says why."""


def converter(annotation: Any) -> Callable[[Any, str], Any] | None:
    """Return what gives an argument its type; None where anything will do.

    It takes the argument and its parameter's name, and raises `WrongArguments` for what is not of the type.

    Raises:
        Uncheckable: the annotation is none that can be checked.
    """
    kind = _prepared(annotation)
    if kind is Any or kind is object:
        return None
    reason = _why_not(kind)
    if reason is not None:
        raise Uncheckable(reason)
    return partial(_converted, kind)


def exactly(annotation: Any) -> type | None:
    """Return the type of which a value needs no second look, if the annotation is one."""
    return annotation if annotation in _SCALARS else None


def _converted(kind: Any, argument: Any, name: str) -> Any:
    try:
        return _convert(argument, kind)
    except _MISMATCHES as error:
        place, reason = _in_our_words(str(error))
    raise WrongArguments(f"argument {name}{place}: {reason}")


def _convert(value: Any, kind: Any) -> Any:
    return msgspec.convert(value, kind, builtin_types=_THEMSELVES, dec_hook=_choose)


def _choose(kind: Any, value: Any) -> Any:
    """Msgspec asks what a value is for a class that it does not know; whether it is of it, it sees itself."""
    return kind.choose(value) if isinstance(kind, _Choice) else value


def _in_our_words(text: str) -> tuple[str, str]:
    """Return the place that a refusal names, and what it says of it."""
    found = _PLACE.search(text)
    place = "" if found is None else found[2]
    if found is not None:
        text = text[: found.start()]
        place += {"key": ", a key", "value": ", a value", None: ""}[found[1]]
    missing = re.fullmatch(r"Object missing required field `(.+)`", text, re.DOTALL)
    if missing is not None:
        return place, f"{missing[1]} is missing"
    text = re.sub(r"`([^`']*)`", lambda quoted: re.sub(r"\w+", _word, quoted[1]), text)
    return place, text[:1].lower() + text[1:].replace("nvalid enum value", "nvalid value", 1)


def _word(found: re.Match[str]) -> str:
    return _WORDS.get(found[0], found[0])


# Annotations that msgspec does not know.


def _prepared(annotation: Any) -> Any:
    """Return the annotation as msgspec understands it."""
    origin, args = get_origin(annotation), get_args(annotation)
    if isinstance(annotation, (ParamSpecArgs, ParamSpecKwargs)):
        return Any
    if (origin or annotation) is Generator:
        return Iterator  # one that arrives is the other end's: no generator of ours
    if getattr(annotation, "_is_protocol", False) and not getattr(annotation, "_is_runtime_protocol", False):
        return _prepared_protocol(annotation)
    if origin in (Union, UnionType):
        return _prepared_union(tuple(_prepared(part) for part in args))
    if origin is Annotated:
        parts = (_prepared(args[0]), *args[1:])
        return _Annotated[parts]
    if origin in _CONTAINERS:
        return origin[tuple(part if part is ... else _prepared(part) for part in args)]
    return annotation


def _prepared_protocol(protocol: type) -> Any:
    if "__call__" in vars(protocol):
        return Callable
    raise Uncheckable(f"{protocol.__name__} is a protocol that is not runtime_checkable")


def _prepared_union(parts: tuple[Any, ...]) -> Any:
    """Msgspec has unions of what it can tell apart at a glance; of others the first that fits is taken."""
    union = _Union[parts]
    return union if _why_not(union) is None else _Choice("Choice", (), {"parts": parts})


def _why_not(kind: Any) -> str | None:
    """Return why msgspec does not take a type, or None."""
    try:
        _convert(_NOTHING, kind)
    except (msgspec.ValidationError, ValueError):
        return None  # it took the type, and refused that this should be of it
    except Exception as error:  # names in a class's annotations may raise anything
        return str(error)
    return None


class _Choice(type):
    """A class for msgspec that stands for several types; whatever it chose is an instance of it."""

    #: The types.
    parts: tuple[Any, ...]

    def __instancecheck__(cls, value: object) -> bool:
        return True

    def choose(cls, value: Any) -> Any:
        """Return the value as the first of the types that it fits."""
        for kind in cls.parts:
            with suppress(*_MISMATCHES):
                return _convert(value, kind)
        names = " | ".join(_name(kind) for kind in cls.parts)
        raise ValueError(f"Expected {names}, got {_name(type(value))}")


def _name(kind: Any) -> str:
    if kind in (None, NoneType):
        return "None"
    name = getattr(kind, "__name__", None) if get_origin(kind) is None else None
    return _WORDS.get(name, name) if name is not None else repr(kind).replace("typing.", "")


#: Of no type at all, but for `Any` and `object`.
_NOTHING = object()

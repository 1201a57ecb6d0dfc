"""Options as they are written outside of a program: as text, and in TOML."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

from .program import Reference

#: What an annotation names, and the kind of value that it means here.
_KINDS: Mapping[Any, type] = {Sequence: list, Collection: list, Mapping: dict, Callable: Reference}

_BOOLS = dict.fromkeys(("true", "yes", "on", "1"), True) | dict.fromkeys(("false", "no", "off", "0"), False)

#: The kinds in words.
_WORDS: Mapping[type, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    dict: "names with their values",
    list: "a list of texts",
    str: "a text",
    Reference: "a function, as module:function",
    NoneType: "none",
}


class Kind:
    """The kinds of values that one option takes."""

    def __init__(self, annotation: Any) -> None:
        """
        Args:
            annotation: the option's type, as Python has it.
        """
        is_union = get_origin(annotation) in (Union, UnionType)
        parts = get_args(annotation) if is_union else [annotation]
        origins = [get_origin(part) or part for part in parts]
        self._kinds = {_KINDS.get(origin, origin) for origin in origins}

    def __str__(self) -> str:
        return " or ".join(words for kind, words in _WORDS.items() if kind in self._kinds)

    def from_text(self, text: str) -> Any:
        """Return the value that a text means; a function as a `Reference`.

        Raises:
            ValueError: the option does not take it.
        """
        if text == "*" and str in self._kinds:
            return text  # of origins it means all, not one of that name
        for kind, read in _FROM_TEXT.items():
            if kind in self._kinds:
                try:
                    return read(text)
                except ValueError:
                    continue
        raise ValueError(f"{text!r} is not {self}")

    def from_toml(self, value: Any) -> Any:
        """Return the value that a value in TOML means; a function as a `Reference`.

        Raises:
            ValueError: the option does not take it.
        """
        if isinstance(value, str):
            for kind in (NoneType, Reference, str):
                if kind in self._kinds:
                    try:
                        return _FROM_TEXT[kind](value)
                    except ValueError:
                        continue
        elif type(value) in self._kinds and (not isinstance(value, list) or _are_texts(value)):
            return value
        elif type(value) is int and float in self._kinds:
            return float(value)
        raise ValueError(f"{value!r} is not {self}")


def _are_texts(values: list[Any]) -> bool:
    return all(isinstance(value, str) for value in values)


def _none(text: str) -> None:
    if text.lower() != "none":
        raise ValueError


def _bool(text: str) -> bool:
    try:
        return _BOOLS[text.lower()]
    except KeyError:
        raise ValueError from None


def _object(text: str) -> dict[str, Any]:
    value = json.loads(text)
    if not isinstance(value, dict):
        raise ValueError
    return value


def _list(text: str) -> list[str]:
    return [item.strip() for item in text.split(",") if item.strip()]


#: What makes a value of a text: the kind that asks for most comes first.
_FROM_TEXT: Mapping[type, Callable[[str], Any]] = {
    NoneType: _none,
    Reference: Reference.parse,
    bool: _bool,
    int: int,
    float: float,
    dict: _object,
    list: _list,
    str: str,
}

"""Python's types in TypeScript, as a page has them: what travels as a list is an array, whatever it is."""

from __future__ import annotations

import collections.abc as abstract
import dataclasses
import enum
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    Literal,
    NewType,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)
from uuid import UUID

#: What needs no second look. A text stands for what does not travel itself.
_PLAIN: Mapping[Any, str] = {
    None: "null",
    NoneType: "null",
    bool: "boolean",
    int: "number",
    float: "number",
    str: "string",
    bytes: "Uint8Array",
    bytearray: "Uint8Array",
    datetime: "Date",
} | dict.fromkeys((date, time, timedelta, Decimal, UUID), "string")

_ARRAYS = frozenset(
    (list, set, frozenset, abstract.Collection, abstract.Sequence, abstract.MutableSequence, abstract.Set)
)

_MAPPINGS = frozenset((dict, abstract.Mapping, abstract.MutableMapping))

_STREAMS = frozenset((abstract.Iterator, abstract.Generator))

#: Names that no class of a program's may take: those that are written here, and TypeScript's own words.
_TAKEN = re.compile(
    "Api|AsyncIterable|AsyncIterableIterator|Date|Record|Uint8Array"
    "|any|boolean|never|number|object|string|undefined|unknown"
)

#: Words that are no names of anything.
_RESERVED = re.compile(
    "arguments|await|break|case|catch|class|const|continue|debugger|default|delete|do|else|enum|eval|export"
    "|extends|false|finally|for|function|if|implements|import|in|instanceof|interface|let|new|null|package"
    "|private|protected|public|return|static|super|switch|this|throw|true|try|typeof|var|void|while|with|yield"
)

#: The type of what may be anything.
ANY = "any"


class TypeScript:
    """Writes types; classes of the program's are declared under their names, each once."""

    def __init__(self) -> None:
        #: The names of the classes that are declared.
        self._names: dict[type, str] = {}
        #: Their declarations, by name.
        self._declared: dict[str, str] = {}

    @property
    def declared(self) -> Iterable[str]:
        """The declarations of all classes that were written so far."""
        return self._declared.values()

    def of(self, annotation: Any) -> str:
        """Return the type that an annotation means; `any` where it is none that a page can have."""
        try:
            if annotation in _PLAIN:
                return _PLAIN[annotation]
        except TypeError:  # it cannot be hashed, and is none
            return ANY
        origin, args = get_origin(annotation), get_args(annotation)
        if origin is None:
            return self._of_bare(annotation)
        if origin is Annotated:
            return self.of(args[0])
        if origin in (Union, UnionType):
            return one_of(self.of(part) for part in args)
        if origin is Literal:
            return one_of(_literal(value) for value in args)
        return self._of_generic(origin, args)

    def _of_bare(self, annotation: Any) -> str:
        if isinstance(annotation, NewType):
            return self.of(annotation.__supertype__)
        if hasattr(annotation, "__value__"):  # `type Name = ...`, of Python 3.12
            return self._named(annotation, self._alias)
        if not isinstance(annotation, type):
            return self._of_generic(annotation, ())
        if issubclass(annotation, enum.Enum):
            return self._named(annotation, self._enum)
        if dataclasses.is_dataclass(annotation):
            return self._named(annotation, self._dataclass)
        if is_typeddict(annotation):
            return self._named(annotation, self._typed_dict)
        if issubclass(annotation, tuple) and hasattr(annotation, "_fields"):
            return self._named(annotation, self._named_tuple)
        return self._of_generic(annotation, ())

    def _of_generic(self, origin: Any, args: tuple[Any, ...]) -> str:
        if origin in _ARRAYS:
            return array_of(self._first(args))
        if origin is tuple:
            return self._tuple(args)
        if origin in _MAPPINGS:
            return f"Record<string, {self.of(args[1]) if len(args) == 2 else ANY}>"
        if origin in (abstract.Callable, Callable) or "__call__" in vars_of_protocol(origin):
            return self._function(args)
        if origin in _STREAMS:
            return f"AsyncIterableIterator<{self._first(args)}>"
        if origin is abstract.Iterable:
            first = self._first(args)
            return f"AsyncIterable<{first}> | {array_of(first)}"
        return ANY

    def _first(self, args: tuple[Any, ...]) -> str:
        return self.of(args[0]) if args else ANY

    def _tuple(self, args: tuple[Any, ...]) -> str:
        if not args or args[-1] is ...:
            return array_of(self._first(args))
        return f"[{', '.join(self.of(part) for part in args)}]"

    def _function(self, args: tuple[Any, ...]) -> str:
        takes, gives = args if len(args) == 2 else (..., Any)
        if isinstance(takes, list):
            names = ", ".join(f"argument{number}: {self.of(part)}" for number, part in enumerate(takes, 1))
        else:
            names = "...args: any[]"
        return f"({names}) => {self.returned(gives)}"

    def returned(self, annotation: Any) -> str:
        """Return the type of what a function returns."""
        return "void" if annotation in (None, NoneType) else self.of(annotation)

    # Classes of the program's.

    def _named(self, kind: Any, declare: Callable[[str, Any], str]) -> str:
        if kind not in self._names:
            name = self._free_name(kind.__name__)
            self._names[kind] = name
            self._declared[name] = ""  # a class may name itself
            self._declared[name] = declare(name, kind)
        return self._names[kind]

    def _free_name(self, wanted: str) -> str:
        name, number = wanted, 1
        while _TAKEN.fullmatch(name) or _RESERVED.fullmatch(name) or name in self._declared:
            number += 1
            name = f"{wanted}{number}"
        return name

    def _alias(self, name: str, kind: Any) -> str:
        return f"export type {name} = {self.of(kind.__value__)};\n"

    def _enum(self, name: str, kind: type[enum.Enum]) -> str:
        return f"export type {name} = {one_of(_literal(member) for member in kind)};\n"

    def _named_tuple(self, name: str, kind: Any) -> str:
        hints = _hints(kind)
        parts = []
        for field in kind._fields:
            mark = "?" if field in kind._field_defaults else ""
            parts.append(f"{parameter_name(field)}{mark}: {self.of(hints.get(field, Any))}")
        return f"export type {name} = [{', '.join(parts)}];\n"

    def _typed_dict(self, name: str, kind: Any) -> str:
        hints = _hints(kind)
        names = sorted(kind.__required_keys__ | kind.__optional_keys__, key=list(kind.__annotations__).index)
        return self._interface(
            name, ((key, key in kind.__optional_keys__, hints.get(key, Any)) for key in names)
        )

    def _dataclass(self, name: str, kind: Any) -> str:
        hints = _hints(kind)
        return self._interface(
            name,
            (
                (field.name, _has_default(field), hints.get(field.name, Any))
                for field in dataclasses.fields(kind)
                if field.init
            ),
        )

    def _interface(self, name: str, members: Iterable[tuple[str, bool, Any]]) -> str:
        lines = (
            f"  {property_name(key)}{'?' * is_optional}: {self.of(kind)};\n"
            for key, is_optional, kind in members
        )
        return f"export interface {name} {{\n{''.join(lines)}}}\n"


def _has_default(field: dataclasses.Field[Any]) -> bool:
    missing = dataclasses.MISSING
    return field.default is not missing or field.default_factory is not missing


def _hints(kind: type) -> dict[str, Any]:
    """The types of a class's fields, none if one of them cannot be resolved."""
    try:
        return get_type_hints(kind)
    except Exception:  # what is quoted is any expression, and may raise anything
        return {}


def vars_of_protocol(kind: Any) -> Iterator[str]:
    """Yield the names of what a class has of its own, if it is a protocol."""
    return iter(vars(kind) if getattr(kind, "_is_protocol", False) else ())


def one_of(kinds: Iterable[str]) -> str:
    """Return the union of some types."""
    found = dict.fromkeys(f"({kind})" if "=>" in kind else kind for kind in kinds)
    return ANY if ANY in found or not found else " | ".join(found)


def array_of(kind: str) -> str:
    """Return the type of arrays of a type."""
    return f"{kind}[]" if re.fullmatch(r"[\w<>, \[\]]+", kind) else f"({kind})[]"


def property_name(name: str) -> str:
    """Return a name as it stands in an interface: quoted, if it is no identifier."""
    return name if re.fullmatch(r"[A-Za-z_$][\w$]*", name, re.ASCII) else json.dumps(name)


def parameter_name(name: str) -> str:
    """Return the name of a parameter, with something to it if TypeScript has that word for itself."""
    return f"{name}_" if _RESERVED.fullmatch(name) else name


def comment(text: str, indent: str) -> str:
    """Return a text as JSDoc, with the line's end; nothing for none."""
    lines = text.replace("*/", "*\\/").splitlines()
    if not lines:
        return ""
    if len(lines) == 1:
        return f"{indent}/** {lines[0]} */\n"
    return (
        f"{indent}/**\n" + "".join(f"{indent} * {line}".rstrip() + "\n" for line in lines) + f"{indent} */\n"
    )


def _literal(value: Any) -> str:
    value = value.value if isinstance(value, enum.Enum) else value
    return json.dumps(value) if isinstance(value, (str, int, NoneType)) else _PLAIN.get(type(value), ANY)

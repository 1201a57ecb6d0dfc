"""What `now` holds for every client, as declarations of TypeScript."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from inspect import Parameter as Kinds
from itertools import islice
from types import FunctionType, MethodType
from typing import Any

from ..core.signatures import Parameter, signature_of
from ..core.tree import MISSING, Value
from .typescript import ANY, TypeScript, array_of, comment, one_of, parameter_name, property_name

#: How many elements of a list say of what kind all are.
_SAMPLE = 100

_HEADER = """\
// What `now` holds for every page. Made by greennow from the server's program; with the module now.mjs:
//
//     const now = connect<Api>();

"""


def declarations(names: Value, *, comments: bool) -> str:
    """Return the declarations of what stands in a tree, as the interface `Api`.

    Functions have the types of their annotations, values those that they have now.

    Args:
        names: what everyone's scope holds.
        comments: whether the docstrings of functions stand there too.
    """
    writer = _Writer(comments)
    body = "".join(writer.members({} if names is MISSING else names, "  "))
    parts = [f"export interface Api {{\n{body}}}\n", *writer.types.declared]
    return _HEADER + "\n".join(parts)


class _Writer:
    """Writes names of `now` as members of an interface."""

    def __init__(self, comments: bool) -> None:
        self.types = TypeScript()
        self._comments = comments

    def members(self, names: Mapping[str, Value], indent: str) -> Iterator[str]:
        """Yield the members, line by line; each below its comment."""
        for key, value in names.items():
            name = property_name(key)
            if callable(value):
                yield self._function(name, value, indent)
            else:
                yield f"{indent}{name}: {self._value(value, indent)};\n"

    def _function(self, name: str, function: Callable[..., Any], indent: str) -> str:
        signature = signature_of(function)
        says = inspect.getdoc(function) if isinstance(function, (FunctionType, MethodType)) else None
        text = comment(says or "", indent) if self._comments else ""
        if signature is None:
            return f"{text}{indent}{name}(...args: any[]): any;\n"
        takes = signature.parameters
        if any(each.kind is Kinds.KEYWORD_ONLY and not each.is_optional for each in takes):
            # A page gives arguments by position only.
            return f"{text}{indent}{name}: never;\n"
        given = ", ".join(filter(None, map(self._parameter, takes)))
        return f"{text}{indent}{name}({given}): {self.types.returned(signature.returns)};\n"

    def _parameter(self, parameter: Parameter) -> str:
        if parameter.kind in (Kinds.KEYWORD_ONLY, Kinds.VAR_KEYWORD):
            return ""
        name, kind = parameter_name(parameter.name), self.types.of(parameter.annotation)
        if parameter.kind is Kinds.VAR_POSITIONAL:
            return f"...{name}: {array_of(kind)}"
        return f"{name}{'?' * parameter.is_optional}: {kind}"

    def _value(self, value: Value, indent: str) -> str:
        if isinstance(value, dict):
            inner = "".join(self.members(value, f"{indent}  "))
            return f"{{\n{inner}{indent}}}" if inner else "Record<string, any>"
        if isinstance(value, list):
            return array_of(one_of(self._value(item, indent) for item in islice(value, _SAMPLE)))
        # A name that holds none yet says nothing of what it is for.
        return ANY if value is None or callable(value) else self.types.of(type(value))

"""What a function says of its parameters, and of what it returns: annotations, resolved."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from types import CodeType, MethodType, SimpleNamespace, TracebackType
from typing import Any, NamedTuple, Optional, get_type_hints

from .errors import RemoteError

#: How a parameter takes its arguments.
Kind = inspect._ParameterKind


class WrongArguments(RemoteError):
    """The arguments of a call from the wire are not what the function takes: the answer for who calls."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "TypeError")


class Unresolved(NamedTuple):
    """Stands for an annotation that means nothing: it names what is not there."""

    #: The annotation, as it was written.
    text: str
    #: What resolving it raised.
    reason: str


class Parameter(NamedTuple):
    """A parameter of a function."""

    name: str
    kind: Kind
    #: Its type, `Any` where it has no annotation; or `Unresolved`.
    annotation: Any
    #: May it be left out?
    is_optional: bool


class Signature(NamedTuple):
    """What a function takes and gives."""

    parameters: tuple[Parameter, ...]
    #: The type of what it returns, `Any` where it has no annotation; or `Unresolved`.
    returns: Any


def signature_of(function: Callable[..., Any]) -> Signature | None:
    """Return what a function says of itself, as Python's own `inspect.signature` has it.

    None where it says nothing: many of those written in C do not, and ``typing.no_type_check`` asks for it.
    """
    if getattr(function, "__no_type_check__", False):
        return None
    try:
        found = inspect.signature(function)
    except (TypeError, ValueError):
        return None
    names = _names_around(function)
    parameters = (_parameter(parameter, names) for parameter in found.parameters.values())
    return Signature(tuple(parameters), resolved(found.return_annotation, names))


def _parameter(parameter: inspect.Parameter, names: Mapping[str, Any]) -> Parameter:
    annotation = resolved(parameter.annotation, names)
    if parameter.default is None and annotation is not Any:
        with suppress(TypeError):  # it is no type
            annotation = Optional[annotation]  # noqa: UP045  known only now
    is_optional = parameter.default is not inspect.Parameter.empty
    return Parameter(parameter.name, parameter.kind, annotation, is_optional)


def resolved(annotation: Any, names: Mapping[str, Any]) -> Any:
    """Return the type that an annotation means where these names are known; what is quoted is looked up."""
    if annotation is inspect.Parameter.empty:
        return Any
    holder: Any = SimpleNamespace(__annotations__={"it": annotation})
    try:
        return get_type_hints(holder, dict(names), include_extras=True)["it"]
    except Exception as error:  # what is quoted is any expression, and may raise anything
        return Unresolved(annotation if isinstance(annotation, str) else repr(annotation), str(error))


def not_begun(
    error: BaseException, function: Callable[..., Any], args: list[Any], kwargs: Mapping[str, Any]
) -> WrongArguments | None:
    """Return the answer to a call whose function never began, for it had too few arguments or too many.

    Args:
        error: what the call raised.
        function: what was called. One written in C may have begun.
        args: with which arguments.
        kwargs: and with which by name.

    Returns:
        the answer; None if something else went wrong.
    """
    if not isinstance(error, TypeError) or _has_begun(function, error.__traceback__):
        return None
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return None
    try:
        signature.bind(*args, **kwargs)
    except TypeError as unfit:
        return WrongArguments(str(unfit))
    return None


def _has_begun(function: Callable[..., Any], trace: TracebackType | None) -> bool:
    """Whether a function, or what it stands in front of, ran when an error with this trace was raised."""
    code = code_of(function)
    while trace is not None:
        if trace.tb_frame.f_code is code:
            return True
        trace = trace.tb_next
    return False


def code_of(function: Callable[..., Any]) -> CodeType | None:
    """Return the code of a function, or of what it stands in front of; None for one written in C."""
    return getattr(_innermost(function), "__code__", None)


def _names_around(function: Callable[..., Any]) -> Mapping[str, Any]:
    """The names that annotations may name: those of the module that the function is from."""
    return getattr(_innermost(function), "__globals__", {})


def _innermost(function: Any) -> Any:
    """Return the function that was written with ``def``: behind methods, partials and decorators."""
    *_, innermost = _layers(function)
    return innermost


def _layers(function: Any) -> Iterator[Any]:
    """Yield a callable, and what it stands in front of, layer by layer."""
    seen: list[Any] = []
    while function is not None and not any(function is layer for layer in seen):
        seen.append(function)
        yield function
        function = _behind(function)


def _behind(function: Any) -> Any:
    """Return what a callable calls in turn, None if it is a function or written in C."""
    if isinstance(function, functools.partial):
        return function.func
    if isinstance(function, MethodType):
        return function.__func__
    if isinstance(function, type):
        return function.__init__  # type: ignore[misc]  # whichever class's it is
    if "__wrapped__" in getattr(function, "__dict__", ()):
        return function.__wrapped__
    return None if hasattr(function, "__code__") else type(function).__call__

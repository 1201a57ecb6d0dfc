"""Calls from the wire, checked against what the called functions say of their parameters.

Who calls is told what was wrong. The function does not run, and nothing is logged: it is no fault of ours.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from inspect import Parameter as Kinds
from types import CodeType, FunctionType, MethodType
from typing import Any, NamedTuple
from weakref import WeakSet

from .functions import Function
from .messages import Call
from .remembered import Remembered
from .signatures import Parameter, Unresolved, code_of, signature_of

logger = logging.getLogger("greennow")


#: Kinds of functions that say by themselves whether they have annotations.
_PLAIN = frozenset((FunctionType, MethodType))

#: With one of these an object says itself what it takes; see `inspect.signature`.
_OWN_WORDS = frozenset(("__wrapped__", "__signature__"))


class Checks:
    """What the functions of one end say of their parameters, as far as they were called.

    Called where the program's code runs: looking an annotation up may run any.
    """

    def __init__(self) -> None:
        #: By function. And by the function behind a method, or behind an object that can be called: those are
        #: called with one argument less.
        self._functions: Remembered[Function, Parameters | None] = Remembered(self._look_at)
        self._methods: Remembered[Function, Parameters | None] = Remembered(self._look_at)
        #: The code of functions that were complained of: one that is made anew for each call is complained of
        #: once.
        self._told: WeakSet[CodeType] = WeakSet()

    def checked(self, function: Function, call: Call) -> Call:
        """Return the call with its arguments as the annotations of the function say.

        Raises:
            WrongArguments: they are not what the annotations say.
        """
        # A method has those of what it was made of, which is mostly a function.
        if type(function) in _PLAIN and not getattr(function, "__annotations__", True):
            return call  # the usual case, at a glance
        parameters = self._parameters(function)
        return call if parameters is None else parameters.checked(call)

    def _parameters(self, function: Function) -> Parameters | None:
        if type(function) is FunctionType:
            return self._functions.about(function, function)
        behind: Any = None
        if isinstance(function, MethodType):
            behind = function.__func__
        elif not _speaks_for_itself(function):
            behind = type(function).__call__
        if isinstance(behind, FunctionType):
            return self._methods.about(behind, function)
        return self._functions.about(function, function)

    def _look_at(self, function: Function) -> Parameters | None:
        signature = signature_of(function)
        if signature is None or all(parameter.annotation is Any for parameter in signature.parameters):
            return None
        found = Parameters()
        unchecked = [
            f"{parameter.name} ({reason})"
            for parameter in signature.parameters
            if (reason := found.add(parameter)) is not None
        ]
        code = code_of(function)
        if unchecked and code not in self._told:
            if code is not None:
                self._told.add(code)
            name = getattr(function, "__qualname__", repr(function))
            logger.warning("%s(): not checked: %s", name, "; ".join(unchecked))
        return found


def _speaks_for_itself(function: Function) -> bool:
    """Does an object take other arguments than those of its class, such as what a decorator made?"""
    return not _OWN_WORDS.isdisjoint(getattr(function, "__dict__", ()))


class Checked(NamedTuple):
    """A parameter whose arguments are checked."""

    name: str
    #: An argument of exactly this type is right as it is; None if there is no such type.
    exact: type | None
    #: Gives an argument its type; takes the argument, and the name that it goes by.
    convert: Callable[[Any, str], Any]


class Parameters:
    """The parameters of one function, as calls from the wire meet them."""

    def __init__(self) -> None:
        #: Those that take arguments by position, in order, None for an unchecked one; and that of the rest.
        self._positional: list[Checked | None] = []
        self._rest: Checked | None = None
        #: With arguments of exactly these types nothing is to be done: the usual call.
        self._exact: tuple[type | None, ...] = ()
        #: Those that take arguments by name; and that of the rest.
        self._named: dict[str, Checked | None] = {}
        self._named_rest: Checked | None = None

    def add(self, parameter: Parameter) -> str | None:
        """Add the next parameter; return why it is not checked, if its annotation cannot be."""
        checked, reason = _checked(parameter)
        if parameter.kind in (Kinds.POSITIONAL_ONLY, Kinds.POSITIONAL_OR_KEYWORD):
            self._positional.append(checked)
            self._exact += (None if checked is None else checked.exact,)
        if parameter.kind in (Kinds.POSITIONAL_OR_KEYWORD, Kinds.KEYWORD_ONLY):
            self._named[parameter.name] = checked
        if parameter.kind is Kinds.VAR_POSITIONAL:
            self._rest = checked
        if parameter.kind is Kinds.VAR_KEYWORD:
            self._named_rest = checked
        return reason

    def checked(self, call: Call) -> Call:
        """Return the call with its arguments as the annotations say; how many they are, Python sees itself.

        Raises:
            WrongArguments: one is not what its annotation says.
        """
        if not call.kwargs and tuple(map(type, call.args)) == self._exact:
            return call
        args = [
            argument if checked is None else checked.convert(argument, checked.name)
            for argument, checked in zip(call.args, self._positional, strict=False)
        ]
        if len(args) < len(call.args):
            args += [self._take_more(index, call.args[index]) for index in range(len(args), len(call.args))]
        kwargs = call.kwargs and {name: self._take_named(name, call.kwargs[name]) for name in call.kwargs}
        return Call(call.id, call.target, args, kwargs, call.deadline)

    def _take_more(self, index: int, argument: Any) -> Any:
        if self._rest is None:
            return argument
        return self._rest.convert(argument, f"{self._rest.name}[{index - len(self._positional)}]")

    def _take_named(self, name: str, argument: Any) -> Any:
        checked = self._named.get(name, self._named_rest)
        return argument if checked is None else checked.convert(argument, name)


def _checked(parameter: Parameter) -> tuple[Checked | None, str | None]:
    """Return what checks a parameter, if anything does; and why nothing does, if its annotation cannot be."""
    annotation = parameter.annotation
    if annotation is Any:
        return None, None
    if isinstance(annotation, Unresolved):
        return None, f"{annotation.text}: {annotation.reason}"
    from .converting import Uncheckable, converter, exactly  # noqa: PLC0415, LATE_IMPORTS says why

    try:
        convert = converter(annotation)
    except Uncheckable as error:
        return None, str(error)
    return None if convert is None else Checked(parameter.name, exactly(annotation), convert), None

"""Handlers of events: registered, called with as many arguments as they take, their errors logged."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Mapping
from typing import Any, overload

logger = logging.getLogger("greennow")

Handler = Callable[..., Any]


class Events:
    """The handlers of one object, by event."""

    def __init__(self, names: dict[str, str]) -> None:
        """
        Args:
            names: each accepted name of an event, and the event it means (itself, or a newer name).
        """
        self._names = names
        #: Handlers by event, in the order in which they were registered.
        self._handlers: dict[str, dict[object, Handler]] = {}

    @overload
    def on(self, event: str) -> Callable[[Handler], Handler]: ...
    @overload
    def on(self, event: str, handler: Handler) -> Callable[[], None]: ...

    def on(self, event: str, handler: Handler | None = None) -> Any:
        """Call ``handler`` at each such event; without one, return a decorator.

        Returns:
            a function that ends it; as a decorator, the handler itself.

        Raises:
            ValueError: there is no such event.
        """
        if event not in self._names:
            raise ValueError(f"there is no event {event!r}; there are: {', '.join(sorted(self._names))}")
        if handler is not None:
            return self._add(self._names[event], handler)

        def decorate(function: Handler) -> Handler:
            self._add(self._names[event], function)
            return function

        return decorate

    def _add(self, event: str, handler: Handler) -> Callable[[], None]:
        if not callable(handler):
            raise TypeError(f"a handler of {event!r} is a function, not {handler!r}")
        fitted = _fitted(handler)
        handlers = self._handlers.setdefault(event, {})
        registration = object()
        handlers[registration] = fitted

        def end() -> None:
            handlers.pop(registration, None)

        return end

    def has(self, event: str) -> bool:
        """Does anybody listen?"""
        return bool(self._handlers.get(event))

    def handlers(self, event: str) -> list[Handler]:
        """Return the handlers as they are at this moment, ready to be called with the event's arguments."""
        return list(self._handlers.get(event, {}).values())

    def clear(self) -> None:
        """End all handlers."""
        self.put_back({})

    def copied(self) -> dict[str, dict[object, Handler]]:
        """Return the handlers of this moment, for `put_back`."""
        return {event: dict(handlers) for event, handlers in self._handlers.items()}

    def put_back(self, handlers: Mapping[str, dict[object, Handler]]) -> None:
        """Have the handlers that there were when `copied` returned them."""
        for event, held in self._handlers.items():
            held.clear()  # in place: what ends a handler knows the mapping
            held.update(handlers.get(event, {}))

    def __bool__(self) -> bool:
        return any(self._handlers.values())


def _fitted(handler: Handler) -> Handler:
    """Return the handler so that it may be called with more arguments than it takes."""
    try:
        parameters = inspect.signature(handler).parameters.values()
    except (TypeError, ValueError):  # some built-in functions have no signature
        return handler
    if any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters):
        return handler
    takes = sum(parameter.kind in _POSITIONAL for parameter in parameters)
    return lambda *args: handler(*args[:takes])


_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)

"""The program's handlers of events, run among its other code."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import Any

from ..core.events import Events, Handler
from ..core.reply import is_quiet

logger = logging.getLogger("greennow")

EVENTS = ("ready", "disconnect", "reconnect", "reconnect_failed", "change", "error", "close")


class Handlers(Events):
    """Handlers of events; ``dispatch`` runs them, after what it was given before."""

    def __init__(self, dispatch: Callable[[Callable[[], None]], Any]) -> None:
        super().__init__({name: name for name in EVENTS})
        self._dispatch = dispatch

    def fire(self, event: str, *args: Any) -> None:
        """Run the handlers of an event."""
        for handler in self.handlers(event):
            self.run(event, handler, *args)

    def run(self, event: str, handler: Handler, *args: Any) -> None:
        """Run one handler, of this event or of something else; its error is reported."""
        self._dispatch(partial(self._run, event, handler, args))

    def _run(self, event: str, handler: Handler, args: tuple[Any, ...]) -> None:
        try:
            handler(*args)
        except Exception as error:
            if event == "error":
                logger.exception("a handler of 'error' raised")
            else:
                self.report(error, f"a handler of {event!r} raised")

    def report(self, error: BaseException, what: str) -> None:
        """An error that nobody will catch: log it with its traceback, and tell `error` handlers."""
        level = logging.DEBUG if is_quiet(error) else logging.ERROR
        exc_info = (type(error), error, error.__traceback__)
        self._dispatch(partial(logger.log, level, what, exc_info=exc_info))
        if level == logging.ERROR:
            self.fire("error", error)

"""What goes wrong through somebody else's doing, in the log: escaped, cut, and not too often."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Hashable
from typing import Any

from .escaping import one_line, set_in

logger = logging.getLogger("greennow")

#: How often in a minute one thing is said about one of the others.
AT_MOST = 10

#: How many different things are counted each for itself in a minute; those after them are counted together.
_DIFFERENT = 1_000

#: How long the counting lasts, in seconds.
_MINUTE = 60.0

#: How many characters a line may have.
_LINE = 1_000

#: How many characters of a traceback are shown, its end.
_TRACE = 20_000


class Complaints:
    """Lines of a log that a client, or a stranger, could have written as often as it likes.

    The same about the same one is said ten times a minute. What comes after that is counted, and the count
    said when the minute is over.
    """

    def __init__(self, later: Callable[[float, Callable[[], None]], object]) -> None:
        """
        Args:
            later: has something done in so many seconds.
        """
        self._later = later
        #: How often each was heard in this minute, by whom it is about and what is said.
        self._heard: dict[tuple[Hashable, str], int] = {}

    def log(
        self,
        about: Hashable,
        what: str,
        *details: Any,
        level: int | None = None,
        error: BaseException | None = None,
    ) -> None:
        """Log a line, if it is not one too many.

        Args:
            about: who brought it about, or what it is about.
            what: the line, with ``%s`` for each of the details.
            details: what may be of others' making.
            level: of the line; by default WARNING, and ERROR where there is an error.
            error: whose traceback is shown with it.
        """
        key = (about, what)
        if key not in self._heard and len(self._heard) >= _DIFFERENT:
            key = (None, what)
        if not self._heard:
            self._later(_MINUTE, self.sum_up)
        count = self._heard[key] = self._heard.get(key, 0) + 1
        if count <= AT_MOST:
            line = what % tuple(one_line(str(detail)) for detail in details)
            usual = logging.WARNING if error is None else logging.ERROR
            write(usual if level is None else level, one_line(line, _LINE), error)

    def sum_up(self) -> None:
        """A minute is over: say how often that was heard which was no longer said."""
        heard, self._heard = self._heard, {}
        for (about, what), count in heard.items():
            if count > AT_MOST:
                whom = "" if about is None else f" about {one_line(str(about))}"
                write(logging.WARNING, f"... and {count - AT_MOST} more like it{whom}: {what}")


def write(level: int, line: str, error: BaseException | None = None) -> None:
    """Write a line, and below it the error's traceback, no line of which can be taken for one of the log."""
    if not logger.isEnabledFor(level):
        return
    caught = None if error is None else (type(error), error, error.__traceback__)
    record = logger.makeRecord(logger.name, level, __file__, 0, line, (), caught)
    if error is not None:
        # What is there already, formatters show as it is.
        record.exc_text = set_in("".join(traceback.format_exception(error)).rstrip("\n")[-_TRACE:])
    logger.handle(record)

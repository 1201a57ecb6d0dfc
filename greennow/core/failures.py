"""What is said of an error, and the error that the other end makes of it."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path as File

from .errors import NoSuchFunction, RemoteError
from .limits import Limits
from .messages import MAX_CAUSES, Failure
from .missing import QUOTED
from .paths import MAX_INTEGER, PROTOTYPE, Path, path_text

#: Bytes that a message may take, the name of an error's class, and the tracebacks of it and its causes.
_MESSAGE = 4_000
_NAME = 200
_TRACES = 8_192

#: How many frames of a traceback are looked at, the innermost.
_FRAMES = 100

#: Where code lies that is not the program's.
_PACKAGE = str(File(__file__).parent.parent) + os.sep


def failure_of(
    error: BaseException, limits: Limits, path: Path | None = None, *, traced: bool = False
) -> Failure:
    """Return what the other end is told of an error and of its causes.

    All its texts together take at most half of what a message may be large, whatever the error holds.

    Args:
        error: what was raised.
        limits: how large messages may be.
        path: the function that raised it.
        traced: whether it is to say where in the program it was raised.
    """
    room = _Room(limits)
    told: list[tuple[BaseException, Failure]] = []
    for at_fault in _with_causes(error):
        if not room.left:
            break
        if at_fault is not error or isinstance(error, NoSuchFunction):
            path = at_fault.path if isinstance(at_fault, RemoteError) else None
        told.append((at_fault, _said_of(at_fault, room, path)))
    room.left = min(room.left, _TRACES)
    failure: Failure | None = None
    for at_fault, said in reversed(told):
        trace = room.end_of(_trace_of(at_fault)) if traced else ""
        failure = said._replace(trace=trace or None, cause=failure)
    assert failure is not None
    return failure


def error_of(failure: Failure) -> RemoteError:
    """Return the error that is raised here for what the other end says of its own."""
    if failure.missing is not None:
        error: RemoteError = NoSuchFunction(failure.message[:_MESSAGE], failure.missing[:_NAME], failure.path)
    else:
        error = RemoteError(failure.message[:_MESSAGE], failure.type[:_NAME], failure.path)
    if failure.trace is not None:
        error.trace = failure.trace[:_TRACES]
        if sys.version_info >= (3, 11):
            # A note is shown where the error is, and is no part of its text.
            error.add_note("At the other end:\n" + _indented(error.trace))
    if failure.cause is not None:
        error.__cause__ = error_of(failure.cause)
    return error


class _Room:
    """What is left of the bytes that the texts of one failure may take."""

    def __init__(self, limits: Limits) -> None:
        self.left = limits.max_message // 2
        self._max_depth = limits.max_depth

    def start_of(self, text: str, most: int) -> str:
        """Return as much of a text as there is room for; lone surrogates are replaced."""
        # The characters are counted first: the text may quote what was too large to be sent.
        data = str(text)[:most].encode("utf-8", "replace")[: min(most, self.left)]
        self.left -= len(data)
        return data.decode("utf-8", "ignore")

    def end_of(self, text: str) -> str:
        """Return as much of the end of a text as there is room for."""
        data = text.encode("utf-8", "replace")
        data = data[max(0, len(data) - self.left) :]
        self.left -= len(data)
        return data.decode("utf-8", "ignore")

    def path(self, path: Path | None) -> Path | None:
        """Return the path if it can be sent, and None if not: it may be the program's invention."""
        if not path or len(path) > self._max_depth or not all(map(_is_key, path)) or isinstance(path[0], int):
            return None
        text = path_text(path)
        size = 4 * len(path) + len(text.encode("utf-8"))
        if len(text) > QUOTED or size > self.left:
            return None
        self.left -= size
        return tuple(path)


def _is_key(key: object) -> bool:
    return key != PROTOTYPE if type(key) is str else type(key) is int and 0 <= key <= MAX_INTEGER


def _with_causes(error: BaseException) -> Iterator[BaseException]:
    """Yield the error, and the causes that the program gave (``raise ... from ...``), each once."""
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen and len(seen) <= MAX_CAUSES:
        seen.add(id(cause))
        yield cause
        cause = cause.__cause__


def _said_of(error: BaseException, room: _Room, path: Path | None) -> Failure:
    kind = room.start_of(error.type if isinstance(error, RemoteError) else type(error).__name__, _NAME)
    missing = room.start_of(error.missing, _NAME) if isinstance(error, NoSuchFunction) else None
    message = room.start_of(_text_of(error), _MESSAGE)
    return Failure(kind, message, room.path(path), missing)


def _text_of(error: BaseException) -> str:
    try:
        return str(error.message if isinstance(error, RemoteError) else error)
    except Exception:
        return "<an error that cannot say what it is>"


def _trace_of(error: BaseException) -> str:
    """Return the traceback as text, of the program's own frames; empty if there are none."""
    frames = traceback.extract_tb(error.__traceback__, limit=-_FRAMES)
    own = [frame for frame in frames if not frame.filename.startswith(_PACKAGE)]
    return "Traceback (most recent call last):\n" + "".join(traceback.format_list(own)) if own else ""


def _indented(text: str) -> str:
    """Return the text so that no line of it can be taken for one of a log's own."""
    return "\n".join(
        "  | " + "".join(char if char.isprintable() else repr(char)[1:-1] for char in line)
        for line in text.splitlines()
    )

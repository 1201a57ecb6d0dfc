"""What can go wrong, and whose fault it was.

::

    NowError
    ├── UnknownClient     (LookupError)      no such client is connected
    ├── Detached          (LookupError)      a container of now that was deleted or replaced
    ├── Refused           (PermissionError)  a write was not allowed
    ├── RemoteError                          a function at the other end failed
    │   └── NoSuchFunction                   there was no function to call
    ├── Cancelled                            the caller gave up
    ├── Deadlock                             peers wait for each other
    ├── ProtocolError                        the other end broke the rules
    ├── LimitExceeded                        a limit of the options
    └── Disconnected      (ConnectionError)  the session ended before the answer
        └── ConnectError                     never connected

Misuse of this library by the program itself raises Python's own errors (``TypeError``,
``ValueError``, ``AttributeError``, ...) at the line that did it. A reply that does not come in
time raises the built-in ``TimeoutError``.
"""

from __future__ import annotations

from copy import copy

from .escaping import set_in
from .paths import Path, path_text

__all__ = [
    "Cancelled",
    "ConnectError",
    "Deadlock",
    "Detached",
    "Disconnected",
    "LimitExceeded",
    "NoSuchFunction",
    "NowError",
    "ProtocolError",
    "Refused",
    "RemoteError",
    "UnknownClient",
]


class NowError(Exception):
    """The base of every error of greennow's own."""


class UnknownClient(NowError, LookupError):
    """No client with this id is connected.

    Attributes:
        client_id: the id that was asked for.
    """

    def __init__(self, client_id: str) -> None:
        super().__init__(client_id)
        self.client_id = client_id

    def __str__(self) -> str:
        return f"no client {self.client_id!r} is connected"


class Detached(NowError, LookupError):
    """A container read out of ``now`` is no longer in it: it was deleted or replaced.

    Attributes:
        place: where it stood, as text (``now.player``).
    """

    def __init__(self, place: str) -> None:
        super().__init__(place)
        self.place = place

    def __str__(self) -> str:
        return f"{self.place} was deleted or replaced; read it again from now"


class Refused(NowError, PermissionError):
    """A write was not allowed. Raise it in a ``client_write`` function to say why.

    Attributes:
        reason: a sentence for people.
        path: where the write was to go; empty while it is not known.
    """

    def __init__(self, reason: str = "not allowed", path: Path = ()) -> None:
        super().__init__(reason)
        self.reason = reason
        self.path = path

    def __str__(self) -> str:
        return f"{path_text(self.path)}: {self.reason}" if self.path else self.reason


class RemoteError(NowError):
    """A function at the other end failed. Raised inside a called function it is its answer.

    Attributes:
        message: what the other end said.
        type: the name of the error's class there.
        path: the function's path, or None for a callback.
        trace: where it was raised there, as text; None unless that end is a server with ``debug=True``.
    """

    def __init__(self, message: str = "", type: str = "RemoteError", path: Path | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.type = type
        self.path = path
        self.trace: str | None = None

    def __reduce__(self) -> tuple[object, ...]:
        """Keep, beside the attributes, the causes that the other end told of: errors cross process pools."""
        state = dict(vars(self))
        if isinstance(self.__cause__, RemoteError):
            state["__cause__"] = self.__cause__
        return self.__class__, self.args, state

    def __str__(self) -> str:
        # What is shown of it may stand in a log; the attributes are as the other end said.
        said = set_in(self.message if self.type == "RemoteError" else f"{self.type}: {self.message}")
        return f"{path_text(self.path)}() failed: {said}" if self.path else said


class NoSuchFunction(RemoteError):
    """There was no function to call.

    Attributes:
        missing: ``"never"`` was one there, it ``"expired"``, was ``"released"``, or
            ``"departed"`` with the client that had made it.
    """

    def __init__(self, message: str, missing: str = "never", path: Path | None = None) -> None:
        super().__init__(message, "NoSuchFunction", path)
        self.missing = missing

    def __str__(self) -> str:
        return set_in(self.message)


class Cancelled(NowError):
    """The caller gave up. Raised inside the handler that works for it."""


class Deadlock(NowError):
    """Peers wait for each other and nothing else could go on; the message names the cycle."""


class ProtocolError(NowError):
    """The other end broke the rules of the protocol.

    Attributes:
        reason: what was wrong, for people.
        code: the close code it is answered with (see the protocol's table).
    """

    def __init__(self, reason: str, code: int = 1002) -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = code

    def __str__(self) -> str:
        return f"{self.reason} (code {self.code})"


class LimitExceeded(NowError):
    """A limit of the options was passed.

    Attributes:
        limit: the option's name, such as ``"max_message"``.
        value: what it is set to.
        detail: what passed it, for people.
        further: what helps to find out why, for people.
    """

    def __init__(self, limit: str, value: float, detail: str = "", further: str = "") -> None:
        super().__init__(limit, value, detail, further)
        self.limit = limit
        self.value = value
        self.detail = detail
        self.further = further

    def __str__(self) -> str:
        said = f"{self.detail + ': ' if self.detail else ''}the limit {self.limit}={self.value} was passed"
        return f"{said}; {self.further}" if self.further else said


class Disconnected(NowError, ConnectionError):
    """The session ended before the answer came.

    Attributes:
        code: the close code, 1006 where there was none.
        reason: what was said on closing, for people.
    """

    def __init__(self, reason: str = "the connection is closed", code: int = 1006) -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = code

    def again(self) -> Disconnected:
        """Return the same for one more who is told.

        An error that is raised collects the frames that it passes, for as long as it is kept; and that of a
        session is kept.
        """
        return copy(self)

    def __str__(self) -> str:
        return f"{self.reason} (code {self.code})"


class ConnectError(Disconnected):
    """The connection was never made."""

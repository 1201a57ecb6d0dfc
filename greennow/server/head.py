"""The head of a request over HTTP: how large it may be, how long it may take, and what a line of it is."""

from __future__ import annotations

import re
from typing import Any

#: The most bytes of all its headers together.
MAX_HEAD = 32_768

#: How long it may take to arrive, in seconds: from its first byte on, or from when the connection was made.
HEAD_TIME = 10.0

#: How long a connection may be idle after an answer, in seconds.
IDLE_TIME = 75.0

#: A header; the line that ends them all. A name in front of a space, a value that goes on in the next line or
#: holds a bare CR: what one server takes for one thing another takes for two.
_LINE = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\r\n\0]*\r?\n|\r?\n")


class BadHead(ValueError):
    """A head that is refused, as the plain answer that says why.

    Attributes:
        status: the code of the answer.
        answer: all of it, as bytes.
    """

    def __init__(self, status: str, reason: str) -> None:
        super().__init__(reason)
        self.status = status.partition(" ")[0]
        body = f"{reason}\n"
        self.answer = (
            f"HTTP/1.1 {status}\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        ).encode()


class HeadLines:
    """The lines of the headers of one request, each judged as it is read."""

    def __init__(self, file: Any) -> None:
        """
        Args:
            file: what the connection is read by.
        """
        self._file = file
        #: How many bytes there may yet be.
        self._left = MAX_HEAD

    def readline(self, size: int = -1) -> bytes:
        """Return the next line; the bound of all together is closer than one for each.

        Raises:
            BadHead: it is no header, or one too much.
            EOFError: the other end has closed ahead of the end.
        """
        line: bytes = self._file.readline(self._left + 1)
        self._left -= len(line)
        if self._left < 0:
            raise BadHead(
                "431 Request Header Fields Too Large", f"the headers take more than {MAX_HEAD} bytes"
            )
        if not line.endswith(b"\n"):
            raise EOFError
        if not _LINE.fullmatch(line):
            raise BadHead("400 Bad Request", "a line of the head is no header")
        return line

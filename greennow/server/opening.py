"""The opening of a link in its usual form: one request, whole, and of the plainest kind.

pywsgi reads a head line by line and has a parser of e-mails take it apart, which is most of what a connection
costs. Nearly every request for a link is one packet in which nothing is out of the ordinary. Such a one is
read here, five times as fast, to the very same environ. What is unusual in any way is no plain request, and
goes to pywsgi: nothing was decided about it here.
"""

from __future__ import annotations

import re
from typing import Any

#: A larger head is none of the plainest kind.
MAX_PLAIN = 8_192

#: More headers are none of the plainest kind: how many are too many is http.client's to say.
_MAX_HEADERS = 64

#: Stricter than what is allowed: no other line ends, nothing but ASCII, no name that CGI takes for another.
_PLAIN = re.compile(
    r"GET (/[!-$&->@-~]*)(?:\?([!-~]*))? HTTP/1\.1\r\n((?:[!#$%&'*+.^`|~0-9A-Za-z-]+:[\t -~]*\r\n)+)\r\n"
)

#: Headers that say there is more to read than the head, or that the environ has under other names.
_MORE = frozenset(("HTTP_CONTENT_LENGTH", "HTTP_CONTENT_TYPE", "HTTP_TRANSFER_ENCODING", "HTTP_EXPECT"))


def _key(name: str) -> str:
    return "HTTP_" + name.upper().replace("-", "_")


#: The headers that browsers and our own clients send, by name as they write it: each key made once, for all.
_KEYS = {
    name: _key(name)
    for name in (
        "Host", "Upgrade", "Connection", "Origin", "Cookie", "User-Agent", "Pragma", "Cache-Control",
        "Accept-Encoding", "Accept-Language", "Sec-WebSocket-Version", "Sec-WebSocket-Key",
        "Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions", "Sec-Fetch-Dest", "Sec-Fetch-Mode",
        "Sec-Fetch-Site", "Authorization", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto",
    )
}  # fmt: skip


class Opening:
    """A plain request. It is kept as it came, for an environ takes ten times as much memory."""

    __slots__ = ("_address", "_head", "_server")

    def __init__(self, head: bytes, server: Any, address: Any) -> None:
        """
        Args:
            head: the request.
            server: pywsgi's, that it came to.
            address: where it came from.
        """
        self._head = head
        self._server = server
        self._address = address

    def environ(self) -> dict[str, Any] | None:
        """Return the request as WSGI has it, made anew each time; None if it is no plain one."""
        found = _PLAIN.fullmatch(self._head.decode("latin-1"))
        if found is None:
            return None
        path, query, headers = found.groups()
        environ: dict[str, Any] = self._server.get_environ()
        environ["REQUEST_METHOD"], environ["SERVER_PROTOCOL"] = "GET", "HTTP/1.1"
        environ["SCRIPT_NAME"], environ["PATH_INFO"], environ["QUERY_STRING"] = "", path, query or ""
        if isinstance(self._address, tuple):
            environ["REMOTE_ADDR"], environ["REMOTE_PORT"] = str(self._address[0]), str(self._address[1])
        lines = headers.split("\r\n")[:-1]
        keys = len(environ) + len(lines)
        if len(lines) > _MAX_HEADERS:
            return None
        for line in lines:
            name, _, value = line.partition(":")
            environ[_KEYS.get(name) or _key(name)] = value.strip(" \t")
        if len(environ) < keys or not _MORE.isdisjoint(environ):
            return None  # given twice, or as if it were the server's own
        return environ

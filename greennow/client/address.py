"""Where the server is, and what a request to it carries."""

from __future__ import annotations

import re
from collections.abc import Mapping
from ssl import SSLContext
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit, urlunsplit

from ..version import __version__

#: Where the WebSocket is below the site's address.
ENDPOINT = "/nowjs/ws"

_SCHEMES = {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"}

#: What would end a header, and begin another.
_ENDS_HEADER = re.compile(r"[\r\n\0]")


class Address(NamedTuple):
    """Where the server is, and what a request to it carries.

    Attributes:
        url: the WebSocket's.
        headers: lines of the request.
        cookie: its cookies, or None.
        ssl: what judges the server's certificate; None takes the system's certificates.
        proxy: options of websocket-client's about a proxy.
    """

    url: str
    headers: tuple[str, ...] = ()
    cookie: str | None = None
    ssl: SSLContext | None = None
    proxy: Mapping[str, Any] = {}


def make_address(
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    cookies: Mapping[str, str] | str | None = None,
    token: str | None = None,
    ssl: SSLContext | None = None,
    proxy: str | None = None,
) -> Address:
    """Return the address that the arguments of `connect` mean.

    Raises:
        ValueError: one of them has a wrong form.
    """
    given = dict(headers or {})
    given.setdefault("User-Agent", f"greennow/{__version__}")
    if token is not None:
        given["Authorization"] = f"Bearer {token}"
    lines = tuple(_checked(f"{name}: {value}", f"the header {name}") for name, value in given.items())
    return Address(websocket_url(url), lines, _cookie(cookies), ssl, _proxy(proxy))


def websocket_url(url: str) -> str:
    """Return the address of the WebSocket of a site.

    A ``ws://`` or ``wss://`` address that ends in ``/ws`` is taken to be that already.
    """
    parts = urlsplit(url)
    scheme = _SCHEMES.get(parts.scheme)
    if scheme is None or not parts.hostname:
        raise ValueError(
            f"an address begins with http://, https://, ws:// or wss:// and a host, not as {url!r}"
        )
    if parts.username is not None:
        raise ValueError("an address holds no password here; give headers= or token= instead")
    _ = parts.port  # raises where it is none
    path = parts.path
    if parts.scheme != scheme or not path.endswith("/ws"):
        path = path.rstrip("/") + ENDPOINT
    return urlunsplit((scheme, parts.netloc, path, parts.query, ""))


def _cookie(cookies: Mapping[str, str] | str | None) -> str | None:
    if cookies is None or isinstance(cookies, str):
        return cookies and _checked(cookies, "cookies")
    return _checked("; ".join(f"{name}={value}" for name, value in cookies.items()), "cookies") or None


def _proxy(proxy: str | None) -> dict[str, Any]:
    if proxy is None:
        return {}
    parts = urlsplit(proxy)
    if parts.scheme != "http" or not parts.hostname or not parts.port:
        raise ValueError(f"a proxy is given as http://host:port, not as {proxy!r}")
    login = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
    return {"http_proxy_host": parts.hostname, "http_proxy_port": parts.port, "http_proxy_auth": login}


def _checked(text: str, what: str) -> str:
    if _ENDS_HEADER.search(text):
        raise ValueError(f"{what} holds a line break")
    return text

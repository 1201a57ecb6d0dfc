"""Which pages may open a link: the origin check, and the token that a page or script brings."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any

from ..hub.options import Options

#: Before the token, in the subprotocol that a browser offers.
_TOKEN_PROTOCOL = "greennow.token."

#: What browsers send, but for the ``null`` of a page without a host; and no more than that.
_ORIGIN = re.compile(
    r"([a-z][a-z0-9+.-]*)://(\[[0-9a-f:.]+\]|[^\s/:@?#,\\\[\]]+)(?::(\d{1,5}))?", re.IGNORECASE | re.ASCII
)

#: Ports that are left out of an origin.
_DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}


def is_origin_allowed(environ: Mapping[str, Any], options: Options) -> bool:
    """May a page of the request's origin open a link? No Origin, as scripts send none, passes."""
    origin = environ.get("HTTP_ORIGIN")
    if origin is None:
        return True
    scheme, host, port = _normal(origin)
    allowed = options.allowed_origins
    if allowed == "*":
        return True
    if allowed is not None:
        listed = [allowed] if isinstance(allowed, str) else allowed
        # One without a host, such as the `null` of a boxed-in frame, is no other that has none.
        return origin in listed or (bool(host) and (scheme, host, port) in map(_normal, listed))
    # A proxy may speak https to the page and http to us: the scheme is not compared.
    return bool(host) and (host, port) == _host(_own_host(environ, options), scheme)


def _own_host(environ: Mapping[str, Any], options: Options) -> str:
    if environ.get("REMOTE_ADDR") in options.trusted_proxies and "HTTP_X_FORWARDED_HOST" in environ:
        return str(environ["HTTP_X_FORWARDED_HOST"]).split(",")[-1].strip()
    return str(environ.get("HTTP_HOST", ""))


def _normal(origin: str) -> tuple[str, str, int | None]:
    """Return scheme, host and port; a missing port is the scheme's own. Nothing for what is no origin."""
    found = _ORIGIN.fullmatch(origin)
    if found is None:
        return "", "", None
    scheme, host, port = found.groups()
    return scheme.lower(), host.lower(), int(port) if port else _DEFAULT_PORTS.get(scheme.lower())


def _host(host: str, scheme: str) -> tuple[str, int | None]:
    _, name, port = _normal(f"{scheme}://{host}")
    return name, port


def offered_token(environ: Mapping[str, Any]) -> str | None:
    """Return the bearer token: of the Authorization header, or of an offered subprotocol."""
    kind, _, token = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    if kind.lower() == "bearer" and token:
        return str(token.strip())
    for offered in environ.get("HTTP_SEC_WEBSOCKET_PROTOCOL", "").split(","):
        name = offered.strip()
        if name.startswith(_TOKEN_PROTOCOL):
            return _decoded(name[len(_TOKEN_PROTOCOL) :])
    return None


def _decoded(encoded: str) -> str | None:
    try:
        return base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None

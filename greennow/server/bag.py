"""A client's bag, with what is known of the request that opened its link."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from ..hub.user import User
from .cookies import cookies_of
from .opening import Opening
from .origin import offered_token


class Bag(User):
    """A client's bag. What the request said is read from it when the program asks.

    A plain request is kept as it came, in a sixth of the memory that environ, headers and cookies take; most
    programs look at one cookie, or at nothing.
    """

    def __init__(
        self, identity: Any, session: Any, environ: dict[str, Any], opening: Opening | None = None
    ) -> None:
        """
        Args:
            identity: what `authenticate` returned.
            session: what the option ``session`` returned.
            environ: the request.
            opening: what it can be made of again; None where it is to be kept as it is.
        """
        self.identity = identity
        self.session = session
        #: What the request is read from.
        self._opening = opening
        if opening is None:
            # Not with what held the connection and its buffers.
            self.environ = {
                key: value
                for key, value in environ.items()
                if not key.startswith(("wsgi.input", "wsgi.websocket"))
            }

    @cached_property
    def environ(self) -> dict[str, Any]:  # type: ignore[override]  # may be set, as any attribute
        """The request, as WSGI has it."""
        return self._read()

    @cached_property
    def headers(self) -> dict[str, str]:  # type: ignore[override]
        """Its headers."""
        return {
            key[5:].replace("_", "-").title(): value
            for key, value in self._read().items()
            if key.startswith("HTTP_")
        }

    @cached_property
    def cookies(self) -> dict[str, str]:  # type: ignore[override]
        """Its cookies."""
        return cookies_of(self._read().get("HTTP_COOKIE", ""))

    def _read(self) -> dict[str, Any]:
        known: dict[str, Any] | None = vars(self).get("environ")
        if known is not None:
            return known
        assert self._opening is not None
        environ = self._opening.environ()
        assert environ is not None
        environ["greennow.token"] = offered_token(environ)
        return environ

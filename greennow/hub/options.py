"""The options of a `Now`: their names, defaults and checks."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from ..core.carriers import ACK_ROOM, JOINED
from ..core.limits import Limits
from ..core.values import share
from .around import Around

#: What bounds a session when no option says otherwise.
_DEFAULT = Limits()


@dataclass(frozen=True)
class Options:
    """How one `Now` behaves. See ``docs/reference/server.md`` for each.

    Durations are in seconds, sizes in bytes.
    """

    client_write: bool | Collection[str] | Callable[..., Any] = True
    serve_client: bool = True
    path: str = "/nowjs"
    scope: str = "window"
    client_options: Mapping[str, Any] = field(default_factory=dict)
    allowed_origins: Collection[str] | str | None = None
    trusted_proxies: Collection[str] = ()
    authenticate: Callable[[dict[str, Any]], Any] | None = None
    session: Callable[[dict[str, Any]], Any] | None = None
    around: Around | None = None
    heartbeat: float = 20.0
    resume_window: float = 15.0
    resume_buffer: int = _DEFAULT.resume_buffer
    send_buffer: int = _DEFAULT.send_buffer
    max_message: int = _DEFAULT.max_message
    max_depth: int = _DEFAULT.max_depth
    max_names: int = _DEFAULT.max_names
    max_callbacks: int = _DEFAULT.max_callbacks
    max_calls: int = _DEFAULT.max_calls
    max_groups: int = 1_000
    max_rate: float | None = None
    max_clients: int | None = None
    callback_timeout: float | None = _DEFAULT.callback_timeout
    drain_timeout: float = 10.0
    debug: bool = False

    @classmethod
    def make(cls, options: Mapping[str, Any]) -> Options:
        """Return the options that were given, checked.

        Raises:
            TypeError: an option is unknown, or of a wrong kind.
            ValueError: an option is out of range.
        """
        known = {field.name for field in fields(cls)}
        for name in options:
            if name not in known:
                raise TypeError(f"unknown option {name!r}; there are: {', '.join(sorted(known))}")
        made = cls(**options)
        made._check()
        return made

    def changed(self, options: Mapping[str, Any]) -> Options:
        """Return these options with others in their place; raises as `make` does."""
        return Options.make({**{field.name: getattr(self, field.name) for field in fields(self)}, **options})

    def _check(self) -> None:
        self._check_numbers()
        self._check_texts()
        self._check_lists()
        for name in ("authenticate", "session", "around"):
            value = getattr(self, name)
            if value is not None and not callable(value):
                raise TypeError(f"option {name} is a function, not {value!r}")
        for name in ("serve_client", "debug"):
            if not isinstance(getattr(self, name), bool):
                raise TypeError(f"option {name} is True or False, not {getattr(self, name)!r}")
        share(self.client_options, root="option client_options")

    def _check_numbers(self) -> None:
        for name, least in _LEAST.items():
            value = getattr(self, name)
            if value is None and name in _MAY_BE_NONE:
                continue
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                raise TypeError(f"option {name} is a number, not {value!r}")
            if not value >= least:  # NaN is neither
                raise ValueError(f"option {name}={value!r} is below {least}")

    def _check_texts(self) -> None:
        if not re.fullmatch(r"(/[A-Za-z0-9._~-]+)+", self.path):
            raise ValueError(f"option path={self.path!r} is no path such as '/nowjs'")
        if not re.fullmatch(r"window(\.[A-Za-z_$][\w$]*)*", self.scope):
            raise ValueError(f"option scope={self.scope!r} is no place such as 'window' or 'window.b'")

    def _check_lists(self) -> None:
        if not (
            isinstance(self.client_write, bool) or callable(self.client_write) or _is_list(self.client_write)
        ):
            raise TypeError(
                "option client_write is a bool, a list of patterns, or a function of path and value"
            )
        if self.allowed_origins not in (None, "*") and not _is_list(self.allowed_origins):
            raise TypeError(
                f"option allowed_origins is None, '*' or a list of origins, not {self.allowed_origins!r}"
            )
        for origin in self.allowed_origins or ():
            if self.allowed_origins != "*" and not _ORIGIN.fullmatch(origin):
                raise ValueError(
                    f"option allowed_origins: {origin!r} is no origin such as 'https://example.org' or "
                    "'http://localhost:8000'"
                )
        if not _is_list(self.trusted_proxies):
            raise TypeError(f"option trusted_proxies is a list of addresses, not {self.trusted_proxies!r}")

    @property
    def limits(self) -> Limits:
        """The bounds of each session."""
        ours = {
            "max_incoming": max(self.max_message, JOINED) + ACK_ROOM,
            "max_borrowed": self.max_callbacks,
        }
        return Limits(**{name: getattr(self, name) for name in Limits._fields if name not in ours}, **ours)


#: What browsers send: a scheme and a host, or "null" for a page without either.
_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^/\s]+|null")


def _is_list(value: Any) -> bool:
    """Is it a list of texts?"""
    is_list = isinstance(value, Collection) and not isinstance(value, (str, bytes, Mapping))
    return is_list and all(isinstance(item, str) for item in value)


#: The numbers that may be None: no bound.
_MAY_BE_NONE = ("max_rate", "max_clients", "callback_timeout")

#: The least that each number may be.
_LEAST: Mapping[str, float] = {
    "heartbeat": 0.1,
    "resume_window": 0,
    "resume_buffer": 0,
    "send_buffer": 65_536,
    "max_message": 1_024,
    "max_depth": 2,
    "max_names": 1,
    "max_callbacks": 0,
    "max_calls": 1,
    "max_groups": 0,
    "max_rate": 1,
    "max_clients": 0,
    "callback_timeout": 0.1,
    "drain_timeout": 0,
}

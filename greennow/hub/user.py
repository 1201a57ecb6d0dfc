"""A client's bag."""

from __future__ import annotations

from typing import Any


class User:
    """A client's bag: what the application knows of it, never shared with it.

    Any attribute may be set. Made from the request that opened the link.
    """

    client_id: str
    cookies: dict[str, str]
    headers: dict[str, str]
    environ: dict[str, Any]
    identity: Any
    session: Any

    def __init__(self, **known: Any) -> None:
        self.__dict__.update(known)

    def __repr__(self) -> str:
        return f"<User {self.__dict__.get('client_id', '')}>"

"""A client's bag."""

from __future__ import annotations

from typing import Any


def is_same(one: Any, other: Any) -> bool:
    """Do two identities stand for the same person or program?

    Equal ones do; and of a class that does not say what is equal, those with the same attributes.
    """
    if one is other:
        return True
    try:
        equal: Any = type(one).__eq__
        if equal is object.__eq__:
            return type(one) is type(other) and vars(one) == vars(other)
        return bool(one == other)
    except Exception:
        return False


def identity_of(user: User) -> Any:
    """Return what `authenticate` gave, before the program could change it."""
    return getattr(user, "identity", None)


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

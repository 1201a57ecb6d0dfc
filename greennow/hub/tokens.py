"""Which session a private token resumes."""

from __future__ import annotations

import secrets
from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .client import Client

#: How many bytes a token has.
_SIZE = 16


class Tokens:
    """The tokens that are good: one a session, and the one before it until the newer has arrived.

    They are looked up by a keyed hash. So how long that takes tells nothing of how much of a guess is right.
    """

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        #: Sessions by the hash of what resumes them.
        self._clients: dict[bytes, Client] = {}

    def __len__(self) -> int:
        return len(self._clients)

    def find(self, token: bytes | None) -> Client | None:
        """Return the client whose session a token resumes."""
        if token is None or len(token) != _SIZE:
            return None
        return self._clients.get(self._hash(token))

    def renew(self, client: Client, presented: bytes) -> None:
        """Give the client a new token; the one it presented stays good until the new one has arrived."""
        for token in (client.previous_token, client.token):
            if token and token != presented:
                self._drop(token)
        client.previous_token, client.token = presented, secrets.token_bytes(_SIZE)
        self._clients[self._hash(client.token)] = client

    def arrived(self, client: Client) -> None:
        """The client has said something since the last welcome: its older token is void."""
        self._drop(client.previous_token)
        client.previous_token = b""

    def forget(self, client: Client) -> None:
        """The session is over."""
        self._drop(client.token)
        self._drop(client.previous_token)

    def _drop(self, token: bytes) -> None:
        if token:
            self._clients.pop(self._hash(token), None)

    def _hash(self, token: bytes) -> bytes:
        return blake2b(token, key=self._key, digest_size=_SIZE).digest()

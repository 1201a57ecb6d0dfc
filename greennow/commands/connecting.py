"""Connecting to a server, as the commands for clients do it."""

from __future__ import annotations

import logging
from argparse import Namespace
from typing import Any

from ..client import Client, connect
from .errors import CommandError

#: How long the server may take to be there, in seconds.
_PATIENCE = 10.0


def connected(given: Namespace, **arguments: Any) -> Client:
    """Connect to the server that the command line names.

    Args:
        given: the command line.
        arguments: further ones of `connect`.

    Raises:
        ConnectError: the server is not there, or refuses.
        CommandError: the address or a header has a wrong form.
    """
    logging.getLogger("greennow").setLevel(logging.ERROR)  # why a client has ended is said by the command
    timeout = given.timeout or _PATIENCE
    try:
        return connect(given.url, timeout=timeout, token=given.token, headers=dict(given.header), **arguments)
    except ValueError as error:
        raise CommandError(str(error)) from None

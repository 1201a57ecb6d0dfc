"""``greennow call``: calls one function of a server's."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Mapping
from typing import Any, NoReturn

from ..core.stream import Stream
from .connecting import connected
from .errors import CommandError
from .printing import print_json
from .waiting import result_of


def run(given: Namespace) -> int:
    """Print what the function returns, as JSON; of a stream each item as it comes, on a line of its own.

    Raises:
        NowError: the server cannot be reached, or the function failed.
        TimeoutError: the answer did not come in time.
    """
    with connected(given) as client:
        function = _function(client.now, given.name)
        reply = function(*map(_value, given.values))
        result = result_of(reply, given.timeout)
        for value in result if isinstance(result, Stream) else [result]:
            print_json(value)
    return 0


def _function(now: Any, name: str) -> Any:
    found = now
    for part in name.split("."):
        if not isinstance(found, Mapping) or part not in found:
            raise CommandError(f"there is no now.{name}")
        found = found[part]
    if not callable(found):
        raise CommandError(f"now.{name} is no function")
    return found


def _value(text: str) -> Any:
    """Return what the text is in JSON; what is not JSON is taken as text."""
    try:
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return text


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")

"""A chat: names, who is here, and the latest messages for whoever comes.

Start it with ``python server.py`` and open the address that it prints in two windows.
"""

import itertools
import time
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import greennow
from greennow import Refused, RemoteError, everyone, this

PAGE = Path(__file__).parent / "page"

# Pages show each message once, by its number. Begun at the clock, numbers grow even across restarts.
numbers = itertools.count(int(time.time() * 1000))

everyone.now.people = {}  # names by client id
everyone.now.recent = []  # the latest messages


@everyone.expose
def distribute_message(text: Any) -> None:
    """Passes a message of this client's on to everybody."""
    if not has_name():
        raise RemoteError("say who you are first")
    if not isinstance(text, str) or not text.strip() or len(text) > 500:
        raise RemoteError("a message has 1 to 500 characters")
    message = {
        "number": next(numbers),
        "client_id": this.client_id,
        "name": this.now.name,
        "text": text.strip(),
        "sent": datetime.now(timezone.utc),
    }
    everyone.now.recent.append(message)
    del everyone.now.recent[:-30]
    everyone.now.receive_message(message)


def has_name() -> bool:
    """Has this client said its name? It may have set a function, of which `client_write` is not asked."""
    return isinstance(this.now.get("name"), str)


@greennow.on("connect")
@greennow.on("change")
def introduce() -> None:
    """Tells everybody this client's name, the first one and each later one."""
    if has_name():
        everyone.now.people[this.client_id] = this.now.name


@greennow.on("disconnect")
def take_leave(client_id: str) -> None:
    """Tells everybody that this client is no longer here."""
    everyone.now.people.pop(client_id, None)


def client_write(path: tuple[str | int, ...], value: Any) -> bool:
    """Clients may write their name, if it is one, and no other data."""
    if path == ("name",) and not (isinstance(value, str) and value.strip() and len(value) <= 20):
        raise Refused("a name has 1 to 20 characters")
    return path == ("name",)


if __name__ == "__main__":
    greennow.serve(PAGE, client_write=client_write)

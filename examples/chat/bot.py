"""A bot for the chat: greets newcomers by name, tells the time and rolls dice.

Start it with ``python bot.py http://127.0.0.1:8080``.
"""

import random
import re
import sys
from datetime import datetime
from typing import Any

from greennow.client import connect

#: ``!roll``, or with a number of dice, at most 50, and of their sides: ``!roll 2d6``.
ROLL = re.compile(r"!roll(?: +([1-9]|[1-4]\d|50)d([1-9]\d{0,2}))?")


def answer(text: str) -> str | None:
    """Return what the bot says to a message, if anything."""
    if text == "!time":
        return f"It is {datetime.now().astimezone():%H:%M}."
    if text.startswith("!roll"):
        asked = ROLL.fullmatch(text)
        return roll(int(asked[1] or 1), int(asked[2] or 6)) if asked else "Roll dice like this: !roll 2d6"
    return None


def roll(count: int, sides: int) -> str:
    """Return what so many dice show."""
    shown = [random.randint(1, sides) for _ in range(count)]  # noqa: S311, no secret depends on it
    return f"{' + '.join(map(str, shown))} = {sum(shown)}" if count > 1 else f"{shown[0]}"


def main(url: str) -> None:
    """Takes part in the chat at this address until it is closed for good, or Ctrl-C."""
    with connect(url, timeout=None) as client:
        now = client.now
        now.name = "bot"
        met = set(now.people)

        def receive_message(message: dict[str, Any]) -> None:
            reply = answer(message["text"])
            if reply is not None:
                now.distribute_message(reply)

        def greet(people: dict[str, str]) -> None:
            for client_id, name in people.items():
                if client_id not in met and client_id != client.client_id:
                    now.distribute_message(f"Hello {name}! I know !time and !roll 2d6.")
            met.update(people)

        now.receive_message = receive_message
        client.watch("people", greet)
        client.wait()


if __name__ == "__main__":
    main(sys.argv[1])

"""The chat in a terminal: what others say appears above the line that you type.

Start it with ``python terminal.py http://127.0.0.1:8080 ann``. Without a terminal it says each line
that it is given.
"""

import getpass
import logging
import re
import sys
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import suppress
from typing import Any

from prompt_toolkit import PromptSession
from prompt_toolkit.patch_stdout import patch_stdout

from greennow.client import Client, ConnectError, RemoteError, connect

#: What could move the cursor, clear the screen, or turn the text around.
UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


class Chat:
    """One who takes part in the chat. All but `say` runs on the client's thread."""

    def __init__(self, client: Client) -> None:
        self.client = client
        #: The number of the last message shown; one may come twice, as news and among the recent ones.
        self.last = 0
        client.now.receive_message = self.receive
        client.on("ready", self.show_recent)
        client.on("disconnect", lambda: show("* reconnecting…"))
        client.on("reconnect", self.come_back)
        client.on("error", lambda error: show(f"* {getattr(error, 'reason', error)}"))

    def say(self, text: str) -> None:
        """Does what a line asks for."""
        command, _, rest = text.partition(" ")
        if command == "/name":
            self.client.now.name = rest.strip()
        elif command == "/people":
            show(f"* here: {', '.join(self.client.snapshot('people').values())}")
        elif text.strip():
            self.client.now.distribute_message(text).add_done_callback(self.show_outcome)

    def receive(self, message: dict[str, Any]) -> None:
        """Shows a message that has just been sent, and what was missed before it."""
        self.show_recent()
        self.show_message(message)

    def come_back(self) -> None:
        """Shows what was said while there was no line."""
        show("* connected again")
        self.show_recent()

    def show_recent(self) -> None:
        """Shows the latest messages that were not shown yet."""
        for message in self.client.snapshot("recent"):
            self.show_message(message)

    def show_message(self, message: dict[str, Any]) -> None:
        """Shows a message, once. Who types one sees it already."""
        if message["number"] > self.last:
            self.last = message["number"]
            if not (sys.stdin.isatty() and message["client_id"] == self.client.client_id):
                show(f"{message['sent'].astimezone():%H:%M} {message['name']}: {message['text']}")

    def show_outcome(self, reply: Future[Any]) -> None:
        """Tells why a message was not passed on."""
        error = reply.exception()
        if error is not None:
            show(f"* not sent: {error.message if isinstance(error, RemoteError) else error}")


def show(text: str) -> None:
    """Shows a line, above the one that is being typed."""
    print(UNSEEN.sub("\N{REPLACEMENT CHARACTER}", text), flush=True)


def lines() -> Iterator[str]:
    """Yields what is typed, or what there is to read where nobody types."""
    if not sys.stdin.isatty():
        yield from (line.rstrip("\n") for line in sys.stdin)
        return
    session: PromptSession[str] = PromptSession("> ")
    with patch_stdout(), suppress(EOFError):
        while True:
            yield session.prompt()


def main(url: str, name: str) -> None:
    """Takes part in the chat at this address until Ctrl-D or Ctrl-C."""
    logging.getLogger("greennow").addHandler(logging.NullHandler())  # errors are lines of the chat
    try:
        client = connect(url)
    except ConnectError as error:
        raise SystemExit(f"terminal.py: {error}") from None
    with client, suppress(KeyboardInterrupt):
        client.now.name = name
        chat = Chat(client)
        for line in lines():
            chat.say(line)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else getpass.getuser())

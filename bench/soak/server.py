"""The server of a soak: it counts what it hears of each client, calls each of them, and writes."""

from __future__ import annotations

import gc
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from gevent.event import Event
from gevent.socket import wait_read

from greennow import Now
from greennow.core.context import This
from greennow.testing import assert_no_leaks

from ..memory import resident

#: Calls of each client that are under way at once.
UNDER_WAY = 4

#: How many names both ends write.
NAMES = 23

#: After so many calls something is written for everyone.
_ROUND = 200

#: How long a session waits for a client, in seconds: longer than the slowest machine lets it wait.
_WINDOW = 120.0


class Conversation:
    """What is said to one client, and heard of it."""

    def __init__(self, client: Any, soaked: Soaked) -> None:
        self._client = client
        self._soaked = soaked
        #: Calls of its that have run, and that were made of it and answered.
        self.heard = self.made = self.answered = 0

    def hear(self, number: int) -> int:
        """Its next call: they come once, and in order."""
        if number != self.heard:
            self._soaked.wrong.append(f"{self._client}: heard call {number} instead of {self.heard}")
        self.heard += 1
        if number % 2:  # over what it has just written, and does not know yet to be written here
            self._client.now.both[f"name{number % NAMES}"] = -number
        self._soaked.count()
        return number

    def begin(self) -> None:
        """Keep calls under way."""
        for _ in range(UNDER_WAY):
            self._call()

    def _call(self) -> None:
        number = self.made
        self.made += 1
        now = self._client.now
        now.told = {"number": number, "text": "é" * (number % 7)}
        if number % 11 == 0:
            now.trail = [number]
        now.hear(number).add_done_callback(lambda reply: self._answered(number, reply))

    def _answered(self, number: int, reply: Any) -> None:
        if reply.exception() is not None or reply.result() != number:
            self._soaked.wrong.append(f"{self._client}: call {number} gave {reply!r}")
        self.answered += 1
        self._soaked.count()
        if self._soaked.goes_on:
            self._call()
        elif self.answered == self.made:
            self._soaked.has_answered.set()

    def rest(self) -> None:
        """Return when all was answered, and the client has seen what was written."""
        while self.answered < self.made:
            self._soaked.has_answered.clear()
            self._soaked.has_answered.wait()
        self._client.now.nothing().result()

    def state(self) -> dict[str, Any]:
        """Return what the client is to say, too. Functions are left out: those are others at each end."""
        names = self._client.now.to_plain()
        data = {name: value for name, value in names.items() if not callable(value)}
        return {"heard": self.made, "made": self.heard, "now": data}


class Soaked:
    """A `Now` with what the clients call."""

    def __init__(self) -> None:
        self.now = now = Now(resume_window=_WINDOW)
        self._this = This(now.context)
        #: By the numbers that the clients go by.
        self._conversations: dict[int, Conversation] = {}
        #: Are calls made? And are sessions to last?
        self.goes_on = True
        self._lasts = True
        #: Set when a client has answered the last one.
        self.has_answered = Event()
        #: Calls that have run here or were answered, and links that went on where another had broken.
        self.calls = self.resumed = 0
        #: What should not have happened.
        self.wrong: list[str] = []
        now.everyone.expose("begin")(self._begin)
        now.everyone.expose("tell")(self._tell)
        now.on("resumed", self._count_resumed)
        now.on("disconnect", self._note_gone)

    def _begin(self, who: int) -> None:
        self._this.user.conversation = self._conversations[who] = Conversation(self._this.client, self)

    def _tell(self, number: int) -> int:
        conversation: Conversation = self._this.user.conversation
        return conversation.hear(number)

    def _count_resumed(self) -> None:
        self.resumed += 1

    def _note_gone(self, client_id: str) -> None:
        if self._lasts:
            self.wrong.append(f"the session of {client_id} has ended")

    def count(self) -> None:
        """A call has run here, or was answered."""
        self.calls += 1
        if self.calls % _ROUND == 0:
            self.now.everyone.now.round = self.calls // _ROUND

    # What is asked of it.

    def begin(self) -> None:
        """Call each client."""
        for conversation in self._conversations.values():
            conversation.begin()

    def progress(self) -> tuple[int, int]:
        """Return how many calls there were, and the bytes in memory."""
        return self.calls, resident()

    def finish(self) -> None:
        """Make no more calls."""
        self.goes_on = False

    def rest(self) -> None:
        """Return when all is answered."""
        for conversation in self._conversations.values():
            conversation.rest()

    def state(self) -> dict[int, dict[str, Any]]:
        """Return what each client is to say, too. Then they may go."""
        self._lasts = False
        return {who: one.state() for who, one in self._conversations.items()}

    def left(self) -> str:
        """Return what is left over, now that the clients have gone; nothing, if all is well."""
        self._conversations.clear()
        if self.now.clients:
            return f"clients: {len(self.now.clients)}"
        gc.collect()
        try:
            assert_no_leaks(self.now)
        except AssertionError as error:
            return str(error)
        return ""


def serve(control: Connection[Any, Any]) -> None:
    """Serve; answer questions, until nobody is there to ask."""
    soaked = Soaked()
    answers: dict[str, Callable[[], Any]] = {
        "begin": soaked.begin,
        "progress": soaked.progress,
        "finish": soaked.finish,
        "rest": soaked.rest,
        "state": soaked.state,
        "resumed": lambda: soaked.resumed,
        "wrong": lambda: soaked.wrong,
        "left": soaked.left,
    }
    server = soaked.now.start(port=0)
    control.send(server.port)
    while True:
        wait_read(control.fileno())
        try:
            question = control.recv()
        except EOFError:
            server.stop()
            return
        control.send(answers[question]())

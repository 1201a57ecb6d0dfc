"""A link whose every frame a test moves by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from greennow.core.codec import Codec
from greennow.core.errors import Disconnected
from greennow.core.messages import Bye, Hello, Message
from greennow.core.referring import NoFunctions
from greennow.hub.client import Client
from greennow.hub.user import User

if TYPE_CHECKING:
    from .world import World


class Wire:
    """A link between two ends: frames under way, each direction in its order."""

    def __init__(self, world: World, end: Any) -> None:
        self.world = world
        self.end = end
        self.to_server: list[bytes] = []
        self.to_client: list[bytes] = []
        self.client: Client | None = None
        self.is_open = True
        self.has_heard = self.has_said = True
        self._codec = Codec(NoFunctions(), world.hub.limits)

    # The server's side of it.

    def wake(self) -> None:
        """The server's session has something: it leaves at the end of the step, see `World.pump`."""

    def say(self, message: Message) -> None:
        self.pump()
        codec = self.client.peer.codec if self.client else self._codec
        self.to_client.append(codec.encode(message))

    def close(self, code: int, reason: str) -> None:
        self.break_off()

    def checked(self) -> None:
        """No check of this world's waits."""

    def lost(self, reason: str) -> None:
        self.break_off()

    def pump(self) -> None:
        client = self.client
        if client is None or client.link is not self:
            return
        session = client.peer.session
        while session.has_to_send and not session.is_blocked:
            data = session.take()
            if data:
                self.to_client.append(data)

    def deliver_to_server(self) -> None:
        data = self.to_server.pop(0)
        codec = self.client.peer.codec if self.client else self._codec
        for message in codec.decode(data):
            self._handle(message)

    def _handle(self, message: Message) -> None:
        if self.client is None:
            assert isinstance(message, Hello)
            client = self.world.hub.hello(message, self, User)
            if client is not None and client.scope in self.world.names:
                self.world.resumed += 1
            if client is not None:
                self.client = client
                self.world.joined(client, self)
        elif self.client.link is not self:
            self.break_off()
        elif isinstance(message, Bye):
            self.client.end(Disconnected())
        else:
            self.world.hub.tokens.arrived(self.client)
            self.client.peer.handle(message)

    def break_off(self) -> None:
        """Both ends notice; everything under way is lost."""
        if not self.is_open:
            return
        self.is_open = False
        self.to_server.clear()
        self.to_client.clear()
        if self.client is not None:
            self.client.link_lost(self)
        self.end.wire_lost(self)

"""The connections between the server and the harness's clients: what is on its way, and the scissors.

Both ends of such a connection are in this process. So how many bytes went in at one end and came out at
the other is known, and what the kernel still has is known with it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from ..hub.client import Client
from ..hub.hub import Hub
from ..hub.user import User
from ..server.greenlets import GreenletShell
from ..server.link import Link
from ..server.wsgi import Serving

#: Host and port of the client's end.
Address: TypeAlias = "tuple[str, int]"


class Wire:
    """One connection, from both ends."""

    def __init__(self, shell: GreenletShell, identity: Any = None) -> None:
        #: Told of every byte.
        self.shell = shell
        #: What `authenticate` is to give for the client, if not None.
        self.identity = identity
        #: Bytes that the kernel took and gave out, once the connection is a WebSocket.
        self.sent_by_client = self.read_by_server = 0
        self.sent_by_server = self.read_by_client = 0
        #: Does the client read what comes? And has it read the end?
        self.client_reads = True
        self.client_read_end = False
        #: Is it cut? Then nothing comes out any more, not even what went in before.
        self.is_cut = False
        #: Does everything vanish from now on, and neither end know?
        self.is_half_open = False
        #: Has this end closed?
        self.client_closed = False
        self.server_closed = False
        #: The server's half, once the connection is a WebSocket.
        self.link: Link | None = None

    @property
    def carries(self) -> bool:
        """Is anything on its way that will arrive by itself?"""
        return self._carries_to_client or self._carries_to_server

    @property
    def _carries_to_client(self) -> bool:
        if self.client_closed or self.client_read_end or not self.client_reads:
            return False
        return self.server_closed or self.sent_by_server != self.read_by_client

    @property
    def _carries_to_server(self) -> bool:
        """What the server cannot read, while it checks a write, is not on its way."""
        if self.server_closed or self._is_checking:
            return False
        return self.client_closed or self.sent_by_client != self.read_by_server

    @property
    def client(self) -> Client | None:
        """The client as the server has it, once it has said hello."""
        return self.link.client if self.link is not None else None

    @property
    def _is_checking(self) -> bool:
        return self.client is not None and self.client.writes.is_checking


class ServerSocket:
    """The server's end of a wire: a socket that counts, and fails once the wire is cut."""

    def __init__(self, socket: Any, wire: Wire) -> None:
        self._socket = socket
        self._wire = wire

    def recv(self, size: int) -> bytes:
        """Read what is there."""
        self._check()
        data: bytes = self._socket.recv(size)
        self._wire.read_by_server += len(data)
        self._wire.shell.progressed()
        return data

    def send(self, data: bytes) -> int:
        """Send as much as the kernel takes."""
        self._check()
        sent: int = self._socket.send(data)
        self._wire.sent_by_server += sent
        self._wire.shell.progressed()
        return sent

    def close(self) -> None:
        """Close this end."""
        self._socket.close()
        self._wire.server_closed = True
        self._wire.shell.progressed()

    def _check(self) -> None:
        if self._wire.is_cut:
            raise ConnectionResetError("the harness has cut the line")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._socket, name)


class WiredServing(Serving):
    """Opens links over wires, and knows the identities of those at the other end."""

    def __init__(self, shell: GreenletShell) -> None:
        super().__init__()
        self._shell = shell
        #: The wires of the harness's clients by their address, as both ends know it.
        self._wires: dict[Address, Wire] = {}

    def expect(self, address: Address, wire: Wire) -> None:
        """A client of the harness's is about to open a link."""
        self._wires[address] = wire

    def forget(self, wire: Wire) -> None:
        """It opens none after all."""
        wire.client_closed = wire.server_closed = True

    @property
    def wires(self) -> list[Wire]:
        """The wires of the harness's clients, but for those that both ends have closed."""
        self._wires = {
            address: wire
            for address, wire in self._wires.items()
            if not (wire.client_closed and wire.server_closed)
        }
        return list(self._wires.values())

    def open_link(self, hub: Hub, socket: Any, make: Callable[[], User]) -> Link:
        """Begin to speak over an upgraded socket, whoever is at the other end."""
        wire = self._wires.get(socket.getpeername()[:2]) or Wire(self._shell)

        def make_with_identity() -> User:
            user = make()
            user.identity = user.identity if wire.identity is None else wire.identity
            return user

        wire.link = super().open_link(hub, ServerSocket(socket, wire), make_with_identity)
        return wire.link

    def authenticate(self, environ: dict[str, Any], authenticate: Callable[[dict[str, Any]], Any]) -> Any:
        """Return the identity that the harness knows, else what the program's own function returns."""
        wire = self._wires.get((environ["REMOTE_ADDR"], int(environ["REMOTE_PORT"])))
        return authenticate(environ) if wire is None or wire.identity is None else wire.identity

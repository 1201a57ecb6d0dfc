"""The workloads of the hot path: from the bytes of a client to the bytes of the server, but where noted."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import cbor2

from greennow.core.cbor import FUNCTION_TAG
from greennow.core.shapes import ACK, CALL, REPLY, WRITE
from greennow.server.websocket import FrameReader, masked_frame

from .counting import Counter, Workload
from .ends import Client, Server, python_client, settle

#: How many clients are told what is for everyone.
CLIENTS = 100

#: What they are told, so long that the whole call is 100 bytes.
TEXT = "x" * 85


def frames_of_a_read(rounds: Iterator[Counter]) -> None:
    """A hundred small frames, masked as a client's are, become messages; nothing is done with them."""
    data = b"".join(masked_frame(cbor2.dumps([CALL, 1, ["add"], [1, 2]])) for _ in range(100))
    reader = FrameReader(max_message=1 << 20)
    for counting in rounds:
        with counting:
            events = reader.feed(data)
        assert len(events) == 100


def call_alone(rounds: Iterator[Counter]) -> None:
    """One call arrives, and is answered."""
    with Server() as server:
        server.everyone.expose(add)
        client = server.client()
        for counting in rounds:
            client.say(client.call("add", 1, 2))
            with counting:
                settle(client)
            assert values(client.hear()) == [3]


def calls_of_a_read(rounds: Iterator[Counter]) -> None:
    """A hundred calls arrive together, each in its frame, and are answered."""
    with Server() as server:
        server.everyone.expose(add)
        client = server.client()
        for counting in rounds:
            client.say(*(client.call("add", 1, 2) for _ in range(100)))
            with counting:
                settle(client)
            assert values(client.hear()) == [3] * 100


def callback(rounds: Iterator[Counter]) -> None:
    """A call arrives with a function, which the server calls, waiting for its answer before it answers."""
    with Server() as server:
        server.everyone.expose(ask)
        client = server.client()
        for counting in rounds:
            client.say(client.call("ask", cbor2.CBORTag(FUNCTION_TAG, [0, 0])))
            with counting:
                settle(client)
            _, number, handle, arguments = client.hear()[-1]
            assert (handle, arguments) == (0, [1])
            client.say([REPLY, number, 2])
            with counting:
                settle(client)
            assert values(client.hear()) == [2]


def fan_out(rounds: Iterator[Counter]) -> None:
    """One call for everyone, told to 100 clients."""
    with Server() as server:
        clients = server.clients(CLIENTS)
        for counting in rounds:
            with counting:
                server.everyone.now.receive(TEXT)
                settle(*clients)
            assert all_heard(clients) == [[CALL, 0, ["receive"], [TEXT]]] * CLIENTS


def broadcasts_of_a_turn(rounds: Iterator[Counter]) -> None:
    """Twenty calls for everyone in one turn of the loop, told to 100 clients."""
    with Server() as server:
        clients = server.clients(CLIENTS)
        for counting in rounds:
            with counting:
                for _ in range(20):
                    server.everyone.now.receive(TEXT)
                settle(*clients)
            assert len(all_heard(clients)) == 20 * CLIENTS


def variable(rounds: Iterator[Counter]) -> None:
    """One variable of everyone's is changed, and 100 clients are told."""
    with Server() as server:
        clients = server.clients(CLIENTS)
        for value, counting in enumerate(rounds):
            with counting:
                server.everyone.now.value = value
                settle(*clients)
            assert all_heard(clients) == [[WRITE, [[["value"], value]]]] * CLIENTS


def write_into_large_tree(rounds: Iterator[Counter]) -> None:
    """A client writes one of 10,000 names, and is told that it has arrived."""
    with Server() as server:
        client = server.client()
        server.everyone.now.table = {f"name{number}": number for number in range(10_000)}
        settle(client)
        client.hear()
        for value, counting in enumerate(rounds):
            client.say([WRITE, [[["table", "name5000"], str(value)]]], [ACK, 1, True])
            with counting:
                settle(client)
            assert client.hear() == [[ACK, value + 2]]
            assert server.now.get_client(client.client_id).now.table.name5000 == str(value)


def hello_to_ready(rounds: Iterator[Counter]) -> None:
    """A client asks for a link over HTTP, introduces itself, and is ready."""
    with Server() as server:
        server.everyone.now.value = 1
        for counting in rounds:
            client = server.new_client()
            client.connect(partial(settled, counting, client))
            client.close()


def resume(rounds: Iterator[Counter]) -> None:
    """A client whose line broke comes back to its session, and is told the ten messages that it lacks."""
    with Server() as server:
        client = server.client()
        for counting in rounds:
            client.close()
            for _ in range(10):
                server.everyone.now.receive(TEXT)
            client.open()
            settled(counting, client)
            client.hello()
            settled(counting, client)
            welcome, *others = client.hear()
            assert welcome[1]["resumed"]
            assert [message[0] for message in others].count(CALL) == 10


def call_of_python_client(rounds: Iterator[Counter]) -> None:
    """The Python client's end makes a call, and gets its answer; without its threads and its socket."""
    end, link = python_client()
    for number, counting in enumerate(rounds, 1):
        with counting:
            reply = end.now.add(1, 2)
            said = end.take(link)
            end.receive(link, cbor2.dumps([ACK, number + 1]) + cbor2.dumps([REPLY, number, 3]))
            assert reply.result() == 3
        assert said.endswith(cbor2.dumps([CALL, number, ["add"], [1, 2]])), said


#: All of them, by what they are called in the record.
WORKLOADS: dict[str, Workload] = {
    "100 frames of one read": frames_of_a_read,
    "a call alone": call_alone,
    "100 calls of one read": calls_of_a_read,
    "a callback, there and back": callback,
    "a call to 100 clients": fan_out,
    "20 calls in one turn to 100 clients": broadcasts_of_a_turn,
    "a variable changed, 100 clients": variable,
    "a client's write into 10,000 names": write_into_large_tree,
    "from the request to ready": hello_to_ready,
    "a resume": resume,
    "a call at the Python client's end": call_of_python_client,
}


# What the server's program has.


def add(a: int, b: int) -> int:
    """Return the sum."""
    return a + b


def ask(function: Any) -> Any:
    """Return what the function returns."""
    return function(1).result()


# What happens in most of them.


def settled(counting: Counter, client: Client) -> None:
    """Count what the server does until the client has an answer."""
    with counting:
        settle(client)


def values(messages: list[list[Any]]) -> list[Any]:
    """Return what calls were answered with."""
    return [message[2] for message in messages if message[0] == REPLY]


def all_heard(clients: list[Client]) -> list[list[Any]]:
    """Return what all of these were told."""
    return [message for client in clients for message in client.hear()]

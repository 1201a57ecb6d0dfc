"""A chat with rooms: each is a group, with people, a topic and latest messages of its own.

Start it with ``python server.py`` and open the address that it prints in two windows.
"""

import argparse
import itertools
import re
import time
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from typing import Any

import greennow
from greennow import Group, RemoteError, everyone, this

PAGE = Path(__file__).parent / "page"
ROOM = re.compile(r"#[\w-]{1,20}")  # what a room, and so its group, may be called
ROOMS, RECENT, CLIENTS = 100, 30, 1000  # how many there may be of each

# Pages show each message once, by its number. Begun at the clock, numbers grow even across restarts.
numbers = itertools.count(int(time.time() * 1000))

everyone.now.rooms = {}  # how many people are in each room


@everyone.expose
def introduce(name: Any) -> None:
    """This client takes a name, its first or another."""
    this.user.name = checked(name, 20, "a name")
    for room in this.get_groups():
        greennow.get_group(room).now.people[this.client_id] = this.user.name


@everyone.expose
def change_room(name: Any) -> None:
    """Takes this client to a room, which is made if there is none of that name."""
    if not hasattr(this.user, "name"):
        raise RemoteError("say who you are first")
    if not isinstance(name, str) or not ROOM.fullmatch(name):
        raise RemoteError("a room is called # and 1 to 20 letters, digits, - and _")
    if name not in everyone.now.rooms and len(everyone.now.rooms) >= ROOMS:
        raise RemoteError("there are too many rooms already; choose one of them")
    if name not in this.get_groups():
        leave_room()
        greennow.get_group(name).add_user(this.client_id)


@everyone.expose
def leave_room() -> None:
    """Takes this client out of its room, if it is in one."""
    for room in this.get_groups():
        greennow.get_group(room).remove_user(this.client_id)


@everyone.expose
def distribute_message(text: Any) -> None:
    """Passes a message of this client's on to everybody in its room."""
    post(own_room(), checked(text, 500, "a message"), client_id=this.client_id, name=this.user.name)


@everyone.expose
def change_topic(topic: Any) -> None:
    """Sets the topic of this client's room."""
    own_room().now.topic = checked(topic, 80, "a topic")


@everyone.expose
def typing() -> None:
    """Tells all others in the room that this client is typing."""
    own_room().exclude(this.client_id).now.show_typing(this.client_id)


@greennow.on("newgroup")
def furnish(room: Group) -> None:
    """What the people of a new room see, until they leave it."""
    room.now.room = room.name
    room.now.topic = ""
    room.now.people = {}  # names by client id
    room.now.recent = []  # the latest messages
    room.on("join", partial(joined, room))
    room.on("leave", partial(left, room))


def joined(room: Group, client_id: str) -> None:
    """Somebody has come into the room."""
    room.now.people[client_id] = this.user.name
    everyone.now.rooms[room.name] = room.count()
    post(room, f"{this.user.name} came in")


def left(room: Group, client_id: str) -> None:
    """Somebody has left the room, or closed the page; an empty room vanishes."""
    if room.count():
        del room.now.people[client_id]
        everyone.now.rooms[room.name] = room.count()
        post(room, f"{this.user.name} left")
    else:
        del everyone.now.rooms[room.name]
        greennow.remove_group(room.name)


def own_room() -> Group:
    """Return the room that this client is in."""
    for room in this.get_groups():
        return greennow.get_group(room)
    raise RemoteError("choose a room first")


def post(room: Group, text: str, **by: str) -> None:
    """Tells a room what somebody said, or what has happened there."""
    message = {"number": next(numbers), "text": text, "sent": datetime.now(timezone.utc), **by}
    room.now.recent.append(message)
    del room.now.recent[:-RECENT]
    room.now.receive_message(message)


def checked(text: Any, most: int, what: str) -> str:
    """Return the text without blanks around it, if it is text and not too long."""
    if not isinstance(text, str) or not 0 < len(text.strip()) <= most:
        raise RemoteError(f"{what} has 1 to {most} characters")
    return text.strip()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8080)
    # Pages write nothing: they call the functions above, which check what they are given.
    greennow.serve(PAGE, port=parser.parse_args().port, client_write=False, max_clients=CLIENTS)

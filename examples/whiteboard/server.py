"""A whiteboard that several people draw on at once. Each board is a group, and has an address.

Start it with ``python server.py`` and open the address that it prints in two windows.
"""

import argparse
import itertools
import re
from collections import deque
from functools import partial
from pathlib import Path
from typing import Any

from limits import BOARDS, CLIENTS, INKS, POINTS, STROKES, TOLD, WIDEST, are_points, check, is_number

import greennow
from greennow import Group, everyone, this

PAGE = Path(__file__).parent / "page"

numbers = itertools.count(1)  # of strokes: what has the higher one lies on top


@everyone.expose
def take_part(board: Any, name: Any, ink: Any) -> None:
    """Takes this client to a board, where it stays; there, gives it another name or ink."""
    check(isinstance(board, str) and re.fullmatch(r"[\w-]{1,30}", board), "no board can be called that")
    check(isinstance(name, str) and 0 < len(name.strip()) <= 20, "a name has 1 to 20 characters")
    check(is_number(ink, INKS - 1), "there is no such ink")
    if not this.get_groups():
        make_room(f"board {board}")
        greennow.get_group(f"board {board}").add_user(this.client_id)
        this.user.numbers = deque(maxlen=STROKES)  # of its strokes here
        this.user.number = ""  # of the one that it draws
    own_board().now.people[this.client_id] = {"name": name.strip(), "ink": ink}


@everyone.expose
def point(cursor: Any) -> None:
    """Shows where this client points; None is nowhere."""
    cursors = own_board().now.cursors
    if cursor is None:
        cursors.pop(this.client_id, None)
    else:
        check(are_points(cursor, 1), "this is no point")
        cursors[this.client_id] = cursor


@everyone.expose
def begin(ink: Any, width: Any, points: Any) -> None:
    """Begins a stroke of this client's: its pen is put down."""
    check(is_number(ink, INKS - 1) and is_number(width, WIDEST), "there is no such pen")
    check(are_points(points, POINTS), "these are no points, or too many")
    strokes = own_board().now.strokes
    complete(own_board())
    if len(strokes) >= STROKES:
        del strokes[next(iter(strokes))]  # the oldest
    this.user.number = str(next(numbers))
    this.user.numbers.append(this.user.number)
    strokes[this.user.number] = {"ink": ink, "width": width, "points": points, "done": False}


@everyone.expose
def draw(points: Any) -> None:
    """Lengthens the stroke that this client has begun, unless that was taken away meanwhile."""
    stroke = own_board().now.strokes.get(this.user.number)
    if stroke:
        check(are_points(points, POINTS - len(stroke["points"]) // 2), "these are no points, or too many")
        stroke["points"].extend(points)


@everyone.expose
def end() -> None:
    """This client's pen is up."""
    complete(own_board())


@everyone.expose
def undo() -> None:
    """Takes away the latest of this client's strokes that is still there."""
    strokes = own_board().now.strokes
    while this.user.numbers:
        if strokes.pop(this.user.numbers.pop(), None):
            return


@everyone.expose
def clear() -> None:
    """Takes away everybody's strokes."""
    own_board().now.strokes = {}


@greennow.on("newgroup")
def unroll(board: Group) -> None:
    """What those at a new board share, which outlasts them."""
    board.now.people = {}  # name and ink by client id
    board.now.cursors = {}  # x and y by client id
    board.now.strokes = {}  # ink, width, points, and whether it is done, by number
    board.on("leave", partial(left, board))


def left(board: Group, client_id: str) -> None:
    """Somebody has left the board, or closed the page; the strokes stay."""
    complete(board)
    board.now.people.pop(client_id, None)
    board.now.cursors.pop(client_id, None)


def complete(board: Group) -> None:
    """The stroke that this client draws, if it does, stays as it is."""
    stroke = board.now.strokes.get(this.user.number)
    if stroke:
        stroke["done"] = True
    this.user.number = ""


def make_room(name: str) -> None:
    """Wipes the first of the boards that nobody is at, where a new one would be too many."""
    boards = greennow.get_groups()
    if name not in boards and len(boards) >= BOARDS:
        deserted = [board for board in boards if not greennow.get_group(board).count()]
        check(deserted, "there are too many boards already")
        greennow.remove_group(deserted[0])


def own_board() -> Group:
    """Return the board that this client is at."""
    check(this.get_groups(), "take part first")
    return greennow.get_group(this.get_groups()[0])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8080)
    port = parser.parse_args().port
    # Pages write nothing: they call the functions above, which check what they are given.
    greennow.serve(PAGE, port=port, client_write=False, client_options=TOLD, max_clients=CLIENTS)

"""What may be on a board, and so what pages may send: it could stand on the public internet."""

from typing import Any

from greennow import RemoteError

BOARDS = 20  # how many there may be
CLIENTS = 500

# Pages know these as `now.core.options`. All of a full board goes to a newcomer in one message.
WIDTH, HEIGHT = 1600, 1000  # of every board
INKS = 6  # their colours are the page's own business
WIDEST = 40  # pen
STROKES = 800  # on a board
POINTS = 200  # of a stroke
TOLD = {"width": WIDTH, "height": HEIGHT, "points": POINTS}


def is_number(value: Any, most: int) -> bool:
    """Is it a whole number from 0 to this?"""
    return type(value) is int and 0 <= value <= most


def are_points(values: Any, most: int) -> bool:
    """Are these points of the board, as x, y, x, y: one or more, and no more than this?"""
    if not isinstance(values, list) or len(values) % 2 or not 0 < len(values) <= 2 * most:
        return False
    across, down = values[::2], values[1::2]
    return all(is_number(x, WIDTH) for x in across) and all(is_number(y, HEIGHT) for y in down)


def check(holds: Any, otherwise: str) -> None:
    """Answers a page's call with an error, unless something holds."""
    if not holds:
        raise RemoteError(otherwise)

"""What others say, made fit for a line of a log or for the sentence of an error."""

from __future__ import annotations

#: How many characters of it are shown.
SHOWN = 200


def one_line(text: str, most: int = SHOWN) -> str:
    """Return the text with what is no plain character spelled out, and its end left out where it is long.

    So it can forge no line of a log, colour nothing, and write nothing from right to left.
    """
    if len(text) <= most and text.isprintable():
        return text
    shown = "".join(map(_spelled, text[:most]))
    return shown if len(text) <= most else f"{shown}… ({len(text)} characters)"


def set_in(text: str) -> str:
    """Return a text of several lines so that none but the first can be taken for one of a log's own."""
    if text.isprintable():
        return text
    return "".join("\n  " if char == "\n" else char if char == "\t" else _spelled(char) for char in text)


def _spelled(char: str) -> str:
    return char if char.isprintable() else repr(char)[1:-1]

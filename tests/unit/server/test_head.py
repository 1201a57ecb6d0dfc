"""The head of a request, line by line."""

from __future__ import annotations

from io import BytesIO

import pytest

from greennow.server.head import MAX_HEAD, BadHead, HeadLines

GOOD = [b"Host: a\r\n", b"Host: a\n", b"X-Y_z.1: \xff\tb \r\n", b"a:\r\n", b"\r\n", b"\n"]

BAD: list[tuple[str, bytes]] = [
    ("no colon", b"Host\r\n"),
    ("no name", b": a\r\n"),
    ("a space ahead of the colon", b"Host : a\r\n"),
    ("a value that goes on in the next line", b" a\r\n"),
    ("a bare CR", b"a: b\rHost: c\r\n"),
    ("a NUL", b"a: b\0\r\n"),
    ("a name with what names do not have", b"a\xffb: c\r\n"),
]


@pytest.mark.parametrize("line", GOOD, ids=repr)
def test_a_header_is_one(line: bytes) -> None:
    assert HeadLines(BytesIO(line + b"rest\r\n")).readline(65_537) == line


@pytest.mark.parametrize(("name", "line"), BAD, ids=[case[0] for case in BAD])
def test_what_is_none_is_refused(name: str, line: bytes) -> None:
    with pytest.raises(BadHead) as caught:
        HeadLines(BytesIO(line)).readline()
    assert (str(caught.value), caught.value.status) == ("a line of the head is no header", "400")


def test_all_together_are_bounded() -> None:
    line = b"a: " + b"x" * 1_019 + b"\r\n"
    lines = HeadLines(BytesIO(line * 100))
    for _ in range(MAX_HEAD // len(line)):
        lines.readline()
    with pytest.raises(BadHead) as caught:
        lines.readline()
    assert (str(caught.value), caught.value.status) == ("the headers take more than 32768 bytes", "431")


@pytest.mark.parametrize("cut", [b"", b"Host: a"])
def test_an_end_ahead_of_the_end_is_no_end(cut: bytes) -> None:
    with pytest.raises(EOFError):
        HeadLines(BytesIO(cut)).readline()


def test_the_answer_says_why() -> None:
    assert BadHead("400 Bad Request", "no").answer == (
        b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n"
        b"Content-Length: 3\r\n\r\nno\n"
    )

"""What the whiteboard's server bounds, with more strokes and clients than pages in a browser make."""

from __future__ import annotations

import runpy
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from greennow import RemoteError
from greennow.testing import Harness

FOLDER = Path(__file__).parent.parent.parent / "examples" / "whiteboard"

#: A stroke as long as may be, of numbers that take the most bytes.
LONGEST = [1600, 1000] * 200


@pytest.fixture
def h(monkeypatch: pytest.MonkeyPatch) -> Iterator[Harness]:
    """Serves what the example does."""
    monkeypatch.syspath_prepend(FOLDER)
    with Harness(client_write=False) as h:
        runpy.run_path(str(FOLDER / "server.py"))
        yield h
    del sys.modules["limits"]


def test_a_full_board_loses_its_oldest_stroke_and_a_newcomer_still_gets_all_of_it(h: Harness) -> None:
    ann = h.connect()
    ann.now.take_part("hello", "ann", 0).result()
    for _ in range(801):
        ann.now.begin(5, 40, LONGEST).result()
    assert [len(ann.now.strokes), *ann.now.strokes][:2] == [800, "2"]
    bob = h.connect()
    bob.now.take_part("hello", "b" * 20, 5).result()
    h.settle()
    assert bob.now.strokes == ann.now.strokes
    assert bob.this.online


def test_there_are_only_so_many_boards_and_one_that_nobody_is_at_makes_room(h: Harness) -> None:
    clients = [h.connect() for _ in range(21)]
    for number, client in enumerate(clients[:20]):
        client.now.take_part(f"board-{number}", "ann", 0).result()
        client.now.begin(0, 4, [number, 0]).result()
    with pytest.raises(RemoteError, match="there are too many boards already"):
        clients[20].now.take_part("board-20", "ann", 0).result()
    for client in (clients[3], clients[7]):
        client.close()
    h.settle()
    clients[20].now.take_part("board-7", "ann", 0).result()
    assert [stroke["points"] for stroke in clients[20].now.strokes.values()] == [[7, 0]]
    late = h.connect()
    late.now.take_part("board-20", "ann", 0).result()
    assert late.now.strokes == {}
    assert "board board-3" not in h.now.get_groups()

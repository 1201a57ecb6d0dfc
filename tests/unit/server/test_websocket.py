from __future__ import annotations

import gc
import itertools
import tracemalloc
import weakref
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greennow.core.errors import ProtocolError
from greennow.server.websocket import (
    BINARY,
    CLOSE,
    CONTINUATION,
    NO_CODE,
    PING,
    PONG,
    TEXT,
    Closed,
    Event,
    FrameReader,
    Message,
    Ping,
    Pong,
    apply_mask,
    close_frame,
    close_payload,
    frame,
    header,
    masked_frame,
)

MASK = b"\x37\xfa\x21\x3d"
FINAL = 0x80
LIMIT = 1000


def naive_mask(data: bytes, mask: bytes = MASK) -> bytes:
    return bytes(byte ^ mask[place % 4] for place, byte in enumerate(data))


def sent(first: int, payload: bytes = b"", mask: bytes = MASK) -> bytes:
    """A client's frame with any first byte, made without the code under test."""
    size = len(payload)
    if size < 126:
        head = bytes([first, 0x80 | size])
    elif size < 65536:
        head = bytes([first, 0x80 | 126]) + size.to_bytes(2, "big")
    else:
        head = bytes([first, 0x80 | 127]) + size.to_bytes(8, "big")
    return head + mask + naive_mask(payload, mask)


def reader(max_message: int = LIMIT, masked: bool = True) -> FrameReader:
    return FrameReader(max_message=max_message, masked=masked)


def named(events: Iterable[Event]) -> list[tuple[Any, ...]]:
    """Events with their kind: as tuples alone a ping and a pong of the same data are equal."""
    return [(type(event).__name__, *event) for event in events]


class Heard(NamedTuple):
    events: list[tuple[Any, ...]]
    fault: tuple[str, int] | None


def listen(to: FrameReader, pieces: Iterable[bytes]) -> Heard:
    """What a reader makes of the pieces up to the first call that raises, and the fault, raised or not."""
    events: list[Event] = []
    fault: ProtocolError | None = None
    try:
        for piece in pieces:
            events += to.feed(piece)
    except ProtocolError as error:
        fault = error
    fault = fault or to.fault
    return Heard(named(events), (fault.reason, fault.code) if fault else None)


def ways_to_cut(data: bytes) -> Iterator[list[bytes]]:
    yield [data]
    yield [data[at : at + 1] for at in range(len(data))]
    yield [piece for at in range(len(data)) for piece in (b"", data[at : at + 1])]
    yield from ([data[:at], data[at:]] for at in range(1, len(data)))


def assert_heard(data: bytes, expected: Heard, max_message: int = LIMIT, masked: bool = True) -> None:
    for pieces in ways_to_cut(data):
        assert listen(reader(max_message, masked), pieces) == expected


# Frames out


@pytest.mark.parametrize(
    ("name", "made", "expected"),
    [
        ("the RFC's unmasked text", frame(b"Hello", TEXT), "810548656c6c6f"),
        ("the RFC's masked text", masked_frame(b"Hello", TEXT, MASK), "818537fa213d7f9f4d5158"),
        ("the RFC's unmasked ping", frame(b"Hello", PING), "890548656c6c6f"),
        ("the RFC's masked pong", masked_frame(b"Hello", PONG, MASK), "8a8537fa213d7f9f4d5158"),
        ("the RFC's header of 256 bytes", header(256), "827e0100"),
        ("the RFC's header of 64 KiB", header(65536), "827f0000000000010000"),
        ("nothing", frame(b""), "8200"),
        ("nothing, masked", masked_frame(b"", mask=MASK), "828037fa213d"),
        ("the longest short length", header(125), "827d"),
        ("the shortest length in two bytes", header(126), "827e007e"),
        ("the longest length in two bytes", header(65535), "827effff"),
        ("the longest length of all", header(2**63 - 1), "827f7fffffffffffffff"),
        ("a masked header", header(126, TEXT, masked=True), "81fe007e"),
        ("a masked header of 64 KiB", header(65536, masked=True), "82ff0000000000010000"),
        ("the longest control frame", header(125, CLOSE), "887d"),
        ("a close", close_frame(1000, "bye"), "880503e8627965"),
        ("a close without a code", close_frame(NO_CODE), "8800"),
    ],
)
def test_a_frame_out_is_these_bytes(name: str, made: bytes, expected: str) -> None:
    assert made.hex() == expected


def test_a_header_alone_shares_a_payload() -> None:
    data = bytes(300)
    assert header(len(data)) + data == frame(data)


@pytest.mark.parametrize("opcode", [CLOSE, PING, PONG])
def test_a_control_frame_out_holds_at_most_125_bytes(opcode: int) -> None:
    with pytest.raises(ValueError, match=r"^a control frame holds at most 125 bytes, not 126$"):
        frame(bytes(126), opcode)


def test_a_mask_is_another_each_time() -> None:
    assert len({masked_frame(bytes(4)) for _ in range(10)}) > 1


@pytest.mark.parametrize("size", [*range(10), 125, 126, 8191, 8192, 8193, 8196, 16384, 16387, 70001])
def test_a_mask_is_laid_over_every_byte_and_twice_is_nothing(size: int) -> None:
    data = bytes(byte % 251 for byte in range(size))
    masked = apply_mask(data, MASK)
    assert masked == naive_mask(data)
    assert apply_mask(masked, MASK) == data


def test_no_mask_changes_nothing() -> None:
    assert apply_mask(b"Hello", b"") == b"Hello"


@given(data=st.binary(max_size=300), mask=st.binary(min_size=4, max_size=4))
def test_any_mask_is_laid_over_any_bytes(data: bytes, mask: bytes) -> None:
    assert apply_mask(data, mask) == naive_mask(data, mask)


CODES_ON_THE_WIRE = [*range(1000, 1004), *range(1007, 1015), 3000, 3999, 4000, 4999]
CODES_NOT_ON_THE_WIRE = [0, 1, 999, 1004, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535]


@pytest.mark.parametrize("code", CODES_ON_THE_WIRE)
def test_a_code_of_the_wire_is_sent_and_taken(code: int) -> None:
    assert named(reader().feed(masked_frame(close_payload(code, "é"), CLOSE))) == [("Closed", code, "é")]


@pytest.mark.parametrize("code", [*CODES_NOT_ON_THE_WIRE, -1, 65536])
def test_any_other_code_is_not_sent(code: int) -> None:
    with pytest.raises(ValueError, match=f"^{code} is no close code that may be sent$"):
        close_frame(code, "")


@given(st.text(max_size=140))
def test_a_close_reason_is_cut_between_two_characters(reason: str) -> None:
    kept = close_payload(1000, reason)[2:].decode()
    assert reason.startswith(kept)
    assert kept == reason or len((kept + reason[len(kept)]).encode()) > 123


@pytest.mark.parametrize("character", ["a", "é", "€", "𝄞"])
@pytest.mark.parametrize("before", range(4))
def test_a_close_reason_is_cut_at_123_bytes(character: str, before: int) -> None:
    kept = close_payload(1000, "-" * before + character * 130)[2:]
    assert 123 - len(character.encode()) < len(kept) <= 123
    assert set(kept.decode()) <= {"-", character}


def test_a_lone_surrogate_in_a_close_reason_does_no_harm() -> None:
    assert close_payload(1000, "a\ud800b") == b"\x03\xe8a?b"


# Frames in: what is allowed


HELLO = ("Message", b"Hello", True)


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("nothing", b"", []),
        ("a binary message", sent(FINAL | BINARY, b"\0\xff"), [("Message", b"\0\xff", False)]),
        ("a text", sent(FINAL | TEXT, b"Hello"), [HELLO]),
        ("a text beyond ASCII", sent(FINAL | TEXT, "κ€𝄞".encode()), [("Message", "κ€𝄞".encode(), True)]),
        ("an empty message", sent(FINAL | BINARY), [("Message", b"", False)]),
        ("an empty text", sent(FINAL | TEXT), [("Message", b"", True)]),
        ("a mask of zeros", sent(FINAL | TEXT, b"Hello", bytes(4)), [HELLO]),
        ("the longest short length", sent(FINAL | BINARY, b"x" * 125), [("Message", b"x" * 125, False)]),
        (
            "the shortest length in two bytes",
            sent(FINAL | BINARY, b"x" * 126),
            [("Message", b"x" * 126, False)],
        ),
        (
            "a message as long as is allowed",
            sent(FINAL | BINARY, b"x" * 1000),
            [("Message", b"x" * 1000, False)],
        ),
        ("two messages", sent(FINAL | TEXT, b"Hello") * 2, [HELLO, HELLO]),
        (
            "two fragments",
            sent(TEXT, b"Hel") + sent(FINAL | CONTINUATION, b"lo"),
            [HELLO],
        ),
        (
            "three fragments, each with its own mask",
            sent(BINARY, b"a", b"1234") + sent(CONTINUATION, b"bcdef", b"5678") + sent(FINAL, b"g", b"90ab"),
            [("Message", b"abcdefg", False)],
        ),
        (
            "fragments of nothing",
            sent(TEXT) + sent(CONTINUATION) + sent(FINAL | CONTINUATION),
            [("Message", b"", True)],
        ),
        (
            "fragments that cut a character",
            sent(TEXT, b"\xf0\x9d") + sent(CONTINUATION) + sent(CONTINUATION, b"\x84") + sent(FINAL, b"\x9e"),
            [("Message", "𝄞".encode(), True)],
        ),
        (
            "control frames between fragments",
            sent(TEXT, b"Hel") + sent(FINAL | PING, b"?") + sent(FINAL | PONG) + sent(FINAL, b"lo"),
            [("Ping", b"?"), ("Pong", b""), HELLO],
        ),
        (
            "fragments that are as long together as is allowed",
            sent(BINARY, bytes(600)) + sent(FINAL, bytes(400)),
            [("Message", bytes(1000), False)],
        ),
        (
            "a message after a fragmented one",
            sent(TEXT, b"Hel") + sent(FINAL, b"lo") + sent(FINAL | BINARY, b"\xff"),
            [HELLO, ("Message", b"\xff", False)],
        ),
        ("a ping", sent(FINAL | PING, b"Hello"), [("Ping", b"Hello")]),
        ("a ping of nothing", sent(FINAL | PING), [("Ping", b"")]),
        ("the longest ping", sent(FINAL | PING, b"x" * 125), [("Ping", b"x" * 125)]),
        ("a ping that is no text", sent(FINAL | PING, b"\xff"), [("Ping", b"\xff")]),
        ("a pong nobody asked for", sent(FINAL | PONG, b"Hello"), [("Pong", b"Hello")]),
        ("a close", sent(FINAL | CLOSE, b"\x03\xe8"), [("Closed", 1000, "")]),
        ("a close without a code", sent(FINAL | CLOSE), [("Closed", NO_CODE, "")]),
        ("a close with a reason", sent(FINAL | CLOSE, b"\x0f\xa0\xe2\x82\xac"), [("Closed", 4000, "€")]),
        ("the longest close", sent(FINAL | CLOSE, b"\x03\xe8" + b"x" * 123), [("Closed", 1000, "x" * 123)]),
        (
            "a close inside a message",
            sent(TEXT, b"Hel") + sent(FINAL | CLOSE, b"\x03\xe9"),
            [("Closed", 1001, "")],
        ),
        (
            "nothing after a close",
            sent(FINAL | CLOSE) + sent(FINAL | TEXT, b"Hello") + b"\xff\xff",
            [("Closed", NO_CODE, "")],
        ),
        ("half a frame", sent(FINAL | TEXT, b"Hello")[:-1], []),
        ("half a control frame", sent(FINAL | TEXT, b"Hello") + sent(FINAL | PING, b"Hello")[:-1], [HELLO]),
    ],
)
def test_what_a_client_says_is_heard_however_it_was_cut(
    name: str, data: bytes, expected: list[tuple[Any, ...]]
) -> None:
    assert_heard(data, Heard(expected, None))


def test_what_a_server_says_is_heard_without_masks() -> None:
    data = frame(b"Hello", TEXT) + frame(b"?", PING) + frame(bytes(300)) + close_frame(1001, "away")
    expected = [HELLO, ("Ping", b"?"), ("Message", bytes(300), False), ("Closed", 1001, "away")]
    assert_heard(data, Heard(expected, None), masked=False)


def test_a_length_of_eight_bytes_is_heard_in_packets() -> None:
    data = bytes(byte % 251 for byte in range(70_001))
    stream = sent(FINAL | BINARY, data) + sent(FINAL | PING)
    pieces = [stream[at : at + 1459] for at in range(0, len(stream), 1459)]
    assert listen(reader(len(data)), pieces) == Heard([("Message", data, False), ("Ping", b"")], None)


def test_an_event_comes_with_its_last_byte() -> None:
    at_work, data = reader(), sent(FINAL | TEXT, b"Hello")
    assert at_work.feed(data[:-1]) == []
    assert named(at_work.feed(data[-1:] + b"\x82")) == [HELLO]


def test_many_frames_in_one_read_are_all_heard_in_order() -> None:
    numbers = [number.to_bytes(4, "big") for number in range(50_000)]
    events = reader().feed(b"".join(masked_frame(number) for number in numbers))
    assert [event.data for event in events if isinstance(event, Message)] == numbers


# Frames in: what is not


BAD_TEXT = ("a text message is not UTF-8", 1007)
TOO_LONG = ("a message is longer than 1000 bytes", 1009)


@pytest.mark.parametrize(
    ("name", "data", "fault"),
    [
        *(
            (f"reserved bit {bit:#x}", sent(FINAL | bit | opcode), ("a reserved bit is set", 1002))
            for bit in (0x40, 0x20, 0x10, 0x70)
            for opcode in (TEXT, BINARY, PING)
        ),
        *(
            (f"reserved opcode {opcode}", sent(FINAL | opcode), (f"the opcode {opcode} is reserved", 1002))
            for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)
        ),
        *(
            (f"fragmented control {opcode}", sent(opcode), ("a control frame is fragmented", 1002))
            for opcode in (CLOSE, PING, PONG)
        ),
        *(
            (
                f"long control {opcode}",
                sent(FINAL | opcode, bytes(126)),
                ("a control frame is too long", 1002),
            )
            for opcode in (CLOSE, PING, PONG)
        ),
        ("a control frame of 64 bits", b"\x89\xff", ("a control frame is too long", 1002)),
        ("no mask", frame(b"Hello"), ("a frame is not masked", 1002)),
        ("no mask on a ping", frame(b"", PING), ("a frame is not masked", 1002)),
        ("nothing to continue", sent(CONTINUATION, b"x"), ("nothing to continue", 1002)),
        ("nothing to end", sent(FINAL | CONTINUATION, b"x"), ("nothing to continue", 1002)),
        ("a text inside a message", sent(TEXT) + sent(FINAL | TEXT), ("a message inside another", 1002)),
        ("fragments inside a message", sent(TEXT) + sent(BINARY), ("a message inside another", 1002)),
        ("two bytes for 0", b"\x82\xfe\0\0", ("a length is not in its shortest form", 1002)),
        ("two bytes for 125", b"\x82\xfe\0\x7d", ("a length is not in its shortest form", 1002)),
        (
            "eight bytes for 125",
            b"\x82\xff" + bytes(7) + b"\x7d",
            ("a length is not in its shortest form", 1002),
        ),
        (
            "eight bytes for 65535",
            b"\x82\xff" + bytes(6) + b"\xff\xff",
            ("a length is not in its shortest form", 1002),
        ),
        ("the top bit of a length", b"\x82\xff\x80" + bytes(7), ("the top bit of a length is set", 1002)),
        ("a message too long by one", b"\x82\xfe\x03\xe9", TOO_LONG),
        ("a message of 2**63 - 1 bytes", b"\x82\xff\x7f" + b"\xff" * 7, TOO_LONG),
        ("fragments too long together", sent(BINARY, bytes(600)) + b"\x80\xfe\x01\x91", TOO_LONG),
        ("a short fragment too many", sent(BINARY, bytes(1000)) + sent(CONTINUATION, b"x"), TOO_LONG),
        ("a close of one byte", sent(FINAL | CLOSE, b"\x03"), ("a close frame has no proper code", 1002)),
        *(
            (
                f"the close code {code}",
                sent(FINAL | CLOSE, code.to_bytes(2, "big") + b"x"),
                ("a close frame has no proper code", 1002),
            )
            for code in [*CODES_NOT_ON_THE_WIRE, NO_CODE]
        ),
        (
            "a close reason that is no text",
            sent(FINAL | CLOSE, b"\x03\xe8\xff"),
            ("the reason of a close frame is not UTF-8", 1007),
        ),
        (
            "a close reason that ends inside a character",
            sent(FINAL | CLOSE, b"\x03\xe8\xe2\x82"),
            ("the reason of a close frame is not UTF-8", 1007),
        ),
        ("a text that is none", sent(FINAL | TEXT, b"a\xffb"), BAD_TEXT),
        ("a text that ends inside a character", sent(FINAL | TEXT, b"\xe2\x82"), BAD_TEXT),
        (
            "fragments that end inside one",
            sent(TEXT, b"\xe2") + sent(FINAL | CONTINUATION, b"\x82"),
            BAD_TEXT,
        ),
        ("an end inside one", sent(TEXT, b"\xe2") + sent(FINAL | CONTINUATION), BAD_TEXT),
    ],
)
def test_a_broken_rule_is_a_fault_and_loses_nothing_before_it(
    name: str, data: bytes, fault: tuple[str, int]
) -> None:
    assert_heard(data, Heard([], fault))
    assert_heard(sent(FINAL | PING) + data + sent(FINAL | PING), Heard([("Ping", b"")], fault))


def test_a_server_that_masks_breaks_the_rules() -> None:
    assert_heard(masked_frame(b"x"), Heard([], ("a frame is masked", 1002)), masked=False)


def test_events_ahead_of_a_fault_are_returned_and_every_later_call_raises() -> None:
    at_work = reader()
    assert at_work.fault is None
    assert named(at_work.feed(sent(FINAL | TEXT, b"Hello") + b"\xff\xff")) == [HELLO]
    assert at_work.fault is not None
    for later in (b"", sent(FINAL | TEXT, b"Hello")):
        with pytest.raises(ProtocolError) as caught:
            at_work.feed(later)
        assert (caught.value.reason, caught.value.code) == ("a reserved bit is set", 1002)


@pytest.mark.parametrize(
    ("bad", "at"),
    [
        (b"\xff", 0),
        (b"a\x80", 1),
        (b"\xc0\xaf", 0),
        (b"\xc3(", 1),
        (b"\xe0\x80\xaf", 1),
        (b"\xed\xa0\x80", 2),  # a surrogate; Python's decoder waits for all of it
        (b"\xe2\x82(", 2),
        (b"\xf0\x80\x80\xaf", 1),
        (b"\xf4\x90\x80\x80", 1),
        (b"\xf0\x9d\x84(", 3),
        (b"\xf5", 0),
        ("κόσμε".encode() + b"\xf4\x90\x80\x80edited", 11),
    ],
)
def test_a_text_fails_at_its_first_bad_byte(bad: bytes, at: int) -> None:
    bytewise = sent(FINAL | TEXT, bad + b"more")[: 6 + len(bad)]
    with pytest.raises(ProtocolError, match="not UTF-8"):
        reader().feed(bytewise)
    whole = reader()
    assert [whole.feed(bytewise[place : place + 1]) for place in range(6 + at)] == [[]] * (6 + at)
    with pytest.raises(ProtocolError, match="not UTF-8"):
        whole.feed(bytewise[6 + at : 7 + at])
    fragmented = reader()
    fragments = [sent(CONTINUATION if place else TEXT, bad[place : place + 1]) for place in range(len(bad))]
    assert [fragmented.feed(fragment) for fragment in fragments[:at]] == [[]] * at
    with pytest.raises(ProtocolError, match="not UTF-8"):
        fragmented.feed(fragments[at])


def test_a_binary_message_may_be_no_text_also_after_a_text() -> None:
    data = sent(TEXT, b"\xe2\x82") + sent(FINAL, b"\xac") + sent(BINARY, b"\xac") + sent(FINAL, b"\xff")
    assert_heard(data, Heard([("Message", "€".encode(), True), ("Message", b"\xac\xff", False)], None))


# Limits


def peak_of_feeding(at_work: FrameReader, pieces: Iterable[bytes]) -> int:
    """The most memory, in bytes, that was taken on the way."""
    tracemalloc.start()
    try:
        for piece in pieces:
            at_work.feed(piece)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_huge_length_that_is_allowed_takes_no_memory_before_its_bytes_come() -> None:
    head = b"\x82\xff" + (2**62).to_bytes(8, "big") + MASK
    assert peak_of_feeding(reader(2**63), [head, b"x" * 100, b"y"]) < 4_000


def test_bytes_that_come_one_by_one_take_no_more_memory_than_together() -> None:
    size = 20_000
    one_frame = sent(FINAL | BINARY, bytes(size))
    assert peak_of_feeding(reader(size), (bytes([byte]) for byte in one_frame)) < 3 * size
    fragments = itertools.chain([sent(BINARY, b"x")], itertools.repeat(sent(CONTINUATION, b"x"), size - 1))
    assert peak_of_feeding(reader(size), fragments) < 3 * size


def test_fragments_without_end_are_a_fault() -> None:
    at_work = reader()
    assert at_work.feed(sent(BINARY) + sent(CONTINUATION) * 131_071) == []
    with pytest.raises(ProtocolError) as caught:
        at_work.feed(sent(CONTINUATION))
    assert str(caught.value) == "a message has more than 131072 fragments (code 1009)"


def test_fragments_are_counted_for_each_message_anew() -> None:
    message = sent(BINARY) + sent(CONTINUATION) * 70_000 + sent(FINAL | CONTINUATION)
    assert named(reader().feed(message * 2)) == [("Message", b"", False)] * 2


def test_a_reader_that_raised_is_freed_without_the_collector() -> None:
    at_work = reader()
    gone = weakref.ref(at_work)
    gc.disable()
    try:
        with pytest.raises(ProtocolError):
            at_work.feed(b"\xff\xff")
        del at_work
        assert gone() is None
    finally:
        gc.enable()


# What holds for all bytes


masks = st.binary(min_size=4, max_size=4)
controls = st.one_of(
    st.builds(Ping, st.binary(max_size=125)),
    st.builds(Pong, st.binary(max_size=125)),
)
messages = st.one_of(
    st.builds(Message, st.binary(max_size=LIMIT), st.just(False)),
    st.builds(Message, st.text(max_size=LIMIT // 4).map(str.encode), st.just(True)),
)
closes = st.builds(Closed, st.sampled_from(CODES_ON_THE_WIRE), st.text(max_size=30))


def control_frame(event: Ping | Pong, mask: bytes) -> bytes:
    return masked_frame(event.data, PING if isinstance(event, Ping) else PONG, mask)


def places(data: st.DataObject, size: int) -> list[int]:
    """Where to cut something of this size, the ends included; a place may come twice."""
    return [0, *sorted(data.draw(st.lists(st.integers(0, size), max_size=6))), size]


def message_frames(data: st.DataObject, message: Message, events: list[Event]) -> Iterator[bytes]:
    """The message in fragments, with control frames between them; appends what will be heard."""
    ends = list(itertools.pairwise(places(data, len(message.data))))
    for number, (start, stop) in enumerate(ends):
        opcode = CONTINUATION if number else (TEXT if message.text else BINARY)
        last = FINAL if number == len(ends) - 1 else 0
        yield sent(last | opcode, message.data[start:stop], data.draw(masks))
        if not last:
            for control in data.draw(st.lists(controls, max_size=2)):
                events.append(control)
                yield control_frame(control, data.draw(masks))
    events.append(message)


def conversation(data: st.DataObject) -> tuple[bytes, list[Event]]:
    events: list[Event] = []
    frames: list[bytes] = []
    for event in data.draw(st.lists(st.one_of(messages, controls), max_size=5)):
        if isinstance(event, Message):
            frames += message_frames(data, event, events)
        else:
            frames.append(control_frame(event, data.draw(masks)))
            events.append(event)
    for closed in data.draw(st.lists(closes, max_size=1)):
        frames.append(masked_frame(close_payload(*closed), CLOSE))
        events.append(closed)
    return b"".join(frames), events


def pieces_of(data: st.DataObject, stream: bytes) -> list[bytes]:
    return [stream[start:stop] for start, stop in itertools.pairwise(places(data, len(stream)))]


@given(st.data())
def test_every_conversation_is_heard_whatever_its_fragments_and_packets(data: st.DataObject) -> None:
    stream, events = conversation(data)
    assert listen(reader(), pieces_of(data, stream)) == Heard(named(events), None)


def assert_a_fault_or_nothing(data: st.DataObject, stream: bytes) -> None:
    heard = listen(reader(), [stream])
    assert heard.fault is None or heard.fault[1] in {1002, 1007, 1009}
    assert listen(reader(), pieces_of(data, stream)) == heard
    assert listen(reader(), [bytes([byte]) for byte in stream]) == heard


@given(st.data(), st.binary(max_size=200))
def test_garbage_is_a_fault_and_nothing_else_however_it_was_cut(data: st.DataObject, garbage: bytes) -> None:
    assert_a_fault_or_nothing(data, garbage)


@given(st.data())
def test_a_spoilt_conversation_is_a_fault_and_nothing_else_however_it_was_cut(data: st.DataObject) -> None:
    stream, _ = conversation(data)
    at = data.draw(st.integers(0, len(stream)))
    spoilt = stream[:at] + data.draw(st.binary(max_size=2)) + stream[at + data.draw(st.integers(0, 2)) :]
    assert_a_fault_or_nothing(data, spoilt)

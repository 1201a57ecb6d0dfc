"""Lists of `now` do what Python's do, each change as one step of the smallest operations."""

from __future__ import annotations

import random
from collections.abc import MutableSequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greennow.core.lists import LiveList
from greennow.core.namespace import LiveDict, Namespace
from greennow.core.tree import THEIRS, Delete, Dict, List, Set, Splice

from .spaces import CalledByPath, CountingLock, TreeSpace

L = ("l",)


def lists(*values: Any, **options: Any) -> tuple[TreeSpace, Any]:
    """A space that holds a list, and that list of `now`."""
    space = TreeSpace({"l": list(values)}, **options)
    return space, Namespace(space).l


def assign(target: Any, key: Any, value: Any) -> None:
    target[key] = value


def delete(target: Any, key: Any) -> None:
    del target[key]


# What each change writes.

WRITES = [
    ("append", lambda live: live.append(9), [Splice(L, 4, 0, List([9]))]),
    ("extend is one step", lambda live: live.extend(n for n in (8, 9)), [Splice(L, 4, 0, List([8, 9]))]),
    ("extend by itself", lambda live: live.extend(live), [Splice(L, 4, 0, List([3, 1, 2, 1]))]),
    ("insert", lambda live: live.insert(1, 9), [Splice(L, 1, 0, List([9]))]),
    ("insert, counted from the end", lambda live: live.insert(-1, 9), [Splice(L, 3, 0, List([9]))]),
    ("insert past the end", lambda live: live.insert(99, 9), [Splice(L, 4, 0, List([9]))]),
    ("insert before the beginning", lambda live: live.insert(-99, 9), [Splice(L, 0, 0, List([9]))]),
    ("pop", lambda live: live.pop(), [Delete(("l", 3))]),
    ("pop an index", lambda live: live.pop(-4), [Delete(("l", 0))]),
    ("remove takes the first", lambda live: live.remove(1), [Delete(("l", 1))]),
    ("clear", lambda live: live.clear(), [Splice(L, 0, 4, List())]),
    ("assign an element", lambda live: assign(live, 1, 9), [Set(("l", 1), 9)]),
    ("assign from the end", lambda live: assign(live, -1, 9), [Set(("l", 3), 9)]),
    (
        "a tuple becomes a list",
        lambda live: assign(live, 0, (1, (2,))),
        [Set(("l", 0), List([1, List([2])]))],
    ),
    ("delete an element", lambda live: delete(live, -1), [Delete(("l", 3))]),
    ("assign a slice", lambda live: assign(live, slice(1, 3), "xy"), [Splice(L, 1, 2, List("xy"))]),
    ("assign all", lambda live: assign(live, slice(None), [5]), [Splice(L, 0, 4, List([5]))]),
    ("assign a slice upside down", lambda live: assign(live, slice(3, 1), [5]), [Splice(L, 3, 0, List([5]))]),
    (
        "assign every second",
        lambda live: assign(live, slice(None, None, 2), [8, 9]),
        [Set(("l", 0), 8), Set(("l", 2), 9)],
    ),
    ("delete a slice", lambda live: delete(live, slice(1, 3)), [Splice(L, 1, 2, List())]),
    (
        "delete every second",
        lambda live: delete(live, slice(None, None, 2)),
        [Delete(("l", 2)), Delete(("l", 0))],
    ),
    (
        "delete every second back",
        lambda live: delete(live, slice(3, 0, -2)),
        [Delete(("l", 3)), Delete(("l", 1))],
    ),
    ("reverse", lambda live: live.reverse(), [Splice(L, 0, 4, List([1, 2, 1, 3]))]),
    ("sort", lambda live: live.sort(), [Splice(L, 0, 4, List([1, 1, 2, 3]))]),
    ("+=", lambda live: live.__iadd__((8, 9)), [Splice(L, 4, 0, List([8, 9]))]),
    ("*=", lambda live: live.__imul__(2), [Splice(L, 4, 0, List([3, 1, 2, 1]))]),
    ("*= 0", lambda live: live.__imul__(0), [Splice(L, 0, 4, List())]),
]


@pytest.mark.parametrize(("change", "operations"), [case[1:] for case in WRITES], ids=[c[0] for c in WRITES])
def test_a_change_is_one_step_of_the_smallest_operations(change, operations):
    space, live = lists(3, 1, 2, 1)
    change(live)
    assert space.written == [operations]


def test_an_extended_slice_of_nothing_writes_nothing():
    space, live = lists(1, 2)
    del live[2:0:2]
    live[2:0:2] = []
    assert space.written == []


def test_operations_within_a_list_that_moved_go_to_where_it_is_now():
    space, live = lists([1], [2])
    inner = live[1]
    live.insert(0, 0)
    space.written.clear()
    inner.append(3)
    inner[0] = 4
    del inner[0]
    assert space.written == [
        [Splice(("l", 2), 1, 0, List([3]))],
        [Set(("l", 2, 0), 4)],
        [Delete(("l", 2, 0))],
    ]


@pytest.mark.parametrize("change", [case[1] for case in WRITES], ids=[case[0] for case in WRITES])
def test_the_lock_is_held_from_reading_to_writing(change):
    lock = CountingLock()
    space, live = lists(3, 1, 2, 1, lock=lock)
    held = []
    write = space.write
    space.write = lambda operations: (held.append(lock.depth), write(operations))
    change(live)
    assert min(held) >= 1
    assert lock.depth == 0


def test_the_lock_is_not_held_while_the_values_to_come_are_made():
    lock = CountingLock()
    _, live = lists(lock=lock)
    live.extend(lock.depth for _ in range(2))
    live[:0] = (lock.depth for _ in range(2))
    assert live == [0, 0, 0, 0]


# Every sentence.

ERRORS = [
    (lambda live: live[3], IndexError, "now.l[3]: the length of the list is 3"),
    (lambda live: live[-4], IndexError, "now.l[-4]: the length of the list is 3"),
    (lambda live: assign(live, 3, 0), IndexError, "now.l[3]: the length of the list is 3"),
    (lambda live: delete(live, 3), IndexError, "now.l[3]: the length of the list is 3"),
    (lambda live: live.pop(3), IndexError, "now.l[3]: the length of the list is 3"),
    (lambda live: (live.clear(), live.pop()), IndexError, "now.l[-1]: the length of the list is 0"),
    (lambda live: live["x"], TypeError, "now.l: indices are integers or slices, not str"),
    (lambda live: assign(live, 1.0, 0), TypeError, "now.l: indices are integers or slices, not float"),
    (lambda live: live.remove("q"), ValueError, "'q' is not in now.l"),
    (lambda live: live.index("q"), ValueError, "'q' is not in now.l"),
    (lambda live: assign(live, slice(None, None, 2), [1]), ValueError, "now.l: 1 values for a slice of 2"),
    (
        lambda live: assign(live, 1, {1}),
        TypeError,
        "now.l[1]: set is not shareable; use list(...) or sorted(...)",
    ),
    (lambda live: live.append({"k": 1j}), TypeError, "now.l[3].k: complex is not shareable"),
    (lambda live: live.insert(1, 1j), TypeError, "now.l[1]: complex is not shareable"),
    (lambda live: live.extend([1, 1j]), TypeError, "now.l[4]: complex is not shareable"),
    (lambda live: assign(live, slice(1, 2), [1, 1j]), TypeError, "now.l[2]: complex is not shareable"),
    (lambda live: assign(live, slice(0, 3, 2), [1, 1j]), TypeError, "now.l[2]: complex is not shareable"),
    (lambda live: live.push(1), AttributeError, "now.l is a list and has no push"),
    (
        lambda live: live.sort(key=lambda x: live.append(x) or 0),
        ValueError,
        "now.l changed while it was sorted",
    ),
]


@pytest.mark.parametrize(("misuse", "error", "sentence"), ERRORS)
def test_every_sentence_names_the_place(misuse, error, sentence):
    _, live = lists("a", "b", "c")
    with pytest.raises(error) as caught:
        misuse(live)
    assert str(caught.value) == sentence


@pytest.mark.parametrize("bad", [[1, {2}], [{3}]])
def test_a_step_that_cannot_be_shared_whole_writes_nothing(bad):
    space, live = lists(1, 2)
    for change in (live.extend, lambda bad: assign(live, slice(0, 1), bad)):
        with pytest.raises(TypeError):
            change(bad)
    assert space.written == []


def test_depth_counts_from_the_root():
    _, live = lists(max_depth=3)
    live.append([1])
    with pytest.raises(ValueError, match=r"^now.l\[1\]\[0\]: nested deeper than max_depth=3$"):
        live.append([[1]])


# Reading.


def test_an_element_is_live_and_everything_else_is_plain():
    _, live = lists({"x": [1]}, [2])
    assert [type(element) for element in live] == [LiveDict, LiveList]
    assert [type(element) for element in reversed(live)] == [LiveList, LiveDict]
    none: list[Any] = []
    copies = [live[:], live[::-1][::-1], live.copy(), live.to_plain()]
    sums = [live + none, none + live, live + live[2:], live * 1, 1 * live]
    for plain in copies + sums:
        assert plain == [{"x": [1]}, [2]]
        assert [type(plain), type(plain[0]), type(plain[0]["x"])] == [list, dict, list]
    assert (type(live.pop()), type(live.pop())) == (list, dict)


def test_sums_and_products_are_those_of_lists():
    _, live = lists(1, 2)
    three = [3]
    assert (live + three, three + live, live + live) == ([1, 2, 3], [3, 1, 2], [1, 2, 1, 2])
    assert live * 2 == 2 * live == [1, 2, 1, 2]
    for other in ((3,), "3", 3):
        with pytest.raises(TypeError):
            live + other
        with pytest.raises(TypeError):
            other + live


def test_a_list_equals_lists_and_nothing_else():
    _, live = lists(1, {"a": [2]})
    _, other = lists(1, {"a": [2]})
    assert live == [1, {"a": [2]}]
    assert [1, {"a": [2]}] == live  # noqa: SIM300  # the other side's turn
    assert live == other
    assert live == [1, other[1]]
    assert live[1] == other[1]
    assert live != [1]
    assert live != (1, {"a": [2]})
    assert live != other[1]


def test_searching_compares_containers_by_what_they_hold():
    _, live = lists({"a": 1}, [1], 1, True)
    assert ({"a": 1} in live, live[0] in live, [1] in live, (1,) in live, [2] in live) == (
        True,
        True,
        True,
        False,
        False,
    )
    assert (live.index([1]), live.index(live[1]), live.index(True), live.index(1, 3), live.count(1)) == (
        1,
        1,
        2,
        3,
        2,
    )
    with pytest.raises(ValueError, match="is not in"):
        live.index({"a": 1}, 1, 4)
    live.remove({"a": 1})
    assert live == [[1], 1, True]


def test_functions_are_called_by_path_and_found_as_what_is_read():
    def ours() -> None: ...

    space = TreeSpace()
    space.tree = Dict({"l": List([ours, THEIRS])})
    live = Namespace(space).l
    assert [live[0], live[1]] == list(live) == [CalledByPath(("l", 0), ours), CalledByPath(("l", 1), THEIRS)]
    assert live[:] == [ours, CalledByPath(("l", 1), THEIRS)]
    assert (ours in live, live.index(live[1])) == (True, 1)
    assert (live.pop(), live.pop()) == (CalledByPath(("l", 1), THEIRS), ours)


def test_nested_lists_sort_as_plain_ones_and_dicts_refuse():
    _, live = lists([2], [1, 5], [1])
    live.sort()
    assert live == [[1], [1, 5], [2]]
    _, live = lists({"a": 1}, {"a": 0})
    with pytest.raises(TypeError):
        live.sort()
    live.sort(key=lambda element: element.a)
    assert live == [{"a": 0}, {"a": 1}]


def test_sorting_is_stable_in_both_directions():
    values = [{"n": n, "k": n % 2} for n in range(6)]
    _, live = lists(*values)
    for reverse in (False, True):
        live.sort(key=lambda element: element.k, reverse=reverse)
        values.sort(key=lambda element: element["k"], reverse=reverse)
        assert live == values


def test_the_standard_library_can_shuffle_it():
    _, live = lists(*({"card": n} for n in range(20)))
    random.Random(1).shuffle(live)
    assert live != [{"card": n} for n in range(20)]
    assert sorted(element.card for element in live) == list(range(20))


def test_it_is_a_mutable_sequence():
    _, live = lists(1, 2)
    assert isinstance(live, MutableSequence)
    match live:
        case [first, *rest]:
            assert (first, rest) == (1, [2])
    assert bool(live)
    live.clear()
    assert not live


# As Python's own.

VALUES = st.recursive(
    st.integers(-2, 2),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=4,
)
INDICES = st.integers(-5, 5)
SLICES = st.builds(
    slice, st.none() | INDICES, st.none() | INDICES, st.none() | st.sampled_from([-2, -1, 1, 2])
)


def swap(live: Any, i: int, j: int) -> None:
    live[i], live[j] = live[j], live[i]


def sort(live: Any) -> None:
    # One of Python's that fails half-way leaves the list half sorted.
    if isinstance(live, LiveList):
        live.sort()
    else:
        live[:] = sorted(live)


ACTIONS = st.one_of(
    st.tuples(st.just(lambda live, v: live.append(v)), VALUES),
    st.tuples(st.just(lambda live, v: live.extend(v)), st.lists(VALUES, max_size=3)),
    st.tuples(st.just(lambda live, i, v: live.insert(i, v)), INDICES, VALUES),
    st.tuples(st.just(lambda live: live.pop())),
    st.tuples(st.just(lambda live, i: live.pop(i)), INDICES),
    st.tuples(st.just(lambda live, v: live.remove(v)), VALUES),
    st.tuples(st.just(lambda live: live.clear())),
    st.tuples(st.just(lambda live: live.reverse())),
    st.tuples(st.just(lambda live: live.sort(key=repr))),
    st.tuples(st.just(lambda live: live.sort(key=repr, reverse=True))),
    st.tuples(st.just(sort)),
    st.tuples(st.just(assign), INDICES, VALUES),
    st.tuples(st.just(assign), SLICES, st.lists(VALUES, max_size=3)),
    st.tuples(st.just(delete), INDICES | SLICES),
    st.tuples(st.just(lambda live, n: live.__imul__(n) and None), st.integers(-1, 2)),
    st.tuples(st.just(lambda live, v: live.__iadd__(v) and None), st.lists(VALUES, max_size=2)),
    st.tuples(st.just(lambda live, i: live[i]), INDICES | SLICES),
    st.tuples(st.just(lambda live, v: (v in live, live.count(v))), VALUES),
    st.tuples(st.just(lambda live, v, i, j: live.index(v, i, j)), VALUES, INDICES, INDICES),
    st.tuples(st.just(lambda live, v: live + v), st.lists(VALUES, max_size=2)),
    st.tuples(st.just(swap), INDICES, INDICES),
    st.tuples(st.just(lambda live: (len(live), bool(live), list(live), list(reversed(live)), str(live)))),
)


def outcome(action: Any, target: Any, args: Any) -> Any:
    """What came of it: the result, or the kind of error."""
    try:
        return action(target, *args)
    except (IndexError, TypeError, ValueError) as error:
        return type(error)


@given(st.lists(VALUES, max_size=5), st.lists(ACTIONS, max_size=10))
def test_whatever_is_done_to_it_comes_out_as_with_pythons_own_list(values, actions):
    space, live = lists(*values)
    plain = live.to_plain()
    for action, *args in actions:
        before = len(space.written)
        assert outcome(action, live, args) == outcome(action, plain, args)
        assert live == plain
        assert live.to_plain() == plain
        assert len(space.written) - before <= (2 if action is swap else 1)

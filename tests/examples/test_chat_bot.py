"""What the bot of the chat example says."""

from __future__ import annotations

import re
import runpy

import pytest

from greennow.demo import chat_folder

answer = runpy.run_path(str(chat_folder() / "bot.py"))["answer"]

HELP = r"Roll dice like this: !roll 2d6"

CASES = [
    ("a die is rolled", "!roll", r"[1-6]"),
    ("one die of another kind", "!roll 1d20", r"\d+"),
    ("dice are added up", "!roll 3d1", r"1 \+ 1 \+ 1 = 3"),
    ("spaces may stand between", "!roll   2d1", r"1 \+ 1 = 2"),
    ("the most dice there are", "!roll 50d1", r"(1 \+ ){49}1 = 50"),
    ("more dice than that", "!roll 51d6", HELP),
    ("no dice", "!roll 0d6", HELP),
    ("dice without sides", "!roll 2d0", HELP),
    ("what is no number", "!roll twice", HELP),
    ("a number of digits that would take for ever", f"!roll {'9' * 400}d6", HELP),
    ("the time", "!time", r"It is \d\d:\d\d\."),
]


@pytest.mark.parametrize(("said", "replied"), [pytest.param(*case, id=name) for name, *case in CASES])
def test_it_answers(said: str, replied: str) -> None:
    assert re.fullmatch(replied, answer(said))


@pytest.mark.parametrize("said", ["hello", "time", "roll", "it is !time", "!times", ""])
def test_it_stays_out_of_what_is_not_for_it(said: str) -> None:
    assert answer(said) is None


def test_what_it_says_is_never_a_command() -> None:
    assert answer(answer("!roll nothing")) is None


def test_the_longest_answer_fits_in_a_message() -> None:
    assert len(answer("!roll 50d999")) <= 500

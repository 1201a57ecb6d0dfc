"""What ``python -m tests.fuzz`` looks for, with what it begins with, and with some of hypothesis's bytes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from .fuzz import codec, frames
from .fuzz.messages import World
from .fuzz.seeds import seeds_of

inputs = st.binary(max_size=300)

#: A write that sets one name of 32 keys, where 24 names are allowed.
DEEP_NAME = b"\x05\x47\x82\x04\x81\x82\x98\x20" + b"aa" * 32 + b"\x01"


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    world = World()
    yield world
    world.close()


def test_every_seed_of_the_frames() -> None:
    for seed in seeds_of("frames"):
        frames.check(seed)


def test_every_seed_of_the_codec() -> None:
    for seed in seeds_of("codec"):
        codec.check(seed)


def test_every_seed_of_the_messages(world: World) -> None:
    for seed in seeds_of("messages"):
        world.check(seed)


@given(inputs)
def test_any_bytes_as_frames(data: bytes) -> None:
    frames.check(data)


@given(inputs)
def test_any_bytes_as_messages(data: bytes) -> None:
    codec.check(data)


@example(DEEP_NAME)
@given(data=inputs)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_any_messages_of_one_client_touch_no_other(world: World, data: bytes) -> None:
    world.check(data)


def test_without_atheris_the_command_says_what_is_missing() -> None:
    blocked = "import sys; sys.modules['atheris'] = None; sys.argv[1:] = ['frames']; import runpy; "
    command = [sys.executable, "-c", blocked + "runpy.run_module('tests.fuzz', run_name='__main__')"]
    root = Path(__file__).parent.parent
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    said = "fuzzing needs atheris: pip install atheris, where it has a wheel for your Python\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", said)

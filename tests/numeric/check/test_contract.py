"""What S1 looks at before it looks closely: memory that overlaps, numbers that are near."""

import numpy as np
import pytest

from numeric.check.contract import _apart_in_memory, _close, _same_bytes

MEMORY = np.zeros(12)
OWN = np.zeros(12)


@pytest.mark.parametrize(
    ("made", "given", "apart"),
    [
        ([OWN], [MEMORY], True),
        ([OWN[:6], OWN[6:]], [MEMORY], True),
        ([OWN], [MEMORY, MEMORY[::-1], MEMORY[2:5]], True),
        ([MEMORY[3:5]], [MEMORY], False),
        ([MEMORY], [MEMORY[3:5]], False),
        ([MEMORY[::-2]], [OWN, MEMORY[4:6]], False),
        ([OWN[:7], OWN[6:]], [MEMORY], False),
        ([OWN[::2], OWN[1::2]], [], False),  # nothing shared: to be looked at closely
        ([MEMORY.reshape(3, 4).T], [MEMORY[11:]], False),
    ],
)
def test_stretches_of_memory(made: list, given: list, apart: bool) -> None:
    assert _apart_in_memory(made, given) is apart
    shared = any(np.shares_memory(a, b) for a in made for b in given)
    assert not (apart and shared)


@pytest.mark.parametrize(
    ("one", "other", "close"),
    [
        (np.ones(3), np.ones(3) + 1e-12, True),
        (np.float64(1), np.float64(1), True),
        (np.zeros((0, 2)), np.zeros((0, 2)), True),
        (np.ones(3), np.ones(3) + 1e-9, False),
        (np.ones(3), np.array([1, 1, np.nan]), False),
        (np.array([np.inf]), np.array([np.inf]), False),  # the same, but not at first sight
        (np.ones(3), np.ones((3, 1)), False),
    ],
)
def test_near_at_first_sight(one: np.ndarray, other: np.ndarray, close: bool) -> None:
    assert _close(one, other, 1e-10) is close


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (np.array([np.nan, 0.0]), np.array([np.nan, 0.0]), True),
        (np.array([0.0]), np.array([-0.0]), False),
        (np.zeros(2, np.float32), np.zeros(1), False),
        (np.zeros(4), np.zeros((2, 2)), False),
        (np.float64(1), np.float64(1), False),
    ],
)
def test_the_same_bits(one: np.ndarray, other: np.ndarray, same: bool) -> None:
    assert _same_bytes(one, other) is same

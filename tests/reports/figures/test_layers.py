"""Ranks, order and places of a layered drawing."""

from __future__ import annotations

import numpy as np
import pytest

from reports.figures.layers import Block, Pair, Waypoint, rows
from reports.figures.places import places, pooled


def blocks(keys: str, width: float = 50.0, free: str = "") -> list[Block]:
    return [Block(key, width, 20.0, width / 2, key in free) for key in keys]


@pytest.mark.parametrize(
    ("keys", "links", "free", "expected"),
    [
        ("abc", ["ab", "bc"], "", [{"a"}, {"b"}, {"c"}]),
        ("abcd", ["ab", "ac", "bd", "cd"], "", [{"a"}, {"b", "c"}, {"d"}]),
        ("abcd", ["ab", "bc", "dc"], "d", [{"a"}, {"b", "d"}, {"c"}]),
        ("abcd", ["ab", "bc", "dc"], "", [{"a", "d"}, {"b"}, {"c"}]),
        ("abcd", ["ab", "bc", "ad", "dc"], "d", [{"a"}, {"b", "d"}, {"c"}]),
        ("abc", ["ab", "bc"], "b", [{"a"}, {"b"}, {"c"}]),
    ],
)
def test_ranks(keys: str, links: list[str], free: str, expected: list[set[str]]) -> None:
    pairs: list[Pair] = [(a, b) for a, b in links]
    found = rows(blocks(keys, free=free), pairs, 400)
    assert [{m for m in row if isinstance(m, str)} for row in found] == expected


def test_a_long_link_passes_every_row_between() -> None:
    found = rows(blocks("abcd"), [("a", "b"), ("b", "c"), ("c", "d"), ("a", "d")], 400)
    passed = [m for row in found for m in row if isinstance(m, Waypoint)]
    assert [(w.source, w.target, w.rank) for w in passed] == [("a", "d", 1), ("a", "d", 2)]


def test_no_row_is_wider_than_the_room() -> None:
    keys = "bcdefghijk"
    pairs = [("a", key) for key in keys]
    found = rows(blocks("a" + keys), pairs, 220)
    assert len(found) > 3
    for row in found:
        assert sum(9 if isinstance(m, Waypoint) else 50 for m in row) + 7 * (len(row) - 1) <= 220


def test_two_links_that_cross_are_uncrossed() -> None:
    found = rows(blocks("abcd"), [("a", "d"), ("b", "c")], 400)
    assert [found[0].index("a") < found[0].index("b")] == [
        found[1].index("d") < found[1].index("c")
    ]


def test_a_circle_is_refused() -> None:
    with pytest.raises(ValueError, match="round a circle"):
        rows(blocks("ab"), [("a", "b"), ("b", "a")], 400)


def test_one_above_another_stand_in_line() -> None:
    pairs = [("a", "b"), ("b", "c")]
    of = blocks("abc")
    at = places(rows(of, pairs, 400), of, pairs, 400, runs=[0, 0, 0, 0])
    assert at.middle["a"] == pytest.approx(at.middle["b"]) == pytest.approx(at.middle["c"])
    assert all(low < top for low, top in zip(at.bottoms, at.tops[1:], strict=False))


def test_pooling_is_least_squares_that_do_not_fall() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        values, weights = rng.normal(size=7), rng.uniform(0.5, 2, size=7)
        found = np.array(pooled(values.tolist(), weights.tolist()))
        assert (np.diff(found) >= -1e-12).all()
        # no small move that keeps the order makes it better
        best = float(np.sum(weights * (found - values) ** 2))
        for _ in range(20):
            other = np.sort(found + rng.normal(scale=0.05, size=7))
            assert np.sum(weights * (other - values) ** 2) >= best - 1e-12

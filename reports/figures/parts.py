"""A drawing that is too tall for a page, cut into parts that are not.

A part begins with the arrays that it reads from the parts before, once more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import ceil

from reports.figures.flow import Flow, Link, Node
from reports.mathematics.layout import Prose

# So many points more or less than an even share of the height are as bad as an array that is
# read across the cut.
UNEVEN = 25.0
AGAIN = " again"  # no name of the language has a space


def parts(
    found: Flow, rank: Mapping[str, int], heights: Sequence[float], most: float
) -> tuple[Flow, ...]:
    """Cut ``found`` into flows at most about ``most`` high.

    ``rank`` is the row of every node, ``heights`` what each row takes with the gap above it.
    """
    cuts = _cuts(found, rank, heights, most)
    return tuple(_part(found, rank, first, last) for first, last in cuts)


def _cuts(
    found: Flow, rank: Mapping[str, int], heights: Sequence[float], most: float
) -> list[tuple[int, int]]:
    """The first row of every part, and the row after its last."""
    cuts: list[tuple[int, int]] = []
    first = 0
    while (rest := sum(heights[first:])) > most:
        even = rest / ceil(rest / most)

        def badness(row: int, first: int = first, even: float = even) -> float:
            uneven = abs(sum(heights[first:row]) - even)
            return _passing(found, rank, row) + uneven / UNEVEN

        fits = (n for n in range(first + 1, len(heights)) if sum(heights[first:n]) <= most)
        best = min((first + 1, *fits), key=badness)
        cuts.append((first, best))
        first = best
    return [*cuts, (first, len(heights))]


def _passing(found: Flow, rank: Mapping[str, int], row: int) -> int:
    """How many arrays are read across the cut before ``row``."""
    return len(
        {
            link.source
            for link in found.links
            if not link.recurrent and rank[link.source] < row <= rank[link.target]
        }
    )


def _part(found: Flow, rank: Mapping[str, int], first: int, last: int) -> Flow:
    inside = {key for key, row in rank.items() if first <= row < last}
    nodes = [node for node in found.nodes if node.key in inside]
    links: list[Link] = []
    carried: dict[str, Node] = {}
    for link in found.links:
        if link.target not in inside:
            continue
        if link.source in inside:
            links.append(link)
        elif not link.recurrent:
            again = carried.setdefault(link.source, _again(found.node(link.source)))
            links.append(replace(link, source=again.key))
    return Flow((*carried.values(), *nodes), tuple(links))


def _again(node: Node) -> Node:
    key = f"{node.key}{AGAIN}"
    words = Prose("from the part before")
    return replace(node, key=key, kind="carried", words=words, numbers=(), kept=False)

"""Blocks that are computed one after the other, and how they may be put in another order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from derive.expr import reads
from derive.lower.liveness import mentioned
from derive.lower.schedule import Block, Loop, equations_in
from derive.program import Equation


@dataclass(slots=True)
class Level:
    """Blocks that are computed one after the other: of a function, or of a step of a loop.

    Attributes:
        blocks: in their order.
        loops: the loops that they stand in.
        groups: equations among them that are computed together.
    """

    blocks: tuple[Block, ...]
    loops: tuple[Loop, ...] = ()
    groups: list[tuple[str, ...]] = field(default_factory=list)

    @property
    def equations(self) -> list[Equation]:
        """The equations of this level that are no starts."""
        return [b for b in self.blocks if isinstance(b, Equation) and not b.is_start]


def levels(level: Level) -> Iterator[Level]:
    """``level`` and those of the loops in it."""
    yield level
    for block in level.blocks:
        if isinstance(block, Loop):
            yield from levels(Level(block.body, (*level.loops, block)))


def arranged(level: Level, groups: Sequence[tuple[str, ...]]) -> tuple[Block, ...] | None:
    """The blocks with every group together, each after what it needs; None if none is so."""
    steps = {b.name: b for b in level.equations}
    owner = {name: names for names in groups for name in names}
    nodes: dict[object, list[Block]] = {}
    for place, block in enumerate(level.blocks):
        names = owner.get(block.name, ()) if isinstance(block, Equation) else ()
        if names and isinstance(block, Equation) and not block.is_start:
            nodes.setdefault(names, [steps[name] for name in names])
        else:
            nodes[place] = [block]
    needs = _needs(level, nodes)
    done: set[object] = set()
    found: list[Block] = []
    while len(done) < len(nodes):
        ready = next((k for k in nodes if k not in done and needs[k] <= done), None)
        if ready is None:
            return None
        done.add(ready)
        found += nodes[ready]
    return tuple(found)


def _needs(level: Level, nodes: Mapping[object, list[Block]]) -> dict[object, set[object]]:
    """For each node those that stand before it and compute what it reads."""
    place = {id(block): k for k, block in enumerate(level.blocks)}
    key_of = {id(block): key for key, blocks in nodes.items() for block in blocks}
    needs: dict[object, set[object]] = {key: set() for key in nodes}
    for block in level.blocks:
        read = {n for e in _inside(block) for n in _read_now(e, level.loops)}
        for other in level.blocks[: place[id(block)]]:
            if read & {e.name for e in _inside(other)} or _made(block) & _made(other):
                needs[key_of[id(block)]].add(key_of[id(other)])
    return {key: own - {key} for key, own in needs.items()}


def _made(block: Block) -> set[str]:
    return {e.name for e in _inside(block)}


def _inside(block: Block) -> list[Equation]:
    return list(equations_in((block,)))


def _read_now(equation: Equation, loops: Sequence[Loop]) -> Iterator[str]:
    """The arrays that an equation reads, but for those it reads at another step only."""
    other: set[str] = set()
    for read in reads(equation.expr):
        for loop in loops:
            axes = dict(loop.axes)
            if read.array in axes and equation.name in axes:
                here = equation.indices[axes[equation.name]]
                if (read.indices[axes[read.array]] - here).constant not in (None, 0):
                    other.add(read.array)
                    break
        else:
            yield read.array
    labels = set(mentioned(equation)) - {r.array for r in reads(equation.expr)}
    yield from labels

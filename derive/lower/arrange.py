"""A program and its adjoint as two functions: what each computes, in order, and how it is kept.

    prepare(program) + cotangent equations   ⇒  hoisted, scheduled, divided into
                                                 forward(given) -> outputs, saved
                                                 backward(saved, cotangents) -> gradients
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from derive.cotangent import adjoint, prepare
from derive.lower.apart import with_products_apart
from derive.lower.hoist import hoist
from derive.lower.liveness import Split, mentioned, split
from derive.lower.pack import packing
from derive.lower.packing import NOTHING, Packing, declared, stored
from derive.lower.positions import partners
from derive.lower.schedule import Block, Loop, equations_in, schedule
from derive.lower.sharing import with_shared_logarithms, with_shared_terms
from derive.lower.softmax import exponentials, with_totals_inline
from derive.lower.storage import Placement, placement
from derive.program import Equation, Program


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Two functions, not yet in any language.

    Attributes:
        program: forward and cotangent equations in one program, what is hoisted among them.
        prepared: the forward program with the names it has here.
        outputs: names of what forward returns, in declared order.
        cotangents: names of the cotangents given, in the order of the outputs.
        gradients: names of the gradients, in the order of the inputs and params.
        forward: what the first function computes, in order.
        backward: what the second function computes, in order.
        split: which arrays that are, and which are handed over.
        placement: how each computed array is kept.
        packing: which arrays are kept side by side in one.
        together: for extremes that forward finds with their positions the array of these.
        exponentials: for logarithms of a softmax in forward the softmax that backward needs.
        numbered: the equations as derived, those of forward first, in the order of their numbers.
        first_of_backward: how many of these are forward's.
    """

    program: Program
    prepared: Program
    outputs: tuple[str, ...]
    cotangents: tuple[str, ...]
    gradients: tuple[str, ...]
    forward: tuple[Block, ...]
    backward: tuple[Block, ...]
    split: Split
    placement: Placement
    packing: Packing
    together: Mapping[str, str]
    exponentials: Mapping[str, str]
    numbered: tuple[Equation, ...]
    first_of_backward: int

    def number(self, equation: Equation) -> int | None:
        """The number of an equation; None if it was hoisted out of another."""
        for position, other in enumerate(self.numbered, 1):
            same = other.name == equation.name and other.is_start == equation.is_start
            if same and (not other.is_start or other.indices == equation.indices):
                return position
        return None

    def owner(self, equation: Equation) -> Equation | None:
        """The equation that ``equation`` was hoisted out of."""
        return next((e for e in self.program.equations if equation.name in mentioned(e)), None)


def arrange(program: Program, passes: frozenset[str] | None = None) -> Arrangement:
    """Derive, hoist, schedule and divide a program whose hyperparameters are bound.

    Args:
        program: the program.
        passes: those of the fast style that are on; None for the readable style.

    Raises:
        DeriveError: if it has no adjoint, or a recurrence that no loop computes.
    """
    forward, backward = prepare(program), adjoint(program)
    joined = _joined(forward, backward)
    given = frozenset(a.name for a in program.arrays)
    cotangents = tuple(a.name for a in backward.arrays if a.name not in given)
    ends, whole = (backward.outputs, cotangents), _rewritten(joined, passes)
    blocks = schedule(whole)
    together, known = _needed_early(blocks, whole, split(whole, forward.outputs, *ends))
    early = (*forward.outputs, *together.values(), *known.values())
    parts, listed = (split(p, early, *ends) for p in (whole, joined))
    kept = frozenset((*forward.outputs, *backward.outputs, *parts.saved))
    sides = tuple(_within(blocks, frozenset(n)) for n in (parts.forward, parts.backward))
    stores, packed = placement(whole, blocks, kept), NOTHING
    if {"pack", "out"} <= (passes or frozenset()):
        packed, sides = packing(whole, sides, given, _without(stores, together))
    return Arrangement(
        program=declared(whole, packed),
        prepared=forward,
        outputs=forward.outputs,
        cotangents=cotangents,
        gradients=backward.outputs,
        forward=sides[0],
        backward=sides[1],
        split=replace(parts, saved=_saved(parts.saved, packed, sides[0])),
        placement=stored(whole, stores, packed),
        packing=packed,
        together=together,
        exponentials=known,
        numbered=_listed(joined, listed),
        first_of_backward=sum(e.name in listed.forward for e in joined.equations),
    )


def _rewritten(program: Program, passes: frozenset[str] | None) -> Program:
    """``program`` with equations for what loops do not need, and for what several share."""
    hoisted = hoist(program) if passes is None or "hoist" in passes else program
    if {"pack", "out"} <= (passes or frozenset()):
        hoisted = with_products_apart(hoisted)
    if "share" in (passes or ()):
        hoisted = with_shared_logarithms(hoisted)
    inline = with_totals_inline(hoisted)
    return with_shared_terms(inline) if passes is None or "terms" in passes else inline


def _saved(
    names: tuple[str, ...], packed: Packing, forward: tuple[Block, ...]
) -> tuple[str, ...]:
    """What is handed over, by the names under which forward has it."""
    read = {n for e in equations_in(forward) for n in (e.name, *mentioned(e))}
    there = tuple(h for h in packed.hosts if read & set(h.members))
    return Packing(there).kept(names)


def _joined(forward: Program, backward: Program) -> Program:
    """The forward equations and then all others, over the arrays of both."""
    own = {equation.name for equation in forward.equations}
    pads = {pad.array: pad for pad in (*forward.pads, *backward.pads)}
    return replace(
        backward,
        equations=(
            *forward.equations,
            *(e for e in backward.equations if e.name not in own),
        ),
        extents=tuple({**dict(forward.extents), **dict(backward.extents)}.items()),
        pads=tuple(pads.values()),
    )


def _listed(program: Program, parts: Split) -> tuple[Equation, ...]:
    """All equations, those of forward first: lowering may get by with fewer of them."""
    return (
        *(e for e in program.equations if e.name in parts.forward),
        *(e for e in program.equations if e.name in parts.backward),
    )


def _without(stores: Placement, together: Mapping[str, str]) -> Placement:
    apart = {*together, *together.values()}
    return {name: store for name, store in stores.items() if name not in apart}


def _needed_early(
    blocks: tuple[Block, ...], program: Program, parts: Split
) -> tuple[dict[str, str], dict[str, str]]:
    """What forward computes for backward's sake: positions of extremes, and softmaxes."""
    return _found_together(blocks, program, parts), exponentials(program, parts)


def _found_together(
    blocks: tuple[Block, ...], program: Program, parts: Split
) -> dict[str, str]:
    """The extremes of forward whose positions backward needs, outside of all loops."""
    alone = [block for block in blocks if not isinstance(block, Loop)]
    return {
        extreme: positions
        for extreme, positions in partners(alone, program).items()
        if extreme in parts.forward and positions in parts.backward
    }


def _within(blocks: tuple[Block, ...], names: frozenset[str]) -> tuple[Block, ...]:
    """The blocks that compute ``names``; a loop belongs to one function as a whole."""
    return tuple(
        block
        for block in blocks
        if (block.names[0] if isinstance(block, Loop) else block.name) in names
    )

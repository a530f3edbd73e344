"""One look at a point through the interpreter: values, gradients, branches, kinks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, product

from derive.errors import Span
from derive.syntax import Expr, Name, Reduction, Tree, children
from numeric.check.point import Array, Point, converted, mapped
from numeric.interpret.arithmetic import Arithmetic, Number
from numeric.interpret.expressions import number
from numeric.interpret.machine import Machine
from numeric.interpret.reverse import Reverse, reverse
from numeric.interpret.scope import Scope
from numeric.interpret.watch import NEAREST_KINK, Site, Watch

_NOWHERE = Span(1, 1)


@dataclass(frozen=True, slots=True)
class Probe:
    """What the meaning of a program says about a point.

    Attributes:
        point: the point.
        outputs: the outputs.
        gradients: the gradients under the point's cotangents, by scattering.
        unreached: the inputs and params that no output depends on.
        kink: the place of the nearest kink, if the point lies on it.
        singular: whether a gradient is infinite or undefined, or would be for other cotangents.
        meeting: how many kinks meet at the point.
        stops: whether it is singular for other cotangents only: zero is what arrives at its poles.
    """

    point: Point
    outputs: Mapping[str, Array]
    gradients: Mapping[str, Array]
    unreached: tuple[str, ...]
    kink: Site | None
    singular: bool
    meeting: int = 0
    stops: bool = False

    @property
    def smooth(self) -> bool:
        """Whether the point has a derivative that a central difference can see."""
        return self.kink is None and not self.singular

    @property
    def why(self) -> str:
        """Why it is not smooth."""
        return "singular" if self.singular else f"at the kink of {self.kink}"


def look(
    tree: Tree,
    point: Point,
    arithmetic: Arithmetic,
    hypers: Mapping[str, Fraction],
    watch: Watch,
) -> Probe:
    """Interpret a program at a point, on traced numbers.

    Raises:
        DeriveError: if the program has no value there.
    """
    here = Watch()
    done = reverse(tree, converted(point.arrays, arithmetic.lift), arithmetic, hypers, here)
    for site, seen in here.outcomes.items():
        watch.outcomes.setdefault(site, set()).update(seen)
    cotangents = {n: mapped(g, arithmetic.exact) for n, g in point.cotangents.items()}
    gradients = done.gradients(cotangents)
    near, distance = here.closest()
    finite = _finite(gradients, arithmetic) and _finite(done.outputs, arithmetic)
    pole = finite and done.has_pole
    return Probe(
        point=point,
        outputs=done.outputs,
        gradients=gradients,
        unreached=done.unreached(),
        kink=near if distance <= NEAREST_KINK else None,
        singular=not finite or pole,
        meeting=here.meeting,
        stops=pole and done.stops(cotangents),
    )


def output_shapes(done: Reverse) -> dict[str, tuple[int, ...]]:
    """The shape of every output."""
    return {name: array.shape for name, array in done.outputs.items()}


def _finite(arrays: Mapping[str, Array], arithmetic: Arithmetic) -> bool:
    return all(map(arithmetic.finite, chain.from_iterable(a.flat for a in arrays.values())))


def gaps(tree: Tree, machine: Machine) -> Iterator[Number]:
    """By how much each assumption fails, for every value of its free indices."""
    for line in tree.assumptions:
        bound = {n for side in (line.left, line.right) for n in _bound(side)}
        free = [
            name
            for name in dict.fromkeys((*_names(line.left), *_names(line.right)))
            if name not in bound and _is_index(tree, machine, name)
        ]
        for place in product(*(range(machine.size(name, _NOWHERE)) for name in free)):
            scope = Scope(dict(zip(free, place, strict=True)))
            left, right = (number(machine, side, scope) for side in (line.left, line.right))
            yield machine.arithmetic.plain(left - right)


def _is_index(tree: Tree, machine: Machine, name: str) -> bool:
    others = {*machine.parameters, "pi", "inf", *machine.definitions}
    return name not in others and name not in {a.name for a in tree.arrays}


def _bound(node: Expr) -> Iterator[str]:
    if isinstance(node, Reduction):
        yield from (index.name for index in node.indices)
    for part in children(node):
        yield from _bound(part)  # type: ignore[arg-type]  # conditions hold expressions


def _names(node: Expr) -> Iterator[str]:
    if isinstance(node, Name):
        yield node.name
    for part in children(node):
        yield from _names(part)  # type: ignore[arg-type]

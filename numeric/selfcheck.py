"""The ``check()`` of an emitted module: backward against central differences of forward.

It is a smoke test that travels with the code. The proofs are in ``numeric.check``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice, product

from derive.expr import (
    ONE,
    Call,
    Compare,
    IndexValue,
    Node,
    Number,
    Power,
    Read,
    Reduce,
    index_exprs,
    walk,
)
from derive.extent import extent_of
from derive.functions import FUNCTIONS
from derive.index import Index, IndexExpr, Label, Size
from derive.program import Array, Assumption, Program
from derive.reading import ExtentCheck, ReadCheck, extent_checks, read_checks
from numeric.layout import tuple_text
from numeric.sizes import number_of

CHOICES = (3, 4, 2, 5, 7, 9)
MOST_TRIES = 20_000
# Inside the domain of log(x), log(1 - x) and sqrt(x), away from its borders.
INSIDE = "rng.uniform(0.2, 0.8, {shape})"
ANYWHERE = "rng.standard_normal({shape})"

_CHECK = '''\
def check(seed=0):
    """Compare backward with central differences along random directions."""
    rng = np.random.default_rng(seed)
    arrays = {{
{draws}
    }}
    *outputs, saved = forward(*arrays.values())
    weights = [rng.standard_normal(np.shape(y)) for y in outputs]
    gradients = backward(saved, *weights)

    def value(name, shift):
        moved = {{**arrays, name: arrays[name] + shift}}
        return sum(np.sum(w * y) for w, y in zip(weights, forward(*moved.values())))

    step = 1e-6
    for name, gradient in zip({names}, gradients):
        direction = rng.standard_normal(arrays[name].shape)
        ahead, behind = value(name, step * direction), value(name, -step * direction)
        numeric = (ahead - behind) / (2 * step)
        exact = np.sum(gradient * direction)
        scale = np.sum(abs(gradient * direction)) + 1e-3 * abs(ahead)
        error = abs(numeric - exact) / (scale + 1e-12)
        print(f"d{{name}}: backward {{exact:.9g}}, difference {{numeric:.9g}}")
        if not error < 1e-5:
            raise SystemExit(f"d{{name}} is wrong: relative error {{error:.1g}}")


if __name__ == "__main__":
    check()
'''


def check_text(program: Program, fits: Mapping[str, int] | None) -> str:
    """The text of ``check`` for data of these extents; empty if there are none that fit."""
    gradients = [a.name for a in program.arrays if a.differentiable]
    understood = all(_simplex(assumption) is not None for assumption in program.assumptions)
    if fits is None or not gradients or not understood:
        return ""
    return _CHECK.format(
        draws="\n".join(f"        {_key(a)}: {_draw(program, a, fits)}," for a in program.arrays),
        names=_names(program, gradients),
    )


def _names(program: Program, gradients: list[str]) -> str:
    """The names in the order of the gradients; those of all arrays if all have one."""
    if len(gradients) == len(program.arrays):
        return "arrays"
    consts = [f'"{a.name}"' for a in program.arrays if not a.differentiable]
    return f"[n for n in arrays if n not in {tuple_text(consts)}]"


def _key(array: Array) -> str:
    return f'"{array.name}"'


def _draw(program: Program, array: Array, sizes: Mapping[str, int]) -> str:
    shape = tuple(sizes[axis] for axis in array.axes)
    if array.integer:
        return f"rng.integers({_labels(program, array.name, sizes)}, size={shape})"
    for assumption in program.assumptions:
        found = _simplex(assumption)
        if found is not None and found[0] == array.name:
            return _draw_simplex(shape, found[1])
    pattern = INSIDE if _has_domain(program) else ANYWHERE
    text = pattern.format(shape=shape if len(shape) != 1 else shape[0])
    return f"np.asarray({text})" if not shape else text


def _simplex(assumption: Assumption) -> tuple[str, int] | None:
    """The array and the axis of ``sum[k](t[n, k]) = 1``, or None for any other assumption."""
    one, total = sorted((assumption.left, assumption.right), key=lambda e: e != ONE)
    if one != ONE or not isinstance(total, Reduce) or not isinstance(total.body, Read):
        return None
    summed = [k for k, e in enumerate(total.body.indices) if e.index in total.indices]
    plain = all(e.index is not None for e in total.body.indices)
    if total.op != "sum" or total.where is not None or not plain or len(summed) != 1:
        return None
    return total.body.array, summed[0]


def _draw_simplex(shape: tuple[int, ...], axis: int) -> str:
    others = shape[:axis] + shape[axis + 1 :]
    text = f"rng.dirichlet(np.ones({shape[axis]}), size={others})"
    return text if axis == len(shape) - 1 else f"np.moveaxis({text}, -1, {axis})"


def _has_domain(program: Program) -> bool:
    """Whether some function is not defined for every real."""
    return any(map(_is_partial, (n for e in program.equations for n in walk(e.expr))))


def _is_partial(node: Node) -> bool:
    if isinstance(node, Call):
        return FUNCTIONS[node.name].domain != "real"
    if isinstance(node, Power):
        exponent = node.exponent
        return not (isinstance(exponent, Number) and exponent.value.denominator == 1)
    return False


# ---- labels -----------------------------------------------------------------------------------


def _labels(program: Program, name: str, sizes: Mapping[str, int]) -> int:
    """How many different labels ``name`` may hold: the least extent that it picks from."""
    extents = [number_of(extent_of(program, axis), sizes) for axis in _picked(program, name)]
    return max(1, min(extents, default=2))


def _picked(program: Program, name: str) -> Iterator[str]:
    """The axes that the labels ``name`` stand in, or are compared with an index of."""
    for equation in program.equations:
        for node in walk(equation.expr):
            if isinstance(node, Read):
                axes = program.axes(node.array)
                yield from (a for a, e in zip(axes, node.indices, strict=True) if _has(e, name))
            elif isinstance(node, Compare):
                sides = [s.expr for s in (node.left, node.right) if isinstance(s, IndexValue)]
                if any(_has(s, name) for s in sides):
                    plain = (s.index for s in sides)
                    yield from (i.name for i in plain if isinstance(i, Index))


def _has(expr: IndexExpr, name: str) -> bool:
    return any(isinstance(a, Label) and a.array == name for a in expr.atoms())


# ---- extents ----------------------------------------------------------------------------------


def fitting_sizes(program: Program) -> dict[str, int] | None:
    """Small extents of all roots with which every read is on its grid, or None."""
    roots = tuple(dict.fromkeys(axis for a in program.arrays for axis in a.axes))
    varied = _varied(program, roots)
    # the same for every try, and dearer than the try
    conditions = Conditions(
        tuple((name, extent_of(program, name)) for name, _ in program.extents),
        extent_checks(program),
        read_checks(program),
    )
    fixed = {root: CHOICES[k % 4] for k, root in enumerate(roots)}
    for least in (2, 1):
        for chosen in islice(product(CHOICES, repeat=len(varied)), MOST_TRIES):
            sizes = {**fixed, **dict(zip(varied, chosen, strict=True))}
            if _fits(conditions, sizes, least):
                return sizes
    return None


def _varied(program: Program, roots: tuple[str, ...]) -> tuple[str, ...]:
    """The roots that other extents or shifted reads depend on."""
    exprs = [extent for _, extent in program.extents]
    for equation in program.equations:
        exprs += [e for e in index_exprs(equation.expr) if e.index is None]
    found = {a.name for e in exprs for a in e.atoms() if isinstance(a, (Size, Index))}
    return tuple(root for root in roots if root in found)


@dataclass(frozen=True, slots=True)
class Conditions:
    """What the extents of a program must satisfy."""

    derived: tuple[tuple[str, IndexExpr], ...]
    extents: tuple[ExtentCheck, ...]
    reads: tuple[ReadCheck, ...]


def _fits(conditions: Conditions, roots: Mapping[str, int], least: int) -> bool:
    sizes = dict(roots)
    try:
        for name, extent in conditions.derived:
            sizes[name] = number_of(extent, roots)
        agree = all(
            check.right is None or number_of(check.left, sizes) == number_of(check.right, sizes)
            for check in conditions.extents
        )
    except ZeroDivisionError:
        return False
    large = min(sizes.values(), default=least) >= least
    return agree and large and _on_grid(conditions.reads, sizes)


def _on_grid(reads: tuple[ReadCheck, ...], sizes: Mapping[str, int]) -> bool:
    for check in reads:
        if check.lower is None or check.upper is None or check.guards:
            continue
        low, high = number_of(check.lower, sizes), number_of(check.upper, sizes)
        if low < number_of(check.first, sizes) or high > number_of(check.last, sizes):
            return False
    return True

"""A second, independent proof: scalars differentiated by SymPy, one by one.

The parse tree is run over symbols, so that every output becomes an explicit expression of the
elements of the inputs; SymPy differentiates it by each of them. The derived equations are run
over the same symbols, and the two expressions must be the same. Nothing here knows of index
calculus, and SymPy is given objects, never text.

A symbol carries an exact number along, drawn like the data of any proof: it decides which branch
is taken, so a piecewise function is differentiated on the piece around that point.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import reduce
from itertools import product
from types import ModuleType
from typing import Any

import mpmath
import numpy as np

from derive.bind import bind
from derive.cotangent import adjoint
from derive.errors import DeriveError, OptionRefused
from derive.parser import parse_tree
from derive.program import Program
from derive.syntax import Element, Name, Tree
from numeric.check import domains
from numeric.check.domains import Domains
from numeric.check.indices import Layout, layout
from numeric.check.point import Array, Point
from numeric.check.result import INCONCLUSIVE, PROVED, WRONG, Line
from numeric.interpret import functions
from numeric.interpret.arithmetic import Arithmetic
from numeric.interpret.extents import walk
from numeric.interpret.run import run

NAME = "symbolic (SymPy)"
DIGITS = 60
AGREES = mpmath.mpf("1e-45")
# Differences of more parts than this are compared at points.
LARGEST_SIMPLIFIED = 90
POINTS = 3
EXTENTS = (2, 3, 1, 4, 5)
ENOUGH_STEPS = 60
MOST_SIZES = 400
# What SymPy leaves where it has no derivative.
UNFINISHED = ("Derivative", "DiracDelta", "Subs", "Heaviside", "re", "im", "arg")


@dataclass(frozen=True, slots=True, eq=False)
class Scalar:
    """An expression of SymPy with its value at the point that decides the branches."""

    expr: Any
    at: Any

    def _with(self, other: Any, operation: Callable[[Any, Any], Any]) -> Scalar:
        right = other if isinstance(other, Scalar) else _plain(self, other)
        return Scalar(operation(self.expr, right.expr), operation(self.at, right.at))

    def __add__(self, other: Any) -> Scalar:
        return self._with(other, lambda a, b: a + b)

    __radd__ = __add__

    def __mul__(self, other: Any) -> Scalar:
        return self._with(other, lambda a, b: a * b)

    __rmul__ = __mul__

    def __sub__(self, other: Any) -> Scalar:
        return self._with(other, lambda a, b: a - b)

    def __rsub__(self, other: Any) -> Scalar:
        return self._with(other, lambda a, b: b - a)

    def __truediv__(self, other: Any) -> Scalar:
        return self._with(other, lambda a, b: a / b)

    def __neg__(self) -> Scalar:
        return Scalar(-self.expr, -self.at)

    def __abs__(self) -> Scalar:
        return self if self.at >= 0 else -self

    def __eq__(self, other: object) -> bool:
        return bool(self.at == _value(other))

    def __lt__(self, other: Any) -> bool:
        return bool(self.at < _value(other))

    def __le__(self, other: Any) -> bool:
        return bool(self.at <= _value(other))

    def __gt__(self, other: Any) -> bool:
        return bool(self.at > _value(other))

    def __ge__(self, other: Any) -> bool:
        return bool(self.at >= _value(other))

    __hash__ = None  # type: ignore[assignment]  # equal by value at a point


def _value(number: Any) -> Any:
    return number.at if isinstance(number, Scalar) else number


def _plain(like: Scalar, number: Any) -> Scalar:
    """A number of Python beside a scalar."""
    value = Fraction(number)
    below = like.at.context.mpf(value.denominator)
    return Scalar(_rational(value), value.numerator / below)


def _rational(value: Fraction) -> Any:
    return load().Rational(value.numerator, value.denominator)


def load() -> ModuleType:
    """SymPy, which is an optional extra.

    Raises:
        OptionRefused: if it is not installed.
    """
    try:
        import sympy  # noqa: PLC0415  heavy, and an optional extra
    except ImportError:
        raise OptionRefused(
            "the symbolic proof needs SymPy, which is not installed",
            remedy="pip install 'backproof[symbolic]', or leave out symbolic=True",
        ) from None
    module: ModuleType = sympy
    return module


def arithmetic() -> Arithmetic:
    """The arithmetic of scalars."""
    sympy, mp = load(), mpmath.mp.clone()
    mp.dps = DIGITS + 20

    def exact(value: Fraction) -> Scalar:
        bottom = mp.mpf(value.denominator)
        return Scalar(sympy.Rational(value.numerator, value.denominator), value.numerator / bottom)

    def lift(value: Any) -> Scalar:
        return value if isinstance(value, Scalar) else exact(Fraction(value))

    def both(name: str) -> Callable[[Scalar], Scalar]:
        of, at = getattr(sympy, name), getattr(mp, name)
        return lambda z: Scalar(of(z.expr), at(z.at))

    base = {name: both(name) for name in functions.BASE if name != "log1p"}
    base["log1p"] = lambda z: base["log"](z + 1)
    infinity = Scalar(sympy.oo, mp.inf)
    return Arithmetic(
        name="symbols",
        exact=exact,
        lift=lift,
        divide=lambda a, b: a / b,
        power=lambda a, b: Scalar(a.expr**b.expr, a.at**b.at),
        infinity=infinity,
        pi=Scalar(sympy.pi, +mp.pi),
        functions=functions.table(base, one=exact(Fraction(1)), infinity=infinity),
    )


# ---- the proof --------------------------------------------------------------------------------


@dataclass(slots=True)
class _Seen:
    exact: int = 0
    at_points: int = 0
    wrong: str = ""
    unknown: str = ""


def prove(program: Program, /, *, seed: int = 0, derived: Program | None = None) -> Line:
    """Compare the derived equations with SymPy's derivatives, on the smallest legal shapes.

    ``derived`` stands in for ``adjoint(program)``.

    Raises:
        OptionRefused: if SymPy is not installed.
        DeriveError: if the program has no adjoint.
    """
    numbers = arithmetic()
    bound = bind(replace(program, claims=()))
    backward = adjoint(bound) if derived is None else derived
    tree = parse_tree(str(bound))
    point = _point(tree, np.random.default_rng(seed))
    seen = _Seen()
    if isinstance(point, str):
        seen.unknown = point
    else:
        _compare(seen, tree, parse_tree(str(backward)), point, numbers)
    return _line(seen)


def _line(seen: _Seen) -> Line:
    verdict = WRONG if seen.wrong else PROVED
    if not seen.wrong and (seen.unknown or not seen.exact + seen.at_points):
        verdict = INCONCLUSIVE
    told = f"{seen.exact} entries exactly"
    if seen.at_points:
        told += f", {seen.at_points} at {POINTS} points to {DIGITS} digits"
    return Line(
        NAME, seen.exact + seen.at_points, (), None, "equality", verdict,
        note=seen.wrong or seen.unknown or told,
    )  # fmt: skip


def _point(tree: Tree, rng: np.random.Generator) -> Point | str:
    here = layout(tree, {})
    sizes = next(_sizes(here), None)
    if sizes is None:
        return "no extents are legal"
    found = domains.find(here, {}, sizes, rng)
    if not isinstance(found, Domains):
        return f"no data give a finite value: {found}"
    return domains.point(here, found, {}, "symbols", sizes, rng=rng)


def _sizes(here: Layout) -> Iterator[Mapping[str, int]]:
    """Legal extents, twos first, fewer steps before many."""
    rows = product(EXTENTS, repeat=len(here.roots))
    found = []
    for row, _ in zip(rows, range(MOST_SIZES), strict=False):
        sizes = dict(zip(here.roots, row, strict=True))
        every = here.every(sizes)
        moving = all(sizes[name] > 1 for name in here.times)
        if every is not None and moving:
            odd = sum(size != 2 for size in row)
            work = here.work(every)
            found.append((work > ENOUGH_STEPS, odd if work <= ENOUGH_STEPS else work, row, sizes))
    yield from (sizes for *_, sizes in sorted(found, key=lambda r: r[:3]) if here.on_grid(sizes))


def _compare(
    seen: _Seen, tree: Tree, backward: Tree, point: Point, numbers: Arithmetic
) -> None:
    sympy = load()
    fixed = set(_assumed(tree))
    arrays = {
        line.name: point.arrays[line.name]
        if line.integer or line.name in fixed
        else _symbols(line.name, point.arrays[line.name], numbers)
        for line in tree.arrays
    }
    cotangents = {
        f"d{name}": _symbols(f"d{name}", g, numbers) for name, g in point.cotangents.items()
    }
    try:
        forward = run(tree, arrays, numbers)
        derived = run(backward, {**arrays, **_renamed(backward, tree, cotangents)}, numbers)
    except DeriveError as error:
        seen.unknown = error.problem
        return
    total = sympy.Add(
        *(
            g.expr * y.expr
            for name in point.cotangents
            for g, y in zip(cotangents[f"d{name}"].flat, forward.array(name).flat, strict=True)
        )
    )
    at = {
        s.expr: s.at
        for a in (*arrays.values(), *cotangents.values())
        for s in a.flat
        if isinstance(s, Scalar)
    }
    outputs = [o.name for o in backward.outputs]
    for line, output in zip(_differentiable(tree), outputs, strict=True):
        if line in fixed:
            seen.unknown = f"an assumption ties the elements of {line} together"
            continue
        for place, given in derived.cells(output).items():
            symbol = arrays[line][place].expr
            _judge(seen, f"{output}{list(place) or ''}", slope(total, symbol, {}), given, at)


def _differentiable(tree: Tree) -> list[str]:
    return [line.name for line in tree.arrays if line.role != "const"]


def _renamed(backward: Tree, tree: Tree, cotangents: Mapping[str, Array]) -> dict[str, Array]:
    """The cotangents under the names that the derived program gives them, in the same order."""
    known = {line.name for line in tree.arrays}
    names = [line.name for line in backward.arrays if line.name not in known]
    return dict(zip(names, cotangents.values(), strict=True))


def _assumed(tree: Tree) -> Iterator[str]:
    """Arrays that an assumption speaks of: they are numbers, not symbols."""
    for line in tree.assumptions:
        for side in (line.left, line.right):
            for node in walk(side):
                if isinstance(node, (Element, Name)):
                    yield node.array if isinstance(node, Element) else node.name


def _symbols(name: str, values: Array, numbers: Arithmetic) -> Array:
    sympy = load()
    found = np.empty(values.shape, dtype=object)
    for place in np.ndindex(values.shape):
        symbol = sympy.Symbol("_".join([name, *map(str, place)]), real=True)
        found[place] = Scalar(symbol, numbers.exact(Fraction(values[place])).at)
    return found


def slope(expr: Any, symbol: Any, known: dict[Any, Any]) -> Any:
    """The derivative, each part of an expression once; SymPy differentiates every operation."""
    sympy = load()
    if expr == symbol:
        return sympy.Integer(1)
    if expr in known or not expr.args:
        return known.get(expr, sympy.Integer(0))
    moved = [(n, slope(part, symbol, known)) for n, part in enumerate(expr.args)]
    moved = [(n, by) for n, by in moved if by != 0]
    found = sympy.Integer(0)
    if moved:
        letters = [sympy.Dummy(real=True) for _ in expr.args]
        held = [part if part.is_number else x for x, part in zip(letters, expr.args, strict=True)]
        local, values = expr.func(*held), dict(zip(letters, expr.args, strict=True))
        found = sympy.Add(*(local.diff(letters[n]).xreplace(values) * by for n, by in moved))
    known[expr] = found
    return found


def _judge(seen: _Seen, entry: str, expected: Any, given: Scalar, at: Mapping[Any, Any]) -> None:
    """Decide one entry: by algebra if it is small, else at points."""
    for expr in (expected, given.expr):
        left = {type(node).__name__ for node in parts(expr)} & set(UNFINISHED)
        if left:
            seen.unknown = f"SymPy left {', '.join(sorted(left))} in {entry}"
            return
    difference = expected - given.expr
    if vanishes(difference):
        seen.exact += 1
        return
    for shift in range(POINTS):
        gap, scale = _at(difference, expected, at, shift)
        if not gap <= AGREES * scale:
            seen.wrong = seen.wrong or f"{entry} is not the derivative that SymPy finds"
            return
    seen.at_points += 1


def parts(expr: Any) -> set[Any]:
    """Every part of an expression, once, however often it stands there."""
    found: set[Any] = set()
    waiting = [expr]
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting += node.args
    return found


def vanishes(difference: Any) -> bool:
    """Whether an expression is 0, as far as bounded algebra shows.

    Functions of different arguments are letters of their own, so this is algebra of fractions.
    """
    sympy = load()
    if difference == 0:
        return True
    if len(parts(difference)) > LARGEST_SIMPLIFIED:
        return False
    letters: dict[Any, Any] = {}
    plain = _lettered(difference, letters, {})
    if plain == 0:
        return True
    top, _ = sympy.fraction(sympy.together(plain))
    return bool(sympy.expand(top) == 0)


def _lettered(expr: Any, letters: dict[Any, Any], known: dict[Any, Any]) -> Any:
    """``expr`` with a letter for every function value; ``exp(a + b)`` is a product of two."""
    sympy = load()
    if expr in known:
        return known[expr]
    found = expr
    if isinstance(expr, sympy.exp):
        found = sympy.Integer(1)
        for term in sympy.Add.make_args(sympy.expand(expr.args[0])):
            number, rest = term.as_coeff_Mul()
            letter = letters.setdefault(sympy.exp(rest), sympy.Dummy(positive=True))
            found *= letter**number
    elif isinstance(expr, sympy.erfc):
        found = 1 - _lettered(sympy.erf(*expr.args), letters, known)
    elif isinstance(expr, sympy.Function):
        found = letters.setdefault(expr, sympy.Dummy(real=True))
    elif expr.args:
        found = expr.func(*(_lettered(part, letters, known) for part in expr.args))
    known[expr] = found
    return found


def _at(difference: Any, expected: Any, at: Mapping[Any, Any], shift: int) -> tuple[Any, Any]:
    """The size of a difference, and the scale, near the point; the first time at the point."""
    step = mpmath.mpf(shift) / 10**6
    values = {symbol: v * (1 + step * (1 + n % 3)) for n, (symbol, v) in enumerate(at.items())}
    return abs(_number(difference, values)), 1 + abs(_number(expected, values))


def _number(expr: Any, known: dict[Any, Any]) -> Any:
    """The value of an expression, each part once; ``known`` has that of every symbol."""
    sympy = load()
    if expr in known:
        return known[expr]
    mp = next(iter(known.values())).context
    if isinstance(expr, sympy.Rational):
        found = mp.mpf(int(expr.p)) / int(expr.q)
    elif isinstance(expr, sympy.NumberSymbol):
        found = +getattr(mp, str(expr))
    else:
        args = [_number(part, known) for part in expr.args]
        found = _OPERATIONS.get(expr.func.__name__, _function(mp, expr))(*args)
    known[expr] = found
    return found


def _function(mp: Any, expr: Any) -> Callable[..., Any]:
    return getattr(mp, expr.func.__name__.lower(), mp.nan)  # type: ignore[no-any-return]


_OPERATIONS: Mapping[str, Callable[..., Any]] = {
    "Add": lambda *args: sum(args),
    "Mul": lambda *args: reduce(operator.mul, args),
    "Pow": operator.pow,
}

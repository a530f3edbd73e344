"""Numbers that remember how they came about, for gradients straight from the meaning.

Interpreting equations over ``traced`` numbers leaves a tape: for each number the numbers it
was computed from and the derivative by each. One sweep back over the tape scatters cotangents
to the inputs, ``dx[A] += dy * ...`` for every read in the nest of loops. Nothing here knows of
index calculus, so it is an independent witness for the derived equations, kinks included.

A rule of ``DERIVATIVES`` receives the function table ``f``, the value ``y`` of the call and its
arguments; it returns the derivative by each argument, at a kink by the language's convention.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from numeric.interpret.arithmetic import Arithmetic, Number

Rule = Callable[..., tuple[Number, ...]]
HALF = Fraction(1, 2)


class Tape:
    """What every traced number was computed from.

    Attributes:
        parents: for each place, the places it depends on directly.
        weights: for each place, the derivative by each of its parents.
        poles: the places at which a derivative is infinite or undefined though the operands
            are finite.
    """

    def __init__(self) -> None:
        self.parents: list[tuple[int, ...]] = []
        self.weights: list[tuple[Number, ...]] = []
        self.poles: set[int] = set()

    def new(
        self, value: Number, parents: tuple[int, ...] = (), weights: tuple[Number, ...] = ()
    ) -> Traced:
        """Put down a number: a leaf, or the result of an operation."""
        self.parents.append(parents)
        self.weights.append(weights)
        return Traced(value, len(self.parents) - 1, self)

    def result(
        self, value: Number, operands: Sequence[Number], weights: Iterable[Number]
    ) -> Number:
        """The result of an operation; a plain number if no operand is traced."""
        kept = [(o.place, w) for o, w in zip(operands, weights, strict=True) if _is_traced(o)]
        if not kept:
            return value
        return self.new(value, tuple(p for p, _ in kept), tuple(w for _, w in kept))

    def pole(self, result: Number) -> Number:
        """``result``, with a mark that its operation has a pole there."""
        if _is_traced(result):
            self.poles.add(result.place)
        return result

    def sweep(self, seeds: Mapping[int, Number], zero: Number) -> list[Number]:
        """The cotangent at every place, from cotangents at some. A zero cotangent stops."""
        found = [zero] * len(self.parents)
        for place, seed in seeds.items():
            found[place] = found[place] + seed
        for place in range(len(found) - 1, -1, -1):
            cotangent = found[place]
            if cotangent == 0:
                continue
            for parent, weight in zip(self.parents[place], self.weights[place], strict=True):
                # sums have weights of the integer 1, and there are many
                term = cotangent if type(weight) is int and weight == 1 else cotangent * weight
                before = found[parent]
                found[parent] = term if before is zero else before + term
        return found

    def reached(self, places: Iterable[int]) -> set[int]:
        """The places that some of the given places depend on, however weakly."""
        found = set(places)
        for place in range(len(self.parents) - 1, -1, -1):
            if place in found:
                found.update(self.parents[place])
        return found


class Traced:
    """A number with its place on a tape; compares as the number does."""

    __slots__ = ("place", "tape", "value")

    def __init__(self, value: Number, place: int, tape: Tape) -> None:
        self.value, self.place, self.tape = value, place, tape

    def __add__(self, other: Number) -> Number:
        if type(other) is Traced:
            return self.tape.new(self.value + other.value, (self.place, other.place), (1, 1))
        return self.tape.new(self.value + other, (self.place,), (1,))

    __radd__ = __add__

    def __neg__(self) -> Number:
        return self.tape.new(-self.value, (self.place,), (-1,))

    def __sub__(self, other: Number) -> Number:
        if type(other) is Traced:
            return self.tape.new(self.value - other.value, (self.place, other.place), (1, -1))
        return self.tape.new(self.value - other, (self.place,), (1,))

    def __rsub__(self, other: Number) -> Number:
        return self.tape.new(other - self.value, (self.place,), (-1,))

    def __mul__(self, other: Number) -> Number:
        if type(other) is Traced:
            value, factor = self.value, other.value
            return self.tape.new(value * factor, (self.place, other.place), (factor, value))
        return self.tape.new(self.value * other, (self.place,), (other,))

    def __rmul__(self, other: Number) -> Number:
        return self.tape.new(other * self.value, (self.place,), (other,))

    def __eq__(self, other: object) -> bool:
        return bool(self.value == plain(other))

    def __lt__(self, other: Number) -> bool:
        return bool(self.value < plain(other))

    def __le__(self, other: Number) -> bool:
        return bool(self.value <= plain(other))

    def __gt__(self, other: Number) -> bool:
        return bool(self.value > plain(other))

    def __ge__(self, other: Number) -> bool:
        return bool(self.value >= plain(other))

    __hash__ = None  # type: ignore[assignment]  # equal by value, which may be unhashable


def plain(number: Number) -> Number:
    """The ordinary number inside a number that may be traced."""
    return number.value if isinstance(number, Traced) else number


def _is_traced(number: Number) -> bool:
    return isinstance(number, Traced)


def traced(base: Arithmetic, tape: Tape) -> Arithmetic:
    """The arithmetic of numbers over ``base`` that are traced on ``tape``.

    Inputs are traced by ``tape.new``; whatever depends on none of them stays plain.
    """
    functions = {
        name: _traced_function(name, base, tape) for name in base.functions if name in DERIVATIVES
    }

    def divide(a: Number, b: Number) -> Number:
        bottom = plain(b)
        value = base.divide(plain(a), bottom)
        result = tape.result(
            value,
            (a, b),
            (base.divide(base.exact(Fraction(1)), bottom), -base.divide(value, bottom)),
        )
        return tape.pole(result) if bottom == 0 and base.finite(plain(a)) else result

    def power(a: Number, b: Number) -> Number:
        bottom, exponent = plain(a), plain(b)
        value = base.power(bottom, exponent)
        by_base = exponent * base.power(bottom, exponent - 1) if exponent != 0 else exponent
        by_exponent = value
        if _is_traced(b) and value != 0:
            by_exponent = value * base.functions["log"](bottom)
        result = tape.result(value, (a, b), (by_base, by_exponent))
        return tape.pole(result) if bottom == 0 and base.finite(exponent) else result

    return replace(
        base,
        name=f"traced {base.name}",
        lift=lambda number: number if _is_traced(number) else base.lift(number),
        divide=divide,
        power=power,
        functions=functions,
        plain=plain,
    )


def _traced_function(name: str, base: Arithmetic, tape: Tape) -> Callable[..., Number]:
    function, rule, table = base.functions[name], DERIVATIVES[name], base.functions
    constants = {"pi": base.pi, "half": base.exact(HALF), "divide": base.divide}

    def call(*args: Number) -> Number:
        values = tuple(map(plain, args))
        value = function(*values)
        if not any(map(_is_traced, args)):
            return value
        if name in FLAT:
            return value
        result = tape.result(value, args, rule({**table, **constants}, value, *values))
        return tape.pole(result) if name in POLE_AT_ZERO and values[0] == 0 else result

    return call


# Locally constant everywhere: their results depend on nothing.
FLAT = ("sign", "step")
# Their derivatives are infinite at zero.
POLE_AT_ZERO = ("log", "sqrt")


def _taken(f: Mapping[str, Any], z: Number) -> Number:
    """1 where z > 0, else 0: what is not a number takes no branch."""
    one = f["half"] + f["half"]
    return one if z > 0 else one - one


def _share(f: Mapping[str, Any], mine: Number, other: Number) -> Number:
    """Half of the cotangent on a tie, all of it to the winner."""
    return f["half"] if mine == other else _taken(f, mine - other)


def _sigmoid_slope(f: Mapping[str, Any], z: Number) -> Number:
    return f["sigmoid"](z) * f["sigmoid"](-z)


def _normal_density(f: Mapping[str, Any], z: Number) -> Number:
    return f["divide"](f["exp"](-z * z * f["half"]), f["sqrt"](f["pi"] + f["pi"]))


def _gelu(f: Mapping[str, Any], z: Number) -> Number:
    below = f["erfc"](-f["divide"](z, f["sqrt"](f["half"] * 4))) * f["half"]
    return below + z * _normal_density(f, z)


def _silu(f: Mapping[str, Any], z: Number) -> Number:
    return f["sigmoid"](z) + z * _sigmoid_slope(f, z)


def _bell(f: Mapping[str, Any], z: Number) -> Number:
    """The derivative of ``erf``."""
    return f["divide"](2 * f["exp"](-z * z), f["sqrt"](f["pi"]))


DERIVATIVES: Mapping[str, Rule] = {
    "exp": lambda f, y, z: (y,),
    "log": lambda f, y, z: (f["divide"](z - z + 1, z),),
    "log1p": lambda f, y, z: (f["divide"](z - z + 1, 1 + z),),
    "sqrt": lambda f, y, z: (f["divide"](f["half"], y),),
    "sin": lambda f, y, z: (f["cos"](z),),
    "cos": lambda f, y, z: (-f["sin"](z),),
    "tan": lambda f, y, z: (1 + y * y,),
    "sinh": lambda f, y, z: (f["cosh"](z),),
    "cosh": lambda f, y, z: (f["sinh"](z),),
    # 1 - tanh^2, without the cancellation
    "tanh": lambda f, y, z: (4 * _sigmoid_slope(f, z + z),),
    "sigmoid": lambda f, y, z: (_sigmoid_slope(f, z),),
    "relu": lambda f, y, z: (_taken(f, z),),
    "softplus": lambda f, y, z: (f["sigmoid"](z),),
    "erf": lambda f, y, z: (_bell(f, z),),
    "erfc": lambda f, y, z: (-_bell(f, z),),
    "gelu": lambda f, y, z: (_gelu(f, z),),
    "silu": lambda f, y, z: (_silu(f, z),),
    "abs": lambda f, y, z: (f["sign"](z),),
    "sign": lambda f, y, z: (z - z,),
    "step": lambda f, y, z: (z - z,),
    "max": lambda f, y, a, b: (_share(f, a, b), _share(f, b, a)),
    "min": lambda f, y, a, b: (_share(f, b, a), _share(f, a, b)),
    "leaky_relu": lambda f, y, z, a: (1, a - a) if z > 0 else (a, z),
    "elu": lambda f, y, z, a: (1, a - a) if z > 0 else (a * f["exp"](z), f["exp"](z) - 1),
}

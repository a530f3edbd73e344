"""The functions of the language in terms of few: exp, log, sigmoid, cos, erf and conditions.

    relu(z) = z*[z > 0]              tanh(z) = 2*sigmoid(2*z) - 1
    abs(z) = 2*z*[z > 0] - z         silu(z) = z*sigmoid(z)
    max(a, b) = b + (a - b)*[a - b > 0]

A rule receives the algebra and the arguments in normal form.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction

from derive.proof.algebra import ONE, Algebra
from derive.proof.forms import Poly, Term
from derive.proof.rules import exponential, one_minus_sigmoid

Rule = Callable[..., Poly]
HALF, TWO = Fraction(1, 2), Fraction(2)


def positive(algebra: Algebra, form: Poly) -> Poly:
    """``[form > 0]``, of the form with a positive first term."""
    if form.constant is not None:
        return algebra.constant(int(form.constant > 0))
    if _first_sign(form) < 0:
        flipped = algebra.scale(form, -1)
        above, at = positive(algebra, flipped), zero(algebra, flipped)
        return algebra.minus(algebra.constant(1), algebra.add(above, at))
    return algebra.atom("positive", forms=(_without_content(algebra, form),))


def zero(algebra: Algebra, form: Poly) -> Poly:
    """``[form == 0]``."""
    if form.constant is not None:
        return algebra.constant(int(form.constant == 0))
    sign = -1 if _first_sign(form) < 0 else 1
    return algebra.atom("zero", forms=(_without_content(algebra, algebra.scale(form, sign)),))


def _without_content(algebra: Algebra, form: Poly) -> Poly:
    """``form`` over the size of its first coefficient, which no sign depends on."""
    first = min(form.terms)
    return algebra.scale(form, 1 / abs(form.terms[first][0]))


def _first_sign(form: Poly) -> int:
    return 1 if form.terms[min(form.terms)][0] > 0 else -1


def odd(name: str) -> Rule:
    """``f(-z) = -f(z)``."""

    def rule(algebra: Algebra, z: Poly) -> Poly:
        if z.constant == 0:
            return z
        sign = _first_sign(z)
        return algebra.scale(algebra.atom("call", name, forms=(algebra.scale(z, sign),)), sign)

    return rule


def cosine(algebra: Algebra, z: Poly) -> Poly:
    """``cos(-z) = cos(z)``."""
    if z.constant == 0:
        return algebra.constant(1)
    return algebra.atom("call", "cos", forms=(algebra.scale(z, _first_sign(z)),))


def exp(algebra: Algebra, z: Poly) -> Poly:
    """Turn a sum into a product of exponentials; that of ``log(y)`` is y."""
    found = algebra.constant(1)
    for coefficient, term in z:
        ((atom, power),) = term.factors.items() if len(term.factors) == 1 else ((None, ONE),)
        unit = algebra.collected([(coefficient, term)])
        if atom is not None and atom.head == "log" and power == 1 and not term.bound:
            found = algebra.times(found, algebra.power(atom.forms[0], coefficient))
            continue
        factors = exponential(algebra, unit) or {}
        found = algebra.times(found, algebra.reduced(ONE, Term((), factors)))
    return found


def log(algebra: Algebra, y: Poly) -> Poly:
    """Turn a product of what is positive into a sum of logarithms."""
    if y.constant == 1:
        return algebra.constant(0)
    if y.constant is not None or not y.terms:
        return algebra.atom("call", "log", forms=(y,))
    content, shared, left = algebra.taken_out(y, whole=False)
    parts = [algebra.scale(_log_of(algebra, a), e) for a, e in shared.items()]
    if content != 1:
        parts.append(algebra.atom("call", "log", forms=(algebra.constant(content),)))
    if left is None:
        return algebra.add(*parts)
    inside = algebra.exponent_of_one_plus(left)
    if inside is not None:
        return algebra.add(softplus(algebra, inside), *parts)
    gate = one_minus_sigmoid(algebra, left)
    if gate is not None:
        return algebra.add(algebra.scale(softplus(algebra, gate), -1), *parts)
    return algebra.add(algebra.atom("call", "log", forms=(left,)), *parts)


def _log_of(algebra: Algebra, atom: object) -> Poly:
    kind, forms = atom.kind, atom.forms  # type: ignore[attr-defined]
    if kind == "exp":
        return Poly(dict(forms[0].terms))
    if kind == "call" and atom.head == "sigmoid":  # type: ignore[attr-defined]
        return algebra.scale(softplus(algebra, algebra.scale(forms[0], -1)), -1)
    if kind == "base":
        return log(algebra, forms[0])
    whole = algebra.power_of(atom, ONE)  # type: ignore[arg-type]
    return algebra.atom("call", "log", forms=(whole,))


def softplus(algebra: Algebra, z: Poly) -> Poly:
    """The same for the logarithm of ``1 + exp(z)``; that of -z is that of z less z."""
    if z.constant is None and _first_sign(z) < 0:
        return algebra.add(softplus(algebra, algebra.scale(z, -1)), z)
    return algebra.atom("call", "softplus", forms=(z,))


def _half_sum(sign: int) -> Rule:
    def rule(algebra: Algebra, z: Poly) -> Poly:
        other = algebra.scale(exp(algebra, algebra.scale(z, -1)), sign)
        return algebra.scale(algebra.add(exp(algebra, z), other), HALF)

    return rule


def tanh(algebra: Algebra, z: Poly) -> Poly:
    """``2*sigmoid(2*z) - 1``."""
    gate = algebra.gate(algebra.scale(z, 2))
    return algebra.add(algebra.scale(gate, 2), algebra.constant(-1))


def tangent(algebra: Algebra, z: Poly) -> Poly:
    """``sin(z)/cos(z)``."""
    return algebra.times(odd("sin")(algebra, z), algebra.power(cosine(algebra, z), Fraction(-1)))


def relu(algebra: Algebra, z: Poly) -> Poly:
    """``z*[z > 0]``."""
    return algebra.times(z, positive(algebra, z))


def absolute(algebra: Algebra, z: Poly) -> Poly:
    """``2*z*[z > 0] - z``."""
    return algebra.minus(algebra.scale(relu(algebra, z), 2), z)


def sign(algebra: Algebra, z: Poly) -> Poly:
    """``2*[z > 0] + [z == 0] - 1``."""
    above = algebra.scale(positive(algebra, z), 2)
    return algebra.add(above, zero(algebra, z), algebra.constant(-1))


def larger(algebra: Algebra, a: Poly, b: Poly) -> Poly:
    """``b + (a - b)*[a - b > 0]``."""
    return algebra.add(b, relu(algebra, algebra.minus(a, b)))


def smaller(algebra: Algebra, a: Poly, b: Poly) -> Poly:
    """``a - (a - b)*[a - b > 0]``."""
    return algebra.minus(a, relu(algebra, algebra.minus(a, b)))


def _leaky(algebra: Algebra, z: Poly, below: Poly) -> Poly:
    """``z`` above zero and ``below`` elsewhere."""
    return algebra.add(below, algebra.times(algebra.minus(z, below), positive(algebra, z)))


def gelu(algebra: Algebra, z: Poly) -> Poly:
    """``z*(1 + erf(z/sqrt(2)))/2``."""
    root = algebra.power(algebra.constant(2), -HALF)
    bell = odd("erf")(algebra, algebra.times(z, root))
    return algebra.scale(algebra.times(z, algebra.add(algebra.constant(1), bell)), HALF)


TABLE: Mapping[str, Rule] = {
    "exp": exp,
    "log": log,
    "sqrt": lambda a, z: a.power(z, HALF),
    "abs": absolute,
    "sign": sign,
    "sin": odd("sin"),
    "cos": cosine,
    "tan": tangent,
    "sinh": _half_sum(-1),
    "cosh": _half_sum(1),
    "tanh": tanh,
    "sigmoid": lambda a, z: a.gate(z),
    "relu": relu,
    "softplus": softplus,
    "erf": odd("erf"),
    "gelu": gelu,
    "silu": lambda a, z: a.times(z, a.gate(z)),
    "step": positive,
    "max": larger,
    "min": smaller,
    "leaky_relu": lambda a, z, slope: _leaky(a, z, a.times(slope, z)),
    "elu": lambda a, z, scale: _leaky(
        a, z, a.times(scale, a.add(exp(a, z), a.constant(-1)))
    ),
}

"""Pointwise expressions. What a function may not meet, its argument cannot be."""

from __future__ import annotations

from collections.abc import Callable

from trials.programs.draft import Draft, Scope
from trials.programs.reads import positive, read

SMALL = ("2", "3", "0.5", "1/3", "0.1", "1.5", "0.25", "pi", "1e-2", "-1", "-0.7")
# of one argument that may be anything
UNARY = (
    "sin({})", "cos({})", "tanh({})", "sigmoid({})", "softplus({})", "erf({})", "gelu({})",
    "silu({})", "relu({})", "abs({})", "sign({})", "step({})", "leaky_relu({}, 0.1)",
    "elu({}, 1)", "elu({}, 0.5)", "leaky_relu({}, -0.3)", "exp(-({})^2)", "exp(tanh({}))",
    "log(1 + ({})^2)", "sqrt(0.5 + ({})^2)", "tan(tanh({}))", "sinh(sin({}))", "cosh(tanh({}))",
    "({})^2", "({})^3", "(1 + ({})^2)^0.5", "(2 + ({})^2)^-1", "2^tanh({})", "-({})",
    "log(1 + exp({}))", "1/(1 + exp(-({})))", "log(softplus({}) + 0.1)", "sqrt(exp({}))^0.5",
    "(1 + ({})^2)^-1.5", "exp({})/(1 + exp({}))", "(1 - tanh({})^2)", "max({}, 0)", "min({}, 1)",
    "max(-1, min(1, {}))", "({})*sigmoid({})", "log(sigmoid({}))", "(exp(tanh({})) - 1)",
)  # fmt: skip
BINARY = (
    "{} + {}", "{} + {}", "{} - {}", "{}*{}", "{}*{}", "({})/(1 + ({})^2)", "({})/(2 + cos({}))",
    "({})/exp(tanh({}))", "max({}, {})", "min({}, {})", "(1 + ({})^2)^tanh({})", "({})*({} + 1)",
    "({} - {})^2", "sqrt(1 + ({})^2 + ({})^2)", "({})*[{} > 0]", "tanh({})/(1.1 + sin({}))",
)  # fmt: skip
POSITIVE = (
    "log({})", "sqrt({})", "1/{}", "{}^0.7", "{}^-2", "{}^1.5", "1/sqrt({})", "{}*log({})",
    "log(1 + {})", "{}^-0.5", "sqrt(sqrt({}))", "exp(-{})", "log({})^2",
)  # fmt: skip
VALUES = ("{} > {}", "{} <= {}", "{} > 0", "{} < 0.5", "{} >= {} or {} < -1", "not {} > {}")
PLACES = (
    "{a} >= 1", "{a} < {b}", "{a} == {b}", "{a} != {b}", "({a} + {b}) % 2 == 0", "{a} <= {b}",
)  # fmt: skip
NUMBERS = (
    "{a}", "({a} + 1)", "size({s})", "1/({a} + 1)", "0.5^{a}", "({a} - {b})", "{a}/size({s})",
)  # fmt: skip
# bodies of functions, with their parameters
FUNCTIONS = {
    "z*sigmoid(z)": "z", "max(z, 0)^2": "z", "z if z > 0 else z/2": "z",
    "a*b/(1 + a^2)": "a, b", "tanh(a - b)*b": "a, b",
}  # fmt: skip


def expression(draft: Draft, scope: Scope, depth: int) -> str:
    """A random expression over the indices of ``scope``."""
    kinds = (_leaf,) if depth <= 0 else (_leaf, _unary, _binary, _select, _positive, _defined)
    weights = (1,) if depth <= 0 else (3, 5, 6, 1, 1, 0.5)
    made: Callable[[Draft, Scope, int], str] = draft.rng.choices(kinds, weights)[0]
    return made(draft, scope, depth)


def factor(draft: Draft, scope: Scope, depth: int) -> str:
    """A random expression that may be multiplied."""
    return f"({expression(draft, scope, depth)})"


def place_condition(draft: Draft, scope: Scope) -> str:
    """A condition on the indices of a scope that has some."""
    a, b = (draft.rng.choice(list(scope)) for _ in "ab")
    return draft.rng.choice(PLACES if a != b else PLACES[:1]).format(a=a, b=b)



def _leaf(draft: Draft, scope: Scope, _: int) -> str:
    rng = draft.rng
    chance = rng.random()
    if chance < 0.82:
        return read(draft, scope)
    if chance < 0.92:
        return f"{draft.pick(SMALL)}*{read(draft, scope)}"
    if chance < 0.95 and scope:
        a, b = (rng.choice(list(scope)) for _ in "ab")
        return rng.choice(NUMBERS).format(a=a, b=b, s=scope[a])
    if chance < 0.97:
        return f"{draft.hyper(rng.choice(('0.5', '1e-2', '2.0')))}*{read(draft, scope)}"
    return draft.pick(SMALL)


def _unary(draft: Draft, scope: Scope, depth: int) -> str:
    form = draft.pick(UNARY)
    inner = expression(draft, scope, depth - 1)
    return form.format(*[inner] * form.count("{}"))


def _binary(draft: Draft, scope: Scope, depth: int) -> str:
    form = draft.pick(BINARY)
    bare = any(sign in form for sign in ("{}*", "- {}"))
    part = factor if bare else expression
    return form.format(*(part(draft, scope, depth - 1) for _ in range(form.count("{}"))))


def _select(draft: Draft, scope: Scope, depth: int) -> str:
    rng = draft.rng
    if scope and rng.random() < 0.4:
        condition = place_condition(draft, scope)
    else:
        form = rng.choice(VALUES)
        condition = form.format(*(read(draft, scope) for _ in range(form.count("{}"))))
    if rng.random() < 0.2:
        return f"[{condition}]*{factor(draft, scope, depth - 1)}"
    then, other = (expression(draft, scope, depth - 1) for _ in "ab")
    return f"({then} if {condition} else {other})"


def _positive(draft: Draft, scope: Scope, depth: int) -> str:
    form = draft.pick(POSITIVE)
    found = form.format(*[positive(draft, scope)] * form.count("{}"))
    return f"{found}*{factor(draft, scope, depth - 1)}" if draft.rng.random() < 0.5 else found


def _defined(draft: Draft, scope: Scope, depth: int) -> str:
    body = draft.pick(list(FUNCTIONS))
    parameters = FUNCTIONS[body]
    name = draft.function(parameters, body)
    count = parameters.count(",") + 1
    return f"{name}({', '.join(expression(draft, scope, depth - 1) for _ in range(count))})"

"""Sums of products and other reductions."""

from __future__ import annotations

from trials.programs.draft import Draft, Scope
from trials.programs.reads import read
from trials.programs.terms import expression, factor, place_condition

OPS = ("sum", "sum", "sum", "mean", "mean", "prod", "max", "min", "logsumexp")
POSITIONS = ("argmax", "argmin")
# Conditions that leave a member to every reduction over an index {b} beside a free {a}.
SOME = ("{b} <= {a}", "{b} >= {a}", "{b} == {a}")
WRAPPED = ("tanh({})", "({})^2", "0.5*{}", "sigmoid({})")
NEAR = ("{b} <= {a}", "{b} >= {a}", "{b} <= {a} and {b} > {a} - 2")
WRAPS = ("{}", "{}", "{}", "tanh({})", "({})^2", "{}/(1 + size({s}))", "sigmoid({})", "relu({})")


def contraction(draft: Draft) -> None:
    """A sum of products of elements, as einsum takes it."""
    scope = draft.scope()
    indices, inner, must = _bound(draft, scope)
    factors = [read(draft, inner, must=[index]) for index in must]
    factors += [read(draft, inner) for _ in range(draft.rng.randint(len(factors) < 2, 2))]
    draft.rng.shuffle(factors)
    total = f"sum[{', '.join(indices)}]({'*'.join(factors)})"
    if draft.rng.random() < 0.3:
        total += f" + {read(draft, scope)}"
    form = draft.pick(WRAPS)
    draft.equation(draft.new(), scope, form.format(total, s=inner[indices[0]]))


def reduction(draft: Draft) -> None:
    """A reduction of an expression, perhaps under a condition, perhaps in another expression."""
    scope = draft.scope(most=3)
    rng = draft.rng
    found = reduced(draft, scope)
    chance = rng.random()
    if chance < 0.15:
        other = reduced(draft, scope, ("sum", "mean", "max"))
        found = rng.choice((f"{found} - {other}", f"{found}*{other}", f"max({found}, {other})"))
    elif chance < 0.35:
        found = draft.pick(WRAPPED).format(found)
    elif chance < 0.5:
        found = f"{factor(draft, scope, 1)}*{found}"
    draft.equation(draft.new(), scope, found)


def reduced(draft: Draft, scope: Scope, ops: tuple[str, ...] = OPS) -> str:
    """One reduction as text."""
    rng = draft.rng
    op = draft.pick(ops) if rng.random() < 0.96 else rng.choice(POSITIONS)
    indices, inner, must = _bound(draft, scope)
    parts = [read(draft, inner, must=[index]) for index in must]
    body = "*".join([*parts, factor(draft, inner, 2)])
    if op == "prod":
        body = draft.pick(("(1 + 0.3*tanh({}))", "{}", "(1 + {})")).format(body)
    where = _where(draft, op, scope, inner, indices)
    return f"{op}[{', '.join(indices)}{where}]({body})"


def running(draft: Draft) -> None:
    """A reduction over everything up to a place, or near it."""
    rng = draft.rng
    scope = draft.scope(least=1, most=3)
    index = rng.choice(list(scope))
    other, bare = draft.alias(scope[index], scope)
    inner = {**scope, other: scope[index]}
    body = read(draft, inner, must=[other])
    if not bare and rng.random() < 0.4:
        body = f"{body}*{factor(draft, inner, 1)}"
    form = rng.choice(NEAR).format(a=index, b=other)
    op = draft.pick(("sum", "sum", "mean", "max", "prod", "logsumexp", "min"))
    draft.equation(draft.new(), scope, f"{op}[{other} where {form}]({body})")


def _bound(draft: Draft, scope: Scope) -> tuple[list[str], dict[str, str], list[str]]:
    """Indices to reduce over, the scope inside, and those that a plain read must give extents."""
    rng = draft.rng
    inner = dict(scope)
    indices: list[str] = []
    must: list[str] = []
    for _ in range(rng.choice((1, 1, 1, 1, 2, 2, 3) if len(scope) < 3 else (1, 1, 1, 2))):
        free = [root for root in draft.roots if root not in inner]
        if free and rng.random() < 0.8:
            index, space, bare = (root := rng.choice(free)), root, False
        else:
            space = rng.choice(list(inner.values()) or draft.roots)
            index, bare = draft.alias(space, inner)
        inner[index] = space
        indices.append(index)
        must += [index] * bare
    return indices, inner, must


def _where(draft: Draft, op: str, scope: Scope, inner: Scope, indices: list[str]) -> str:
    rng = draft.rng
    if rng.random() < 0.75:
        return ""
    pairs = [(a, b) for b in indices for a in scope if scope[a] == inner[b]]
    if pairs:
        a, b = rng.choice(pairs)
        forms = (*SOME, "{b} != {a}", "{b} < {a}") if op in ("sum", "prod") else SOME
        return f" where {rng.choice(forms).format(a=a, b=b)}"
    if op not in ("sum", "prod"):
        return f" where {indices[0]} >= 0"
    if draft.labels and rng.random() < 0.3:
        mask = rng.choice(draft.labels)
        if all(axis in inner for axis in mask.axes) and mask.axes:
            return f" where {mask.name}[{', '.join(mask.axes)}] >= 1"
    return f" where {place_condition(draft, inner)}"


def value(draft: Draft, scope: Scope, depth: int) -> str:
    """An expression, now and then with a reduction in it."""
    if draft.rng.random() < 0.1:
        return f"{expression(draft, scope, depth - 1)} + {reduced(draft, scope)}"
    return expression(draft, scope, depth)

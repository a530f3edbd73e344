"""Arrays that read themselves at other places."""

from __future__ import annotations

from trials.programs.draft import Draft, Scope, element
from trials.programs.reads import read
from trials.programs.terms import expression

SQUASHED = ("tanh({})", "sin({})", "0.5*({})", "({})/2", "sigmoid({})", "relu({}) - 0.1")


def one_step(draft: Draft) -> None:
    """One step back, or forward, with a start, a pad or an input before the first."""
    rng = draft.rng
    name, time, rest = draft.new(), *_axes(draft)
    backwards = rng.random() < 0.3
    before = f"{time} + 1" if backwards else f"{time} - 1"
    edge = f"size({time})" if backwards else "-1"
    scope = {time: time, **rest}
    state = _state(draft, name, before, rest)
    step = rng.choice(("{s} + {e}", "{s}*{e}", "{s} - 0.5*{e}", "{e} + {s}*{r}"))
    drive = expression(draft, scope, rng.choice((0, 1, 2)))
    body = step.format(s=state, e=f"({drive})", r=read(draft, scope))
    padded = rng.random() < 0.15
    if not padded:
        draft.start(name, [edge, *rest], _start(draft, rest))
    found = draft.equation(name, scope, draft.pick(SQUASHED).format(body))
    if padded:
        draft.pad(found, "0")


def two_steps(draft: Draft) -> None:
    """Two steps back."""
    name, time, rest = draft.new(), *_axes(draft)
    scope = {time: time, **rest}
    one, two = (element(name, [f"{time} - {n}", *rest]) for n in (1, 2))
    body = draft.pick((f"{one} - {two}", f"{one}*{two}", f"{one} + 0.3*tanh({two})"))
    drive = read(draft, scope)
    for edge in ("-1", "-2"):
        draft.start(name, [edge, *rest], _start(draft, rest))
    draft.equation(name, scope, draft.pick(SQUASHED).format(f"{body} + {drive}"))


def two_axes(draft: Draft) -> None:
    """Over two axes, as an edit distance."""
    rng = draft.rng
    name = draft.new()
    i, j = rng.sample(draft.roots, 2)
    up, left, both = f"{name}[{i} - 1, {j}]", f"{name}[{i}, {j} - 1]", f"{name}[{i} - 1, {j} - 1]"
    cost = read(draft, {i: i, j: j})
    body = draft.pick((
        f"min(min({up}, {left}) + 0.7, {both} + {cost})", f"tanh({up} + {left}*{cost})",
        f"0.5*{up} + 0.3*{left} - 0.2*{both} + {cost}", f"sin({both}) + {cost}",
    ))  # fmt: skip
    draft.start(name, ["-1", "-1"], "0")
    draft.start(name, ["-1", j], rng.choice((f"{j} + 1", "0", f"0.5*({j} + 1)")))
    draft.start(name, [i, "-1"], rng.choice((f"{i} + 1", "1", f"0.5*({i} + 1)")))
    draft.equation(name, {i: i, j: j}, body)


def coupled(draft: Draft) -> None:
    """Two arrays that read each other."""
    p, q, time, rest = draft.new(), draft.new(), *_axes(draft)
    scope = {time: time, **rest}
    p_before, q_before = (element(n, [f"{time} - 1", *rest]) for n in (p, q))
    p_now = element(p, tuple(scope))
    first, second = read(draft, scope), read(draft, scope)
    for name in (p, q):
        draft.start(name, ["-1", *rest], _start(draft, rest))
    gate = draft.pick(("sigmoid({})*{}", "tanh({}) + 0.5*{}", "0.5*{} - sin({})", "{}*0.5*{}"))
    draft.equation(p, scope, f"{gate.format(first, p_before)} + 0.3*{q_before}")
    draft.equation(q, scope, draft.pick(SQUASHED).format(f"{q_before}*{second} + {p_now}"))
    draft.was_read.add(p)


def history(draft: Draft) -> None:
    """Everything before a place."""
    name, time, rest = draft.new(), *_axes(draft)
    scope = {time: time, **rest}
    before = draft.index()
    w = draft.array((time,), role="param")
    draft.was_read.add(w.name)
    past = element(name, [before, *rest])
    total = f"sum[{before} where {before} < {time}]({w.name}[{time} - {before}]*{past})"
    form = draft.pick(("tanh({})", "0.5*({})"))
    draft.equation(name, scope, form.format(f"{read(draft, scope)} + {total}"))


def _axes(draft: Draft) -> tuple[str, dict[str, str]]:
    """An axis to go along, and others."""
    chosen = draft.rng.sample(draft.roots, min(len(draft.roots), draft.rng.choice((1, 2, 2, 3))))
    return chosen[0], {name: name for name in chosen[1:]}


def _state(draft: Draft, name: str, before: str, rest: Scope) -> str:
    """What a step reads of the one before: an element, or a sum of them by a matrix."""
    if not rest or draft.rng.random() < 0.5:
        return element(name, [before, *rest])
    axis = draft.rng.choice(list(rest))
    k = draft.index(f"size({axis})")
    weights = draft.array((axis, axis), role="param")
    draft.was_read.add(weights.name)
    past = element(name, [before, *(k if index == axis else index for index in rest)])
    return f"sum[{k}]({weights.name}[{axis}, {k}]*{past})"


def _start(draft: Draft, rest: Scope) -> str:
    return draft.rng.choice(("0", "1", "0.5", read(draft, rest), read(draft, rest)))

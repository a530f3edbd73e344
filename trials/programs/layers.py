"""Equations as layers have them."""

from __future__ import annotations

from trials.programs.contractions import value
from trials.programs.draft import Draft, Stock, element
from trials.programs.reads import element_of, read

POOLS = {"max": "-inf", "sum": "0", "mean": "0", "min": "0", "logsumexp": "0"}


def pointwise(draft: Draft) -> None:
    """An expression of elements."""
    scope = draft.scope()
    draft.equation(draft.new(), scope, value(draft, scope, draft.rng.choice((1, 1, 2, 2, 3))))


def window(draft: Draft) -> None:
    """A convolution, a pooling or a match over windows with stride, dilation and padding."""
    rng = draft.rng
    space = rng.choice(draft.roots)
    others = [root for root in draft.roots if root != space]
    kept = rng.sample(others, min(len(others), rng.choice((0, 1, 1))))
    stride, dilation, padding = (rng.choice(row) for row in ("1123", "112", "0012"))
    if rng.random() < 0.25:
        stride = draft.hyper(stride, whole=True)
    if rng.random() < 0.2:
        padding = draft.hyper(padding, whole=True)
    x = draft.array([*kept, space], role="input")
    pool = rng.random() < 0.45
    p = draft.index(rng.choice(("2", "3", "2")) if pool or rng.random() < 0.3 else "")
    u = draft.index(f"(size({space}) + 2*{padding} - {dilation}*(size({p}) - 1) - 1)//{stride} + 1")
    place = f"{stride}*{u} + {dilation}*{p} - {padding}"
    scope = {**{k: k for k in kept}, u: u}
    inner = element(x.name, [*kept, place])
    draft.was_read.add(x.name)
    if pool:
        op = draft.pick(list(POOLS))
        pad = POOLS[op]
        expr = f"{op}[{p}]({inner})"
        draft.pad(x, pad)
    else:
        filters = [root for root in others if root not in kept][:1]
        own = rng.sample(kept, rng.choice((0, 0, len(kept))))
        w = draft.array([*filters, *own, p], role="param")
        summed = [k for k in kept if k in w.axes and rng.random() < 0.6]
        scope = {**{f: f for f in filters}, **{k: v for k, v in scope.items() if k not in summed}}
        kernel = element_of(draft, w, {axis: axis for axis in w.axes}, must=w.axes)
        form = "{}*{}" if rng.random() < 0.8 else "({} - {})^2"
        expr = f"sum[{', '.join([*summed, p])}]({form.format(kernel, inner)})"
        if padding != "0":
            draft.pad(x, "0")
    draft.equation(draft.new(), scope, expr)


def softmax(draft: Draft) -> None:
    """A softmax as its equation, its logarithm, or one with a temperature."""
    rng = draft.rng
    scope = draft.scope(least=1, most=3)
    x = _whole(draft, tuple(scope))
    index = rng.choice(list(scope))
    other = draft.index(f"size({index})")
    here = element(x.name, x.axes)
    there = element(x.name, [other if axis == index else axis for axis in x.axes])
    scale = rng.choice(("", "", "2*", "0.5*"))
    form = rng.choice((
        "exp({s}{a})/sum[{o}](exp({s}{b}))", "log(exp({a})/sum[{o}](exp({b})))",
        "{a} - log(sum[{o}](exp({b})))", "{a} - logsumexp[{o}]({b})", "exp({a} - max[{o}]({b}))",
        "exp({a} - max[{o}]({b}))/sum[{o}](exp({b}))",
    ))  # fmt: skip
    draft.equation(draft.new(), scope, form.format(a=here, b=there, o=other, s=scale))


def normalised(draft: Draft) -> None:
    """A norm over some axes, with its mean and variance used several times."""
    rng = draft.rng
    scope = draft.scope(least=1, most=3)
    axes = list(scope)
    x = _whole(draft, tuple(axes))
    over = rng.sample(axes, rng.randint(1, len(axes)))
    kept = {axis: axis for axis in axes if axis not in over}
    here, indices = element(x.name, axes), ", ".join(over)
    mean = draft.equation(draft.new(), kept, f"mean[{indices}]({here})")
    centred = f"({here} - {element(mean.name, tuple(kept))})"
    spread = draft.equation(draft.new(), kept, f"mean[{indices}]({centred}^2)")
    draft.was_read |= {mean.name, spread.name}
    eps = draft.hyper("1e-3") if rng.random() < 0.5 else "0.01"
    expr = f"{centred}/sqrt({element(spread.name, tuple(kept))} + {eps})"
    if rng.random() < 0.5:
        expr = f"{read(draft, {axes[0]: axes[0]})}*{expr} + {read(draft, {axes[0]: axes[0]})}"
    draft.equation(draft.new(), scope, expr)


def gathered(draft: Draft) -> None:
    """Rows of a table by labels: one, several summed, two tables, beside a mask."""
    rng = draft.rng
    scope = draft.scope(least=1, most=3)
    label = draft.label(rng.sample(list(scope), rng.randint(1, len(scope))))
    left = [root for root in draft.roots if root not in scope]
    rows = draft.index() if rng.random() < 0.5 or not left else rng.choice(left)
    others = [index for index in scope if rng.random() < 0.5]
    table = draft.array([rows, *others], role=rng.choice(("param", "input")))
    draft.was_read.add(table.name)
    at = element(label.name, label.axes)
    expr = element(table.name, [at, *others])
    chance = rng.random()
    if chance < 0.2:
        expr = f"{expr}*{element(table.name, [at, *others])}"
    elif chance < 0.4:
        expr = f"{expr}*{read(draft, scope)}"
    elif chance < 0.5:
        expr = f"({expr} if {at} >= 1 else 0)"
    elif chance < 0.6:
        expr = draft.pick(("tanh({})", "({})^2")).format(expr)
    bound = [index for index in scope if len(scope) > 1 and rng.random() < 0.25][:1]
    if bound:
        expr = f"sum[{bound[0]}]({expr})"
    draft.equation(draft.new(), {k: v for k, v in scope.items() if k not in bound}, expr)


def rearranged(draft: Draft) -> None:
    """Elements at other places: split, merged, upsampled, mirrored, on a diagonal."""
    rng = draft.rng
    root = rng.choice(draft.roots)
    kept = [r for r in draft.roots if r != root][: rng.choice((0, 1))]
    factor = rng.choice(("2", "3"))
    x = draft.array([*kept, root], role="input")
    draft.was_read.add(x.name)
    u, m, place = rng.choice((
        (f"{factor}*size({root})", "", "{u}//{r}"),
        (f"size({root})//{factor}", f"{factor}", "{r}*{u} + {m}"),
        (f"size({root})//{factor}", f"{factor}", "{u} + {m}*size({u})"),
        (f"{factor}*size({root})", "", "({u} % size({s}))"),
        (f"size({root}) - 1", "", "{u} + 1"),
        (f"size({root})//2", "", "2*{u}"),
        (f"size({root})", "", "size({s}) - 1 - {u}"),
        (f"2*size({root}) - 1", "", "min({u}, 2*size({s}) - 2 - {u})"),
    ))  # fmt: skip
    free = draft.index(u)
    split = draft.index(m) if m else ""
    scope = {**{k: k for k in kept}, free: free, **({split: split} if split else {})}
    at = place.format(u=free, m=split, r=factor, s=root)
    expr = element(x.name, [*kept, at])
    if rng.random() < 0.4:
        expr = draft.pick((f"{expr}^2", f"tanh({expr})", f"{expr}*{read(draft, scope)}"))
    if split and rng.random() < 0.4:
        del scope[split]
        expr = f"{rng.choice(('sum', 'mean', 'max', 'prod'))}[{split}]({expr})"
    draft.equation(draft.new(), scope, expr)


def cross_entropy(draft: Draft) -> None:
    """A loss of logits against targets that sum to one, or are 0 and 1."""
    rng = draft.rng
    n, k = rng.sample(draft.roots, 2)
    z = _whole(draft, (n, k))
    t = draft.array((n, k), role="const")
    draft.was_read.add(t.name)
    logits, target = f"{z.name}[{n}, {k}]", f"{t.name}[{n}, {k}]"
    if rng.random() < 0.5:
        draft.assume(f"sum[{k}]({target}) = 1")
        other = draft.index(f"size({k})")
        p = draft.new()
        draft.equation(p, {n: n, k: k}, f"exp({logits})/sum[{other}](exp({z.name}[{n}, {other}]))")
        draft.was_read.add(p)
        expr = f"mean[{n}](-sum[{k}]({target}*log({p}[{n}, {k}])))"
    else:
        draft.assume(f"{target}^2 = {target}")
        expr = f"mean[{n}, {k}](softplus({logits}) - {target}*{logits})"
    draft.equation(draft.new(), {}, expr)


def _whole(draft: Draft, axes: tuple[str, ...]) -> Stock:
    """An array with exactly these axes, an existing one if there is."""
    known = [s for s in draft.stock if s.axes == axes and not s.positive]
    found = draft.rng.choice(known) if known else draft.array(axes, role="input")
    draft.was_read.add(found.name)
    return found

"""Which elements read element K: solved equations against brute force over all indices."""

from __future__ import annotations

from itertools import product

import pytest

import derive
from derive.cotangent.solve import solve
from derive.expr import Compare, Condition, IndexValue, Logic, Number
from derive.index import Atom, Exact, Floor, Index, IndexExpr, Mod, Size, as_expr
from derive.scope import Fresh

# the read of x in an equation over u (and v) with a sum over p; extents of u, v, p and of x's axes
ROWS = [
    ("x[u]", {"u": 4, "p": 2}, (4,)),
    ("x[u + 1]", {"u": 4, "p": 2}, (6,)),
    ("x[size(u) - 1 - u]", {"u": 4, "p": 2}, (4,)),
    ("x[2*u + p - 1]", {"u": 4, "p": 3}, (9,)),
    ("x[3*u + 2*p]", {"u": 3, "p": 4}, (13,)),
    ("x[p]", {"u": 3, "p": 4}, (4,)),
    ("x[p + 2]", {"u": 3, "p": 2}, (5,)),
    ("x[2*p]", {"u": 3, "p": 3}, (6,)),
    ("x[u//2]", {"u": 5, "p": 2}, (4,)),
    ("x[(u + 1)//3]", {"u": 7, "p": 2}, (3,)),
    ("x[u % 3]", {"u": 7, "p": 2}, (4,)),
    ("x[(u - p)/2]", {"u": 7, "p": 3}, (4,)),
    ("x[min(u, 2)]", {"u": 5, "p": 2}, (3,)),
    ("x[u, u]", {"u": 3, "p": 2}, (3, 3)),
    ("x[u, u + p]", {"u": 3, "p": 2}, (3, 4)),
    ("x[2, u]", {"u": 3, "p": 2}, (3, 3)),
    ("x[u//2, u % 2]", {"u": 6, "p": 2}, (3, 2)),
    ("x[p, u - p]", {"u": 4, "p": 3}, (3, 4)),
]


def value(expr: IndexExpr, at: dict[str, int], sizes: dict[str, int]) -> int | None:
    """The integer an index expression is, or None off the grid."""
    total = 0
    for coefficient, monomial in expr.terms:
        term = coefficient
        for atom in monomial:
            one = _atom(atom, at, sizes)
            if one is None:
                return None
            term *= one
        total += term
    return total


def _atom(atom: Atom, at: dict[str, int], sizes: dict[str, int]) -> int | None:
    if isinstance(atom, Index):
        return at[f"{atom.name}{atom.tag}"]
    if isinstance(atom, Size):
        return sizes[atom.name]
    if isinstance(atom, (Exact, Floor, Mod)):
        top, by = value(atom.numerator, at, sizes), value(atom.denominator, at, sizes)
        if top is None or not by:
            return None
        if isinstance(atom, Exact):
            return None if top % by else top // by
        return top // by if isinstance(atom, Floor) else top % by
    left, right = value(atom.left, at, sizes), value(atom.right, at, sizes)
    return None if left is None or right is None else min(left, right)


def holds(condition: Condition, at: dict[str, int], sizes: dict[str, int]) -> bool:
    if isinstance(condition, Logic):
        return all(holds(part, at, sizes) for part in condition.args)
    assert isinstance(condition, Compare)
    sides = []
    for side in (condition.left, condition.right):
        assert isinstance(side, (IndexValue, Number))
        found = value(side.expr, at, sizes) if isinstance(side, IndexValue) else int(side.value)
        if found is None:
            return False
        sides.append(found)
    return {"==": sides[0] == sides[1], "<": sides[0] < sides[1], "<=": sides[0] <= sides[1]}[
        condition.op
    ]


@pytest.mark.parametrize(("read", "sizes", "shape"), ROWS, ids=[row[0] for row in ROWS])
def test_finds_every_reader_once(read: str, sizes: dict[str, int], shape: tuple[int, ...]) -> None:
    axes = ", ".join(f"a{i}" for i in range(len(shape)))
    text = f"input x[{axes}], g[u, p]\npad x = 0\noutput y[u]\ny[u] = sum[p]({read}*g[u, p])"
    program = derive.parse(text)
    fresh = Fresh()
    u, p = fresh.index("u"), fresh.index("p")
    wanted = [fresh.index(f"a{i}") for i in range(len(shape))]
    names = {Index("u"): as_expr(u), Index("p"): as_expr(p)}
    body = program.equations[-1].expr.body.factors[0]  # type: ignore[union-attr]
    indices = [e.substitute(names) for e in body.indices]  # type: ignore[union-attr]
    found = solve(
        program, fresh, [(a, as_expr(k)) for a, k in zip(indices, wanted, strict=True)], [u], [p]
    )
    rows = {**sizes, **{f"a{i}": n for i, n in enumerate(shape)}}
    rows |= {name: value(extent, {}, rows) or 0 for name, extent in found.extents.items()}
    left = [i for i in (u, p) if i not in found.values] + found.added
    for element in product(*map(range, shape)):
        by_search = {
            (a, b)
            for a, b in product(range(sizes["u"]), range(sizes["p"]))
            if tuple(value(e, {f"u{u.tag}": a, f"p{p.tag}": b}, rows) for e in indices) == element
        }
        by_solving = []
        for values in product(*(range(rows[i.name]) for i in left)):
            at = {f"{i.name}{i.tag}": v for i, v in zip(left, values, strict=True)}
            at |= {f"{k.name}{k.tag}": v for k, v in zip(wanted, element, strict=True)}
            if not all(holds(c, at, rows) for c in found.conditions):
                continue
            pair = tuple(
                at[f"{i.name}{i.tag}"] if i not in found.values
                else value(found.values[i], at, rows)
                for i in (u, p)
            )
            # the cotangent, read at u, is zero off its grid; everything else must be said
            if pair[0] is not None and 0 <= pair[0] < sizes["u"]:
                by_solving.append(pair)
        assert sorted(by_solving) == sorted(by_search), element

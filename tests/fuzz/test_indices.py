"""Indices: names do not matter, nothing is captured, extents are those of plain loops."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

import derive
import numeric
from derive.errors import CallRefused, DeriveError, IndexRefused
from derive.expr import Node, Reduce, map_index_exprs, transform
from derive.index import Index, as_expr
from derive.program import Program
from numeric.interpret import interpret, rationals
from tests.fuzz.programs import accepted, fuzzed, texts, whole_numbers
from tests.fuzz.test_derivatives import products

SEEDS = st.integers(0, 2**32 - 1)
# Other names for the four indices of a sum of products.
ORDERS = st.permutations("abcd")


def renamed(program: Program, number: int) -> Program:
    """Every bound index under a name of its own, with the extent that it had."""
    rows = dict(program.extents)

    def rule(node: Node) -> Node:
        if not isinstance(node, Reduce):
            return node
        names = {
            i: Index(f"{i.name[:8]}_{number}x{len(rows)}_{k}") for k, i in enumerate(node.indices)
        }
        rows.update({new.name: program.extent(old.name) for old, new in names.items()})
        values = {old: as_expr(new) for old, new in names.items()}
        body = map_index_exprs(node.body, lambda e: e.substitute(values))
        where = node.where and map_index_exprs(node.where, lambda e: e.substitute(values))
        return Reduce(node.op, tuple(names.values()), body, where)  # type: ignore[arg-type]

    equations = tuple(replace(e, expr=transform(e.expr, rule)) for e in program.equations)
    return replace(program, equations=equations, extents=tuple(rows.items()))


def same(left: dict[str, Any], right: dict[str, Any]) -> bool:
    return left.keys() == right.keys() and all(_equal(left[n], right[n]) for n in left)


def _equal(a: Any, b: Any) -> bool:
    """Whether two arrays of fractions have the same values, and none at the same places."""
    a, b = np.asarray(a), np.asarray(b)
    return a.shape == b.shape and bool(np.all((a == b) | ((a != a) & (b != b))))  # noqa: PLR0124


@fuzzed(7)
@given(texts(exact=True), SEEDS)
def test_renaming_bound_indices_changes_nothing(text: str, seed: int) -> None:
    program = accepted(text)
    other = derive.parse(str(renamed(program, seed % 7)))
    rng = np.random.default_rng(seed)
    arrays = whole_numbers(program, rng)
    found = interpret(program, arrays, rationals())
    assert same(found, interpret(other, arrays, rationals()))
    cotangents = {f"d{n}": rng.integers(-3, 4, np.shape(y)) for n, y in found.items()}
    gradients = [
        interpret(b, {a.name: {**arrays, **cotangents}[a.name] for a in b.arrays}, rationals())
        for b in (derive.adjoint(program), derive.adjoint(other))
    ]
    assert same(*gradients)


@fuzzed(15)
@given(products(), ORDERS, SEEDS)
def test_all_indices_may_trade_their_names(text: str, order: list[str], seed: int) -> None:
    names = dict(zip("abcd", order, strict=True))
    traded = text.translate(str.maketrans(names))
    rng = np.random.default_rng(seed)
    program, other = derive.parse(text), derive.parse(traded)
    arrays = {a.name: rng.integers(-4, 5, (2,) * len(a.axes)) for a in program.arrays}
    assert same(interpret(program, arrays, rationals()), interpret(other, arrays, rationals()))
    given_too = {**arrays, "dy": rng.integers(-3, 4, (2,) * len(program.axes("y")))}
    both = [
        interpret(
            derive.adjoint(p),
            {a.name: given_too[a.name] for a in derive.adjoint(p).arrays},
            rationals(),
        )
        for p in (program, other)
    ]
    assert same(*both)


@fuzzed(15)
@given(products())
def test_an_index_on_one_side_only_is_refused(text: str) -> None:
    left, right = text.splitlines()[2].split(" = ")
    head = "\n".join(text.splitlines()[:2])
    bare = "y" if "[" not in left else left.replace("[", "[u,")
    with pytest.raises(DeriveError):
        derive.parse(f"{head}\n{bare if '[' in left else 'y[u]'} = {right}")
    free = left.partition("[")[2].rstrip("]").split(",") if "[" in left else []
    for index in free:
        kept = [i for i in free if i != index]
        lesser = f"y[{','.join(kept)}]" if kept else "y"
        text_without = head.replace(f"output {left}", f"output {lesser}")
        with pytest.raises(IndexRefused):
            derive.parse(f"{text_without}\n{lesser} = {right}")


@fuzzed(7)
@given(texts(exact=True), SEEDS)
def test_extents_are_those_of_plain_loops(text: str, seed: int) -> None:
    program = accepted(text)
    arrays = whole_numbers(program, np.random.default_rng(seed))
    meant = interpret(program, arrays, rationals())
    real = {
        a.name: arrays[a.name] if a.integer else np.asarray(arrays[a.name], float)
        for a in program.arrays
    }
    try:
        found, _ = numeric.build(program).forward(**real)
    except CallRefused:  # bounds that the call looks at may be wider than what is read
        reject()
    for name, value in meant.items():
        assert np.shape(found[name]) == np.shape(value)
        exact = np.asarray(value, dtype=float)
        np.testing.assert_allclose(np.asarray(found[name], float), exact, rtol=1e-9, atol=1e-9)


@fuzzed(15)
@given(products(), st.data())
def test_extents_of_zero_and_one(text: str, data: st.DataObject) -> None:
    program = derive.parse(text)
    size = {i: data.draw(st.sampled_from([0, 1, 2])) for i in "abcd"}
    arrays = {a.name: np.ones([size[x] for x in a.axes]) for a in program.arrays}
    outputs, saved = numeric.build(program).forward(**arrays)
    meant = interpret(program, arrays)
    np.testing.assert_array_equal(outputs["y"], meant["y"])
    gradients = numeric.build(program).backward(saved, y=np.ones(np.shape(outputs["y"])))
    assert {n: np.shape(g) for n, g in gradients.items()} == {n: a.shape for n, a in arrays.items()}

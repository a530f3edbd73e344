"""What is printed means what the equations mean: layout trees read back and compared in numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import numpy as np
import pytest

import derive
from derive.program import Equation
from reports.equations import Derived
from reports.evaluation.partials import is_chain
from reports.evaluation.values import Values, whole
from reports.mathematics import relations, subscripts, typeset
from reports.mathematics.layout import Fenced, Fraction, Layout, Limits, Mark, Row, row
from reports.mathematics.names import Names
from tests.derive.programs import PROGRAMS
from tests.reports.derivations import derivation_of, evaluation_of
from tests.reports.mathematics import reader

# What a mutated printer may raise in the reader: the page means nothing.
SENSELESS = (reader.Unreadable, LookupError, AssertionError, TypeError, ValueError)


@cache
def prepared(name: str) -> tuple[Derived, Values, reader.Reader]:
    found, values = derivation_of(name), evaluation_of(name).values
    assert values is not None
    return found, values, reader.Reader.of(whole(found), found.names)


def lines(found: Derived) -> Iterator[tuple[Equation, tuple[Any, ...]]]:
    """All equations, and all lines of derivations but partial derivatives."""
    for equation in found.joint.equations:
        yield equation, ()
    for step in found.steps:
        if not is_chain(step):
            yield step.result, step.extents


def misread(name: str) -> list[str]:
    """The equations that a reader of the page would take for something else."""
    found, values, read = prepared(name)
    wrong: list[str] = []
    for equation, rows in lines(found):
        right = typeset.typeset(equation.expr, found.names)
        meant = values.of(equation.expr, equation.free, rows)
        try:
            taken = values.of(read.expression(right), equation.free, rows)
            same = np.allclose(taken, meant, rtol=1e-9, atol=1e-12, equal_nan=True)
        except SENSELESS:
            same = False
        if not same:
            wrong.append(str(equation))
    return wrong


@pytest.mark.parametrize("name", [*derive.layers(), *PROGRAMS])
def test_every_line_reads_back(name: str) -> None:
    assert misread(name) == []


# ---- printers with a mistake in them -----------------------------------------------------------


def _no_bracket(monkeypatch: pytest.MonkeyPatch) -> None:
    def open_(node: Any, names: Names, at_least: Any) -> Layout:  # noqa: ARG001
        return typeset.typeset(node, names)

    monkeypatch.setattr(typeset, "bracketed", open_)


def _no_bracket_in_products(monkeypatch: pytest.MonkeyPatch) -> None:
    right = typeset._product

    def wrong(factors: Any, names: Names) -> Layout:
        found = right(factors, names)
        items = found.items if isinstance(found, Row) else (found,)
        return row(*(i.body if isinstance(i, Fenced) and i.left == "(" else i for i in items))

    monkeypatch.setattr(typeset, "_product", wrong)


def _last_factor_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    right = typeset._product
    monkeypatch.setattr(
        typeset, "_product", lambda factors, names: right(factors[:-1] or factors, names)
    )


def _indices_swapped(monkeypatch: pytest.MonkeyPatch) -> None:
    right = Names.array

    def wrong(self: Names, name: str, below: tuple[Layout, ...] = (), style: Any = None) -> Layout:
        return right(self, name, (*below[1::-1], *below[2:]), style)

    monkeypatch.setattr(Names, "array", wrong)


def _sign_flipped(monkeypatch: pytest.MonkeyPatch) -> None:
    right = typeset._sign
    monkeypatch.setattr(typeset, "_sign", lambda term: (False, right(term)[1]))


def _fraction_upside_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typeset, "Fraction", lambda above, below: Fraction(below, above))


def _condition_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    right = typeset._range

    def wrong(node: Any, names: Names) -> Layout:
        return right(type(node)(node.op, node.indices, node.body), names)

    monkeypatch.setattr(typeset, "_range", wrong)


def _other_relation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(relations.RELATIONS, ">=", ">")


def _not_turned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(relations.FLIPPED, "<=", "<=")


def _offset_flipped(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(character: str, spacing: str = "plain") -> Mark:
        return Mark("+" if character == "−" else character, spacing)

    monkeypatch.setattr(subscripts, "Mark", wrong)


def _denied_wrongly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(relations.DENIED, "<=", "<=")


def _primes_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Names, "primes", lambda _, name: (name.rstrip("0123456789"), 0))


def _sum_over_one_index_less(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(operator: Any, below: Layout) -> Limits:
        return Limits(operator, below.items[0] if isinstance(below, Row) else below)

    monkeypatch.setattr(typeset, "Limits", wrong)


def _other_reduction(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(typeset.REDUCTIONS, "max", typeset.REDUCTIONS["min"])


def _delta_of_one_side(monkeypatch: pytest.MonkeyPatch) -> None:
    right = typeset._delta
    monkeypatch.setattr(typeset, "_delta", lambda left, _, names: right(left, left, names))


MUTANTS: list[tuple[Callable[[pytest.MonkeyPatch], None], str]] = [
    (_no_bracket, "softmax_cross_entropy"),
    (_no_bracket_in_products, "lstm"),
    (_last_factor_dropped, "dense"),
    (_indices_swapped, "dense"),
    (_indices_swapped, "attention"),
    (_sign_flipped, "attention"),
    (_fraction_upside_down, "attention"),
    (_condition_left_out, "embedding"),
    (_other_relation, "causal_attention"),
    (_not_turned, "causal_attention"),
    (_denied_wrongly, "huber"),
    (_offset_flipped, "rnn"),
    (_offset_flipped, "conv2d"),
    (_primes_forgotten, "dense"),
    (_sum_over_one_index_less, "conv1d"),
    (_other_reduction, "maxpool1d"),
    (_delta_of_one_side, "dense"),
]


@pytest.mark.parametrize(("mutate", "name"), MUTANTS)
def test_a_printer_with_a_mistake_is_caught(
    mutate: Callable[[pytest.MonkeyPatch], None], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared(name)
    mutate(monkeypatch)
    assert misread(name)

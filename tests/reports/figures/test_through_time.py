"""Gradients along time: by the kernel started late, against the recursion by hand."""

from __future__ import annotations

import numpy as np
import pytest

import derive
from derive.parser import parse_tree
from numeric.check.indices import layout
from reports.figures import recurrent
from reports.figures.recurrent import STEPS, Recurrence, norms, recurrence
from reports.figures.subject import Data
from reports.figures.through_time import _caption, plot
from tests.reports.figures.programs import OWN, equations, program, subject

RECURRENT = {"gru", "lstm", "lstm_peephole", "rnn", "second", "reversed", "started"}


def decided(name: str) -> Recurrence | None:
    given = program(name)
    hypers = {h.name: h.default for h in given.hypers}
    return recurrence(given, layout(parse_tree(str(given)), hypers))


def test_what_is_a_recurrence() -> None:
    every = (*derive.layers(), *OWN)
    assert {name for name in every if decided(name) is not None} == RECURRENT


@pytest.mark.parametrize(
    ("name", "states"),
    [
        ("lstm", {"h": "h0", "c": "c0"}),
        ("gru", {"h": "h0"}),
        ("rnn", {"h": "h0"}),
        ("reversed", {}),
        ("second", {}),
        ("started", {}),
    ],
)
def test_states_that_a_kernel_can_be_started_from(name: str, states: dict[str, str]) -> None:
    found = decided(name)
    assert found is not None
    assert {state.array: state.initial for state in found.states} == states
    assert dict(found.inputs) == {"x": 0}


def test_norms_are_those_of_the_recursion(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[Data] = []
    drawn = recurrent._sequence

    def keep(*args: object) -> Data:
        kept.append(drawn(*args))  # type: ignore[arg-type]
        return kept[-1]

    monkeypatch.setattr(recurrent, "_sequence", keep)
    found = norms(program("rnn"), subject("rnn"), 0)
    assert found is not None
    a = kept[0].arrays
    x, h, hs = a["x"], a["h0"], []
    for t in range(STEPS):
        h = np.tanh(h @ a["W_hh"].T + x[t] @ a["W_xh"].T)
        hs.append(h)
    # by hand, back from the last step
    ends = {n: c[-1] / np.linalg.norm(c[-1]) for n, c in kept[0].cotangents.items()}
    bar = ends["y"] @ a["W_hy"] + ends["h"]
    states, inputs = [], []
    for t in reversed(range(STEPS)):
        states.append(np.linalg.norm(bar))
        inside = bar * (1 - hs[t] ** 2)
        inputs.append(np.linalg.norm(inside @ a["W_xh"]))
        bar = inside @ a["W_hh"]
    assert found.time == "t"
    assert found.states["h"] == pytest.approx(states[::-1][:-1])
    assert found.inputs["x"] == pytest.approx(inputs[::-1])


@pytest.mark.parametrize("name", ["rnn", "reversed"])
def test_the_plot_says_how_far_back_gradients_reach(name: str) -> None:
    figure = plot(equations(name), subject(name), 0)
    assert figure is not None
    assert f"a sequence of {STEPS} steps" in figure.alt
    assert "at step 0" in figure.alt
    assert "a step multiplies the gradient by about" in str(figure.caption)


def test_what_fades_grows_or_stays_is_told() -> None:
    said = {
        factor: str(_caption({"h": factor ** np.arange(STEPS, 0, -1.0)}))
        for factor in (0.8, 1.0, 1.2)
    }
    assert "fades" in said[0.8]
    assert "keeps its size" in said[1.0]
    assert "grows" in said[1.2]


def test_without_time_there_is_no_plot() -> None:
    assert plot(equations("dense"), subject("dense"), 0) is None

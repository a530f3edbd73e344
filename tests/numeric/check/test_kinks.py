"""S5: points without a derivative are found, judged by both sides, and told in the report."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

import derive
import numeric
from derive.parser import parse_tree
from numeric.check import plan, sided
from numeric.check.exact import precision
from numeric.check.point import Point
from numeric.check.probe import look
from numeric.check.protocol import begin, prove
from numeric.check.result import INCONCLUSIVE, KINK, PROVED, SINGULAR, WRONG, CheckResult, Line
from numeric.check.tally import Tally
from numeric.interpret.watch import Watch

SCATTER, DIFFERENCE = "S5 kinks and scatter", "S3 central difference"


def program_of(equation):
    axes = "[n]" if equation.startswith("y[n]") else ""
    return derive.parse(f"input x[n]\noutput y{axes}\n{equation}")


def line(result, proof):
    return next(found for found in result.lines if found.proof == proof)


REPORTED = [
    ("y[n] = relu(x[n])", KINK, "between the slopes of both sides"),
    ("y[n] = abs(x[n])", KINK, "abs'(0) = 0; "),
    ("y[n] = step(x[n]) + x[n]", KINK, "step(0) = 0, step'(z) = 0; "),
    ("y[n] = x[n] + 1 if x[n] > 0 else x[n]", KINK, "the branch that is taken; "),
    ("y = max[n](x[n])", KINK, "first of the ties"),
    ("y[n] = sign(x[n])*x[n]", KINK, "between the slopes"),
    ("y[n] = relu(x[n]) - relu(-x[n])", KINK, "where kinks meet and their conventions compose"),
    ("y[n] = elu(x[n], 1)", KINK, "elu'(0, a) = a"),
    ("y[n] = tanh(x[n])", PROVED, ""),
    ("y[n] = x[n]^2", PROVED, ""),
]


@pytest.mark.parametrize(("equation", "verdict", "note"), REPORTED)
def test_the_line_names_kinks_and_their_convention(equation, verdict, note):
    result = numeric.check(program_of(equation))
    found = line(result, SCATTER)
    assert (result.verdict, result.exit_code, found.verdict) == (PROVED, 0, verdict), str(result)
    assert note in found.note
    assert ("is on a kink" in found.note or "are on a kink" in found.note) == (verdict == KINK)


@pytest.mark.parametrize("equation", ["y[n] = max(x[n], x[n])", "y[n] = x[n] + abs(x[n] - x[n])"])
def test_without_a_smooth_point_the_verdict_is_kink(equation):
    result = numeric.check(program_of(equation))
    assert (result.verdict, result.exit_code) == (KINK, 0), str(result)
    assert line(result, DIFFERENCE).note == "no smooth point was found"


def test_a_verdict_is_what_the_lines_add_up_to():
    def of(*rows):
        lines = tuple(Line(f"S{k}", n, (), None, "", v) for k, (n, v) in enumerate(rows))
        return CheckResult("", lines).verdict

    assert of((5, PROVED), (3, KINK)) == of((5, PROVED), (3, SINGULAR)) == PROVED
    assert of((5, PROVED), (0, KINK), (3, KINK)) == KINK
    assert of((5, PROVED), (0, SINGULAR)) == SINGULAR
    assert of((0, INCONCLUSIVE), (0, KINK)) == INCONCLUSIVE


def judged(equation, values, factor=1, source=None):
    """What both sides say of a gradient at one point, scaled by ``factor``."""
    program = program_of(equation)
    kernel = numeric.build(program)
    text = source or kernel.source
    tree = parse_tree(str(program))
    subject = plan.subject_for(tree, kernel.program, {}, text, np.random.default_rng(0))
    array = np.array([Fraction(v) for v in values], dtype=object)
    at = precision(text, 80)
    shape = (len(values),) if equation.startswith("y[n]") else ()
    ones = np.full(shape, Fraction(1), dtype=object)
    point = Point("here", {"n": len(values)}, {"x": array}, {"y": ones})
    probe = look(tree, point, at.arithmetic, {}, Watch())
    if factor != 1:
        inner = at.module.backward
        module = replace(at.module, backward=lambda *args: tuple(factor * a for a in inner(*args)))
        at = replace(at, module=module)
    tally, sides = Tally("S5", ""), sided.Sides()
    good = sided.between(tally, subject, at, probe, sides)
    return good, tally, (sides.kinks, sides.jumps, sides.composed)


SIDES = [
    ("y[n] = relu(x[n])", [0, 1], 1, True, (1, 0, 0)),
    ("y[n] = abs(x[n])", [0], 1, True, (1, 0, 0)),
    ("y[n] = leaky_relu(x[n], 0.1)", [0], 1, True, (1, 0, 0)),
    ("y[n] = leaky_relu(x[n], 0.1)", [0], 11, False, (0, 0, 0)),
    ("y[n] = leaky_relu(x[n], 0.1)", [0], -1, False, (0, 0, 0)),
    ("y = max[n](x[n])", [1, 1, 0], 1, True, (2, 0, 0)),
    ("y = max[n](x[n])", [1, 1, 0], 2, False, (1, 0, 0)),
    ("y = max[n](x[n])", [2, 1, 0], 1, True, (0, 0, 0)),
    ("y = max[n](x[n])", [2, 1, 0], Fraction(1001, 1000), False, (0, 0, 0)),
    ("y[n] = step(x[n])", [0], 1, True, (0, 1, 0)),
    ("y[n] = relu(x[n]) - relu(-x[n])", [0], 1, True, (0, 0, 1)),
    ("y[n] = x[n]^3", [0, 2], 1, True, (0, 0, 0)),
]


@pytest.mark.parametrize(("equation", "values", "factor", "good", "counted"), SIDES)
def test_a_gradient_lies_between_the_slopes_of_both_sides(equation, values, factor, good, counted):
    found, tally, seen = judged(equation, values, factor)
    assert (found, seen) == (good, counted)
    assert bool(tally.failures) != good
    assert tally.comparisons > 0 or counted[2]
    if not good:
        assert " to " in tally.failures[0].expected


@pytest.mark.parametrize(
    ("kernel", "what"),
    [("np.abs(x)", "no kink"), ("np.sign(x)*1.0", "no jump"), ("np.maximum(x, 2*x)", "no kink")],
)
def test_a_kink_that_the_program_does_not_have_is_wrong(kernel, what):
    source = f"import numpy as np\n\n\ndef forward(x):\n    return {kernel}, (x,)\n\n\ndef backward(saved, dy):\n    return (dy + 0*saved[0],)\n"
    found, tally, _ = judged("y[n] = x[n]^2", [0], source=source)
    assert not found
    assert tally.failures[0].expected == what
    assert "on both sides" in tally.failures[0].entry


WRONG_TIES = [
    ("y[n] = relu(x[n])", "(x > 0)", "(x >= 0)"),
    ("y[n] = x[n] if x[n] > 0 else 0.1*x[n]", "x > 0", "x >= 0"),
]


@pytest.mark.parametrize(("equation", "old", "new"), WRONG_TIES)
def test_another_convention_than_the_table_is_wrong(equation, old, new):
    program = program_of(equation)
    source = numeric.build(program).source
    head, _, tail = source.partition("def backward")
    assert old in tail
    result = numeric.check_source(program, f"{head}def backward{tail.replace(old, new)}")
    assert result.verdict == "WRONG"
    assert result.counterexample.proof == SCATTER


def test_a_relu_that_splits_its_kink_is_wrong():
    program = program_of("y[n] = relu(x[n])")
    source = numeric.build(program).source
    wrong = source.replace("dx = dy * (x > 0)", "dx = dy * ((x > 0) + 0.5 * (x == 0))")
    assert wrong != source
    assert numeric.check_source(program, wrong).verdict == "WRONG"


@pytest.mark.parametrize("mask", ["x > 1e-8", "x > -1e-8", "~np.isclose(x, 0) & (x > 0)"])
def test_a_threshold_that_is_a_little_off_is_wrong(mask):
    program = program_of("y[n] = relu(x[n])")
    source = numeric.build(program).source
    wrong = source.replace("dx = dy * (x > 0)", f"dx = dy * ({mask})")
    assert wrong != source
    result = numeric.check_source(program, wrong)
    assert (result.verdict, result.counterexample.proof) == ("WRONG", SCATTER)


def s5_of(text, source, *, stops):
    tree, program = parse_tree(text), numeric.build(derive.parse(text)).program
    session = begin(tree, 0, fast=False)
    session.stops = stops
    subject = plan.subject_for(tree, program, {}, source, session.rng)
    prove(session, subject, main=True)
    tally = session.tallies[SCATTER]
    return tally.verdict if tally.failures else tally.good


# Programs with a pole that zeros meet, and what is said of the emitted code.
MEET_POLES = [
    ("input x[n]\noutput y[n]\ny[n] = sqrt(x[n])", SINGULAR),
    ("input x[n]\noutput y[n]\ny[n] = x[n]^0.5", SINGULAR),
    ("input x[n, j]\noutput y[n]\ny[n] = sqrt(sum[j](x[n, j]^2))", SINGULAR),
    # whatever the cotangent, zero is what arrives there
    ("input x[n]\noutput y[n]\ny[n] = exp(log(x[n])/2)", PROVED),
    ("input x[n], w[n]\noutput y[n]\ny[n] = w[n]*sqrt(x[n])", SINGULAR),
]
CHOICE = re.compile(r"np\.where\(\((\w|, )* != 0\) \| .*?, (.*), 0\)$", flags=re.M)


@pytest.mark.parametrize(("text", "verdict"), MEET_POLES)
def test_emitted_code_must_stop_at_poles_and_other_code_need_not(text, verdict):
    source = numeric.build(derive.parse(text)).source
    assert s5_of(text, source, stops=True) == verdict
    forgetful = CHOICE.sub(r"\2", source)
    assert forgetful != source
    assert s5_of(text, forgetful, stops=True) == WRONG
    assert s5_of(text, forgetful, stops=False) == SINGULAR

"""Hyperparameters replaced by numbers, and the values that are refused."""

from fractions import Fraction

import pytest

from derive import (
    IndexRefused,
    LimitError,
    OptionRefused,
    ProgramRefused,
    bind,
    layers,
    load,
    parse,
)

TEXT = """input x[n]
hyper s = 1, P = 0, eps = 1e-5
index u : (size(n) + 2*P - 3)//s + 1
pad x = 0
output y[u]

y[u] = x[s*u - P]/(1 + eps) + s*P
"""

# Values, and what is printed for the index line and the equation.
BOUND = [
    ({}, "index u : size(n) - 2", "y[u] = x[u]/(1 + 1e-05) + 0"),
    ({"s": 2}, "index u : (size(n) - 3)//2 + 1", "y[u] = x[2*u]/(1 + 1e-05) + 0"),
    ({"P": 1}, "index u : size(n)", "y[u] = x[u - 1]/(1 + 1e-05) + 1"),
    ({"eps": 0.25}, "index u : size(n) - 2", "y[u] = x[u]/(1 + 0.25) + 0"),
    ({"eps": 2}, "index u : size(n) - 2", "y[u] = x[u]/(1 + 2) + 0"),
    ({"eps": Fraction(1, 3)}, "index u : size(n) - 2", "y[u] = x[u]/(1 + 1/3) + 0"),
    ({"eps": -0.5}, "index u : size(n) - 2", "y[u] = x[u]/(1 - 0.5) + 0"),
    (
        {"s": 3, "P": 2, "eps": 0.1},
        "index u : (1 + size(n))//3 + 1", "y[u] = x[3*u - 2]/(1 + 0.1) + 6",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("values", "index", "equation"), BOUND)
def test_numbers_take_the_places_of_names(values, index, equation):
    bound = bind(parse(TEXT), **values)
    assert bound.hypers == ()
    extent = dict(bound.extents)["u"]
    expected = parse(TEXT.replace("index u : (size(n) + 2*P - 3)//s + 1", index)
                     .replace("s*u - P", "u").replace("s*P", "0"))  # fmt: skip
    assert extent == dict(expected.extents)["u"]
    assert str(bound.equations[0]) == equation
    assert parse(str(bound)) == bound


def test_a_program_without_hyperparameters_is_returned_as_it_is():
    program = load("dense")
    assert bind(program) is program


def test_binding_twice_changes_nothing():
    bound = bind(parse(TEXT), s=2)
    assert bind(bound) == bound


@pytest.mark.parametrize("name", layers())
def test_every_layer_binds_with_its_defaults(name):
    bound = bind(load(name))
    assert bound.hypers == ()
    assert "hyper" not in str(bound).split("note")[0].replace(bound.title, "")


# Values that are refused: error, part of the message, part of the remedy.
REFUSED = [
    ({"S": 2}, OptionRefused, "no hyperparameter `S`", "there are s, P, eps"),
    ({"esp": 2}, OptionRefused, "no hyperparameter `esp`", "did you mean `eps`"),
    ({"s": 1.0}, OptionRefused, "`s` is an integer hyperparameter and is given 1.0", "s=2"),
    ({"s": "2"}, OptionRefused, "is given '2'", "give an integer"),
    ({"s": True}, OptionRefused, "is given True", "give an integer"),
    ({"s": None}, OptionRefused, "is given None", "give an integer"),
    ({"eps": "a"}, OptionRefused, "`eps` is a real hyperparameter and is given 'a'", "finite"),
    ({"eps": True}, OptionRefused, "is given True", "finite"),
    ({"eps": 1j}, OptionRefused, "is given 1j", "finite"),
    ({"eps": float("inf")}, OptionRefused, "is given inf", "finite"),
    ({"eps": float("nan")}, OptionRefused, "is given nan", "finite"),
    ({"s": 0}, OptionRefused, "with s = 0, .* the equations divide by zero", "another number"),
    ({"s": 10**6 + 1}, LimitError, "above the limit of 1,000,000", "smaller"),
    ({"P": 600_000}, LimitError, "the integer 1199998 is above the limit", "smaller"),
]


@pytest.mark.parametrize(("values", "kind", "match", "remedy"), REFUSED)
def test_values_that_are_refused(values, kind, match, remedy):
    with pytest.raises(kind, match=match) as caught:
        bind(parse(TEXT), **values)
    assert remedy in caught.value.remedy


def test_a_program_without_hyperparameters_takes_none():
    with pytest.raises(OptionRefused, match="the program has none"):
        bind(load("dense"), s=2)


# Text, values, error, part of the message: what only the numbers show.
BROKEN = [
    ("hyper k = 1\noutput y\nindex q : k\ny = sum[q](q)", {"k": -1}, OptionRefused, "of `q` is -1"),
    ("input x[n]\nhyper k = 1\noutput y\ny = x[0]/k", {"k": 0}, OptionRefused, "divide by zero"),
    ("input x[n]\nhyper r = 1.0\noutput y\ny = x[0]/r", {"r": 0.0}, OptionRefused, "by zero"),
    ("input x[n]\nhyper k = 0\noutput y\ny = sum[n](x[n - k])", {"k": 1}, IndexRefused, "read at"),
    (
        "input x[t]\nhyper d = 1\npad h = 0\noutput h[t]\nh[t] = h[t - d] + x[t]", {"d": 0},
        ProgramRefused, "in a circle: h -> h",
    ),
    (
        "input x[t]\nhyper d = 1\noutput h[t]\nh[-1] = 0\nh[t] = h[t - d] + x[t]", {"d": 2},
        ProgramRefused, r"`h\[-2\]`, which nothing defines",
    ),
    (
        "hyper k = 3\ninput x[u], y[v]\nindex u : k, v : 3\noutput z\nz = sum[q](x[q]*y[q])",
        {"k": 4}, OptionRefused, "two extents that must be equal are 3 and 4",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "values", "kind", "match"), BROKEN)
def test_what_only_the_numbers_show(text, values, kind, match):
    program = parse(text)
    with pytest.raises(kind, match=match):
        bind(program, **values)

"""Parts of recipes that are not networks: trees, n-grams, the settled read-out."""

import numpy as np
import pytest

import numeric
from numeric.recipes import gan, hopfield
from numeric.recipes.equations import program, text
from numeric.recipes.ngrams import Grams
from numeric.recipes.tree_tensor import value
from numeric.recipes.trees import program as of_tree
from numeric.recipes.trees import shape, words
from numeric.recipes.trees import text as text_of_tree

PAIR = ("true", ("and", "false"))


@pytest.mark.parametrize(
    ("tree", "told"),
    [
        ("true", True),
        (("not", "true"), False),
        (PAIR, False),
        (("not", PAIR), True),
        (("true", ("xor", "true")), False),
        (("false", ("or", ("not", "false"))), True),
        ((PAIR, ("xor", ("true", ("or", "false")))), True),
    ],
)
def test_expressions_have_a_value(tree, told):
    assert value(tree) is told


def test_a_tree_has_words_and_a_shape():
    tree = (("a", "b"), "c")
    assert words(tree) == ("a", "b", "c")
    assert shape(tree) == "((. .) .)"


def test_the_equation_file_is_that_of_its_tree():
    assert text("tree_tensor") == text_of_tree((("a", "b"), "c"))


def test_equations_of_a_tree_give_what_a_walk_over_it_gives():
    tree = (("a", "b"), ("c", ("d", "e")))
    rng, d = np.random.default_rng(0), 3
    shapes = {"E": (4, d), "V": (d, 2 * d, 2 * d), "W": (d, 2 * d), "b": (d,), "S": (2, d)}
    p = {name: rng.normal(size=s) for name, s in shapes.items()} | {"c": rng.normal(size=2)}
    id_ = rng.integers(4, size=(2, 5))
    y = np.eye(2)
    found = numeric.build(of_tree(tree)).forward(id=id_, y=y, **p)[0]["z"]

    def walk(part, leaves):
        if isinstance(part, str):
            return p["E"][next(leaves)]
        x = np.concatenate([walk(child, leaves) for child in part])
        return np.tanh(np.einsum("ipq,p,q->i", p["V"], x, x) + p["W"] @ x + p["b"])

    wanted = [p["S"] @ walk(tree, iter(row)) + p["c"] for row in id_]
    np.testing.assert_allclose(found, wanted, rtol=1e-12)


def test_the_linear_system_of_the_read_out_is_proved():
    assert numeric.prove(program("readout")).exit_code == 0


def test_the_generator_gets_the_slope_of_its_loss_through_the_discriminator():
    rng = np.random.default_rng(0)
    generator, discriminator = (network.in_dtype("float64") for network in gan._pair(rng))
    noise = rng.normal(size=(12, 4))
    ones = np.ones((6, 1))

    def loss() -> float:
        return discriminator.evaluate(gan._packed(generator.forward(noise)), ones)[0]

    cotangent = gan._sent_back(discriminator, generator.forward(noise), 1)
    _, gradients = generator.gradients(noise, cotangent.astype(float))
    for name, gradient in gradients.items():
        way, kept = rng.normal(size=gradient.shape), generator.parameters[name].copy()
        ends = []
        for h in (1e-8, -1e-8):  # so short that no ReLU is met on the way
            generator.parameters[name][...] = kept + h * way
            ends.append(loss())
        generator.parameters[name][...] = kept
        assert (ends[0] - ends[1]) / 2e-8 == pytest.approx(np.sum(gradient * way), rel=1e-5)


@pytest.mark.parametrize(
    ("loads", "overlaps", "critical"),
    [
        ((0.1, 0.2), (1.0, 0.9), 0.15),
        ((0.1, 0.12, 0.2), (1.0, 0.96, 0.2), 0.12 + 0.08 / 76),
    ],
)
def test_the_critical_load_lies_between_two_that_were_tried(loads, overlaps, critical):
    assert hopfield._crossing(np.array(loads), np.array(overlaps)) == pytest.approx(critical)


@pytest.mark.parametrize("overlaps", [(1.0, 0.99), (0.9, 0.5)])
def test_a_load_that_is_never_crossed_is_no_number(overlaps):
    assert np.isnan(hopfield._crossing(np.array([0.1, 0.2]), np.array(overlaps)))


# ---- n-grams ------------------------------------------------------------------------------------


def test_grams_are_shares_that_sum_to_one():
    text_ = np.random.default_rng(0).integers(4, size=2000)
    grams = Grams.of(text_, 3, 4)
    assert grams.weights.sum() == pytest.approx(1)
    np.testing.assert_allclose(grams.shares[2].sum(axis=-1), 1)
    # nothing to be learned: two bits for four equal characters
    assert grams.bits(np.random.default_rng(1).integers(4, size=5000)) == pytest.approx(2, abs=0.05)


def test_a_text_that_repeats_is_told_by_three_characters_and_not_by_one():
    text_ = np.tile([0, 1, 0, 2], 500)
    one, three = (Grams.of(text_, order, 3) for order in (1, 3))
    assert one.bits(text_) == pytest.approx(1.5, abs=0.01)
    assert three.bits(text_) < 0.02
    written = three.written(400, np.random.default_rng(0))
    assert np.bincount(written, minlength=3) / 400 == pytest.approx([0.5, 0.25, 0.25], abs=0.05)


def test_what_was_never_counted_is_not_impossible():
    grams = Grams.of(np.zeros(100, int), 2, 3)
    assert np.isfinite(grams.bits(np.array([1, 2, 1])))

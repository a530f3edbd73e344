"""Branches, residual steps, shared layers: against hand-written NumPy and central differences."""

import numpy as np
import pytest

import derive
from derive.errors import CallRefused, DeriveError, OptionRefused
from numeric.axes import Flatten, Transpose
from numeric.chain import Sequential
from numeric.compose import Branches, Residual
from numeric.data import one_hot
from numeric.layer import Layer
from numeric.network import Network
from numeric.shape import text
from tests.numeric.slopes import assert_slopes

AFFINE = derive.parse(
    "input x[n, j]\nparam W[i, j], b[i]\noutput z[n, i]\nz[n, i] = sum[j](W[i, j]*x[n, j]) + b[i]"
)
STYLES = pytest.mark.parametrize("style", ["readable", "fast"])


def affine(units, rule="xavier"):
    return Layer(AFFINE, i=units, rule=rule)


def made(steps, shape=(5,), loss="mse", **settings):
    return Network(steps, loss=loss, shape=shape, dtype="float64", seed=3, **settings)


def batch(shape=(5,), units=4, count=6):
    rng = np.random.default_rng(8)
    return rng.standard_normal((count, *shape)), rng.standard_normal((count, units))


def dense(network, path, x):
    """An affine map, written by hand."""
    return x @ network.parameters[f"{path}.W"].T + network.parameters[f"{path}.b"]


SHARED = affine(5)
TANH = [affine(5), Layer("tanh")]
COMPOSED = [
    # name, steps, parameters, what comes out by hand
    (
        "residual",
        [Residual([affine(5), Layer("tanh")]), affine(4)],
        ["0.body.0.W", "0.body.0.b", "1.W", "1.b"],
        lambda p, x: dense(p, "1", x + np.tanh(dense(p, "0.body.0", x))),
    ),
    (
        "residual with a shortcut",
        [Residual([affine(4), Layer("tanh")], shortcut=[affine(4)])],
        ["0.body.0.W", "0.body.0.b", "0.shortcut.0.W", "0.shortcut.0.b"],
        lambda p, x: np.tanh(dense(p, "0.body.0", x)) + dense(p, "0.shortcut.0", x),
    ),
    (
        "branches added",
        [Branches([affine(4), [affine(4), Layer("tanh")], affine(4)], join="add")],
        ["0.0.0.W", "0.0.0.b", "0.1.0.W", "0.1.0.b", "0.2.0.W", "0.2.0.b"],
        lambda p, x: dense(p, "0.0.0", x) + np.tanh(dense(p, "0.1.0", x)) + dense(p, "0.2.0", x),
    ),
    (
        "branches multiplied",
        [Branches([affine(4), [affine(4), Layer("sigmoid")]], join="multiply")],
        ["0.0.0.W", "0.0.0.b", "0.1.0.W", "0.1.0.b"],
        lambda p, x: dense(p, "0.0.0", x) / (1 + np.exp(-dense(p, "0.1.0", x))),
    ),
    (
        "branches side by side, one of them empty",
        [Branches([affine(3), [], affine(2)]), affine(4)],
        ["0.0.0.W", "0.0.0.b", "0.2.0.W", "0.2.0.b", "1.W", "1.b"],
        lambda p, x: dense(
            p, "1", np.concatenate([dense(p, "0.0.0", x), x, dense(p, "0.2.0", x)], axis=1)
        ),
    ),
    (
        "a layer in three places, one of them inside a residual step",
        [SHARED, Layer("tanh"), Residual([SHARED]), SHARED, affine(4)],
        ["0.W", "0.b", "4.W", "4.b"],
        lambda p, x: dense(p, "4", dense(p, "0", _plus(p, np.tanh(dense(p, "0", x))))),
    ),
    (
        "a block in two places",
        [Sequential(TANH), Sequential(TANH), affine(4)],
        ["0.0.W", "0.0.b", "2.W", "2.b"],
        lambda p, x: dense(p, "2", np.tanh(dense(p, "0.0", np.tanh(dense(p, "0.0", x))))),
    ),
    (
        "branches in branches",
        [Branches([Residual([Branches([affine(5), []], join="multiply")]), []]), affine(4)],
        ["0.0.0.body.0.0.0.W", "0.0.0.body.0.0.0.b", "1.W", "1.b"],
        lambda p, x: dense(
            p, "1", np.concatenate([x + dense(p, "0.0.0.body.0.0.0", x) * x, x], axis=1)
        ),
    ),
]


def _plus(network, h):
    return h + dense(network, "0", h)


@pytest.mark.parametrize(
    ("steps", "names", "by_hand"), [row[1:] for row in COMPOSED], ids=[row[0] for row in COMPOSED]
)
def test_composed_networks(steps, names, by_hand):
    network = made(steps, style="fast")
    x, targets = batch()
    assert list(network.parameters) == names
    assert np.abs(network.forward(x) - by_hand(network, x)).max() < 1e-12
    assert_slopes(network, x, targets)


def test_gradients_of_a_shared_layer_add_up():
    steps = [affine(5), Layer("tanh"), affine(5), affine(4)]
    apart, shared = made(steps), made([steps[0], steps[1], steps[0], steps[3]])
    for name in ("2.W", "2.b"):
        apart.parameters[name][...] = shared.parameters[name.replace("2", "0")]
    for name, value in shared.parameters.items():
        apart.parameters[name][...] = value
    _, found = shared.gradients(*batch())
    _, parts = apart.gradients(*batch())
    assert found.keys() == shared.parameters.keys()
    assert np.abs(found["0.W"] - parts["0.W"] - parts["2.W"]).max() < 1e-15
    assert np.abs(found["0.b"] - parts["0.b"] - parts["2.b"]).max() < 1e-15


@STYLES
def test_a_whole_composed_network_is_proved(style):
    shared = Layer("conv2d", f=3, p=3, q=3, P=1, rule="orthogonal")
    steps = [
        shared,
        Residual([Layer("tanh"), shared, Layer("conv2d", f=4, p=3, q=3, P=1, s=2)],
                 shortcut=[Layer("conv2d", f=4, p=1, q=1, s=2)]),
        Branches([Layer("sumpool2d"), Layer("maxpool2d")], join="concat", axis=1),
        Flatten(), affine(3),
    ]  # fmt: skip
    network = Network(steps, loss="softmax_cross_entropy", shape=(3, 8, 8), seed=1, style=style)
    rng = np.random.default_rng(0)
    x = rng.standard_normal((4, 3, 8, 8)).astype("float32")
    result = network.check(x, one_hot(rng.integers(0, 3, 4), 3))
    assert result.verdict == "PROVED", str(result)
    assert "S8 1.shortcut.0.W" in [line.proof for line in result.lines]
    assert "S8 1.body.1.W" not in [line.proof for line in result.lines]


def test_both_styles_compute_the_same():
    steps = [Residual([affine(5), Layer("tanh")]), Branches([affine(2), []]), affine(4)]
    x, targets = batch()
    (loss, slow), (again, fast) = (made(steps, style=s).gradients(x, targets)
                                   for s in ("readable", "fast"))  # fmt: skip
    assert loss == pytest.approx(again, rel=1e-13)
    for name, gradient in slow.items():
        assert fast[name] == pytest.approx(gradient, rel=1e-11, abs=1e-13)


def test_labels_may_go_into_branches():
    steps = [Branches([Layer("embedding", k=6, i=4), Layer("embedding", k=6, i=4)], join="add")]
    network = made(steps, shape=())
    labels, targets = np.array([5, 0, 5]), np.zeros((3, 4))
    assert_slopes(network, labels, targets)
    assert network.cotangents(labels, targets)[0] is None


def test_stages_hold_the_stages_inside():
    network = made([Sequential([SHARED]), Residual([affine(4)], [SHARED, affine(4)])])
    told = [
        (s.path, s.name, text(s.before), text(s.after), list(s.branches), s.shared, s.position)
        for stage in network.stages
        for s in stage.walk()
    ]
    assert told == [
        ("0", "Sequential", "(N, 5)", "(N, 5)", [""], "", 0),
        ("0.0", "layer", "(N, 5)", "(N, 5)", [], "", 0),
        ("1", "Residual", "(N, 5)", "(N, 4)", ["body", "shortcut"], "", 1),
        ("1.body.0", "layer", "(N, 5)", "(N, 4)", [], "", 0),
        ("1.shortcut.0", "layer", "(N, 5)", "(N, 5)", [], "0.0", 0),
        ("1.shortcut.1", "layer", "(N, 5)", "(N, 4)", [], "", 1),
    ]


def test_what_each_step_gives():
    network = made([Residual([affine(5)]), Layer("tanh"), affine(4)], style="fast")
    x, _ = batch()
    found = network.activations(x)
    assert [y.shape for y in found] == [(6, 5), (6, 5), (6, 4)]
    assert (np.tanh(found[0]) == found[1]).all()
    assert (found[2] == network.forward(x)).all()


REFUSED = [
    (
        [affine(5), Residual([Layer("tanh"), affine(4)])],
        CallRefused,
        r"(?s)step 1: Residual: the body gives shape \(N, 4\) and the shortcut \(N, 5\).*shortcut=",
    ),
    (
        [affine(5), Residual([Layer("tanh"), Layer("conv2d", f=2, p=3, q=3)])],
        CallRefused,
        r"step 1\.body\.1: conv2d reads",
    ),
    (
        [Branches([affine(3), affine(4)], join="add")],
        CallRefused,
        r"(?s)step 0: the branches give shapes \(N, 3\) and \(N, 4\), which must be equal.*concat",
    ),
    (
        [Branches([affine(3), [Transpose((1, 0))]])],
        CallRefused,
        r"(?s)shapes \(N, 3\) and \(5, N\), which do not fit together along axis -1",
    ),
    (
        [Branches([affine(3), affine(3)], axis=2)],
        CallRefused,
        r"(?s)which do not fit together along axis 2.*name another axis",
    ),
    (
        [Branches([affine(3), affine(3)], axis=0)],
        CallRefused,
        r"(?s)axis 0 of \(N, 3\) counts samples: branches are not joined along it",
    ),
    (
        [SHARED, affine(3), SHARED],
        OptionRefused,
        r"(?s)step 2: layer is placed twice, and its W would be \(5, 3\) here and \(5, 5\) where",
    ),
]


@pytest.mark.parametrize(("steps", "kind", "message"), REFUSED)
def test_what_does_not_fit_is_refused(steps, kind, message):
    with pytest.raises(kind, match=message):
        made(steps)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Branches([[], []], join="sum"), r"(?s)no join 'sum'.*use add, concat, multiply"),
        (lambda: Branches([[]]), r"(?s)has 1 of at least 2 branches"),
    ],
)
def test_branches_that_are_none_are_refused(make, message):
    with pytest.raises(DeriveError, match=message):
        make()

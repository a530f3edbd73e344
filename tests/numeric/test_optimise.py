"""Optimisers against their published update equations: interpreted, and written out by numbers."""

import tracemalloc
from math import sqrt

import numpy as np
import pytest

import derive
from derive.errors import OptionRefused
from numeric import prove
from numeric.interpret import interpret
from numeric.optimise import SGD, Adam, AdamW, RMSProp

# An optimiser, its equations, their hyperparameters, and what is kept between steps.
ROWS = [
    (SGD(0.05), "sgd", {"rate": 0.05, "decay": 0.0}, ()),
    (SGD(0.05, decay=0.3), "sgd", {"rate": 0.05, "decay": 0.3}, ()),
    (SGD(0.05, 0.8), "momentum", {"rate": 0.05, "momentum": 0.8, "decay": 0.0}, "v"),
    (SGD(0.1, 0.5, decay=0.2), "momentum", {"rate": 0.1, "momentum": 0.5, "decay": 0.2}, "v"),
    (SGD(0.05, 0.8, True), "nesterov", {"rate": 0.05, "momentum": 0.8, "decay": 0.0}, "v"),
    (SGD(0.1, 0.5, True, 0.2), "nesterov", {"rate": 0.1, "momentum": 0.5, "decay": 0.2}, "v"),
    (RMSProp(0.01), "rmsprop", {"rate": 0.01}, "v"),
    (RMSProp(0.01, 0.7, 0.1), "rmsprop", {"rate": 0.01, "rho": 0.7, "eps": 0.1}, "v"),
    (Adam(0.01), "adam", {"rate": 0.01}, "mv"),
    (
        Adam(0.02, beta1=0.7, beta2=0.95, eps=0.1),
        "adam",
        {"rate": 0.02, "beta1": 0.7, "beta2": 0.95, "eps": 0.1},
        "mv",
    ),
    (AdamW(0.01), "adamw", {"rate": 0.01, "decay": 0.01}, "mv"),
    (
        AdamW(0.02, 0.7, 0.95, 0.1, decay=0.5),
        "adamw",
        {"rate": 0.02, "beta1": 0.7, "beta2": 0.95, "eps": 0.1, "decay": 0.5},
        "mv",
    ),
]
MAKERS = [
    lambda: SGD(0.1),
    lambda: SGD(0.1, 0.5, decay=0.1),
    lambda: SGD(0.1, 0.5, nesterov=True),
    RMSProp,
    Adam,
    AdamW,
]


def interpreted(name, hypers, kept, start, gradients):
    """The values after each step, by the equations themselves."""
    program = derive.load(name)
    value, memory = start, {key: np.zeros_like(start) for key in kept}
    path = []
    for t, gradient in enumerate(gradients, start=1):
        counted = {"t": np.array(float(t))} if program.array("t") else {}
        found = interpret(program, {"W": value, "g": gradient, **memory, **counted}, **hypers)
        value, memory = found["W_next"], {key: found[f"{key}_next"] for key in kept}
        path.append(value)
    return np.array(path)


@pytest.mark.parametrize(("optimiser", "name", "hypers", "kept"), ROWS)
def test_steps_are_those_of_the_equations(optimiser, name, hypers, kept):
    rng = np.random.default_rng(0)
    start, gradients = rng.standard_normal(3), rng.standard_normal((6, 3))
    gradients[:, 2] = 0  # a unit that is never used
    value, path = start.copy(), []
    for gradient in gradients:
        optimiser.step({"W": value}, {"W": gradient})
        path.append(value.copy())
    wanted = interpreted(name, hypers, kept, start, gradients)
    assert np.array(path) == pytest.approx(wanted, rel=1e-13, abs=1e-15)


@pytest.mark.parametrize("name", [n for n in derive.updates() if derive.load(n).claims])
def test_other_published_forms_are_proved_equal(name):
    assert prove(derive.load(name)).exit_code == 0


def test_a_form_that_is_not_equal_is_not_proved():
    text = str(derive.load("nesterov")).replace("(1 + momentum)*rate", "momentum*rate")
    assert text != str(derive.load("nesterov"))
    assert prove(derive.parse(text)).exit_code == 1


def test_every_update_has_a_source_and_most_a_proof():
    updates = {name: derive.load(name) for name in derive.updates()}
    assert set(updates) > {"sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw"}
    assert all(program.sources and program.title for program in updates.values())
    assert {name for name, program in updates.items() if not program.claims} == {"clip_value"}


# ---- two paths by plain numbers -----------------------------------------------------------------


def rosenbrock(x, y):
    """The gradient of (1 - x)^2 + 100*(y - x^2)^2."""
    return -2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)


def followed(optimiser, steps):
    """A path down Rosenbrock's valley, in one array of two."""
    value = np.array([-1.2, 1.0])
    path = []
    for _ in range(steps):
        optimiser.step({"x": value}, {"x": np.array(rosenbrock(*value))})
        path.append(value.tolist())
    return path


def nesterov_as_published(steps, rate, momentum):
    """Sutskever and others: the gradient is taken ahead of where the parameters are."""
    theta, v = [-1.2, 1.0], [0.0, 0.0]
    path = []
    for _ in range(steps):
        ahead = [t + momentum * u for t, u in zip(theta, v, strict=True)]
        v = [momentum * u - rate * g for u, g in zip(v, rosenbrock(*ahead), strict=True)]
        theta = [t + u for t, u in zip(theta, v, strict=True)]
        path.append([t + momentum * u for t, u in zip(theta, v, strict=True)])
    return path


def adam_as_published(steps, rate, beta1, beta2, eps):
    """Kingma and Ba, algorithm 1, a coordinate at a time."""
    x, m, v = [-1.2, 1.0], [0.0, 0.0], [0.0, 0.0]
    path = []
    for t in range(1, steps + 1):
        for i, g in enumerate(rosenbrock(*x)):
            m[i] = beta1 * m[i] + (1 - beta1) * g
            v[i] = beta2 * v[i] + (1 - beta2) * g * g
        for i in range(2):
            mhat, vhat = m[i] / (1 - beta1**t), v[i] / (1 - beta2**t)
            x[i] -= rate * mhat / (sqrt(vhat) + eps)
        path.append(list(x))
    return path


@pytest.mark.parametrize(
    ("optimiser", "published"),
    [
        (SGD(1e-4, 0.9, nesterov=True), nesterov_as_published(50, 1e-4, 0.9)),
        (Adam(0.05), adam_as_published(50, 0.05, 0.9, 0.999, 1e-8)),
        (Adam(0.05, 0.7, 0.99, 1e-2), adam_as_published(50, 0.05, 0.7, 0.99, 1e-2)),
    ],
)
def test_the_path_is_the_published_one(optimiser, published):
    assert followed(optimiser, 50) == [pytest.approx(place, rel=1e-10) for place in published]


@pytest.mark.parametrize(
    ("optimiser", "steps", "near"),
    [
        (SGD(1e-3, 0.9), 3000, 1e-2),
        (SGD(1e-3, 0.9, nesterov=True), 3000, 1e-2),
        (RMSProp(1e-3), 6500, 1e-2),
        (Adam(0.02), 4000, 1e-3),
        (AdamW(0.02, decay=0.0), 4000, 1e-3),
    ],
)
def test_the_valley_of_rosenbrock_is_found(optimiser, steps, near):
    assert followed(optimiser, steps)[-1] == pytest.approx([1, 1], abs=near)


# ---- in place -----------------------------------------------------------------------------------


@pytest.mark.parametrize("make", MAKERS)
def test_parameters_change_in_place_and_keep_their_type(make):
    optimiser, value, gradient = make(), np.ones(3, "float32"), np.ones(3, "float32")
    for _ in range(3):
        optimiser.step({"W": value}, {"W": gradient})
    assert value.dtype == np.float32
    assert (value < 1).all()
    assert (gradient == 1).all()


@pytest.mark.parametrize("make", MAKERS)
def test_a_step_after_the_first_makes_nothing(make):
    optimiser = make()
    values = {"W": np.ones((400, 300)), "b": np.ones(50_000)}
    gradients = {name: np.ones_like(value) for name, value in values.items()}
    optimiser.step(values, gradients)
    tracemalloc.start()
    optimiser.step(values, gradients)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10_000  # of arrays of 400,000 bytes and more


def test_a_factor_scales_the_rate():
    plain, scaled = np.ones(2), np.ones(2)
    SGD(0.2).step({"W": plain}, {"W": np.ones(2)})
    SGD(0.4).step({"W": scaled}, {"W": np.ones(2)}, 0.5)
    assert (plain == scaled).all()


@pytest.mark.parametrize("make", MAKERS)
def test_a_restored_optimiser_goes_on_with_the_same_bytes(make):
    rng = np.random.default_rng(1)
    gradients = rng.standard_normal((8, 4)).astype("float32")
    first, second = make(), make()
    one, two = np.ones(4, "float32"), np.ones(4, "float32")
    for k, gradient in enumerate(gradients):
        first.step({"W": one}, {"W": gradient})
        if k == 4:
            two[...] = one
            second.restore(first.state())
        if k > 4:
            second.step({"W": two}, {"W": gradient})
    assert one.tobytes() == two.tobytes()
    assert make().state() == {}


# ---- weight decay -------------------------------------------------------------------------------


@pytest.mark.parametrize("optimiser", [SGD(0.1, decay=0.5), AdamW(0.1, decay=0.5)])
def test_weights_shrink_by_a_factor_where_nothing_pulls_at_them(optimiser):
    value = np.full(2, 4.0)
    for _ in range(3):
        optimiser.step({"0.W": value}, {"0.W": np.zeros(2)})
    assert value == pytest.approx(4 * 0.95**3, rel=1e-14)


@pytest.mark.parametrize("kind", [SGD, AdamW])
@pytest.mark.parametrize("spared", ["*.b", ("*.b",), ["0.b", "1.b"]])
def test_biases_can_be_spared(kind, spared):
    values = {name: np.ones(2) for name in ("0.W", "0.b", "1.W", "1.b")}
    kind(rate=0.1, decay=0.5, spared=spared).step(values, {name: np.zeros(2) for name in values})
    assert {name: value[0] == 1 for name, value in values.items()} == {
        "0.W": False, "0.b": True, "1.W": False, "1.b": True,
    }  # fmt: skip


# ---- what is refused ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: SGD(0), "rate = 0 is not above 0"),
        (lambda: SGD(float("nan")), "rate = nan is not above 0"),
        (lambda: SGD(0.1, momentum=1.0), r"momentum = 1.0 is not in \[0, 1\)"),
        (lambda: SGD(0.1, nesterov=True), "nesterov without momentum"),
        (lambda: SGD(0.1, decay=-1), "decay = -1 is below 0"),
        (lambda: RMSProp(0), "rate = 0 is not above 0"),
        (lambda: RMSProp(rho=1), r"rho = 1 is not in \[0, 1\)"),
        (lambda: RMSProp(eps=0), "eps = 0 is not above 0"),
        (lambda: Adam(-1), "rate = -1 is not above 0"),
        (lambda: Adam(beta1=1.5), r"beta1 = 1.5 is not in \[0, 1\)"),
        (lambda: Adam(beta2=-0.1), r"beta2 = -0.1 is not in \[0, 1\)"),
        (lambda: Adam(eps=0), "eps = 0 is not above 0"),
        (lambda: AdamW(decay=float("inf")), "decay = inf is below 0 or not finite"),
    ],
)
def test_settings_out_of_range_are_refused(make, message):
    with pytest.raises(OptionRefused, match=message):
        make()


def stepped(optimiser, value, name="W"):
    optimiser.step({name: value}, {name: np.zeros_like(value)})


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda: stepped(SGD(decay=0.1, spared="*.c"), np.ones(2)), r"spared = '\*.c' fits no"),
        (lambda: Adam().restore({"velocity/W": np.ones(1), "steps": np.array(3)}), "no 'velocity'"),
        (lambda: Adam().restore({"mean/W": np.ones(1)}), "does not say how many steps"),
        (lambda: Adam().restore({"steps": np.array(-3)}), "does not say how many steps"),
    ],
)
def test_what_does_not_fit_is_refused(act, message):
    with pytest.raises(OptionRefused, match=message):
        act()


@pytest.mark.parametrize("other", [np.ones(3), np.ones(2, "float32")])
def test_an_optimiser_serves_one_network(other):
    optimiser = Adam()
    stepped(optimiser, np.ones(2))
    with pytest.raises(OptionRefused, match=r"(?s)mean of W is float64 \(2,\).*of its own"):
        stepped(optimiser, other)

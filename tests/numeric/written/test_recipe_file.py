"""Networks and recipes in TOML files: what they make, and every refusal with its line."""

from __future__ import annotations

import numpy as np
import pytest

import numeric
from derive.errors import DeriveError, LimitError, OptionRefused, ParseError
from numeric.clipping import ClipNorm
from numeric.optimise import SGD, Adam
from numeric.recipe_file import load
from numeric.schedules import Cosine, WarmUp
from numeric.written import read
from numeric.written.source import LONGEST

RECIPE = """\
title = "A small one"
shape = [4]
loss = "mse"
seed = 3
target = 0.5
dtype = "float64"

[[steps]]
layer = "dense"
name = "first"
i = 4
rule = { W = "xavier" }

[[steps]]
step = "residual"
steps = [{ layer = "tanh" }, { again = "first" }, { step = "dropout", rate = 0.25 }]

[[steps]]
step = "branches"
branches = [[{ layer = "dense", i = 2 }, { layer = "tanh" }], []]

[[steps]]
equations = '''
input x[n, j]
param W[k, j]
output y[n, k]
y[n, k] = sum[j](W[k, j]*x[n, j])
'''
k = 3

[data]
file = "points.npz"
classes = 3
test = 0.25

[train]
epochs = 2
batch = 8
patience = 5
shuffle = true
optimiser = { name = "adam", rate = 1e-3, beta1 = 0.8 }
schedule = { name = "warm-up", steps = 10, then = { name = "cosine", period = 80 } }
clip = { name = "norm", limit = 5 }
"""


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(0)
    np.savez(tmp_path / "points.npz", x=rng.standard_normal((40, 4)), t=rng.integers(0, 3, 40))
    return tmp_path


def written(folder, text=RECIPE, name="mine.toml"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_recipe_is_what_its_file_says(folder):
    recipe = load(written(folder))
    assert (recipe.title, recipe.seed, recipe.target) == ("A small one", 3, 0.5)
    network = recipe.network
    assert {name: value.shape for name, value in network.parameters.items()} == {
        "0.W": (4, 4), "0.b": (4,), "2.0.0.W": (2, 4), "2.0.0.b": (2,), "3.W": (3, 6),
    }  # fmt: skip
    assert [stage.name for stage in network.stages] == ["dense", "Residual", "Branches", "layer"]
    assert network.dtype == np.float64
    assert (len(recipe.data.x_train), len(recipe.data.x_test)) == (30, 10)
    assert recipe.data.t_train.shape == (30, 3)
    settings = dict(recipe.settings)
    optimiser, clip = settings.pop("optimiser"), settings.pop("clip")
    assert settings == {
        "epochs": 2, "batch": 8, "patience": 5, "shuffle": True,
        "schedule": WarmUp(10, Cosine(80)),
    }  # fmt: skip
    assert isinstance(optimiser, Adam)
    assert (optimiser.rate, optimiser.beta1) == (1e-3, 0.8)
    assert isinstance(clip, ClipNorm)
    assert clip.limit == 5


def test_the_network_is_the_one_that_python_makes(folder):
    path = written(folder)
    made = numeric.Network.from_toml(path)
    first = numeric.Layer("dense", i=4, rule={"W": "xavier"})
    last = "input x[n, j]\nparam W[k, j]\noutput y[n, k]\ny[n, k] = sum[j](W[k, j]*x[n, j])"
    steps = [
        first,
        numeric.Residual([numeric.Layer("tanh"), first, numeric.Dropout(0.25)]),
        numeric.Branches([[numeric.Layer("dense", i=2), numeric.Layer("tanh")], []]),
        numeric.Layer(numeric.network.derive.parse(last), k=3),
    ]
    same = numeric.Network(steps, loss="mse", shape=(4,), seed=3, dtype="float64")
    for name, value in same.parameters.items():
        assert (made.parameters[name] == value).all()


def test_a_recipe_trains(folder):
    recipe = load(written(folder, RECIPE.replace("patience = 5\n", "")))
    history = numeric.train(recipe.network, recipe.data, seed=recipe.seed, **recipe.settings)
    assert len(history) == 2


def test_layers_and_losses_lie_beside_the_file(folder, monkeypatch):
    (folder / "twice.eqn").write_text(
        "input x[n, j]\nparam w[j]\noutput y[n, j]\ny[n, j] = w[j]*x[n, j]"
    )
    (folder / "cost.eqn").write_text(
        "input y[n, j]\nconst t[n, j]\noutput e\ne = sum[n, j]((y[n, j] - t[n, j])^4)"
    )
    monkeypatch.chdir("/")
    text = 'shape = [2]\nloss = "cost.eqn"\n[[steps]]\nlayer = "twice.eqn"\n'
    network = numeric.Network.from_toml(written(folder, text))
    assert list(network.parameters) == ["0.w"]
    assert network.loss.outputs == ("e",)


def test_data_that_are_split_already(folder):
    rng = np.random.default_rng(1)
    parts = {f"{k}_{part}": rng.standard_normal((5, n)) for part in ("train", "test", "valid")
             for k, n in (("x", 4), ("t", 3))}  # fmt: skip
    np.savez(folder / "points.npz", **parts)
    text = RECIPE.replace("classes = 3\ntest = 0.25\n", "")
    data = load(written(folder, text)).data
    assert (data.x_valid == parts["x_valid"]).all()
    assert not data.classes
    with pytest.raises(OptionRefused, match="split already: test has no use") as caught:
        load(written(folder, RECIPE.replace("classes = 3\n", "")))
    assert caught.value.line_text == "test = 0.25"


def test_a_data_set_by_name(folder):
    text = RECIPE.replace('file = "points.npz"\nclasses = 3\ntest = 0.25', 'name = "digits"')
    assert load(written(folder, text)).data.x_train.shape == (1437, 1, 8, 8)


def test_the_settings_have_defaults(folder):
    text = 'shape = [2]\nloss = "mse"\n[data]\nname = "digits"\n'
    recipe = load(written(folder, text))
    assert (recipe.title, recipe.seed, recipe.target) == ("mine", 0, None)
    assert recipe.settings == {}
    assert recipe.network.stages == ()


REFUSED = [
    # what is written, what stands there instead, the line told ("" is the whole file), the message
    ("i = 4", "units = 4", "units", r"neither an extent nor a hyperparameter 'units'.*use i, j"),
    ("i = 4", "i = 4.5", "[[steps]]", r"i = 4\.5 is not an extent"),
    ("i = 4", 'i = "4"', "i =", r"i = '4' is not a number"),
    ("i = 4", "", "[[steps]]", r"step 0: dense: the extent i of W\[i, j\] follows from nothing"),
    ('layer = "dense"', 'layer = "dens"', "layer", r"no built-in layer 'dens'.*did you mean"),
    ('layer = "dense"', 'layer = "dens.eqn"', "[[steps]]", r"dens\.eqn"),
    ('layer = "dense"', 'lay = "dense"', "[[steps]]", r"steps\[0\] has none of the keys layer"),
    ('name = "first"', 'step = "last"', "[[steps]]", r"steps\[0\] has layer and step of the keys"),
    ('W = "xavier"', 'W = "glorot"', "[[steps]]", r"no initialisation rule 'glorot'"),
    ('W = "xavier"', 'V = "xavier"', "[[steps]]", r"no parameter 'V' to draw by"),
    ('W = "xavier"', "W = 3", "rule = {", r"W = 3 is not text in quotes"),
    ('rule = { W = "xavier" }', "rule = 3", "rule", r"rule = 3 is not text in quotes"),
    ('rule = { W = "xavier" }', "carry = true", "[[steps]]", r"dense has no state to carry"),
    ('rule = { W = "xavier" }', "carry = 1", "carry", r"carry = 1 is not true or false"),
    ('rule = { W = "xavier" }', "forget_bias = 1", "[[steps]]", r"dense has no forget gate"),
    ('step = "residual"', 'step = "resid"', 'step = "resid"', r"no step 'resid'.*use branches"),
    ("steps = [{ layer", "body = [{ layer", "body", r"steps\[1\] has no key 'body'"),
    ("steps = [{ layer", "shortcut = [3]\nsteps = [{ layer", "shortcut", "not a list of tables"),
    ('again = "first"', 'again = "frist"', "steps = [{", r"no step before is called 'frist'"),
    ('{ again = "first" }', '{ again = "first", i = 3 }', "steps = [{", r"has no key 'i'"),
    ('{ again = "first" }', '{ layer = "dense", i = 3 }', "[[steps]]", r"step 1: Residual: the bo"),
    ('"tanh" }, { again', '"tanh", name = "first" }, { again', "steps = [{", "two steps are called"),
    ("rate = 0.25", "rate = 1.5", "steps = [{", r"a dropout rate of 1\.5"),
    ("rate = 0.25", "rat = 0.25", "steps = [{", r"has no key 'rat'.*did you mean rate"),
    ("branches = [[", 'join = "sum"\nbranches = [[', "join", r"there is no join 'sum'"),
    ("branches = [[", 'axis = "x"\nbranches = [[', "axis", r"axis = 'x' is not an integer"),
    ("branches = [[{", "branches = 3 # [[{", "branches", r"branches is not a list"),
    ("sum[j](W", "sum[i](W", "y[n, k] = sum[i](W", r"index `j` is neither"),
    ("shape = [4]", "shape = 4", "shape", r"shape = 4 is not a list of integers"),
    ("shape = [4]\n", "", "", r"the file lacks the key 'shape'.*write shape = \.\.\."),
    ('loss = "mse"', 'loss = "nse"', "", r"no built-in layer 'nse'"),
    ("seed = 3", "seed = -3", "seed", r"seed = -3 is negative"),
    ("seed = 3", "sed = 3", "sed", r"the file has no key 'sed'.*did you mean seed"),
    ('dtype = "float64"', 'dtype = "int32"', "", r"cannot compute in int32"),
    ("target = 0.5", "target = true", "target", r"target = True is not a number"),
    ("[data]", "[dat]", "[dat]", r"the file has no key 'dat'.*did you mean data"),
    ('file = "points.npz"', "", "[data]", r"a name or a file"),
    ('file = "points.npz"\nclasses = 3\ntest = 0.25', 'name = "digit"', "name", "no data set 'digit'"),
    ('file = "points.npz"', 'name = "digits"', "classes", r"data has no key 'classes'"),
    ('file = "points.npz"', 'file = "other.npz"', "file", r"cannot read .*other\.npz"),
    ("classes = 3", "classes = 2", "[data]", r"label 2 of sample \d+ is outside 0 to 1"),
    ("test = 0.25", "test = 1.25", "[data]", r"shares that leave samples"),
    ("epochs = 2", "epochs = 2.5", "epochs", r"epochs = 2\.5 is not an integer"),
    ("epochs = 2", "epoch = 2", "epoch", r"train has no key 'epoch'.*did you mean epochs"),
    ('name = "adam"', 'name = "adm"', "optimiser", r"no optimiser 'adm'.*use adam, adamw, rmsprop"),
    ("beta1 = 0.8", "beta1 = 1.8", "optimiser", r"beta1"),
    ("period = 80", "period = 0", "schedule", r"period = 0 is not from 1 up"),
    ("limit = 5", "limit = [5]", "clip", r"limit = \[5\] is not a number"),
    (", limit = 5", "", "clip", r"train\.clip lacks the key 'limit'"),
    ('clip = { name = "norm", limit = 5 }', "clip = 5", "clip", r"clip is not a table"),
]


@pytest.mark.parametrize(("there", "instead", "line", "message"), REFUSED)
def test_what_cannot_be_read_is_refused_with_its_line(folder, there, instead, line, message):
    assert there in RECIPE
    text = RECIPE.replace(there, instead, 1)
    path = written(folder, text)
    with pytest.raises(DeriveError, match=rf"(?s){message}") as caught:
        load(path)
    error = caught.value
    assert error.origin.startswith(str(folder))
    assert error.remedy
    if line:
        assert error.line_text.startswith(line)
        assert text.split("\n")[error.span.line - 1] == error.line_text


FILES = [
    ("[[steps]\n", ParseError, r"mine\.toml: line 1, column 8: this is not TOML"),
    ("x = " + "[" * 5000, ParseError, "this is not TOML"),
    ("a = 1\na = 2\n", ParseError, "this is not TOML"),
    ("#" * (LONGEST + 1), LimitError, "longer than 1,000,000 bytes"),
]


@pytest.mark.parametrize(("text", "kind", "message"), FILES, ids=["open", "deep", "twice", "long"])
def test_what_is_no_toml_is_refused(folder, text, kind, message):
    with pytest.raises(kind, match=message):
        read(written(folder, text))


def test_what_is_no_file_is_refused(folder):
    with pytest.raises(OptionRefused, match=r"cannot read .*none\.toml: No such file"):
        load(folder / "none.toml")
    (folder / "bytes.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(OptionRefused, match="is not text in UTF-8"):
        load(folder / "bytes.toml")
    with pytest.raises(OptionRefused, match=r"there is no \[data\] to train on"):
        load(written(folder, 'shape = [2]\nloss = "mse"\n'))


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"x": np.zeros((4, 2))}, r"(?s)holds x\n.*save arrays x, t or x_train"),
        ({"x": np.array(["a"]), "t": np.zeros(1)}, "an array of the file holds <U1"),
        ({"x": np.array([{}]), "t": np.zeros(1)}, "cannot read .*points"),
    ],
)
def test_arrays_that_are_no_data_are_refused(folder, arrays, message):
    np.savez(folder / "points.npz", **arrays)
    with pytest.raises(OptionRefused, match=message):
        load(written(folder))


def test_no_optimiser_is_forgotten(folder):
    text = RECIPE.replace(
        '{ name = "adam", rate = 1e-3, beta1 = 0.8 }', '{ name = "sgd", momentum = 0.9 }'
    )
    optimiser = load(written(folder, text)).settings["optimiser"]
    assert isinstance(optimiser, SGD)
    assert optimiser.momentum == 0.9

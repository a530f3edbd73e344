"""Reports on networks: the chain of cotangents, each layer told once, what was measured."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from pypdf import PdfReader

import derive
import reports
from derive.errors import CallRefused, OptionRefused
from numeric.axes import Flatten, Transpose
from numeric.layer import Layer
from numeric.network import Network
from numeric.recipes import RECIPES, run, untrained
from numeric.step import Step
from reports.cli import BAD_INPUT, main
from reports.document import Display, Document, Figure, Line, Section
from reports.html import html
from reports.markdown import formula
from reports.mathematics.layout import Layout, Letter, Scripts
from reports.network.batch import drawn_batch
from reports.network.chain import Link, links
from reports.network.document import compose_network
from reports.network.drawing import drawings
from reports.network.flow import flow, flow_figure
from reports.network.material import network_material
from reports.network.positions import placed
from reports.tex import tex
from reports.typ import typ
from reports.typesetting import compiled

HOSTILE = "</style><script>alert(1)</script> \\input{x} $x$ | [a](b)"
TWICE = derive.parse(f"title {HOSTILE}\ninput x[n, i]\noutput y[n, i]\ny[n, i] = 2*x[n, i]")


def small() -> Network:
    steps = (Flatten(), Layer("dense", i=4), Layer("tanh"), Layer("dense", i=3), Layer(TWICE))
    return Network(steps, loss="mse", shape=(2, 3), dtype="float64")


@pytest.fixture(scope="module")
def chain() -> tuple[Link, ...]:
    return links(small())


@pytest.fixture(scope="module")
def document() -> Document:
    return compose_network(network_material(small(), "Small"))


def text(line: Line) -> str:
    assert line.left is not None
    return f"{formula(line.left)} = {formula(line.right)}"


# (step, its forward equations, its backward ones)
EXPECTED = [
    (
        0,
        [r"x^{(0)} = \operatorname{flatten}(x)"],
        [r"\bar{x} = \mathrm{flatten}^{-1}(\bar{x}^{(0)})"],
    ),
    (
        1,
        [
            r"z_{n,i}^{(1)} = \sum_{j}W_{i,j}^{(1)}\,x_{n,j}^{(0)} + b_{i}^{(1)}",
            r"a_{n,i}^{(1)} = \operatorname{ReLU}(z_{n,i}^{(1)})",
        ],
        [
            r"\bar{z}_{n,i}^{(1)} = \bar{a}_{n,i}^{(1)}\,[z_{n,i}^{(1)} > 0]",
            r"\bar{x}_{n,j}^{(0)} = \sum_{i}\bar{z}_{n,i}^{(1)}\,W_{i,j}^{(1)}",
            r"\bar{W}_{i,j}^{(1)} = \sum_{n}\bar{z}_{n,i}^{(1)}\,x_{n,j}^{(0)}",
            r"\bar{b}_{i}^{(1)} = \sum_{n}\bar{z}_{n,i}^{(1)}",
        ],
    ),
    (
        2,
        [r"a_{n,i}^{(2)} = \tanh(a_{n,i}^{(1)})"],
        [r"\bar{a}_{n,i}^{(1)} = \bar{a}_{n,i}^{(2)}\,(1 - (a_{n,i}^{(2)})^{2})"],
    ),
]


@pytest.mark.parametrize(("step", "forward", "backward"), EXPECTED)
def test_equations_are_renamed_by_position(
    step: int, forward: list[str], backward: list[str], chain: tuple[Link, ...]
) -> None:
    assert [text(line) for line in chain[step].forward] == forward
    assert [text(line) for line in chain[step].backward] == backward


def bare(layout: Layout) -> Layout:
    """An array without its indices."""
    return Scripts(layout.base, None, layout.above) if isinstance(layout, Scripts) else layout


def test_the_cotangent_passes_from_the_loss_to_the_input(chain: tuple[Link, ...]) -> None:
    for link, after in pairwise(chain):
        assert link.after == after.before
    for link in chain:
        lefts = [bare(line.left) for line in link.backward if line.left is not None]
        assert bare(placed(link.before, bars=1)) in lefts
        computed = [bare(line.left) for line in link.forward if line.left is not None]
        assert bare(placed(link.after)) in computed


def test_lines_are_numbered_forward_and_back(chain: tuple[Link, ...]) -> None:
    forward = [line.tag for link in chain for line in link.forward]
    backward = [line.tag for link in reversed(chain) for line in link.backward]
    assert [*forward, *backward] == [str(n) for n in range(1, len(forward) + len(backward) + 1)]


def test_each_layer_is_derived_once_and_referred_to(
    chain: tuple[Link, ...], document: Document
) -> None:
    assert chain[1].told is chain[3].told
    titles = [b.title for b in document.blocks if isinstance(b, Section)]
    assert [title for title in titles if title.startswith("Layer ")] == [
        "Layer A: Fully connected layer with ReLU",
        "Layer B: Hyperbolic tangent",
        f"Layer C: {HOSTILE}",
        "Layer D: Mean squared error",
    ]
    lines = [line for b in document.blocks if isinstance(b, Display) for line in b.lines]
    shown = [line.tag for line in lines if line.tag]
    assert len(shown) == len(set(shown)), "no number twice"
    cited = {found for line in lines for found in re.findall(r"\((\w+)\)", line.note)}
    assert cited <= set(shown)
    assert {"A3", "D2"} <= cited


def test_each_number_beside_a_line_leads_to_its_equation(document: Document) -> None:
    """In the chain "as (C4)" leads to where it is derived, in HTML, PDF and TeX."""
    only = replace(document, blocks=tuple(b for b in document.blocks if not isinstance(b, Figure)))
    page, source = html(only, "mathml"), tex(only)
    assert 'class="note">as <a href="#eq-A3">(A3)</a></td>' in page
    assert page.count('id="eq-A3"') == 1
    assert r"\why{as \eqref{eq:A3}}" in source
    assert source.count(r"\label{eq:A3}") == 1
    # Typst refuses a link to what is not there
    shown = typ(only)
    leaves = PdfReader(BytesIO(compiled(shown, "pdf"))).pages
    annotations = [a for leaf in leaves for a in leaf.get("/Annots", ())]
    assert 'note: [#"as ";#cited("A3");]' in shown
    assert len(annotations) == shown.count("#cited(")


def test_labels_and_numbers_of_names_stand_beside_the_position() -> None:
    steps = [Transpose((1, 0, 2)), Layer("lstm", i=2), Transpose((1, 0, 2)), Flatten()]
    network = Network([*steps, Layer("dense", i=1)], loss="mse", shape=(3, 2))
    shown = " ".join(text(line) for link in links(network) for line in link.forward)
    assert r"W_{i,j}^{(1)\mathrm{f}}\,x_{t,n,j}^{(0)}" in shown
    assert r"h_{-1,n,i}^{(1)} = h_{n,i}^{(1,0)}" in shown
    assert r"x^{(2)}" not in shown
    assert r"h^{(3)} = \operatorname{flatten}(h^{(2)})" in shown


def test_a_label_without_indices_keeps_its_place() -> None:
    assert placed(("W_f", None)) == Scripts(Letter("W"), None, placed(("W_f", None)).above)  # type: ignore[union-attr]
    assert formula(placed(("h0", None))) == "h^{(0)}"
    assert formula(placed(("x", None))) == "x"


# ---- the drawing --------------------------------------------------------------------------------


def test_a_drawing_is_xml_that_does_nothing(chain: tuple[Link, ...]) -> None:
    (figure,) = drawings(small(), chain)
    tree = ElementTree.fromstring(figure.svg)
    tags = {element.tag.rpartition("}")[2] for element in tree.iter()}
    assert tags <= {"svg", "title", "style", "defs", "path", "use", "g", "rect"}
    assert HOSTILE in figure.alt
    assert tree.findtext("{http://www.w3.org/2000/svg}title") == figure.alt
    names = {element.get("id") for element in tree.iter() if element.get("id")}
    uses = {e.get("href", "")[1:] for e in tree.iter() if e.tag.endswith("}use")}
    assert uses == names


# (steps, the captions' beginnings)
LONG = [
    (0, ["The loss"]),
    (1, ["Step 0 and the loss"]),
    (10, ["Steps 0 to 9 and the loss"]),
    (11, ["Steps 0 to 10", "The loss"]),
    (25, ["Steps 0 to 10", "Steps 11 to 21", "Steps 22 to 24 and the loss"]),
]


@pytest.mark.parametrize(("steps", "captions"), LONG)
def test_a_long_network_is_drawn_on_pages(steps: int, captions: list[str]) -> None:
    network = Network([Layer("tanh")] * steps, loss="mse", shape=(2,))
    figures = drawings(network, links(network))
    for figure, begin in zip(figures, captions, strict=True):
        assert str(figure.caption[0]).startswith(f"{begin} of the network.")
        height = re.search('height="([0-9.]+)pt"', figure.svg)
        assert height is not None
        assert float(height[1]) < 640


# ---- what was measured --------------------------------------------------------------------------


def test_sizes_of_cotangents_and_gradients_are_those_of_the_loss() -> None:
    network = small()
    x, targets = drawn_batch(network, 3)
    found = flow(network, x, targets)
    loss, gradients = network.gradients(x, targets)
    assert found.loss == pytest.approx(loss)
    for name, value in gradients.items():
        assert found.gradients[name] == pytest.approx(np.sqrt(np.mean(value**2)))
    slopes = np.empty_like(x)
    for place in np.ndindex(x.shape):
        ends = []
        for step in (1e-6, -1e-6):
            moved = x.copy()
            moved[place] += step
            ends.append(network.evaluate(moved, targets)[0])
        slopes[place] = (ends[0] - ends[1]) / 2e-6
    assert found.cotangents[0] == pytest.approx(np.sqrt(np.mean(slopes**2)), rel=1e-5)
    assert found.cotangents[0] == found.cotangents[1], "a step that moves axes moves no size"


BATCHES: list[tuple[tuple[Step, ...], str, tuple[int, ...]]] = [
    ((Layer("dense", i=3),), "mse", (2,)),
    ((Layer("dense", i=3),), "softmax_cross_entropy", (2,)),
    ((Layer("dense", i=3), Layer("sigmoid")), "binary_cross_entropy", (2,)),
    ((Layer("neuron"),), "hinge", ()),
    ((Layer("embedding", k=5, i=3),), "mse", ()),
    ((Layer("conv2d", f=2, p=3, q=3), Flatten(), Layer("dense", i=2)), "mse", (1, 5, 5)),
]


@pytest.mark.parametrize(("steps", "loss", "shape"), BATCHES, ids=lambda v: str(v)[:20])
def test_a_batch_is_drawn_for_every_loss(
    steps: tuple[Step, ...], loss: str, shape: tuple[int, ...]
) -> None:
    if loss == "hinge":  # one number for each sample
        line = "input x[n, j]\nparam w[j]\noutput z[n]\nz[n] = sum[j](w[j]*x[n, j])"
        steps, shape = (Layer(derive.parse(line)),), (4,)
    network = Network(steps, loss=loss, shape=shape)
    x, targets = drawn_batch(network, 0)
    assert len(x) == len(targets)
    value, gradients = network.gradients(x, targets)
    assert np.isfinite(value)
    assert gradients.keys() == network.parameters.keys()
    found = flow(network, x, targets)
    assert (found.cotangents[0] is None) == (x.dtype.kind == "i")


def test_where_no_gradient_flows_there_is_no_plot() -> None:
    network = Network([Layer("embedding", k=3, i=2)], loss="mse", shape=())
    found = flow(network, *drawn_batch(network, 0))
    assert flow_figure(found, links(network)) is None


# ---- files --------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".html", ".md", ".tex", ".pdf"])
def test_a_network_is_written_in_every_format(suffix: str, tmp_path: Path) -> None:
    first, again = tmp_path / f"a{suffix}", tmp_path / f"b{suffix}"
    for path in (first, again):
        assert reports.write(small(), path, name="Small", math="mathml").verdict == "PROVED"
    same = [path.read_bytes().replace(b"b-figures", b"a-figures") for path in (first, again)]
    assert same[0] == same[1]
    if suffix == ".html":
        page = first.read_text(encoding="utf-8")
        assert "<script" not in page
        assert "Layer B: Hyperbolic tangent" in page
        assert "reports.write(network, &#x27;network.html&#x27;, seed=0)" in page


def test_a_batch_can_be_given(tmp_path: Path) -> None:
    network, path = small(), tmp_path / "n.md"
    x, targets = drawn_batch(network, 5, samples=3)
    reports.write(network, path, batch=(x, targets))
    assert "For the 3 samples given the loss is" in path.read_text(encoding="utf-8")
    with pytest.raises(CallRefused, match="samples come in with shape"):
        reports.write(network, path, batch=(x[:, 0], targets))


def test_options_of_the_other_kind_are_refused(tmp_path: Path) -> None:
    path, program = tmp_path / "n.md", derive.load("tanh")
    for option in ({"settings": {"s": 1}}, {"fast": True}):
        with pytest.raises(OptionRefused, match=f"{next(iter(option))} is for a program"):
            reports.write(small(), path, **option)  # type: ignore[arg-type]
    with pytest.raises(OptionRefused, match="batch is for a network"):
        reports.write(program, path, batch=(np.zeros(1), np.zeros(1)))
    assert list(tmp_path.iterdir()) == []


def test_a_network_without_parameters_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CallRefused, match="the network has no parameter to check"):
        reports.write(Network([], loss="mse", shape=(2,)), tmp_path / "n.md")


# ---- recipes ------------------------------------------------------------------------------------


def test_the_network_of_a_recipe_is_the_one_that_is_trained(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # one epoch of length 0: what was drawn is what comes back
    monkeypatch.setattr("numeric.recipes.digits_mlp.train", lambda *_, **__: [_Epoch()])
    before = untrained("digits-mlp", seed=4)
    after = run("digits-mlp", seed=4).network
    assert after is not None
    for name, value in before.parameters.items():
        np.testing.assert_array_equal(value, after.parameters[name])


class _Epoch:
    train_loss = test_loss = test_accuracy = 1.0


def test_a_recipe_that_is_not_there_is_refused() -> None:
    with pytest.raises(OptionRefused, match="there is no recipe 'digits'"):
        untrained("digits")
    with pytest.raises(OptionRefused, match="seed = -1 is negative"):
        untrained("digits-mlp", seed=-1)


def test_the_command_writes_the_network_of_a_recipe(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["report", "digits-mlp", "-o", "net.md", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found == {"name": "digits-mlp", "path": "net.md", "verdict": "PROVED"}
    page = Path("net.md").read_text(encoding="utf-8")
    assert page.startswith(f"# {RECIPES['digits-mlp'].title}\n")
    assert "backproof report digits-mlp -o net.md --seed 0" in page
    for arguments, message in (
        (["--fast"], "--fast is for layers; digits-mlp is a network"),
        (["--set", "s=2"], "--set is for layers; digits-mlp is a network"),
        ([], "net.md exists already"),
    ):
        assert main(["report", "digits-mlp", "-o", "net.md", *arguments]) == BAD_INPUT
        assert message in capsys.readouterr().err

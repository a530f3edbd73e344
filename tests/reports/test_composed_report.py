"""Reports on networks whose steps hold steps: every equation in its place, no flow left out."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import reports
from numeric import Branches, Dropout, Layer, Network, Residual, Sequential, Transpose
from reports.document import Paragraph
from reports.markdown import formula
from reports.network.batch import drawn_batch
from reports.network.chain import Link, links, outline
from reports.network.document import compose_network
from reports.network.drawing import drawings
from reports.network.material import network_material

SHARED = Layer("dense", i=3)
TIME_FIRST = Transpose((1, 0, 2))


def composed() -> Network:
    steps = [
        Sequential([SHARED]),
        Residual([SHARED, Dropout(0.25)]),
        Branches([Layer("tanh"), Layer("dense", i=2)]),
    ]
    return Network(steps, loss="mse", shape=(3,), dtype="float64")


@pytest.fixture(scope="module")
def chain() -> tuple[Link, ...]:
    return links(composed())


def shown(link: Link) -> tuple[list[str], list[str]]:
    return tuple(  # type: ignore[return-value]
        [f"{formula(line.left)} = {formula(line.right)}" for line in lines if line.left is not None]
        for lines in (link.forward, link.backward)
    )


def test_what_goes_into_branches_is_handed_to_each_and_comes_back_added(
    chain: tuple[Link, ...],
) -> None:
    places = [(link.stage.path if link.stage else "", link.hands) for link in chain]
    assert places == [
        ("0.0", False), ("1", True), ("1.body.0", False), ("1.body.1", False), ("1", False),
        ("2", True), ("2.0.0", False), ("2.1.0", False), ("2", False), ("", False),
    ]  # fmt: skip
    forward, backward = shown(chain[1])
    assert len(forward) == 2
    assert len(backward) == 1
    assert "1.body" in forward[0]
    assert "1.shortcut" in forward[1]
    assert re.search(r"bar.*0\.0.* = .*1\.body.* \+ .*1\.shortcut", backward[0])


def test_the_join_reads_the_end_of_every_branch(chain: tuple[Link, ...]) -> None:
    forward, backward = shown(chain[4])
    # the body ends with dropout, the shortcut is what went in
    assert re.search(r"^y.*\(.*1.*\) = |y", forward[0])
    assert "1.body.1" in forward[0]
    assert "1.shortcut" in forward[0]
    assert len(backward) == 2
    assert "1.body.1" in backward[0]
    assert "1.shortcut" in backward[1]


def test_shared_parameters_have_one_name(chain: tuple[Link, ...]) -> None:
    forward, backward = shown(chain[2])
    assert "W" in forward[0]
    assert "0.0" in re.findall(r"W_\{i,j\}\^\{(.*?)\}\\,", forward[0])[0]
    assert any(line.startswith(r"\bar{W}") and "0.0" in line.split("=")[0] for line in backward)
    document = compose_network(network_material(composed()))
    words = [str(part) for b in document.blocks if isinstance(b, Paragraph) for part in b.parts]
    assert any("parameters are those of step 0.0, and the gradients add up" in w for w in words)


def test_lines_are_numbered_through(chain: tuple[Link, ...]) -> None:
    forward = [line.tag for link in chain for line in link.forward]
    backward = [line.tag for link in reversed(chain) for line in link.backward]
    assert [*forward, *backward] == [str(n) for n in range(1, len(forward) + len(backward) + 1)]


def test_the_drawing_has_one_box_for_each_step(chain: tuple[Link, ...]) -> None:
    network = composed()
    boxes = outline(network, chain)
    assert [box.title for box in boxes] == [
        "Sequential", "Residual", "Branches", "Mean squared error",
    ]  # fmt: skip
    (figure,) = drawings(network, boxes)
    assert "step 1 Residual" in figure.alt


@pytest.mark.parametrize("suffix", [".md", ".html", ".pdf"])
def test_a_composed_network_is_written(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"n{suffix}"
    assert reports.write(composed(), path, name="Composed", math="mathml").verdict == "PROVED"
    if suffix == ".md":
        text = path.read_text(encoding="utf-8")
        assert "Layer B: Dropout, in training" in text or "Dropout, in training" in text
        assert "1.body.0" in text
        assert "to its branches; their cotangents add up" in text


SEQUENCES = [
    ([TIME_FIRST, Layer("rnn", i=3, o=4), TIME_FIRST], "softmax_cross_entropy", (5, 2), (8, 5, 4)),
    ([Layer("embedding", k=4, i=3)], "mse", (5,), (8, 5, 3)),
    ([Branches([Layer("embedding", k=4, i=3), Layer("embedding", k=2, i=3)])], "mse", (), (8, 6)),
]


@pytest.mark.parametrize(("steps", "loss", "shape", "targets"), SEQUENCES)
def test_a_batch_is_drawn_for_sequences(steps, loss, shape, targets) -> None:  # type: ignore[no-untyped-def]
    network = Network(steps, loss=loss, shape=shape)
    x, t = drawn_batch(network, 0)
    assert t.shape == targets
    assert np.isfinite(network.gradients(x, t)[0])


def test_a_layer_at_every_step_says_so(tmp_path: Path) -> None:
    network = Network([Layer("dense", i=3)], loss="mse", shape=(4, 2))
    reports.write(network, tmp_path / "n.md")
    text = (tmp_path / "n.md").read_text(encoding="utf-8")
    assert "step 0, its first 2 axes taken as one" in text

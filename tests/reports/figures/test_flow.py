"""Which array is computed from which: every equation, every read, and every cotangent's way."""

from __future__ import annotations

from collections import defaultdict

import pytest

import derive
from derive.expr import reads
from reports.equations import Derived
from reports.figures.flow import LOSS, Flow, flow
from reports.mathematics.latex import latex
from tests.reports.figures.programs import OWN, equations

EVERY = (*derive.layers(), *OWN)


def said(name: str) -> tuple[Derived, Flow]:
    found = equations(name)
    return found, flow(found)


@pytest.mark.parametrize("name", EVERY)
def test_every_equation_is_at_a_node_and_every_read_a_link(name: str) -> None:
    found, drawn = said(name)
    ahead = [number for node in drawn.nodes for number in node.numbers]
    back = [c.number for node in drawn.nodes for c in node.cotangents if c.number]
    assert sorted(ahead + back, key=int) == list(found.numbers.values())
    keys = [node.key for node in drawn.nodes]
    assert len(set(keys)) == len(keys)
    into = defaultdict(set)
    for link in drawn.links:
        into[link.target].add(link.source)
    for equation in found.forward:
        for read in reads(equation.expr):
            targets = [n.key for n in drawn.nodes if n.key.split("[")[0] == equation.name]
            sources = {s.split("[")[0] for target in targets for s in into[target]}
            assert read.array in sources, (equation, read)
    assert {link.source for link in drawn.links if link.target == LOSS} == set(
        found.program.outputs
    )


@pytest.mark.parametrize("name", EVERY)
def test_what_the_backward_pass_reads_has_a_way_or_a_mark(name: str) -> None:
    found, drawn = said(name)
    owner = {c.equation: node.key for node in drawn.nodes for c in node.cotangents}
    back = defaultdict(set)
    for link in drawn.links:
        if link.backward:
            back[link.source].add(link.target)
    for equation in found.cotangents:
        if equation.name not in owner:
            continue
        reached, waiting = set(), [owner[equation.name]]
        while waiting:
            new = back[waiting.pop()] - reached
            reached |= new
            waiting += new
        for read in reads(equation.expr):
            if read.array in owner and owner[read.array] != owner[equation.name]:
                assert owner[read.array] in reached, (equation, read)
    again = {read.array for e in found.cotangents for read in reads(e.expr)}
    nodes = {node.key: node for node in drawn.nodes}
    for key in again & set(nodes):
        assert nodes[key].kept
    assert all(node.key in again for node in drawn.nodes if node.kept) or name == "embedding"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("lstm", {"h": "h_{t - 1,n,i}", "c": "c_{t - 1,n,i}"}),
        ("gru", {"h": "h_{t - 1,n,i}"}),
        ("rnn", {"h": "h_{t - 1,n,i}"}),
        ("second", {"h": "h_{t - 1,n}", "h 2": "h_{t - 2,n}"}),
        ("reversed", {"h": "h_{t + 1,n}"}),
        ("dense", {}),
        ("causal_attention", {}),
    ],
)
def test_recurrences(name: str, expected: dict[str, str]) -> None:
    drawn = said(name)[1]
    links = [link for link in drawn.links if link.recurrent]
    assert [link.source for link in links] == [key.split()[0] for key in expected]
    assert [latex(drawn.node(link.target).label) for link in links] == list(expected.values())
    assert all(link.backward for link in links)


@pytest.mark.parametrize(
    ("name", "key", "words"),
    [
        ("lstm", "h[t - 1, n, i]", "one step before"),
        ("second", "h[t - 2, n]", "2 steps before"),
        ("reversed", "h[t + 1, n]", "one step after"),
        ("dense", "z", "sum over $j$"),
        ("dense", "a", "ReLU"),
        ("batch_norm", "y", "multiply, add"),
        ("lstm", "c", "sum of products"),
        ("huber", "r", "difference"),
        ("embedding", "y", "look up"),
        ("maxpool2d", "y", "max over $p,q$"),
        ("attention", "p", "exp"),
    ],
)
def test_what_a_node_does(name: str, key: str, words: str) -> None:
    shown = said(name)[1].node(key).words
    assert shown is not None
    text = latex(shown)
    for piece in words.split("$"):
        assert piece.strip() in text

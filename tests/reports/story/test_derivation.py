"""How derivations read: words, order, numbers, colours, and nothing twice."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import pairwise

import pytest

import derive
import numeric
from reports.document import Block, Display, Line, Paragraph, Reference, Section
from reports.equations import derived
from reports.mathematics.latex import latex
from reports.mathematics.layout import Fenced, Layout, Scripts, Tinted, parts
from reports.matrix import Forms
from reports.story import derivation, forward
from tests.reports.derivations import derivation_of

SMALL = ("dense", "softmax_cross_entropy", "attention", "conv2d", "maxpool2d", "embedding", "rnn")


@cache
def blocks(name: str) -> tuple[Block, ...]:
    return derivation(derivation_of(name), Forms())


def shown(name: str) -> list[Line]:
    return [line for block in blocks(name) if isinstance(block, Display) for line in block.lines]


def story(name: str, cotangent: str) -> list[Line]:
    """The lines of one derivation, up to its result."""
    lines = shown(name)
    first = next(i for i, line in enumerate(lines) if line.left and latex(line.left) == cotangent)
    end = next(i for i, line in enumerate(lines[first:], first) if line.tag)
    return lines[first : end + 1]


# ---- words -------------------------------------------------------------------------------------

NOTES = [
    ("dense", r"\bar{W}_{i,j}", ["chain rule", "differentiate (1)", "collapse i′, j′"]),
    ("dense", r"\bar{b}_{i}", ["chain rule", "differentiate (1)", "collapse i′"]),
    (
        "conv2d",
        r"\bar{x}_{n,c,h,w}",
        ["chain rule", "differentiate (1)", "collapse n′, c′", "collapse u, v"],
    ),
    (
        "softmax_cross_entropy",
        r"\bar{p}_{n}^{\mathrm{lse}}",
        ["chain rule", "differentiate (2)", "collapse n′", "by assumption"],
    ),
    (
        "softmax_cross_entropy",
        r"\bar{z}_{n,k}",
        ["chain rule", "differentiate (1), (2)", "collapse n′, k′", "by (3)", "put in (a)",
         "common factor"],
    ),
    (
        "attention",
        r"\bar{a}_{n,t,s}",
        ["chain rule", "differentiate (2), (3)", "collapse n′, t′, s′", "by (3)", "put in (a)",
         "common factor"],
    ),
    ("lstm", r"\bar{h}_{t,n,i}^{\mathrm{total}}", ["chain rule", "differentiate", "collapse t′, n′, i′"]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "cotangent", "expected"), NOTES)
def test_what_each_line_says_at_its_right(name: str, cotangent: str, expected: list[str]) -> None:
    assert [line.note for line in story(name, cotangent)] == expected


@pytest.mark.parametrize("name", derive.layers())
def test_every_line_of_a_derivation_has_a_reason_of_few_words(name: str) -> None:
    for block in blocks(name):
        if isinstance(block, Display) and not block.result:
            for line in block.lines:
                assert line.tag or 1 <= len(line.note.split()) <= 6, line.note


def coloured(line: Line) -> str:
    """The right side, with ``<1:`` and ``>`` for a colour."""
    text = latex(line.right).replace(r"\,", " ")
    return re.sub(r"\{\\color\{index(\d)\}((?:[^{}]|\{[^{}]*\})*)\}", r"<\1:\2>", text)


def test_one_change_a_line() -> None:
    assert [coloured(line) for line in story("conv2d", r"\bar{x}_{n,c,h,w}")] == [
        r"\sum_{n',f,u,v}\bar{y}_{n',f,u,v} \frac{\partial y_{n',f,u,v}}{\partial x_{n,c,h,w}}",
        r"\sum_{n',f,u,v,c',p,q}\bar{y}_{n',f,u,v} W_{f,c',p,q} <1:\delta_{nn'}> <1:\delta_{cc'}> "
        r"<2:\delta_{h,su + dp - P}> <2:\delta_{w,sv + dq - P}>",
        r"\sum_{f,u,v,p,q}\bar{y}_{<1:n>,f,u,v} W_{f,<1:c>,p,q} "
        r"<2:\delta_{h,su + dp - P}> <2:\delta_{w,sv + dq - P}>",
        r"\sum_{f,p,q}\bar{y}_{n,f,<2:(h - dp + P)/s>,<2:(w - dq + P)/s>} W_{f,c,p,q}",
    ]


def test_the_cotangent_of_a_later_value_is_told_before_the_one_that_needs_it() -> None:
    tags = [line.tag for line in shown("softmax_cross_entropy") if line.tag]
    assert tags == ["a", "4"]
    tags = [line.tag for line in shown("lstm") if line.tag]
    assert (
        tags.index("14") < tags.index("a") < tags.index("15") < tags.index("b") < tags.index("16")
    )


# ---- colours -----------------------------------------------------------------------------------


def tinted(layout: Layout) -> Iterator[Tinted]:
    if isinstance(layout, Tinted):
        yield layout
    for part in parts(layout):
        yield from tinted(part)


def colours(line: Line) -> tuple[set[int], set[int]]:
    """The colours of deltas, and those of indices."""
    found = list(tinted(line.right))
    deltas = {t.colour for t in found if isinstance(t.body, (Scripts, Fenced))}
    return deltas, {t.colour for t in found if not isinstance(t.body, (Scripts, Fenced))}


def groups(name: str) -> Iterator[list[Line]]:
    """The lines of each derivation, up to its result; matrix forms aside."""
    group: list[Line] = []
    for line in shown(name):
        group.append(line)
        if line.tag:
            yield group
            group = []


@pytest.mark.parametrize("name", derive.layers())
def test_a_delta_and_the_index_that_it_becomes_share_a_colour(name: str) -> None:
    for group in groups(name):
        assert colours(group[0]) == (set(), set())
        for before, line in pairwise(group):
            (first, _), (deltas, entries) = colours(before), colours(line)
            assert deltas | entries <= {1, 2, 3}
            assert entries <= first, "an index has the colour of a delta of the line before"
            if line.note.startswith("collapse"):
                assert entries, latex(line.right)


def test_what_no_delta_has_touched_is_black() -> None:
    last = story("rnn", r"\bar{h}_{t,n,i}^{\mathrm{total}}")[-1]
    assert latex(last.right).startswith(r"\bar{h}_{t,n,i} + \sum_{k}")


# ---- numbers -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*SMALL, "lstm", "batch_norm", "huber", "causal_attention"])
def test_the_numbers_are_those_of_the_emitted_module(name: str) -> None:
    text = numeric.build(derive.load(name)).source.split('"""')[1]
    listed = dict(re.findall(r"^  \((\d+)\)\s+(\w+)[\[ ]", text, re.MULTILINE))
    assert {tag: e.name for e, tag in derivation_of(name).numbers.items()} == listed


@pytest.mark.parametrize("name", derive.layers())
def test_every_equation_has_its_number_once(name: str) -> None:
    found = derivation_of(name)
    ahead = forward(found, Forms())
    first = [line for block in ahead if isinstance(block, Display) for line in block.lines]
    tags = Counter(line.tag for line in (*first, *shown(name)) if line.tag)
    assert set(tags.values()) == {1}
    assert set(found.numbers.values()) <= set(tags)
    cited = {p.tag for b in blocks(name) if isinstance(b, Paragraph) for p in b.parts
             if isinstance(p, Reference)}  # fmt: skip
    noted = {tag for line in shown(name) for tag in re.findall(r"\((\w+)\)", line.note)}
    assert cited | noted <= set(tags)


@pytest.mark.parametrize("name", derive.layers())
def test_nothing_is_told_twice(name: str) -> None:
    lines = [latex(line.right) for line in shown(name)]
    lefts = Counter((latex(at.left), latex(at.right)) for at in shown(name) if at.left)
    assert max(lefts.values()) == 1
    # a line within one derivation is another than the line before it
    assert all(one != other for one, other in pairwise(lines))


def test_what_is_alike_is_told_once() -> None:
    lines = [line for line in shown("lstm") if line.tag]
    like = {line.tag: line.note for line in lines if line.note.startswith("as (")}
    numbers = {e.name: tag for e, tag in derivation_of("lstm").numbers.items()}
    for gate in "iog":
        assert like[numbers[f"dW_{gate}"]] == f"as ({numbers['dW_f']})"
        assert like[numbers[f"db_{gate}"]] == f"as ({numbers['db_f']})"
    assert numbers["dW_f"] not in like


# ---- order -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("dense", ["Back through the intermediate values", "Gradient of the input",
                   "Gradients of the parameters"]),
        ("conv2d", ["Gradient of the input", "Gradients of the parameters"]),
        ("maxpool2d", ["Values for the way back", "Gradient of the input"]),
        ("embedding", ["Gradient of the parameter"]),
        ("attention", ["Back through the intermediate values", "Gradients of the inputs"]),
    ],
)  # fmt: skip
def test_the_sections(name: str, expected: list[str]) -> None:
    assert [b.title for b in blocks(name) if isinstance(b, Section)] == expected


@pytest.mark.parametrize("name", SMALL)
def test_each_result_stands_apart_with_its_number(name: str) -> None:
    found = derivation_of(name)
    results = [b for b in blocks(name) if isinstance(b, Display) and b.result]
    tags = {line.tag for block in results for line in block.lines if line.tag}
    assert {found.numbers[e] for e in found.cotangents if e.name in found.joint.outputs} <= tags
    assert all(line.left is not None for block in results for line in block.lines)


def test_an_element_is_said_to_enter_its_equations() -> None:
    leads = [b.parts for b in blocks("attention") if isinstance(b, Paragraph)]
    said = ["".join(p if isinstance(p, str) else f"({p.tag})" if isinstance(p, Reference)
                    else latex(p) for p in lead) for lead in leads]  # type: ignore[arg-type]  # fmt: skip
    assert r"a_{n,t,s} enters (2), (3):" in said
    assert r"V_{n,s,i} enters (4):" in said


def test_a_gradient_that_nothing_reaches_is_told_in_one_line() -> None:
    found = derived(derive.parse("input x[n], u[n]\noutput y[n]\ny[n] = x[n]^2"))
    lines = [
        line
        for block in derivation(found, Forms())
        if isinstance(block, Display)
        for line in block.lines
    ]
    assert [(line.note, latex(line.right)) for line in lines if line.tag == "3"] == [
        ("nothing reads it", "0")
    ]

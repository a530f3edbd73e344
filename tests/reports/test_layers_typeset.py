"""Every equation of every built-in layer, forward and backward, through both printers."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest

import derive
from derive.program import Program
from reports.mathematics.aligned import aligned
from reports.mathematics.breaking import broken
from reports.mathematics.latex import latex
from reports.mathematics.layout import Bold, Digits, Layout, Letter, Word, parts
from reports.mathematics.mathml import mathml
from reports.mathematics.names import names_of
from reports.mathematics.typeset import typeset_equation
from reports.mathematics.width import width
from tests.reports.derivations import derivation_of

COMMANDS = frozenset(
    r"""\, \{ \} \_ \alpha \bar \begin \beta \cdot \cos \cosh \end \exp \frac \gamma \infty \le
    \left \lfloor \log \lvert \mathrm \max \min \mu \ne \operatorname \operatorname* \overline
    \pi \prod \rfloor \right \rvert \sigma \sin \sinh \sqrt \substack \sum \tan \tanh \text
    \varepsilon \ge \lambda \delta \tau \theta \hat \tilde \mathbf \odot \top \in \color \partial
    \mathbb \to \boldsymbol \widehat""".split()  # noqa: SIM905  a list would be a page
)


def balanced(text: str) -> bool:
    depth, environments = 0, []
    for token in re.findall(r"\\begin\{\w+\*?\}|\\end\{\w+\*?\}|\\left|\\right|[{}]", text):
        if token.startswith(r"\begin"):
            environments.append(token[6:])
        elif token.startswith(r"\end"):
            if not environments or environments.pop() != token[4:]:
                return False
        elif token in {r"\left", r"\right"}:
            depth += 1000 if token == r"\left" else -1000
        else:
            depth += 1 if token == "{" else -1
        if depth < 0:
            return False
    return depth == 0 and not environments


def formulas(program: Program) -> list[Layout]:
    names = names_of(program)
    return [side for e in program.equations for side in typeset_equation(e, names)]


@pytest.fixture(params=derive.layers(), scope="module")
def joint(request: pytest.FixtureRequest) -> Program:
    return derivation_of(request.param).joint


def test_both_printers_take_every_equation(joint: Program) -> None:
    assert joint.equations
    for layout in formulas(joint):
        text = latex(layout)
        assert balanced(text), text
        commands = set(re.findall(r"\\(?:[A-Za-z]+\*?|.)", text)) - {"\\\\"}
        assert commands <= COMMANDS
        assert ET.fromstring(mathml(layout)).tag == "math"
        assert width(layout) > 0


def test_the_display_is_balanced(joint: Program) -> None:
    text = aligned(joint.equations, names_of(joint))
    assert balanced(text)
    assert text.count("&=") == len(joint.equations)


def leaves(layout: Layout) -> list[str]:
    """What is written, from left to right, without signs and brackets."""
    if isinstance(layout, Letter):
        return [layout.character]
    if isinstance(layout, (Bold, Digits, Word)):
        return [layout.text]
    return [leaf for part in parts(layout) for leaf in leaves(part)]


@pytest.mark.parametrize("limit", [4.0, 8.0, 16.0])
def test_breaking_loses_nothing(joint: Program, limit: float) -> None:
    for layout in formulas(joint):
        pieces = broken(layout, limit)
        assert [leaf for piece in pieces for leaf in leaves(piece)] == leaves(layout)
        for piece in pieces:
            assert balanced(latex(piece)), latex(piece)

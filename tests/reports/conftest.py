"""What the tests of reports share: the document on each built-in layer, composed once."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from unittest.mock import patch

import pytest

import derive
from numeric.check.result import CheckResult, Line
from reports.document import Document
from reports.story import Material, compose
from tests.reports.derivations import derivation_of, evaluation_of

# the checker, the emitter and the plots have tests of their own, and take long
SOURCE = '"""A module."""\n\n\ndef forward(x):\n    return 2 * x  # (1)\n'
LINES = (
    Line("S3 central difference", 1_220, (("kink", 3),), 1e-12, "1e-25 max + 1e-45", "PROVED"),
    Line("S6 floats", 16, (), 3.5e-5, "1e-9 (f64), 1e-3 (f32)", "INCONCLUSIVE", "too few points"),
)


@cache
def _document(name: str) -> Document:
    material = Material(name, derivation_of(name), SOURCE, CheckResult(name, LINES), {})
    with (
        patch("reports.story.compose.figures", lambda _: ()),
        patch("reports.story.compose.evaluated", lambda _: evaluation_of(name)),
    ):
        return compose(material)


@pytest.fixture(scope="session")
def document_on() -> Callable[[str], Document]:
    """Gives the document on a built-in layer, with a verdict that was not worked out."""
    return _document


@pytest.fixture(scope="session", params=derive.layers())
def layer_document(request: pytest.FixtureRequest) -> Document:
    """The document on each built-in layer."""
    return _document(request.param)

"""What of a module its report shows."""

from __future__ import annotations

import ast

import numpy as np
import pytest

import derive
import numeric
from reports.story.code import functions


@pytest.mark.parametrize("name", ["dense", "lstm", "maxpool2d", "gelu"])
def test_the_functions_shown_compute_what_the_module_does(name):
    source = numeric.build(derive.load(name)).source
    shown = functions(source)
    whole = {part.name: part for part in ast.parse(source).body if hasattr(part, "name")}
    kept = {part.name: part for part in ast.parse(shown).body if hasattr(part, "name")}
    assert kept.keys() == whole.keys() - {"check"}
    assert all(ast.dump(part) == ast.dump(whole[name]) for name, part in kept.items())
    assert not shown.startswith('"""')
    assert "__main__" not in shown
    assert "# ruff:" not in shown


def test_the_functions_shown_run_by_themselves():
    shown = functions(numeric.build(derive.load("dense")).source)
    namespace = {}
    exec(shown, namespace)
    z, *_ = namespace["forward"](np.ones((2, 3)), np.ones((4, 3)), np.zeros(4))
    assert np.array_equal(z, np.full((2, 4), 3.0))

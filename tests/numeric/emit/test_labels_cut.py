"""Labels of which only a part is read still make a statement that runs."""

import numpy as np
import pytest

import derive
import numeric

CUT = """
const x[n, j] : int
param E[k, i]
output y[n, j, i]
y[n, j, i] = E[x[n, i], i]
"""


@pytest.mark.parametrize("style", ["readable", "fast"])
def test_labels_cut_to_a_shorter_axis(style):
    kernel = numeric.build(derive.parse(CUT), style=style)
    rng = np.random.default_rng(0)
    x, E, dy = rng.integers(0, 4, (3, 2)), rng.standard_normal((4, 2)), np.ones((3, 2, 2))
    outputs, saved = kernel.forward(x=x, E=E)
    expected = np.zeros((4, 2))
    for n in range(3):
        for i in range(2):
            assert (outputs["y"][n, :, i] == E[x[n, i], i]).all()
            expected[x[n, i], i] += 2
    assert kernel.backward(saved, y=dy)["E"] == pytest.approx(expected)

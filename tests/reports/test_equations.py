"""Forward and backward as one program."""

from __future__ import annotations

import pytest

import derive
from reports.equations import derived


@pytest.mark.parametrize("name", derive.layers())
def test_the_joint_program_prints_and_parses(name: str) -> None:
    found = derived(derive.load(name))
    again = derive.parse(str(found.joint))
    assert again.outputs == found.joint.outputs
    assert str(again) == str(found.joint)
    assert found.joint.equations == (*found.forward, *found.cotangents)
    assert list(found.numbers.values()) == [str(i + 1) for i in range(len(found.numbers))]
    assert {step.equation for step in found.steps} <= found.names.arrays
    assert {equation.name for equation in found.cotangents} <= found.names.arrays

"""The measurements measure what they say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

import derive
from benchmarks.__main__ import main
from benchmarks.growth import LENGTHS, chain, exponent
from benchmarks.reports import DISPLAYED, LARGEST
from benchmarks.timing import seconds


@pytest.mark.parametrize("length", LENGTHS)
def test_a_chain_has_two_equations_a_layer(length: int) -> None:
    program = derive.parse(chain(length))
    assert len(program.equations) == 2 * length
    assert program.outputs == (f"a{length}",)


@pytest.mark.parametrize("power", [1.0, 2.0])
def test_the_exponent_of_a_power_law(power: float) -> None:
    assert exponent({n: 3 * n**power for n in LENGTHS}) == pytest.approx(power)


def test_seconds_are_of_the_work() -> None:
    calls: list[int] = []
    assert seconds(lambda: calls.append(1), 3) < 0.1
    assert len(calls) == 3


def test_figures_are_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.growth.LENGTHS", (1, 2, 3, 4))
    path = tmp_path / "figures" / "pipeline.json"
    done = CliRunner().invoke(main, ["tanh", "--repeats", "1", "--json", str(path)])
    assert done.exit_code == 0, done.output
    found = json.loads(path.read_text(encoding="utf-8"))
    assert [row["name"] for row in found["layers"]] == ["tanh"]
    assert set(found["layers"][0]["seconds"]) == {"parse", "derive", "emit"}
    assert 0 < found["network_check_seconds"] < 30
    assert set(found["chain_derive_seconds"]) == {"1", "2", "3", "4"}
    assert found["report"]["displayed"] >= DISPLAYED
    assert found["report"]["html_bytes"] < LARGEST
    assert set(found["report"]["seconds"]) == {"compose", "html", "pdf"}


def test_an_unknown_layer_is_one_error() -> None:
    done = CliRunner().invoke(main, ["tan", "--repeats", "1"])
    assert done.exit_code == 1
    assert "Error: " in done.output
    assert "tan" in done.output

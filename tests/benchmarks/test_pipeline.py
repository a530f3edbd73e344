"""The measurements of the pipeline measure what they say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

import derive
import numeric
from benchmarks.__main__ import main
from benchmarks.contenders import STYLES
from benchmarks.pipeline import growth as growing
from benchmarks.pipeline.chains import LENGTHS, chain, exponent
from benchmarks.pipeline.checks import check_memory
from benchmarks.pipeline.growth import AXES, Growth, Point, growth
from benchmarks.pipeline.reports import DISPLAYED, LARGEST
from benchmarks.pipeline.stages import seconds
from benchmarks.statements import costs
from benchmarks.workloads import WORKLOADS


@pytest.mark.parametrize("length", LENGTHS)
def test_a_chain_has_two_equations_a_layer(length: int) -> None:
    program = derive.parse(chain(length))
    assert len(program.equations) == 2 * length
    assert program.outputs == (f"a{length}",)


@pytest.mark.parametrize("power", [1.0, 2.0])
def test_the_exponent_of_a_power_law(power: float) -> None:
    assert exponent({n: 3 * n**power for n in LENGTHS}) == pytest.approx(power)
    points = tuple(Point(n, 5 * n, 7.0 * n**power, 0) for n in LENGTHS)
    assert Growth("lstm", "length", points).exponent == pytest.approx(power)


def test_seconds_are_of_the_work() -> None:
    calls: list[int] = []
    assert seconds(lambda: calls.append(1), 3) < 0.1
    assert len(calls) == 3


def test_figures_of_the_pipeline_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchmarks.pipeline.chains.LENGTHS", (1, 2, 3, 4))
    monkeypatch.setattr("benchmarks.pipeline.lengths.LENGTHS", (2, 3))
    path = tmp_path / "figures" / "pipeline.json"
    done = CliRunner().invoke(main, ["pipeline", "tanh", "--repeats", "1", "--json", str(path)])
    assert done.exit_code == 0, done.output
    found = json.loads(path.read_text(encoding="utf-8"))
    assert [row["name"] for row in found["layers"]] == ["tanh"]
    assert set(found["layers"][0]["seconds"]) == {"parse", "derive", "emit"}
    assert set(found["chain_derive_seconds"]) == {"1", "2", "3", "4"}
    assert [point["length"] for point in found["lengths"]] == [2, 3]


def test_figures_of_checks_are_written(tmp_path: Path) -> None:
    path = tmp_path / "checks.json"
    arguments = ["checks", "tanh", "--repeats", "1", "--no-memory", "--json", str(path)]
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 0, done.output
    found = json.loads(path.read_text(encoding="utf-8"))
    assert 0 < found["network_check_seconds"] < 60
    assert found["checks"]["tanh"]["fast"] > 0
    assert found["checks"]["tanh"]["memory"] is None


def test_figures_of_a_report_are_written(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    done = CliRunner().invoke(main, ["reports", "--repeats", "1", "--json", str(path)])
    assert done.exit_code == 0, done.output
    found = json.loads(path.read_text(encoding="utf-8"))
    assert found["displayed"] >= DISPLAYED
    assert found["html_bytes"] < LARGEST
    assert set(found["seconds"]) == {"compose", "html", "pdf"}


def test_memory_of_a_check_is_measured_in_a_process_of_its_own() -> None:
    assert 0 <= check_memory("tanh") < 2**30


@pytest.mark.parametrize("command", ["pipeline", "checks"])
def test_an_unknown_layer_is_one_error(command: str) -> None:
    done = CliRunner().invoke(main, [command, "tan", "--repeats", "1"])
    assert done.exit_code == 1
    assert "Error: " in done.output
    assert "tan" in done.output


# ---- growth of kernels --------------------------------------------------------------------------


def test_a_kernel_grows_with_its_extents(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(growing.SHRINK, "attn", {"n": 2, "t": 4, "s": 4, "j": 3, "i": 3})
    found = growth("attn", "ts", "readable", 0.0)
    assert [point.extent for point in found.points] == [4, 8, 16]
    assert [point.work for point in found.points] == [s * found.points[0].work for s in (1, 4, 16)]
    assert found.points[0].memory < found.points[2].memory


def test_growth_names_indices_that_exist() -> None:
    for name, axes in AXES.items():
        assert {index for axis in axes for index in axis} <= set(WORKLOADS[name].sizes)


def test_a_style_that_does_not_exist_is_one_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise derive.OptionRefused("there is no style 'fast'")

    monkeypatch.setattr("benchmarks.commands.growth.growth", refused)
    monkeypatch.setattr("benchmarks.commands.statements.built", refused)
    for command in ("growth", "statements"):
        done = CliRunner().invoke(main, [command, "mlp", "--style", "fast"])
        assert done.exit_code == 1
        assert "there is no style 'fast'" in done.output


# ---- statements ---------------------------------------------------------------------------------


@pytest.mark.parametrize("style", STYLES)
def test_statements_are_counted_and_timed(style: str) -> None:
    workload = WORKLOADS["rnn"]
    case = workload.case("float64", sizes={**workload.small, "t": 6})
    source = numeric.build(workload.program(), style=style).source
    found = costs(source, case.arrays, case.cotangents, 2)
    calls = {cost.text: cost.calls for cost in found}
    assert [text for text, n in calls.items() if n == 6 and "np.tanh" in text]
    assert {cost.function for cost in found} == {"forward", "backward"}
    assert all(cost.seconds >= 0 and cost.calls in {1, 6} for cost in found)
    assert sum(cost.text.startswith("return ") for cost in found) == 2


def test_statements_are_shown_with_their_indices() -> None:
    done = CliRunner().invoke(main, ["statements", "lstm_s", "--repeats", "1", "--top", "40"])
    assert done.exit_code == 0, done.output
    assert "sigmoid(f_in)" in done.output
    assert "h[t]" in done.output

"""A contest: verified before timed, ratios within a round, tables, JSON, picture, page."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from rich.console import Console

from benchmarks.__main__ import COMMANDS, main
from benchmarks.contenders import CONTENDERS
from benchmarks.contenders.prepared import at_full_rate, first_results
from benchmarks.contest import run as running
from benchmarks.contest.clock import Times, timed, warm_up
from benchmarks.contest.figures import Contest, Entry, Row, Run, geometric_mean
from benchmarks.contest.machine import machine
from benchmarks.contest.page import BEGIN, END, PAGE, figures_text, write_page
from benchmarks.contest.plot import MARKS, draw
from benchmarks.contest.process import CrashError, Process, environment
from benchmarks.contest.record import read, written
from benchmarks.contest.roofline import Peaks, better, floor
from benchmarks.contest.run import Plan
from benchmarks.contest.tables import ratios, remarks, rooflines
from benchmarks.contest.worker import Worker, serve
from benchmarks.workloads import WORKLOADS


def entry(*seconds: float) -> Entry:
    return Entry("timed", "", 1e-7, tuple(Times(s, s / 2, 10) for s in seconds))


def made() -> Contest:
    slow = Row(
        "ln",
        33_554_432,
        {
            "torch": entry(1.0, 1.0, 4.0),
            "jax": Entry("not installed", "No module named 'jax'"),
            "tutorial": entry(2.0, 2.0, 8.0),
            "readable": entry(3.0, 6.0, 12.0),
            "fast": Entry("refused", "there is no style 'fast'"),
        },
    )
    quick = Row(
        "lstm",
        3_900_000,
        {
            "torch": entry(2.0, 2.0, 2.0),
            "jax": Entry("wrong", "dx differs by 0.1 of its largest element", 0.1),
            "tutorial": entry(1.0, 2.0, 1.0),
            "readable": entry(1.0, 1.0, 1.0),
            "fast": Entry("none", "it is one layer"),
        },
    )
    run = Run("float32", 1, Peaks(1e11, 5e10), (slow, quick))
    return Contest({"processor": "one of a kind", "numpy": "2.0"}, 3, (run,))


# ---- figures ------------------------------------------------------------------------------------


def test_a_ratio_is_the_median_of_those_within_a_round() -> None:
    slow, quick = made().runs[0].rows
    assert slow.ratio("readable") == 3.0  # 3, 6 and 3; of the medians it would be 6
    assert slow.least_ratio("readable") == 3.0
    assert slow.ratio("jax") is slow.ratio("nobody") is slow.least_ratio("fast") is None
    assert quick.ratio("readable", "tutorial") == 1.0
    assert (quick.best(), slow.best(("jax", "fast"))) == ("readable", None)


def test_means_are_over_what_was_timed() -> None:
    run = made().runs[0]
    assert geometric_mean([4.0, 1.0, 0.25]) == pytest.approx(1)
    assert run.geometric_mean("readable") == (pytest.approx((3.0 * 0.5) ** 0.5), 2)
    assert run.geometric_mean("jax") is None


def test_losses_come_with_reasons_and_ties_with_the_tutorial_are_told() -> None:
    run = made().runs[0]
    assert run.losses() == [f"ln 3.00 (readable): {WORKLOADS['ln'].fused}"]
    assert run.behind_the_tutorial() == ["ln 1.50 (readable)"]


@pytest.mark.parametrize(
    ("flops", "moved", "expected"),
    [(10, 1, (5.0, "flop")), (10, 100, (25.0, "mem")), (0, 4, (1.0, "mem"))],
)
def test_the_floor_is_the_larger(flops: int, moved: int, expected: tuple[float, str]) -> None:
    assert floor(flops, moved, Peaks(2.0, 4.0)) == expected


def test_peaks_are_the_best_of_each() -> None:
    assert better(Peaks(1, 4), Peaks(2, 3)) == Peaks(2, 4)


def test_the_share_of_the_roofline() -> None:
    row = made().runs[0].rows[1]
    peaks = Peaks(WORKLOADS["lstm"].flops(WORKLOADS["lstm"].sizes) * 4.0, 1e30)
    assert row.share("readable", peaks) == pytest.approx(0.5)  # the fastest call took 0.5
    assert row.share("jax", peaks) is None


# ---- writers ------------------------------------------------------------------------------------


def text_of(*tables: object) -> str:
    console = Console(file=io.StringIO(), width=140)
    console.print(*tables)
    return " ".join(console.file.getvalue().split())  # type: ignore[attr-defined]


def test_tables_show_those_who_were_timed() -> None:
    run = made().runs[0]
    text = text_of(ratios(run), rooflines(run))
    assert "float32, 1 thread: time over that of torch" in text
    assert "3.00 (3.00)" in text
    assert "100 GFLOP/s in a product, 50 GB/s" in text
    assert "jax" not in text
    assert "fast" not in text


def test_remarks_say_where_we_lose_and_who_was_not_timed() -> None:
    lines = list(remarks(made().runs[0]))
    assert lines[0] == "We lose to torch in 1 of 2:"
    assert "Slower than 1.1 times the tutorial version: ln 1.50 (readable)." in lines
    assert "Not timed: fast refused: there is no style 'fast' (ln)" in lines
    assert "Not timed: jax wrong: dx differs by 0.1 of its largest element (lstm)" in lines
    assert not any("one layer" in line for line in lines)


def test_a_record_says_everything() -> None:
    contest = made()
    record = json.loads(json.dumps(written(contest)))
    assert read(record) == contest
    row = record["runs"][0]["rows"][0]
    assert row["entries"]["readable"]["ratio"] == 3.0
    assert record["runs"][0]["geometric_means"]["readable"] == pytest.approx(1.5**0.5)
    assert record["runs"][0]["losses"]


def test_a_picture_is_drawn(tmp_path: Path) -> None:
    path = tmp_path / "ratios.svg"
    draw(made(), path)
    assert path.read_text(encoding="utf-8").count("<svg") == 1
    assert set(MARKS) == set(CONTENDERS) - {"torch"}


def test_the_page_keeps_its_prose(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", encoding="utf-8")
    write_page(made(), path)
    text = path.read_text(encoding="utf-8")
    assert text.startswith("before\n")
    assert text.endswith(f"{END}\nafter\n")
    assert "old" not in text
    assert "| ln | 1000.000 (500.000) | 2.00 (2.00) | 3.00 (3.00) |" in text
    write_page(made(), path)
    assert path.read_text(encoding="utf-8") == text


def test_a_page_without_marks_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_text("prose", encoding="utf-8")
    with pytest.raises(ValueError, match="has no place for figures"):
        write_page(made(), path)
    assert BEGIN in PAGE.read_text(encoding="utf-8")


def test_figures_as_markdown_have_equal_columns() -> None:
    lines = "\n".join(figures_text(made())).splitlines()
    table = [line for line in lines if line.startswith("|")]
    assert {line.count("|") for line in table} <= {5, 6}
    assert "3 rounds. processor one of a kind; numpy 2.0." in lines


# ---- clock and processes ------------------------------------------------------------------------


@pytest.mark.parametrize("clock", ["wall", "cpu"])
def test_a_round_is_one_call_at_least(clock: str) -> None:
    calls: list[int] = []
    times = timed(lambda: calls.append(1), 0.0, clock)
    assert times.calls == len(calls) == 1
    assert 0 <= times.least <= times.middle


def test_a_round_lasts_its_budget() -> None:
    assert timed(lambda: None, 0.01, "cpu").calls > 10


def test_warming_up_is_more_than_one_call() -> None:
    calls: list[int] = []
    warm_up(lambda: calls.append(1))
    assert 2 <= len(calls) <= 20


def test_all_libraries_get_the_same_threads() -> None:
    variables = environment(2, "Haswell")
    assert {variables[k] for k in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")} == {"2"}
    assert variables["OPENBLAS_CORETYPE"] == "Haswell"


def test_a_worker_compares_before_it_times(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = WORKLOADS["ln"].case
    monkeypatch.setattr(
        type(WORKLOADS["ln"]), "case", lambda self, dtype: whole(dtype, sizes=self.small)
    )
    case = at_full_rate(WORKLOADS["ln"].case("float64"))
    right = first_results(case, CONTENDERS["tutorial"].prepare(case))
    np.savez(tmp_path / "ln.npz", **right)
    worker = Worker("readable", "float64", tmp_path)
    assert worker.answer({"do": "verify", "workload": "ln"})["status"] == "timed"
    np.savez(tmp_path / "ln.npz", **{**right, "dgamma": -right["dgamma"]})
    answer = worker.answer({"do": "verify", "workload": "ln"})
    assert (answer["status"], answer["note"][:17]) == ("wrong", "dgamma differs by")
    requests = '{"do": "prepare", "workload": "ln"}\n{"do": "round", "budget": 0, "clock": "cpu"}\n'
    answers = io.StringIO()
    serve(worker, io.StringIO(requests), answers)
    assert json.loads(answers.getvalue().splitlines()[1])["calls"] == 1


def test_a_contender_that_has_no_code_says_so(tmp_path: Path) -> None:
    answer = Worker("network", "float32", tmp_path).answer({"do": "verify", "workload": "tanh"})
    assert answer == {"status": "none", "note": "it is one layer"}


def test_a_process_answers_and_its_last_words_are_kept(tmp_path: Path) -> None:
    process = Process("network", "float32", tmp_path, environment(1))
    try:
        assert process.ask("verify", workload="tanh")["status"] == "none"
        with pytest.raises(CrashError, match="KeyError: 'nonsense'"):
            process.ask("nonsense")
        with pytest.raises(CrashError, match="KeyError: 'nonsense'"):
            process.ask("verify", workload="tanh")
    finally:
        process.end()


class Scripted:
    """A stage whose contenders answer by script."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.ended: list[str] = []

    def of(self, contender: str) -> Any:
        stage = self

        class Answers:
            def ask(self, do: str, **_: object) -> dict[str, Any]:
                stage.asked.append((contender, do))
                if contender == "jax":
                    raise CrashError("out of memory")
                if do == "verify":
                    status = "wrong" if contender == "fast" else "timed"
                    return {"status": status, "error": 0.0, "moved": 8}
                if do == "peaks":
                    return {"flops": 1.0, "bandwidth": 2.0}
                return {"middle": 2.0, "least": 1.0, "calls": 3} if do == "round" else {}

        return Answers()

    def drop(self, contender: str) -> None:
        self.ended.append(contender)


def test_who_is_wrong_or_crashes_is_not_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Scripted()

    @contextmanager
    def stages(*_: object) -> Iterator[Scripted]:
        yield stage

    monkeypatch.setattr(running, "_stage", stages)
    plan = Plan(("ln",), ("torch", "jax", "readable", "fast"), rounds=2, budget=0.0)
    run = running.run(plan, "float32", 1, lambda _: None)
    (row,) = run.rows
    assert {name: e.status for name, e in row.entries.items()} == {
        "torch": "timed",
        "jax": "crashed",
        "readable": "timed",
        "fast": "wrong",
    }
    assert [name for name, do in stage.asked if do == "round"] == [
        *("torch", "readable"),
        *("readable", "torch"),
    ]
    assert (row.entries["jax"].note, stage.ended) == ("out of memory", ["jax"])
    assert (row.ratio("readable"), row.ratio("fast"), row.moved) == (1.0, None, 8)


def test_the_machine_is_described() -> None:
    facts = machine(("numpy", "no-such-distribution"))
    assert facts["numpy"] == np.__version__
    assert facts["no-such-distribution"] == "not installed"


# ---- command line -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--only", "lsmt"], "'lsmt' is none of mlp, smce"),
        (["--dtype", "float16"], "'float16' is none of float32, float64"),
        (["--threads", "3"], "'3' is none of 1, 2, 4, 8"),
        (["--styles", "slow"], "'slow' is none of readable, fast"),
        (["workloads", "--rounds", "0"], "0 is not in the range"),
        (["statements", "nothing"], "'nothing' is not one of"),
        (["growth", "tanh"], "'tanh' is not one of"),
    ],
)
def test_what_is_unknown_is_refused(arguments: list[str], said: str) -> None:
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 2
    assert said in done.output


def test_help_names_every_measurement() -> None:
    done = CliRunner().invoke(main, ["--help"])
    assert done.exit_code == 0
    assert all(name in done.output for name in COMMANDS)
    assert "--plot" in CliRunner().invoke(main, ["workloads", "--help"]).output


def test_without_pytorch_there_is_nothing_to_verify_against(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("benchmarks.commands.workloads.find_spec", lambda _: None)
    done = CliRunner().invoke(main, ["--only", "tanh"])
    assert done.exit_code == 1
    assert "pip install 'backproof[bench]'" in done.output


def test_cpu_time_is_for_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.commands.workloads.find_spec", lambda _: object())
    done = CliRunner().invoke(main, ["--clock", "cpu"])
    assert done.exit_code == 1
    assert "use it with --threads 1" in done.output


def test_files_are_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.commands.workloads.find_spec", lambda _: object())
    monkeypatch.setattr("benchmarks.commands.workloads.run", lambda *_: made().runs[0])
    page = tmp_path / "page.md"
    page.write_text(f"{BEGIN}\n{END}", encoding="utf-8")
    monkeypatch.setattr("benchmarks.contest.page.write_page.__defaults__", (page,))
    record, picture = tmp_path / "new" / "figures.json", tmp_path / "ratios.png"
    arguments = ["--threads", "1", "--dtype", "float32", "--write"]
    arguments += ["--json", str(record), "--plot", str(picture)]
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 0, done.output
    assert "We lose to torch in 1 of 2:" in done.output
    assert read(json.loads(record.read_text(encoding="utf-8"))).runs == made().runs
    assert picture.read_bytes()[:4] == b"\x89PNG"
    assert "### float32, 1 thread" in page.read_text(encoding="utf-8")

"""The trials themselves, and a share of them that every run of the tests takes part in."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner

import derive
import numeric
from numeric.check.result import CheckResult, Line
from trials import ledger, workers
from trials.__main__ import main
from trials.alarms import command
from trials.ledger import Entry, Ledger, code_digest
from trials.programs import program_text
from trials.shrink import smaller
from trials.subjects import SEEDS, Subject, judged, subject

RUNS = 14
# Others are undecided with their reason, mostly a branch that no data can take.
LEAST_PROVED = 0.6


def test_right_programs_are_never_called_wrong() -> None:
    found = []
    for seed in range(RUNS):
        text = program_text(Random(f"in every run of the tests/{seed}"))
        outcome, note = judged(Subject(0, seed, "", text, (), fast=True))
        assert outcome not in ledger.FOUND, f"{text}\n{note}"
        found.append(outcome)
    assert found.count("PROVED") >= LEAST_PROVED * RUNS, found


def test_a_run_follows_from_its_number() -> None:
    assert subject(3, 7) == subject(3, 7)
    # each program comes with several seeds
    assert len({subject(3, run * SEEDS).text for run in range(30)}) > 20
    assert subject(3, 0).text == subject(3, SEEDS - 1).text != subject(3, SEEDS).text
    layers = {subject(3, run * SEEDS).layer for run in range(60)}
    assert "" in layers
    assert len(layers) > 5


def alarm(*_: object, **__: object) -> CheckResult:
    return CheckResult("a program", (Line("S1 contract", 1, (), None, "exact", "WRONG"),))


def crash(*_: object, **__: object) -> CheckResult:
    raise ZeroDivisionError


def test_a_false_alarm_is_told_with_how_to_see_it_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(numeric, "check", alarm)
    monkeypatch.setattr(numeric, "check_source", alarm)
    monkeypatch.setattr(
        "trials.alarms.spread", lambda seed, runs, *_: [workers.ran(seed, r) for r in runs]
    )
    path = tmp_path / "alarms.jsonl"
    done = CliRunner().invoke(command, ["--runs", "2", "--results", str(path)])
    assert done.exit_code == 1
    assert "python -m trials alarms --seed 0 --only 1" in done.output
    assert [json.loads(line)["outcome"] for line in path.read_text().splitlines()] == ["WRONG"] * 2
    shown = CliRunner().invoke(command, ["--only", "1"])
    assert shown.exit_code == 1
    assert "WRONG" in shown.output


def test_what_has_been_run_is_not_run_again(tmp_path: Path) -> None:
    path = tmp_path / "alarms.jsonl"
    first = CliRunner().invoke(command, ["--runs", "2", "--workers", "1", "--results", str(path)])
    assert first.exit_code == 0, first.output
    again = CliRunner().invoke(command, ["--runs", "2", "--workers", "1", "--results", str(path)])
    assert "2 of 2 runs are in" in again.output
    assert len(path.read_text().splitlines()) == 2


def test_what_found_something_is_run_again_in_other_code(tmp_path: Path) -> None:
    book = Ledger(tmp_path / "ledger.jsonl", 0)
    for run, outcome in enumerate(("PROVED", "WRONG", "crash", "slow")):
        book.add(Entry(0, run, "", True, outcome, 0.1, "", "other"))
    with book.path.open("a") as out:
        out.write('{"seed": 0, "ru')
    read = Ledger.load(book.path, 0)
    assert read.todo(range(6), code_digest()) == [1, 2, 3, 4, 5]
    assert read.todo(range(6), "other") == [4, 5]


def test_a_crash_is_one_entry_with_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numeric, "check_source", crash)
    with pytest.raises(ZeroDivisionError) as caught:
        workers.ran(0, 1)
    entry = workers._crashed(0, 1, caught.value)
    assert (entry.outcome, "ZeroDivisionError" in entry.note) == ("crash", True)


def test_a_smaller_program_still_does_it() -> None:
    text = (
        "input x[i], w[i]\nhyper s = 2.0\noutput y[i], z\n"
        "y[i] = tanh(x[i]*s) + relu(w[i]*x[i] + 1)\nz = sum[i](x[i]^2*w[i])\n"
    )
    assert smaller(text, lambda t: "relu" in t).splitlines()[-1] == "y[i] = relu(w[i])"
    assert derive.parse(smaller(text, lambda t: "sum" in t)).outputs == ("z",)


def test_the_group_lists_only_what_there_is() -> None:
    done = CliRunner().invoke(main, ["--help"])
    assert "alarms" in done.output
    assert CliRunner().invoke(main, ["nothing"]).exit_code == 2

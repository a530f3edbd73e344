"""The command line: what each command prints, and one clear error with exit 64 for bad input."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import derive
from numeric.check.result import CheckResult, Line
from reports.checking import gravest
from reports.cli import BAD_INPUT, COMMANDS, main
from reports.commands.cost import amount
from reports.commands.train import curve

SCALE = """title Scaled
input x[n]
hyper s = 2.0, r = 1 : int
output y[n]
y[n] = s*x[n]^r
"""


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("scale.eqn").write_text(SCALE, encoding="utf-8")


def run(*arguments: str) -> int:
    return main(arguments)


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert run(*arguments) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return out


# ---- what is printed ----------------------------------------------------------------------------


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_an_example_and_the_options(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = printed(capsys, command, "--help")
    assert re.search(rf"Example:\s+backproof\s+{command}", text)
    assert "--json" in text


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"]])
def test_overview_names_every_command(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    text = printed(capsys, *arguments)
    assert all(command in text for command in COMMANDS)


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert re.fullmatch(r"backproof, version \d+\.\d+\.\d+\n", printed(capsys, "--version"))


def test_layers_has_one_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys, "layers").splitlines()
    assert [line.split()[0] for line in lines] == list(derive.layers())
    assert "x, W, b -> a" in next(line for line in lines if line.startswith("dense "))


def test_layers_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    rows = json.loads(printed(capsys, "layers", "--json"))
    assert [row["name"] for row in rows] == list(derive.layers())
    dense = next(row for row in rows if row["name"] == "dense")
    assert {"title", "inputs", "params", "outputs"} <= set(dense)
    assert (dense["inputs"], dense["params"], dense["outputs"]) == (["x"], ["W", "b"], ["a"])


def test_derive_prints_a_program(capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(capsys, "derive", "dense")
    assert "dW[i, j] = sum[n](dz[n, i]*x[n, j])" in text
    assert "a[n, i] = relu(z[n, i])" in text
    assert derive.parse(text).outputs == ("dx", "dW", "db")


def test_derive_as_latex(capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(capsys, "derive", "dense", "--latex")
    assert text.startswith(r"\begin{align*}")
    assert r"\bar{W}_{i,j} &= \sum_{n}\bar{z}_{n,i}\,x_{n,j}" in text


def test_derive_with_steps(capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(capsys, "derive", "dense", "--steps")
    assert "# dW" in text
    assert "(chain rule: " in text
    assert derive.parse(text) == derive.parse(printed(capsys, "derive", "dense"))


def test_derive_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(printed(capsys, "derive", "dense", "--json"))
    assert found["outputs"] == ["dx", "dW", "db"]
    assert "dW[i, j] = sum[n](dz[n, i]*x[n, j])" in found["backward"]
    assert found["forward"][0].startswith("z[n, i] = ")
    assert {"equation", "rule", "before", "after", "reason"} == set(found["steps"][0])


def test_settings_reach_the_equations(capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(capsys, "derive", "scale.eqn", "--set", "s=3.5", "--set", "r=2")
    assert "y[n] = 3.5*x[n]^2" in text


def test_code_runs_alone(capsys: pytest.CaptureFixture[str]) -> None:
    source = printed(capsys, "code", "dense")
    assert printed(capsys, "code", "dense", "-o", "dense.py") == "wrote dense.py\n"
    assert Path("dense.py").read_text(encoding="utf-8") == source
    done = subprocess.run(
        [sys.executable, "-I", "dense.py"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_code_in_the_fast_style(capsys: pytest.CaptureFixture[str]) -> None:
    source = printed(capsys, "code", "rnn", "--style", "fast")
    assert "np.dot(h[t], W_hh.T, out=h_in)" in source
    assert "np.dot" not in printed(capsys, "code", "rnn", "--style", "fast", "--without", "dot")
    names = {"__name__": "kernel"}
    exec(source, names)
    names["check"]()  # type: ignore[operator]


def test_code_refuses_passes_of_another_style(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("code", "rnn", "--without", "dot") == BAD_INPUT
    assert "readable style has no passes" in capsys.readouterr().err
    assert run("code", "rnn", "--style", "fast", "--without", "nap") == BAD_INPUT
    assert "no pass 'nap'" in capsys.readouterr().err


@pytest.mark.parametrize("limits", [[], ["--timeout", "120"]])
def test_check_of_the_fast_style(capsys: pytest.CaptureFixture[str], limits: list[str]) -> None:
    assert "PROVED" in printed(capsys, "check", "relu", "--fast", "--style", "fast", *limits)


def test_files_have_no_style(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("check", "mine.py", "--against", "relu", "--style", "fast") == BAD_INPUT
    assert "--style is for layers" in capsys.readouterr().err


def test_code_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(printed(capsys, "code", "dense", "--json"))
    assert found["source"].startswith('"""')
    assert (found["name"], found["path"]) == ("dense", None)


def test_code_overwrites_only_when_forced(capsys: pytest.CaptureFixture[str]) -> None:
    Path("dense.py").write_text("mine", encoding="utf-8")
    assert run("code", "dense", "-o", "dense.py") == BAD_INPUT
    assert Path("dense.py").read_text(encoding="utf-8") == "mine"
    assert "dense.py exists already" in capsys.readouterr().err
    assert run("code", "dense", "-o", "dense.py", "--force") == 0
    assert Path("dense.py").read_text(encoding="utf-8").startswith('"""')


def test_check_prints_the_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(capsys, "check", "tanh")
    assert "PROVED" in text.splitlines()[0]
    assert "seed 0" in text


def test_check_as_json_has_one_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys, "check", "tanh", "scale.eqn", "--seed", "3", "--json").splitlines()
    found = [json.loads(line) for line in lines]
    assert [(row["name"], row["verdict"], row["exit_code"]) for row in found] == [
        ("tanh", "PROVED", 0),
        ("scale.eqn", "PROVED", 0),
    ]
    assert all(row["seed"] == 3 for row in found)


DENSE = """import os, sys
import numpy as np

def forward(x, W, b):
    print("from the kernel")
    z = x @ W.T + b
    return np.maximum(z, 0), (x, W, z)

def backward(saved, da):
    x, W, z = saved
    dz = da * (z > 0)
    return dz @ W, dz.T @ x, dz.sum(axis=0)
"""
# (what is replaced in it, by what, verdict, exit code, what is said)
OWN = [
    ("", "", "PROVED", 0, "mine.py was run: checking it runs its code"),
    ("dz.sum(axis=0)", "dz[:1].sum(axis=0)", "WRONG", 1, "without the sum over n"),
    ("    z = x", "    os._exit(0)\n    z = x", "INCONCLUSIVE", 3, "ended itself with exit code 0"),
]


@pytest.mark.parametrize(("old", "new", "verdict", "code", "said"), OWN)
def test_a_file_of_ones_own_is_checked(
    old: str, new: str, verdict: str, code: int, said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    Path("mine.py").write_text(DENSE.replace(old, new, 1), encoding="utf-8")
    assert run("check", "mine.py", "--against", "dense", "--json") == code
    (line,) = capfd.readouterr().out.splitlines()
    assert json.loads(line)["verdict"] == verdict
    assert said in line


def test_a_layer_that_takes_too_long_is_undecided(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("check", "tanh", "scale.eqn", "--timeout", "0.01") == 3
    assert capsys.readouterr().out.count("stopped after 0.01 s") == 2


def test_limits_do_not_change_a_result(capsys: pytest.CaptureFixture[str]) -> None:
    plain = printed(capsys, "check", "tanh", "--seed", "2")
    assert printed(capsys, "check", "tanh", "--seed", "2", "--timeout", "99") == plain
    assert printed(capsys, "check", "tanh", "--seed", "2", "--memory", "4000") == plain


@pytest.mark.parametrize("suffix", [".html", ".tex"])
def test_report_is_written(suffix: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(capsys, "report", "tanh", "-o", f"tanh{suffix}") == (
        f"wrote tanh{suffix} (PROVED)\n"
    )
    assert len(Path(f"tanh{suffix}").read_text(encoding="utf-8")) > 1000


def test_report_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(printed(capsys, "report", "tanh", "-o", "tanh.tex", "--json"))
    assert found == {"name": "tanh", "path": "tanh.tex", "verdict": "PROVED"}


# ---- bad usage and bad input --------------------------------------------------------------------

REFUSALS = [
    # usage
    (["frobnicate"], "No such command 'frobnicate'"),
    (["derive"], "Missing argument 'LAYER'"),
    (["derive", "dense", "--wrong"], "No such option:? '?--wrong"),
    (["check"], "name the layers to check, or give --all"),
    (["check", "dense", "--all"], "name the layers to check, or give --all"),
    (["check", "dense", "--against", "dense"], "name one FILE.py, and no layer"),
    (["check", "--shapes", "3"], "name one FILE.py, and no layer"),
    (["check", "mine.py", "dense", "--against", "dense"], "name one FILE.py, and no layer"),
    (
        ["check", "mine.py", "--against", "dense", "--shapes", "3"],
        "--against or --shapes, not both",
    ),
    (["check", "mine.py", "--against", "dens"], "dens"),
    (["check", "mine.py", "--against", "dense", "--all"], "--all is for layers; mine.py is a file"),
    (
        ["check", "mine.py", "--against", "dense", "--fast"],
        "--fast is for layers; mine.py is a file",
    ),
    (["check", "mine.py", "--against", "dense", "--second-order"], "--second-order is for layers"),
    (["check", "mine.py", "--against", "dense", "--symbolic"], "--symbolic is for layers"),
    (["check", "gone.py", "--against", "dense"], "gone.py does not exist"),
    (["check", "dense", "--timeout", "0"], "Invalid value for '--timeout'"),
    (["check", "dense", "--timeout", "nan"], "timeout is nan"),
    (["check", "dense", "--memory", "0"], "Invalid value for '--memory'"),
    (["check", "dense", "--seed", "-1"], "Invalid value for '--seed'"),
    (["check", "dense", "--seed", "x"], "Invalid value for '--seed'"),
    (["report", "dense"], "Missing option '-o'"),
    # layers and files
    (["derive", "dens"], "dens"),
    (["derive", "missing.eqn"], "missing.eqn"),
    (["code", ""], "''"),
    (["derive", "broken.eqn"], r"line 3, column \d+"),
    (["derive", "latin.eqn"], "UTF-8"),
    (["derive", "."], r"\."),
    # hyperparameters
    (["derive", "scale.eqn", "--set", "s"], "--set 's' does not say which hyperparameter"),
    (["derive", "scale.eqn", "--set", "=2"], "--set '=2' does not say which hyperparameter"),
    (["code", "scale.eqn", "--set", "s=two"], "--set s=two: the value is not a finite number"),
    (["code", "scale.eqn", "--set", "s=nan"], "--set s=nan: the value is not a finite number"),
    (["code", "scale.eqn", "--set", "s=" + "9" * 50], "is not a finite number of at most 40"),
    (["check", "scale.eqn", "--set", "s=1", "--set", "s=2"], "--set gives s twice: 1 and 2"),
    (["derive", "scale.eqn", "--set", "q=2"], "q"),
    (["derive", "scale.eqn", "--set", "r=1.5"], "r"),
    (["derive", "scale.eqn", "--set", "seed=2"], "seed"),
    # places to write
    (["code", "tanh", "-o", "missing/tanh.py"], "cannot write 'missing/tanh.py': No such file"),
    (["code", "tanh", "-o", "."], r"'\.' is a folder"),
    (["code", "tanh", "-o", ""], r"'\.' is a folder"),
    # recipes
    (["train", "digits-cn"], "there is no recipe 'digits-cn'"),
]


@pytest.mark.parametrize(("arguments", "message"), REFUSALS, ids=lambda v: str(v)[:40])
def test_bad_input_is_one_error(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("broken.eqn").write_text("input x[n]\noutput y[n]\ny[n] = 2*(x[n]\n", encoding="utf-8")
    Path("latin.eqn").write_bytes("title Gr\xfc\xdfe\ninput x\noutput x\n".encode("latin-1"))
    assert run(*arguments) == BAD_INPUT
    out, err = capsys.readouterr()
    assert out == ""
    assert re.search(message, err)
    assert err.count("error: ") == 1
    assert "Traceback" not in err


def test_a_refusal_points_at_the_place(capsys: pytest.CaptureFixture[str]) -> None:
    Path("bad.eqn").write_text("input x[n]\noutput y[n]\ny[n] = 2*w[n]\n", encoding="utf-8")
    assert run("derive", "bad.eqn") == BAD_INPUT
    _, source, caret, *_ = capsys.readouterr().err.splitlines()
    assert source.strip() == "y[n] = 2*w[n]"
    assert source[caret.index("^")] == "w"


# ---- the ends of pipes ---------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", ["derive lstm", "layers", "check tanh", "code dense"])
def test_a_reader_that_goes_away_is_met_in_silence(arguments: str) -> None:
    command = f"{sys.executable} -m reports.cli {arguments} | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, check=True, cwd=_ROOT
    )
    assert (done.stdout, done.stderr) == ("141\n", "")


def test_a_terminal_without_the_characters_gets_code_points() -> None:
    command = [sys.executable, "-m", "reports.cli", "derive", "dense", "--steps"]
    done = subprocess.run(
        command, env=os.environ | {"PYTHONIOENCODING": "latin-1"}, cwd=_ROOT, capture_output=True,
        text=True, check=True,
    )  # fmt: skip
    assert r"\u2202" in done.stdout


@pytest.mark.parametrize(
    ("values", "expected"),
    [([], ""), ([1.0], "▁"), ([2.0, 2.0], "▁▁"), ([0.0, 7.0], "▁█"), ([7, 3, 0], "█▄▁")],
)
def test_curves(values: list[float], expected: str) -> None:
    assert curve(values) == expected


def test_an_interrupt_is_met_in_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("numeric.check", interrupt)
    assert run("check", "tanh") == 130


def test_no_colours_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    assert "\x1b" not in printed(capsys, "layers")


_ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("codes", "expected"),
    [([0], 0), ([0, 2], 2), ([0, 2, 3], 3), ([0, 3, 2, 1], 1), ([1, 0], 1), ([0, 0], 0)],
)
def test_the_gravest_verdict_is_the_exit_code(codes: list[int], expected: int) -> None:
    assert gravest(codes) == expected


@pytest.mark.parametrize(
    ("verdict", "expected"), [("PROVED", 0), ("WRONG", 1), ("PRECISION", 2), ("INCONCLUSIVE", 3)]
)
def test_the_verdict_decides_the_exit_code(
    verdict: str,
    expected: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    line = Line("S3", 1, (), None, "equality", verdict)
    monkeypatch.setattr("numeric.check", lambda *_, **__: CheckResult("tanh", (line,)))
    assert run("check", "tanh") == expected
    assert f"tanh: {verdict}" in capsys.readouterr().out


# ---- cost ---------------------------------------------------------------------------------------


def test_cost_in_the_sizes(capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(capsys, "cost", "dense")
    assert "(4) dx\n    operations  2*I*J*N\n" in text
    assert text.splitlines()[-1] == "    saved       8*I*N"


def test_cost_in_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    sizes = ("--sizes", "n=128,j=784,i=256", "--dtype", "float32")
    lines = printed(capsys, "cost", "dense", *sizes, "--style", "fast").splitlines()
    assert lines[0] == "dense, fast style, float32"
    (row,) = (line for line in lines if line.startswith("(5) dW"))
    assert row.split() == ["(5)", "dW", "51.4", "M", "1.34", "MB", "803", "kB", "0", "B", "2*I*J*N"]
    assert lines[-1].startswith("one call in memory that is used again: ")


def test_cost_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(printed(capsys, "cost", "dense", "--json", "--sizes", "n=2,j=3,i=4"))
    assert found["sizes"] == {"n": 2, "j": 3, "i": 4}
    assert found["rows"][3]["names"] == ["dx"]
    assert found["rows"][3]["polynomials"]["operations"] == "2*I*J*N"
    assert found["rows"][3]["numbers"]["operations"] == 48
    assert found["total"]["numbers"]["saved"] == 64
    assert found["memory"] == sum(row["numbers"]["workspace"] for row in found["rows"])
    assert json.loads(printed(capsys, "cost", "dense", "--json"))["total"]["numbers"] is None


def test_cost_of_a_file_with_its_hyperparameters(capsys: pytest.CaptureFixture[str]) -> None:
    assert "2*N" in printed(capsys, "cost", "scale.eqn", "--set", "r=2")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--sizes", "n"], "--sizes 'n' does not say which index has which size"),
        (["--sizes", "n=-3"], "does not say which index has which size"),
        (["--sizes", "n=" + "9" * 20], "does not say which index has which size"),
        (["--sizes", "n=3,n=4"], "--sizes gives n twice: 3 and 4"),
        (["--sizes", "n=3"], "the size of j, i is not given"),
        (["--sizes", "n=3,j=4,i=5,z=1"], "no size of its own called 'z'"),
        (["--without", "pack"], "the readable style has no passes to leave out"),
    ],
)
def test_cost_refuses(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("cost", "dense", *arguments) == BAD_INPUT
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0 "), (999, "999 "), (1000, "1 k"), (51412345, "51.4 M"), (3 * 10**12, "3 T"), (5 * 10**16, "50000 T")],
)  # fmt: skip
def test_amounts(value: int, text: str) -> None:
    assert amount(value) == text

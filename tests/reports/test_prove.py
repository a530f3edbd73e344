"""``backproof prove``: what it prints and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reports.cli import BAD_INPUT, main
from tests.derive.claims import DENSE

RIGHT = "claim dz[n, i] = da[n, i]*(1 - a[n, i]^2)\n"
WRONG = "claim db[i] = mean[n](dz[n, i])\n"


@pytest.fixture
def file(tmp_path: Path):
    def write(text):
        path = tmp_path / "mine.eqn"
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


@pytest.mark.parametrize(
    ("text", "code", "told"),
    [
        (DENSE + RIGHT, 0, "proved"),
        (DENSE + RIGHT + WRONG, 1, "it would hold times size(n)"),
        ("input x[n]\noutput y[n]\ny[n] = sin(2*x[n])\n"
         "claim dx[n] = 2*dy[n]*(cos(x[n])^2 - sin(x[n])^2)\n", 3, "holds numerically at"),
    ],
)  # fmt: skip
def test_the_exit_code_is_the_verdict(file, capsys, text, code, told):
    assert main(["prove", file(text)]) == code
    assert told in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (DENSE, "there is nothing to prove"),
        (DENSE + "claim dq[n] = 1\n", "unknown array `dq`"),
        (DENSE + "claim dz[n] = 1\n", "`dz` has 2 indices"),
    ],
)
def test_bad_input_is_one_error(file, capsys, text, told):
    assert main(["prove", file(text)]) == BAD_INPUT
    error = capsys.readouterr().err
    assert told in error
    assert "Traceback" not in error


@pytest.mark.parametrize(
    "arguments", [["prove"], ["prove", "nowhere.eqn"], ["prove", "dense", "--seed", "-1"]]
)
def test_bad_usage(capsys, arguments):
    assert main(arguments) == BAD_INPUT
    assert capsys.readouterr().err


def test_json(file, capsys):
    text = "input x[n]\noutput y[n]\ny[n] = 3*x[n]\nclaim dx[n] = 3*dy[n]\nclaim dx[n] = dy[n]\n"
    assert main(["prove", file(text), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["verdict"] == "wrong"
    assert [claim["verdict"] for claim in found["claims"]] == ["proved", "wrong"]


def test_settings_and_seed(file, capsys):
    text = "input x[n]\nhyper a = 2.0\noutput y[n]\ny[n] = a*x[n]\nclaim dx[n] = 3*dy[n]\n"
    assert main(["prove", file(text), "--seed", "7"]) == 1
    assert "seed 7" in capsys.readouterr().out
    assert main(["prove", file(text), "--set", "a=3", "--seed", "7"]) == 3
    assert main(["prove", file(text), "--set", "b=3"]) == BAD_INPUT
    assert "no hyperparameter `b`" in capsys.readouterr().err

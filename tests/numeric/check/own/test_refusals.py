"""What cannot be checked is refused with one clear error; files and shapes are read strictly."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from derive.errors import CallRefused, DeriveError, OptionRefused
from numeric import check_file, check_function
from numeric.check.own import parse_shapes

Saved = Callable[[str], Path]
FINE = "SHAPES = [(3,)]\n\ndef forward(x):\n    return x * x\n\ndef backward(a, g):\n    return 2 * a[0] * g\n"


def square(x: Any) -> Any:
    return x * x, x


def twice(x: Any, g: Any) -> Any:
    return 2 * x * g


@pytest.mark.parametrize(
    ("text", "shapes"),
    [
        ("3,4;5,4;5", [[(3, 4), (5, 4), (5,)]]),
        (" 3 , 4 ", [[(3, 4)]]),
        ("();2", [[(), (2,)]]),
        ("2;0|3;1", [[(2,), (0,)], [(3,), (1,)]]),
        ("int:3<5;4", [[(3,), (4,)]]),
    ],
)
def test_shapes_are_read(text: str, shapes: list[list[tuple[int, ...]]]) -> None:
    assert [[given.shape for given in one] for one in parse_shapes(text)] == shapes


def test_labels_are_read() -> None:
    ((labels, _),) = parse_shapes("int:3<5;4")
    assert labels.constant
    assert labels.example is not None
    assert (labels.example.min(), labels.example.max()) == (0, 4)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("3,x", "'3,x' is not a shape"),
        ("", "'' is not a shape"),
        ("3;;4", "'' is not a shape"),
        ("-3", "'-3' is not a shape"),
        ("int:3<0", "allows no number"),
        ("9999999", "'9999999' is not a shape"),
        ("999,999", "has 998001 elements"),
        ("3;4|5", "one list of shapes has 1 entries, another 2"),
    ],
)
def test_other_shapes_are_refused(text: str, message: str) -> None:
    with pytest.raises(DeriveError, match=message):
        parse_shapes(text)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((square, twice), CallRefused, "no shapes are given"),
        ((square, twice, 3), CallRefused, "shapes is int"),
        ((square, twice, ["a"]), CallRefused, "'a' is not a shape"),
        ((square, twice, [(-1,)]), CallRefused, "negative extent"),
        ((square, twice, [(3,), (4,)]), CallRefused, "2 shapes are given, but forward takes x"),
        ((square, twice, [np.array(["a"])]), CallRefused, "dtype <U1"),
        ((square, twice, [np.array([np.nan])]), CallRefused, "infinities or NaN"),
        ((square, twice, [np.array([1, 2])]), CallRefused, "no array has a gradient"),
        (
            (lambda x: x @ x, twice, [(2, 3)]),
            CallRefused,
            r"forward raises ValueError.* x \(2, 3\)",
        ),
        ((lambda _: "text", twice, [(3,)]), CallRefused, "returns str for an output"),
        ((lambda x: (None, x), twice, [(3,)]), CallRefused, "returns NoneType for an output"),
        ((lambda x: (x * np.nan, x), twice, [(3,)]), CallRefused, "infinities or NaN"),
        ((lambda _: sys.exit(3), twice, [(3,)]), CallRefused, "forward raises SystemExit 3"),
        ((square, None, [(3,)]), CallRefused, "there is no backward"),
        ((3, twice, [(3,)]), TypeError, "forward is int"),
    ],
)
def test_what_cannot_be_called_is_refused(
    arguments: tuple[Any, ...], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        check_function(*arguments)


def test_a_hyperparameter_needs_a_program() -> None:
    with pytest.raises(OptionRefused, match="no program to have a hyperparameter s"):
        check_function(square, twice, [(3,)], s=2)


@pytest.mark.parametrize(
    ("backward", "problem"),
    [
        (lambda _x, _g: 1 / 0, "raises ZeroDivisionError: division by zero in line"),
        (lambda _x, _g: sys.exit(2), "raises SystemExit 2"),
        (lambda _x, g: (g, g), r"returns 2 gradients, 1 \(dx\) are due"),
        (lambda _x, _g: None, "is NoneType, not an array"),
        (lambda _x, g: {"y": g}, "returns a dict without dx"),
        (lambda _x, g: g * 1j, "has dtype complex128, which has no gradient"),
    ],
)
def test_a_backward_that_fails_is_wrong(backward: Any, problem: str) -> None:
    result = check_function(square, backward, [(3,)])
    assert result.verdict == "WRONG"
    assert result.counterexample is not None
    with pytest.raises(RuntimeError, match=problem):
        raise RuntimeError(result.counterexample.given)


def test_what_forward_prints_is_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    def forward(x: Any) -> Any:
        print(f"{x.sum():.3f}", "%.2f" % x.max())  # noqa: UP031
        return square(x)

    assert check_function(forward, twice, [(3,)]).verdict == "PROVED"
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("shapes", [[()], [(0,)], [[(0, 2)], [(3, 2)]], [(1, 1)]])
def test_scalars_and_nothing_can_be_checked(shapes: Any) -> None:
    result = check_function(square, twice, shapes)
    assert result.verdict == ("INCONCLUSIVE" if shapes == [(0,)] else "PROVED"), str(result)


def test_a_verdict_follows_from_the_seed() -> None:
    first, again = (check_function(square, twice, [(3,)], seed=7) for _ in range(2))
    assert str(first) == str(again)
    assert first.seed == 7


def test_functions_without_a_text_are_carried_over_too() -> None:
    space: dict[str, Any] = {"np": np}
    exec(
        "def forward(x):\n    return np.exp(0.1 * x) + np.zeros(x.shape), x\n"
        "def backward(x, g):\n    return 0.1 * np.exp(0.1 * x) * g\n",
        space,
    )
    assert check_function(space["forward"], space["backward"], [(3,)]).verdict == "PROVED"


def test_a_domain_is_found_and_told() -> None:
    result = check_function(lambda p: (np.log(p), p), lambda p, g: g / p, [(4,)])
    assert result.verdict == "PROVED", str(result)
    assert "p is drawn positive" in result.notes
    assert "draws gave no numbers" in result.notes[1]


# ---- files ---------------------------------------------------------------------------------------


def test_a_file_says_its_shapes(saved: Saved) -> None:
    result = check_file(saved(FINE))
    assert (result.verdict, result.title) == ("PROVED", "kernel.py")


def test_a_file_may_import_its_neighbours(saved: Saved, tmp_path: Path) -> None:
    (tmp_path / "beside.py").write_text("def double(x):\n    return 2 * x\n", encoding="utf-8")
    path = saved("from beside import double\n" + FINE.replace("2 * a[0]", "double(a[0])"))
    before = list(sys.path)
    assert check_file(path).verdict == "PROVED"
    assert sys.path == before
    assert "beside" not in sys.modules


def test_a_file_is_not_run_as_a_script(saved: Saved) -> None:
    path = saved(FINE + "\nif __name__ == '__main__':\n    raise SystemExit(9)\n")
    assert check_file(path, shapes="2").verdict == "PROVED"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (FINE.replace("SHAPES", "OTHERS"), "has no SHAPES"),
        (FINE.replace("def forward", "def forwards"), "defines no function forward"),
        (FINE.replace("def backward", "def backwards"), "defines no function backward"),
        (FINE + "\nbackward = 3\n", "defines no function backward"),
        ("def forward(:\n", r"is not Python: .* in line 1"),
        ("\x00", "is not Python"),
        ("import nothing_of_this_name\n", "raises ModuleNotFoundError"),
        ("raise SystemExit(4)\n", "raises SystemExit 4"),
        ("x = 1\ny = x / 0\n", "ZeroDivisionError: division by zero in line 2"),
        ("#" * 1_000_001, "has 1000001 bytes"),
    ],
)
def test_other_files_are_refused(text: str, message: str, saved: Saved) -> None:
    with pytest.raises(DeriveError, match=message):
        check_file(saved(text))


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OptionRefused, match="is a folder"):
        check_file(tmp_path)
    with pytest.raises(OptionRefused, match="does not exist"):
        check_file(tmp_path / "none.py")
    (tmp_path / "latin.py").write_bytes(b"# \xff\n")
    with pytest.raises(OptionRefused, match="cannot be read"):
        check_file(tmp_path / "latin.py")

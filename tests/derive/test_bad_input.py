"""Bad input of every kind: one error each, with its place and a remedy, and fast."""

import builtins
import keyword
import time

import pytest

from derive import (
    DeriveError,
    IndexRefused,
    LimitError,
    NameRefused,
    ParseError,
    ProgramRefused,
    parse,
)
from derive.words import RESERVED

# Generous against a loaded machine; what is meant is that nothing runs away.
SECONDS = 0.05
TRIES = 3

HEAD = "input x[n, j], y\nparam W[i, j], b[i]\nconst id[n] : int\noutput z\n"
HEAD_LINES = 4

# One equation under HEAD: text, error, part of the message, column.
EQUATIONS = [
    # brackets and shape of the text
    ("z = (y", ParseError, r"expected `\)` for the `\(` opened at line 5, column 5", 5),
    ("z = y)", ParseError, r"expected the end of the statement, found `\)`", 6),
    ("z = sum[n, j](x[n, j)", ParseError, r"expected `\]` for the `\[`", 21),
    ("z = x[0, 0", ParseError, r"expected `\]` for the `\[` opened", 6),
    ("z = sum[n, j] x[n, j]", ParseError, r"expected `\(` after `sum\[...\]`", 15),
    ("z = y +", ParseError, "expected a number, a name or a bracket", 8),
    ("z = + y", ParseError, "expected a number.*found `\\+`", 5),
    ("z = * y", ParseError, "expected a number.*found `\\*`", 5),
    ("z y", ParseError, "expected `=` after the left side", 3),
    ("= y", ParseError, "a statement begins with a name", 1),
    ("z = y = y", ParseError, "found `=`", 7),
    ("z[] = y", ParseError, r"empty `\[\]`", 2),
    ("z = x[]", ParseError, r"empty `\[\]`", 6),
    ("z = exp()", ParseError, r"empty `\(\)`", 8),
    ("z = y y", ParseError, "expected the end of the statement, found `y`", 7),
    ("z = 2y", ParseError, "the number 2 runs into the letter 'y'", 5),
    ("z = 2 (y)", ParseError, r"found `\(`", 7),
    ("z = 1.2.3", ParseError, "expected the end of the statement, found `.3`", 8),
    ("z = y < 1 < 2", ParseError, "comparisons are not chained", 11),
    ("z = y < 1", ParseError, "a condition stands where a number is needed", 7),
    ("z = y + not y > 1", ParseError, "`not` cannot stand here", 9),
    ("z = [y]", ParseError, "a number stands where a condition is needed", 6),
    ("z = y if y else 1", ParseError, "a number stands where a condition is needed", 10),
    ("z = y if y > 0", ParseError, "expected `else`", 15),
    ("z = y and 1", ParseError, "a number stands where a condition is needed", 7),
    ("z = y // 2", ParseError, "`//` needs integers on both sides", 7),
    ("z = 'y'", ParseError, "unexpected character \"'\"", 5),
    ("z = y.T", ParseError, r"unexpected character '\.'", 6),
    ("z = lambda y: y", ParseError, "found `y`", 12),
    ("z = y; z = y", ParseError, "unexpected character ';'", 6),
    ("z = y\\", ParseError, r"unexpected character '\\\\'", 6),
    ("z = y & y", ParseError, "unexpected character '&'", 7),
    ("z = {y}", ParseError, "unexpected character '{'", 5),
    ("z = y @ y", ParseError, "unexpected character '@'", 7),
    ("z = y\x00", ParseError, r"U\+0000", 6),
    ("z = y\x0b", ParseError, r"U\+000B", 6),
    ("z = y # \u202e", ParseError, r"U\+202E \(RIGHT-TO-LEFT OVERRIDE\)", 9),
    ("z = \ud800", ParseError, r"U\+D800", 5),
    ("z = х", ParseError, r"U\+0445 \(CYRILLIC SMALL LETTER HA\)", 5),
    ("z = ｙ", ParseError, r"U\+FF59 \(FULLWIDTH LATIN SMALL LETTER Y\)", 5),
    ("z = ﬁ", ParseError, r"U\+FB01 \(LATIN SMALL LIGATURE FI\)", 5),
    ("z = y²", ParseError, r"U\+00B2 \(SUPERSCRIPT TWO\)", 6),
    ("z = __import__('os')", NameRefused, "unexpected character '_'", 5),
    # names
    ("z = yy", NameRefused, "unknown name `yy`", 5),
    ("z = Y[0]", NameRefused, "unknown array `Y`", 5),
    ("z = foo(y)", NameRefused, "unknown function `foo`", 5),
    ("z = tanhh(y)", NameRefused, "unknown function `tanhh`", 5),
    ("z = eval(y)", NameRefused, "unknown function `eval`", 5),
    ("z = y(2)", NameRefused, "`y` is an array, not a function", 5),
    ("z = tanh", NameRefused, "the function `tanh` needs its arguments", 5),
    ("z = tanh(y, y)", NameRefused, "`tanh` takes 1 argument and is given 2", 5),
    ("z = max(y)", NameRefused, "`max` takes 2 arguments and is given 1", 5),
    ("z = sum(y)", NameRefused, "`sum` is a reserved word", 5),
    ("z = input", NameRefused, "`input` is a reserved word", 5),
    ("tanh = y", NameRefused, "`tanh` is a reserved word", 1),
    ("pi = y", NameRefused, "`pi` is a reserved word", 1),
    ("π = y", NameRefused, "`pi` is a reserved word", 1),
    ("z = sum[size](y)", NameRefused, "`size` is a reserved word", 9),
    ("z = " + "a" * 33, LimitError, "has 33 characters; the limit is 32", 5),
    ("z = ddddd" + "a" * 32, LimitError, "has 37 characters; the limit is 32", 5),
    # indices
    ("z = x[n, j]", IndexRefused, "the index `n` is neither on the left side nor bound", 7),
    ("z = x[0, q]", IndexRefused, "the index `q` is neither on the left side nor bound", 10),
    ("z = y*n", IndexRefused, "the index `n` is neither on the left side nor bound", 7),
    ("z = x[0]", IndexRefused, "`x` has 2 indices and is read with 1", 5),
    ("z = x", IndexRefused, "`x` has 2 indices and is read with none", 5),
    ("z = b", IndexRefused, "`b` has 1 index and is read with none", 5),
    ("z = y[0]", IndexRefused, "`y` has no indices and is read with 1", 5),
    ("z = sum[n, n](y)", IndexRefused, "the index `n` is bound already", 12),
    ("z = sum[n](sum[n](y))", IndexRefused, "the index `n` is bound already", 16),
    ("z = sum[k](y)", IndexRefused, "the index `k` reads no axis plainly", 9),
    ("z = sum[n](x[n, 1.5])", IndexRefused, "the real number 1.5 cannot stand in an index", 17),
    ("z = b[y]", IndexRefused, "`y` is a real array and cannot stand in an index", 7),
    ("z = b[pi]", IndexRefused, "`pi` cannot stand in an index", 7),
    ("z = b[2^1]", IndexRefused, "a power cannot stand in an index", 8),
    ("z = b[tanh(0)]", IndexRefused, "the function `tanh` cannot stand in an index", 7),
    ("z = b[sum[n](1)]", IndexRefused, "the reduction `sum` cannot stand in an index", 7),
    ("z = b[1//0]", IndexRefused, "division by zero", 8),
    ("z = sum[i](b[i//0])", IndexRefused, "division by zero", 15),
    ("z = b[-1]", IndexRefused, r"`b` is read at \[-1\] on axis 0", 1),
    ("z = sum[i](b[i + 1])", IndexRefused, "its elements go from 0 to size", 1),
    ("z = b[size(i)]", IndexRefused, "its elements go from 0 to size", 1),
    ("z = size(k)", IndexRefused, "no index is called `k`", 5),
    ("z = sum[n where x[n, 0] > 0](y)", IndexRefused, "`where` may look at indices", 25),
    # numbers and limits
    ("z = 1e999", LimitError, "1e999 is outside the range of a double", 5),
    ("z = 1e-999", LimitError, "1e-999 is outside the range of a double", 5),
    ("z = 1000001", LimitError, "the integer 1000001 is above the limit", 5),
    ("z = 999999*999999*y", LimitError, "the integer 999998000001 is above the limit", 11),
    ("z = 999999*y*999999", LimitError, "the integer 999998000001 is above the limit", 11),
    ("z = b[999999*999999]", LimitError, "the integer 999998000001 is above the limit", 13),
    ("z = 1000000 + 1", LimitError, "the integer 1000001 is above the limit", 13),
    ("z = y*1e300*1e300", LimitError, "fold to one that is too large", 6),
    ("z = y^65", LimitError, "the exponent 65 is above the limit of 64", 7),
    ("z = y^(60 + 5)", LimitError, "the exponent 65 is above the limit of 64", 11),
    ("z = 9^9^9", LimitError, "the integer 387420489 is above the limit", 8),
    ("z = 10^7", LimitError, "the integer 10000000 is above the limit", 7),
    ("z = (1.000001^64)^64", LimitError, "too large, or too long, to keep", 18),
    ("z = " + "1" * 101, LimitError, "a number of 101 characters; the limit is 100", 5),
    ("z = " + "(" * 101 + "y" + ")" * 101, LimitError, "nesting deeper than 100", 105),
    ("z = " + "-" * 101 + "y", LimitError, "nesting deeper than 100", None),
    ("z = " + "y^" * 101 + "y", LimitError, "nesting deeper than 100", None),
    ("z = " + "tanh(" * 101 + "y" + ")" * 101, LimitError, "nesting deeper than 100", None),
    ("z = " + "y if y > 0 else " * 101 + "y", LimitError, "nesting deeper than 100", None),
    ("z = y/0", ProgramRefused, "division by zero", 6),
    ("z = y*0^-1", ProgramRefused, "division by zero: 0 to a negative power", 8),
    # the equations as a whole
    ("z = z", ProgramRefused, "the equations go round in a circle: z -> z", 1),
    ("y = 1", ProgramRefused, "`y` is declared `input`, so the caller gives it", 1),
]


@pytest.mark.parametrize(("text", "kind", "match", "column"), EQUATIONS, ids=lambda v: str(v)[:24])
def test_an_equation_is_refused_where_it_is_wrong(text, kind, match, column):
    error = _refusal(HEAD + text, kind, match)
    assert error.span is not None
    assert error.span.line == HEAD_LINES + 1
    if column is not None:
        assert error.span.column == column


# Whole texts: text, error, part of the message, line, column.
TEXTS = [
    # declarations
    ("input x[n\noutput z\nz = 1", ParseError, r"expected `\]` for the `\[` opened", 2, 1),
    ("input", ParseError, "expected the name of an array", 1, 6),
    ("input 3", ParseError, "expected the name of an array, found `3`", 1, 7),
    ("input x[3]", ParseError, "expected the name of an index, found `3`", 1, 9),
    ("input x[n] : int\noutput x[n]", ParseError, "x an integer array, which has no", 1, 1),
    ("const c : float", ParseError, "expected `int` after `:`", 1, 11),
    ("hyper s", ParseError, "expected `=` and the default of `s`", 1, 8),
    ("hyper s = x", ParseError, "the default must be a number, found `x`", 1, 11),
    ("hyper s = 1.5 : int", ParseError, "1.5 of `s : int` is not written as an integer", 1, 11),
    ("index k", ParseError, "expected `:` and the extent of `k`", 1, 8),
    ("pad x", ParseError, "expected `=` and the value of `x`", 1, 6),
    ("pad x = inf", ParseError, "a pad value must be a number, found `inf`", 1, 9),
    ("def f = 1", ParseError, r"expected `\(` and the parameters", 1, 7),
    ("def f() = 1", ParseError, "expected the name of a parameter", 1, 7),
    ("f(z) = 1", ParseError, r"expected `=` after the left side", 1, 2),
    ("assume 1", ParseError, "expected `=` and what the left side is equal to", 1, 9),
    ("title a\ntitle b", ParseError, "a second title", 2, 7),
    ("title a\x07", ParseError, r"U\+0007", 1, 8),
    ("note \u200b", ParseError, r"U\+200B \(ZERO WIDTH SPACE\)", 1, 6),
    ("input tanh", NameRefused, "`tanh` is a reserved word", 1, 7),
    ("def exp(z) = z", NameRefused, "`exp` is a reserved word", 1, 5),
    ("param sum[i]", NameRefused, "`sum` is a reserved word", 1, 7),
    ("input x, x", NameRefused, "`x` is declared twice, first at line 1", 1, 10),
    ("input x\nparam x[i]", NameRefused, "`x` is declared twice, first at line 1", 2, 7),
    ("hyper x = 1\ninput x", NameRefused, "`x` is declared twice", 1, 7),
    ("input σ, sigma", NameRefused, "`sigma` is declared twice", 1, 10),
    ("input x\noutput x, x", NameRefused, "`x` is declared twice", 2, 11),
    ("index k : 3\nindex k : 4", NameRefused, "`k` is declared twice", 2, 7),
    ("input x[n]\npad x = 0, x = 1\noutput x[n]", NameRefused, "`x` is padded twice", 2, 12),
    ("param W, dW\noutput z\nz = W*dW", NameRefused, "`dW` is the name of the gradient", 1, 10),
    ("param W\noutput z\ndW = W\nz = dW", NameRefused, "the name of the gradient of `W`", 3, 1),
    ("input n, x[n]\noutput n", NameRefused, "`n` already names a index|an index", 1, 7),
    ("hyper n = 2\ninput x[n]\noutput x[n]", NameRefused, "already names a hyper", 2, 9),
    ("hyper n = 2\nindex n : 3", NameRefused, "`n` already names a hyperparameter", 2, 7),
    ("hyper s = 2\noutput z\nz = sum[s](1)", NameRefused, "`s` is a hyperparameter, not an", 3, 9),
    ("hyper s = 2\noutput s\ns = 1", NameRefused, "`s` is a hyperparameter, and an", 3, 1),
    ("input f\ndef f(z) = z\noutput f", NameRefused, "`f` is declared twice", 2, 5),
    ("def f(z, z) = z\noutput z\nz = 1", NameRefused, "the parameter `z` appears twice", 1, 10),
    ("pad q = 0\ninput x\noutput x", NameRefused, "`pad` of an unknown array `q`", 1, 5),
    ("const c[n] : int\npad c = 0\noutput z\nz = 1", NameRefused, "takes no `pad`", 2, 5),
    ("input x[" + ",".join(f"a{i}" for i in range(17)) + "]", LimitError, "17 indices", 1, 7),
    # hyperparameters and extents
    (
        "hyper r = 0.5\ninput x[n]\noutput z\nz = x[r]",
        IndexRefused, "the hyperparameter `r` is real and cannot stand in an index", 4, 7,
    ),
    ("index k : -1\noutput z\nz = sum[k](1)", IndexRefused, "the extent of `k` is -1", 1, 7),
    ("index k : 1.5\noutput z\nz = 1", IndexRefused, "1.5 cannot stand in an index", 1, 11),
    ("index k : j\noutput z\nz = 1", IndexRefused, "the index `j` is neither", 1, 11),
    ("index k : size(k)\noutput z\nz = 1", IndexRefused, "`k` depends on itself", 1, 7),
    (
        "index k : size(m)\nindex m : size(k)\noutput z\nz = 1",
        IndexRefused, "the extent of `k` depends on itself", 1, 7,
    ),
    (
        "index u : 3, v : 4\ninput x[u], y[v]\noutput z\nz = sum[k](x[k]*y[k])",
        IndexRefused, "one index runs over two extents", 4, 1,
    ),
    (
        "index u : 3\ninput x[u]\noutput z\nz = x[3]",
        IndexRefused, r"from 3 to 3; its elements go from 0 to 2", 4, 1,
    ),
    (
        "index u : 3, v : 4\ninput x[u]\noutput z[v]\nz[v] = x[v]",
        IndexRefused, r"from 0 to 3; its elements go from 0 to 2", 4, 1,
    ),
    ("input x[n]\noutput z\nz[n] = x[n]", IndexRefused, "declared with no indices and", 2, 8),
    ("input x[n]\noutput z\nz[n] = x[n]\n", IndexRefused, "defined with 1 index", 2, 8),
    ("input x[n]\noutput z[n]\nz[n, n] = x[n]", IndexRefused, "declared with 1 index and", 2, 8),
    ("input x[n]\noutput z[n, m]\nz[n, n] = x[n]", IndexRefused, "stands twice on the left", 3, 6),
    ("input x[n]\noutput z[n]\nz[n + 1] = x[n]", IndexRefused, "stands alone, or is a const", 3, 5),
    # definitions, order, functions
    ("", ProgramRefused, "the text has no equations", None, None),
    ("# only a comment\n\n", ProgramRefused, "the text has no equations", None, None),
    ("title only a title", ProgramRefused, "the text has no equations", None, None),
    ("input x\nz = x", ProgramRefused, "the text declares no output", None, None),
    ("input x\noutput zz\nz = x", ProgramRefused, "the output `zz` is not defined", 2, 8),
    ("output z\nz = 1\nz = 2", ProgramRefused, "a second definition of `z`", 3, 1),
    ("output z\nz = w\nw = z", ProgramRefused, "in a circle: z -> w -> z", 2, 1),
    (
        "input x[t]\noutput h[t]\nh[t] = h[t - 1] + x[t]",
        ProgramRefused, r"the recurrence reads `h\[-1\]`, which nothing defines", 3, 1,
    ),
    (
        "input x[t]\noutput h[t]\nh[-1] = 0\nh[t] = h[t - 2] + x[t]",
        ProgramRefused, r"the recurrence reads `h\[-2\]`, which nothing defines", 4, 1,
    ),
    (
        "input x[t]\noutput h[t]\nh[t] = h[t + 1] + x[t]",
        ProgramRefused, r"the recurrence reads `h\[size\(t\)\]`, which nothing defines", 3, 1,
    ),
    (
        "input x[t]\noutput h[t]\nh[-1] = 0\nh[t] = h[t - 1] + h[t + 1] + x[t]\nh[size(t)] = 0",
        ProgramRefused, "in a circle: h -> h", 4, 1,
    ),
    (
        "input x[t]\noutput h[t]\nh[t] = h[size(t) - 1 - t] + x[t]",
        ProgramRefused, "in a circle: h -> h", 3, 1,
    ),
    ("output h[t]\ninput x[t]\nh[-1] = 0", ProgramRefused, "has a start but no definition", 3, 1),
    ("input x[t]\noutput h[t]\nh[-1] = 0\nh[-1] = 1\nh[t] = h[t - 1] + x[t]",
     ProgramRefused, "a second start of `h`", 4, 1),
    ("input x[t]\noutput h[t]\nh[-1] = 0\nh = 1", ProgramRefused, "`h` has 1 index in one", 4, 1),
    ("output z\ndef f(a) = f(a)\nz = f(1)", ProgramRefused, "`f` calls itself: f -> f", 2, 12),
    (
        "output z\ndef f(a) = g(a)\ndef g(a) = f(a)\nz = 1",
        ProgramRefused, "`f` calls itself: f -> g -> f", 3, 12,
    ),
    ("output z\ndef f(a) = a\nz = f(1, 2)", NameRefused, "`f` takes 1 argument and is", 3, 5),
    ("output z\ndef f(a) = q\nz = 1", NameRefused, "unknown name `q`", 2, 12),
    ("output z\ndef f(a) = a[0]\nz = 1", IndexRefused, "`a` is a parameter of a `def`", 2, 12),
    (
        "input x[n]\noutput z\ndef f(a) = a*x[n]\nz = 1",
        IndexRefused, "`n` cannot be used in a `def`, which is pointwise", 3, 16,
    ),
    (
        "input x[n]\noutput z\ndef f(a) = sum[n](a)\nz = 1",
        ProgramRefused, "a `def` is pointwise", 3, 12,
    ),
    ("output z\nz = f\ndef f(a) = a", NameRefused, "the function `f` needs its arguments", 2, 5),
    ("input x\noutput x\nassume q = 1", NameRefused, "unknown name `q`", 3, 8),
    ("input x[n]\noutput x[n]\nassume x[k + 1] = 1", IndexRefused, "`k` reads no axis", 3, 10),
    # sizes
    ("z = " + "y+" * 10_000, LimitError, "20,004 characters; the limit is 20,000", None, None),
    ("#" * 1_000_000, LimitError, "1,000,000 characters; the limit is 20,000", None, None),
    ("(" * 100_000, LimitError, "100,000 characters", None, None),
    ("-" * 100_000, LimitError, "100,000 characters", None, None),
    ("\n" * 500, LimitError, "501 lines; the limit is 500", None, None),
    (
        "input y\noutput z\ndef f(a) = a*a\nz = " + "f(" * 30 + "y" + ")" * 30,
        LimitError, "more than 20,000 operations, with the functions put in", 3, None,
    ),
    (
        "input y\noutput z\n" + "def f0(a) = tanh(a)\n"
        + "".join(f"def f{k}(a) = tanh(f{k - 1}(a))\n" for k in range(1, 110)) + "z = f109(y)",
        LimitError, "nesting deeper than 100, with the functions put in", None, None,
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "kind", "match", "line", "column"), TEXTS, ids=lambda v: repr(v)[:32]
)
def test_a_text_is_refused_where_it_is_wrong(text, kind, match, line, column):
    error = _refusal(text, kind, match)
    if line is not None:
        assert error.span is not None
        assert error.span.line == line
    if column is not None:
        assert error.span.column == column


def _refusal(text, kind, match):
    """The one error that ``text`` gives; at least one of a few tries must be fast."""
    durations = []
    for _ in range(TRIES):
        start = time.process_time()
        with pytest.raises(kind, match=match) as caught:
            parse(text, "layer.eqn")
        durations.append(time.process_time() - start)
    assert min(durations) < SECONDS
    error = caught.value
    assert type(error) is kind
    assert str(error).startswith("layer.eqn: ")
    if error.span is not None:
        assert error.line_text == error.line_text.rstrip("\r\n")
        assert 1 <= error.span.column <= len(error.line_text) + 1
        assert "^" in str(error)
    assert error.remedy or "expected" in error.problem, "says what to change"
    return error


# What the message suggests: text of one equation under HEAD, remedy.
REMEDIES = [
    ("z = tanhh(y)", "did you mean `tanh`?"),
    ("z = X[0, 0]", "did you mean `x`?"),
    ("z = (y", "close the bracket with `)`"),
    ("z = y y", "write multiplication out, a*b"),
    ("z = х", "write 'x' in plain letters"),
    ("z = ｙ", "write 'y' in plain letters"),
    ("z = y²", "write '2' in plain letters"),
    ("z = x[n, j]", "sum over it, sum[n](...), or put it on the left side"),
    ("z = sum[n](sum[n](y))", "rename the inner one, `n2`"),
    ("z = sum[n where x[n, 0] > 0](y)", "put a condition on real values inside"),
    ("z = y < 1", "put it in square brackets"),
    ("z = y < 1 < 2", "a < b and b < c"),
    ("z = 2y", "2*y"),
]


@pytest.mark.parametrize(("text", "remedy"), REMEDIES)
def test_the_message_says_what_to_change(text, remedy):
    with pytest.raises(DeriveError) as caught:
        parse(HEAD + text)
    assert remedy in caught.value.remedy
    assert f"to fix: {caught.value.remedy}" in str(caught.value)


# Whatever Python, NumPy or anybody else calls something is a name like any other.
FOREIGN = sorted({
    *keyword.kwlist, *dir(builtins), "np", "numpy", "E", "I", "S", "N", "O", "Q", "beta", "zeta",
    "forward", "backward", "saved", "self", "int", "x1", "d",
})  # fmt: skip


@pytest.mark.parametrize("name", [n for n in FOREIGN if not n.startswith("_")])
def test_a_name_is_reserved_by_the_language_or_free(name):
    text = f"input {name}[n]\noutput z[n]\nz[n] = {name}[n]"
    if name in RESERVED:
        with pytest.raises((NameRefused, ParseError)):
            parse(text)
    else:
        assert parse(text).arrays[0].name == name


def test_text_must_be_text():
    with pytest.raises(TypeError, match="must be text, not bytes"):
        parse(b"z = 1")

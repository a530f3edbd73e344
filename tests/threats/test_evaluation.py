"""Text that would do harm if anybody evaluated it: it is refused with its place, and not run."""

from __future__ import annotations

import ast
import builtins
import pickle
import sys
import time
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

import derive
import numeric
from derive.errors import DeriveError, LimitError, ParseError
from numeric.execute import execute
from tests.derive import test_bad_input

SECONDS = 1.0

# What has opened evaluators of expressions before; {mark} would leave a file behind.
_LINES = """\
__import__('os').system('touch {mark}')
__import__("os").popen("touch {mark}").read()
().__class__.__base__.__subclasses__()
''.__class__.__mro__[1].__subclasses__()[104].load_module('os')
(1).__class__.__bases__[0].__subclasses__()
[].__class__.__base__
x.__class__.__init__.__globals__['os']
x.__reduce_ex__(2)
(lambda: __import__('os').system('touch {mark}'))()
[c for c in ().__class__.__bases__[0].__subclasses__()]
eval("open('{mark}','w')")
exec("open('{mark}','w')")
compile("1", "", "eval")
open('{mark}', 'w')
getattr(x, '__class__')
globals()['__builtins__']
vars()
locals()
dir()
breakpoint()
input('x')
exit()
os.system('touch {mark}')
sys.modules['os'].system('touch {mark}')
subprocess.run(['touch', '{mark}'])
import os; os.system('touch {mark}')
from os import system
{mark!r}
f"{{open('{mark}','w')}}"
b'bytes'
'''x'''
`touch {mark}`
$(touch {mark})
${{jndi:ldap://127.0.0.1/a}}
{{{{7*7}}}}
{{% import os %}}
<script>alert(1)</script>
<img src=x onerror=alert(1)>
\\input{{/etc/passwd}}
\\write18{{touch {mark}}}
\\immediate\\write18{{id}}
x := 1
x = (y := 1)
x if (yield) else y
await x
async x
*x
**x
x.y
x.T
x->y
x; y
x & y
x | y
~x
x @ y
x ? y : z
!x
@x
#!/bin/sh
..
1.e.f
0x41
0b11
0o7
1_000
1j
None
...
lambda: 0
raise x
del x
assert x
print(x)
S('x')
Symbol('x')
Function('f')(x)
Integral(x)
factorial(10^7)
Lambda(x, x)
srepr(x)
diff(x, x)
np.load('{mark}')
numpy.fromfile('{mark}')
pickle.loads(x)
cos.__globals__
sum.__self__
x[__import__('os').system('touch {mark}')]
x['a']
x[:]
x[::2]
x[...]
x[None]
x(1)(2)
sum[k for k in x](x)
{{x: 1 for x in x}}
\u202ex
x\u200by
\ufeffx
\u0430
\uff58
\U0001d465
\u2080
x\u0301
\ud800
\x00
\x1b[2J
\x7f
"""
PAYLOADS = _LINES.splitlines()
# Where a text may be put: alone, on a right side, in an index, in declarations.
PLACES = {
    "right side": "input x[n]\noutput y[n]\ny[n] = {}",
    "index": "input x[n]\noutput y\ny = x[{}]",
    "default": "hyper a = {}\ninput x\noutput y\ny = a*x",
    "declared": "input {}\noutput y\ny = 1",
}


def test_the_corpus_is_large() -> None:
    assert len(set(PAYLOADS)) * len(PLACES) >= 400


# As a declaration these are names like any other; the code emitted for them says None_.
ACCEPTED = {"declared": ("None", "x[None]")}


@pytest.mark.parametrize("place", PLACES)
def test_a_payload_is_refused_with_its_place(place: str, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    wrong = []
    for payload in PAYLOADS:
        text = PLACES[place].replace("{}", payload.format(mark=mark))
        begun = time.process_time()
        try:
            derive.parse(text)
            wrong.append((payload, "was accepted"))
        except DeriveError as refusal:
            if refusal.span is None or not refusal.line_text:
                wrong.append((payload, "has no place"))
            if time.process_time() - begun > SECONDS:
                wrong.append((payload, "took too long"))
    assert [found for found in wrong if found[0] not in ACCEPTED.get(place, ())] == []
    assert not mark.exists()


@pytest.fixture
def _nobody_evaluates(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Everything that would run a text raises instead."""
    sympy = pytest.importorskip("sympy", reason="its evaluators must not be reached")

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a text was evaluated")

    parser = sys.modules["sympy.parsing.sympy_parser"]
    for owner, names in (
        (sympy, ("sympify", "S", "parse_expr", "lambdify", "symbols")),
        (sys.modules["sympy.core.sympify"], ("sympify", "_sympify")),
        (parser, ("parse_expr", "eval_expr", "stringify_expr")),
        (pickle, ("loads", "load")),
        (builtins, ("eval", "exec", "compile", "open")),
    ):
        for name in names:
            monkeypatch.setattr(owner, name, refuse)
    yield
    monkeypatch.undo()


LAYERS = {name: derive.library.read(name) for name in derive.layers()}
BAD = [
    *(row[0] for row in test_bad_input.TEXTS),
    *(test_bad_input.HEAD + row[0] for row in test_bad_input.EQUATIONS),
    *(PLACES["right side"].replace("{}", payload) for payload in PAYLOADS),
]


@pytest.mark.usefixtures("_nobody_evaluates")
def test_no_text_is_evaluated() -> None:
    for text in LAYERS.values():
        derive.parse(text)
    refused = 0
    for text in BAD:
        try:
            derive.parse(text)
        except DeriveError:
            refused += 1
    assert refused > 300


@pytest.mark.usefixtures("_nobody_evaluates")
def test_the_guard_above_would_fire() -> None:
    with pytest.raises(AssertionError, match="a text was evaluated"):
        builtins.eval("1")


def test_emitted_text_is_looked_at_before_it_runs() -> None:
    for text in (
        "import os",
        "x.__class__",
        "class A: pass",
        "import numpy.ma",
        "__import__('os')",
    ):
        with pytest.raises(AssertionError, match="emission produced what it may not"):
            execute(text)


# ---- characters ---------------------------------------------------------------------------------

# Everything that some normalisation makes into a plain letter or digit, and what looks like one.
CONFUSABLE = [
    character
    for character in map(chr, range(0x80, 0x30000))
    if unicodedata.normalize("NFKC", character).isascii()
    and unicodedata.normalize("NFKC", character).strip()
]
LOOKALIKES = "аеорсухіјѕһԁԛԝАВЕНКМОРСТХЅІЈ\u0131\u0251\u0261\u03f2\u03f3ꓐꓑꓒ᎐Ꭰℓ℮ꟾ" + "".join(
    map(chr, range(0x1D400, 0x1D800))
)


def test_only_one_character_means_a_letter() -> None:
    assert len(CONFUSABLE) > 1000
    for character in {*CONFUSABLE, *LOOKALIKES}:
        if not unicodedata.name(character, ""):
            continue
        with pytest.raises(ParseError, match=rf"U\+{ord(character):04X} ") as caught:
            derive.parse(f"input x\noutput y\ny = {character}")
        assert caught.value.span is not None
        assert (caught.value.span.line, caught.value.span.column) == (3, 5)


@pytest.mark.parametrize(("letter", "name"), sorted(derive.words.GREEK.items()))
def test_a_greek_letter_is_the_name_it_spells(letter: str, name: str) -> None:
    if name in derive.words.RESERVED:
        pytest.skip("reserved")
    found = derive.parse(f"input {letter}\noutput y\ny = {name}*{letter}")
    assert [array.name for array in found.arrays] == [name]
    assert ast.parse(numeric.build(found).source).body


@pytest.mark.parametrize("digits", [5000, 10**5])
def test_long_numbers_are_not_read(digits: int) -> None:
    for number in ("9" * digits, "0." + "1" * digits, "1e" + "9" * digits):
        begun = time.process_time()
        with pytest.raises(LimitError, match="limit is"):
            derive.parse(f"input x\noutput y\ny = {number}*x")
        assert time.process_time() - begun < SECONDS

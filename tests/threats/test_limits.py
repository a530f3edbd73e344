"""Kernels that do not end, eat memory, end Python or leave processes behind: each meets its limit."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

import derive
from derive.errors import DeriveError, OptionRefused, ParseError, Span
from numeric.check import check, check_source
from numeric.check import limits as limits_module
from numeric.check.limited import Child, Request, check_within, run
from numeric.check.limits import Limits, apply
from numeric.check.result import CheckResult

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = derive.parse("title Twice\ninput x[n]\noutput y[n]\ny[n] = 2*x[n]")
KERNEL = """import os, signal, subprocess, sys, threading, time
import numpy as np

def forward(x):
    {body}
    return 2 * x, None

def backward(saved, dy):
    return 2 * dy
"""
WRITE = "print({pid}, file=open({path!r}, 'w'), flush=True)"
# Long enough for any child to start on a loaded machine, so that only the endless ones meet it.
LONG = 60.0
MEBIBYTES = 200


def kernel(body: str) -> str:
    return KERNEL.format(body=body)


def alive(pid: int) -> bool:
    """Whether a process runs; one that ended but was not asked for by its parent does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state not in "ZX"


def gone(pid: int, seconds: float = 10.0) -> bool:
    end = time.monotonic() + seconds
    while alive(pid) and time.monotonic() < end:
        time.sleep(0.02)
    return not alive(pid)


def written(path: Path, seconds: float = 20.0) -> int:
    """The process id that a kernel wrote."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if path.exists() and (text := path.read_text(encoding="ascii")).endswith("\n"):
            return int(text)
        time.sleep(0.02)
    raise AssertionError(f"nothing was written to {path}")


needs_linux = pytest.mark.skipif(
    not Path("/proc/self/statm").exists(), reason="memory limits and /proc are Linux's"
)

# (body of forward, what the verdict's line says)
ENDINGS = [
    ("keep = []\n    while True: keep.append(bytearray(10**7))", "needs more than 200 MiB"),
    ("np.zeros(10**11)", "needs more than 200 MiB of memory"),
    ("os._exit(7)", "the process ended itself with exit code 7"),
    ("sys.exit(0)", "the kernel ended Python with sys.exit"),
    ("os.kill(os.getpid(), signal.SIGSEGV)", "the process was ended by SIGSEGV"),
    ("os.kill(0, signal.SIGKILL)", "the process was ended by SIGKILL"),
    ("raise KeyboardInterrupt", "KeyboardInterrupt in line 5 of <kernel>"),
    ("raise BaseException('no')", "BaseException in line 5 of <kernel>: no"),
    ("input()", "EOFError in line 5 of <kernel>"),
    ("open('/nowhere/at/all')", "FileNotFoundError in line 5"),
]


def asked(body: str, title: str = "Twice") -> Request:
    return Request(title, str(PROGRAM), kernel(body), {"seed": 5})


@needs_linux
def test_a_kernel_that_ends_the_process_is_undecided() -> None:
    begun = time.monotonic()
    found = list(run([asked(body) for body, _ in ENDINGS], Limits(LONG, MEBIBYTES)))
    assert time.monotonic() - begun < LONG, "none waited for the clock"
    notes = [
        (result.lines[-1].note, said) for result, (_, said) in zip(found, ENDINGS, strict=True)
    ]
    assert [
        note
        for note, said in notes
        if not re.fullmatch(f".*{said}.*; the step was choosing points", note)
    ] == []
    assert {(r.verdict, r.exit_code, r.title, r.seed) for r in found} == {
        ("INCONCLUSIVE", 3, "Twice", 5)
    }


def test_a_kernel_that_does_not_end_is_ended() -> None:
    begun = time.monotonic()
    result = check_within(PROGRAM, source=kernel("while True: pass"), timeout=1.5)
    assert 1.5 <= time.monotonic() - begun < 8
    assert (result.verdict, result.exit_code) == ("INCONCLUSIVE", 3)
    assert result.lines[-1].note.startswith("stopped after 1.5 s; the step was ")


def expired(child: Child, place: Path) -> tuple[CheckResult, int]:
    """What is found when the time is up as soon as the kernel has written; and what it wrote."""
    pid = written(place)
    assert not child.ended()
    child._begun -= LONG
    assert child.ended()
    with child:
        return child.result(), pid


def test_what_was_found_before_the_end_is_kept(tmp_path: Path) -> None:
    place = tmp_path / "pid"
    body = f"if x.dtype == object:\n        {WRITE}\n        while True: pass"
    child = Child(asked(body.format(pid="0", path=str(place))), Limits(LONG))
    result, _ = expired(child, place)
    assert [line.proof for line in result.lines] == ["S1 contract", "limits"]
    assert result.lines[0].comparisons > 0
    assert result.lines[0] == check(PROGRAM, seed=5).lines[0]
    assert result.lines[1].note == "stopped after 60 s; the step was S4 linear in cotangent"
    assert result.verdict == "INCONCLUSIVE"


# Whatever a right kernel does besides, its verdict is that of any other process.
BESIDES = """if not sys.stdout.closed:
        print('{"verdict": "WRONG"}', flush=True)
        threading.Thread(target=time.sleep, args=(60,)).start()
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        sys.stdout.close()"""


def test_the_result_is_that_of_the_check_itself(capfd: pytest.CaptureFixture[str]) -> None:
    (result,) = run([asked(BESIDES)], Limits(LONG))
    assert result == check_source(PROGRAM, kernel("pass"), seed=5)
    assert result.verdict == "PROVED"
    out, err = capfd.readouterr()
    assert out == "", "what a kernel prints is no result"
    assert '{"verdict": "WRONG"}' in err


def test_a_wrong_kernel_is_as_wrong_in_a_child() -> None:
    source = kernel("pass").replace("2 * dy", "2 * dy + 0.5 * dy * (len(dy) > 2)")
    result = check_within(PROGRAM, source=source, timeout=LONG)
    assert result == check_source(PROGRAM, source)
    assert result.counterexample is not None


def test_options_and_hyperparameters_reach_the_child() -> None:
    program = derive.parse("input x[n]\nhyper s = 2.5, k = 1 : int\noutput y[n]\ny[n] = s*x[n]^k")
    given = {"seed": 3, "fast": True, "s": 0.1, "k": 2}
    result = check_within(program, timeout=LONG, **given)
    assert result == check(program, **given)
    assert result.verdict == "PROVED"


@pytest.mark.parametrize(
    ("program", "options", "message"),
    [
        (PROGRAM, {"q": 2}, "no hyperparameter q"),
        (
            derive.parse("input x\nhyper k = 1 : int\noutput y\ny = x/k"),
            {"k": 0},
            "with k = 0 the equations divide by zero",
        ),
    ],
)
def test_a_refusal_comes_back_whole(
    program: derive.Program, options: dict[str, int], message: str
) -> None:
    with pytest.raises(DeriveError, match=message) as there:
        check_within(program, timeout=LONG, **options)
    with pytest.raises(type(there.value)) as here:
        check(program, **options)
    assert str(there.value) == str(here.value)
    assert there.value.equation == here.value.equation


def test_several_run_side_by_side_and_come_in_order() -> None:
    requests = [asked("pass"), asked("os._exit(1)"), asked("pass")]
    found = list(run(requests, Limits(LONG), processes=2))
    assert [result.verdict for result in found] == ["PROVED", "INCONCLUSIVE", "PROVED"]


# ---- nothing is left behind ---------------------------------------------------------------------

SLEEP = "p = subprocess.Popen(['sleep', '99']).pid"
FORK = "p = os.fork()\n    p or time.sleep(99)"
# (what it starts, what it does then, the verdict)
LEAVING = [(FORK, "pass", "PROVED"), (SLEEP, "os._exit(1)", "INCONCLUSIVE")]


@needs_linux
@pytest.mark.parametrize(("start", "then", "verdict"), LEAVING)
def test_what_a_kernel_started_ends_with_it(
    start: str, then: str, verdict: str, tmp_path: Path
) -> None:
    place = tmp_path / "pid"
    body = f"{start}\n    {WRITE.format(pid='p', path=str(place))}\n    {then}"
    (result,) = run([asked(body)], Limits(LONG))
    assert result.verdict == verdict
    assert gone(written(place))


@needs_linux
def test_what_a_kernel_started_ends_when_the_time_is_up(tmp_path: Path) -> None:
    place = tmp_path / "pid"
    body = f"{SLEEP}\n    {WRITE.format(pid='p', path=str(place))}\n    while True: pass"
    result, pid = expired(Child(asked(body), Limits(LONG)), place)
    assert result.verdict == "INCONCLUSIVE"
    assert gone(pid)


def test_a_child_is_waited_for_and_its_folder_removed() -> None:
    child = Child(Request("t", str(PROGRAM), kernel("time.sleep(99)")), Limits())
    pid, folder = child._process.pid, child._record.parent
    assert alive(pid)
    assert folder.exists()
    child.close()
    with pytest.raises(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    assert not folder.exists()


def test_a_refusal_ends_the_other_checks(tmp_path: Path) -> None:
    place = tmp_path / "pid"
    slow = kernel(f"print(os.getpid(), file=open({str(place)!r}, 'w'))\n    time.sleep(99)")
    requests = [
        Request("refused", str(PROGRAM), options={"q": 1}),
        Request("slow", str(PROGRAM), slow),
    ]
    with pytest.raises(OptionRefused, match="no hyperparameter q"):
        list(run(requests, Limits(timeout=60), processes=2))
    assert not place.exists() or gone(written(place))


# what runs tests in the background may have told its children to ignore an interrupt
_PARENT = """
import signal, sys, derive
signal.signal(signal.SIGINT, signal.default_int_handler)
from numeric.check.limited import check_within
check_within(derive.parse(sys.argv[1]), source=sys.argv[2])
"""


@needs_linux
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGINT])
def test_the_child_ends_with_its_parent(end: signal.Signals, tmp_path: Path) -> None:
    place = tmp_path / "pid"
    source = kernel(f"print(os.getpid(), file=open({str(place)!r}, 'w'))\n    while True: pass")
    parent = subprocess.Popen(
        [sys.executable, "-c", _PARENT, str(PROGRAM), source], cwd=ROOT, stderr=subprocess.DEVNULL
    )
    child = written(place)
    assert alive(child)
    parent.send_signal(end)
    parent.wait()
    assert gone(child)


# ---- limits -------------------------------------------------------------------------------------


def test_the_place_in_a_text_comes_back() -> None:
    child = Child(Request("t", "input x\noutput y\ny = x*2z"), Limits())
    with child:
        while not child.ended():
            time.sleep(0.01)
        with pytest.raises(ParseError, match="the number 2 runs into the letter 'z'") as caught:
            child.result()
    assert caught.value.span == Span(3, 7, 1)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"timeout": 0}, "timeout is 0"),
        ({"timeout": -1.5}, r"timeout is -1\.5"),
        ({"timeout": float("nan")}, "timeout is nan"),
        ({"timeout": float("inf")}, "timeout is inf"),
        ({"memory": 0}, "memory is 0"),
    ],
)
def test_a_limit_is_a_number_above_nothing(given: dict[str, float], message: str) -> None:
    with pytest.raises(OptionRefused, match=message) as caught:
        Limits(**given)
    assert "above 0" in caught.value.remedy


def test_a_system_without_limits_of_memory_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits_module, "resource", None)
    monkeypatch.setattr(os, "nice", lambda _: None)
    assert list(apply(Limits(timeout=3.0))) == []
    (note,) = apply(Limits(memory=64))
    assert note == "this system cannot hold a process to 64 MiB: memory was not limited"


def test_the_reader_sees_what_the_child_says_of_its_limits() -> None:
    child = Child(Request("t", str(PROGRAM)), Limits())
    with child, child._record.open("a", encoding="utf-8") as record:
        record.write('{"note": "memory was not limited"}\n')
        record.flush()
        while not child.ended():
            time.sleep(0.01)
        result = child.result()
    assert result == replace(check(PROGRAM), notes=("memory was not limited",))

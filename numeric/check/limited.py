"""Checks in child processes that are killed, with all they started, when they take too much."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any

from derive import errors
from derive.program import Program
from numeric.check.limits import Limits
from numeric.check.result import INCONCLUSIVE, CheckResult, Counterexample, Line

# The child sees the modules that this process sees, whatever folder it was started in.
_START = (
    "import sys; path = sys.argv[1]; sys.path[:] = sys.argv[2:]; "
    "from numeric.check.child import main; main(path)"
)
# How often a child is looked at, in seconds.
_OFTEN = 0.01
STOPPED = "limits"


@dataclass(frozen=True, slots=True)
class Request:
    """What to check.

    Attributes:
        title: what it is called where nothing else is known of it.
        program: the text of the program; for a file it may be empty.
        source: the text of a kernel to check against it, if it is not the one built from it.
        file: the path of a user's own kernel, in place of a text.
        shapes: the shapes to call that with.
        options: arguments of the check.
    """

    title: str
    program: str
    source: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    file: str | None = None
    shapes: str | None = None


def check_within(
    program: Program,
    /,
    *,
    source: str | None = None,
    timeout: float | None = None,
    memory: int | None = None,
    **options: Any,
) -> CheckResult:
    """Check a program in a process of its own, which is killed when it takes too much.

    Args:
        program: the forward equations.
        source: the text of a kernel, as ``check_source`` takes it; by default the one built.
        timeout: seconds on the clock.
        memory: mebibytes beyond Python and the libraries of the check.
        options: what ``check`` takes: ``seed``, ``fast``, hyperparameters, ...

    Returns:
        The result of ``check``; INCONCLUSIVE, with what was found by then, where it was stopped.

    Raises:
        DeriveError: if the program cannot be built, or a limit is not a number above 0.
    """
    request = Request(program.title or "program", str(program), source, options)
    return next(run([request], Limits(timeout, memory)))


def run(
    requests: Sequence[Request], limits: Limits, processes: int | None = None
) -> Iterator[CheckResult]:
    """Run checks, each under ``limits``, as many at once as there are processors; in order.

    Raises:
        DeriveError: if one is refused; the others are ended.
    """
    most = processes or os.cpu_count() or 1
    waiting = list(enumerate(requests))
    running: dict[int, Child] = {}
    done: dict[int, CheckResult] = {}
    try:
        for number in range(len(requests)):
            while number not in done:
                while waiting and len(running) < most:
                    place, request = waiting.pop(0)
                    running[place] = Child(request, limits)
                for place in [place for place, child in running.items() if child.ended()]:
                    with running.pop(place) as child:
                        done[place] = child.result()
                if number not in done:
                    time.sleep(_OFTEN)
            yield done.pop(number)
    finally:
        for child in running.values():
            child.close()


class Child:
    """One check in a process, which leads a group of its own."""

    def __init__(self, request: Request, limits: Limits) -> None:
        self._request, self._limits = request, limits
        self._folder = TemporaryDirectory(prefix="backproof-")
        self._record = Path(self._folder.name) / "record"
        self._expired = False
        self._begun = time.monotonic()
        self._process = subprocess.Popen(
            [sys.executable, "-c", _START, str(self._record), *sys.path],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,  # until the child has turned it to the errors
            start_new_session=True,
        )
        self._send(asdict(request) | {"limits": asdict(limits)})

    def __enter__(self) -> Child:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _send(self, message: Mapping[str, object]) -> None:
        assert self._process.stdin is not None, "opened as a pipe"
        text = json.dumps(message, default=_number) + "\n"
        with suppress(BrokenPipeError):  # it ended at once, and its exit code says how
            self._process.stdin.write(text.encode())
            self._process.stdin.flush()

    def ended(self) -> bool:
        """Whether the process ended; one that is over its time is ended here."""
        if self._process.poll() is not None:
            return True
        timeout = self._limits.timeout
        if timeout is None or time.monotonic() - self._begun < timeout:
            return False
        self._expired = True
        self._kill()
        return True

    def _kill(self) -> None:
        """End the process and everything in its group, and wait for the process."""
        if hasattr(os, "killpg"):
            with suppress(ProcessLookupError, PermissionError):  # nobody may be left in it
                os.killpg(self._process.pid, signal.SIGKILL)
        else:
            self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """Leave nothing behind: no process, no open pipe, no file."""
        self._kill()
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._folder.cleanup()

    def result(self) -> CheckResult:
        """What was found.

        Raises:
            DeriveError: what the check raised.
        """
        found: dict[str, Any] = {}
        notes = []
        for entry in _entries(self._record):
            found |= entry
            notes += [entry["note"]] if "note" in entry else []
        if "refused" in found:
            raise _refusal(found)
        if "result" in found and not self._expired:
            result = _result(found["result"])
            return replace(result, notes=(*result.notes, *notes))
        step = found.get("step", "starting")
        why = f"{self._why(found.get('stopped', ''))}; the step was {step}"
        done = tuple(map(_line, found.get("lines", ())))
        last = Line(STOPPED, 0, (), None, "-", INCONCLUSIVE, why)
        seed = self._request.options.get("seed", 0)
        return CheckResult(self._request.title, (*done, last), notes=tuple(notes), seed=seed)

    def _why(self, stopped: str) -> str:
        code = self._process.returncode
        if self._expired or -code == getattr(signal, "SIGXCPU", None):
            return f"stopped after {self._limits.timeout:g} s"
        if stopped == "memory":
            limit = self._limits.memory
            return "out of memory" if limit is None else f"needs more than {limit} MiB of memory"
        if stopped == "exit":
            return "the kernel ended Python with sys.exit"
        if stopped:
            return stopped
        if code < 0:
            return f"the process was ended by {signal.Signals(-code).name}"
        return f"the process ended itself with exit code {code}"


def _entries(record: Path) -> Iterator[dict[str, Any]]:
    """The entries that were written whole."""
    if record.exists():
        for line in record.read_text(encoding="utf-8").splitlines(keepends=True):
            if line.endswith("\n"):
                yield json.loads(line)


def _number(value: Any) -> Any:
    """Hyperparameters may be any kind of number; a fraction goes as its nearest float."""
    exact = Fraction(value)
    return int(exact) if exact.denominator == 1 else float(exact)


def _refusal(found: Mapping[str, Any]) -> errors.DeriveError:
    kind: type[errors.DeriveError] = getattr(errors, found["refused"])
    parts = dict(found["parts"])
    if parts["span"] is not None:
        parts["span"] = errors.Span(**parts["span"])
    return kind(parts.pop("problem"), **parts)


def _line(row: Mapping[str, Any]) -> Line:
    skipped = row["skipped"]
    pairs = skipped.items() if isinstance(skipped, dict) else map(tuple, skipped)
    return Line(**{**row, "skipped": tuple(pairs)})


def _result(found: Mapping[str, Any]) -> CheckResult:
    wrong = found["counterexample"]
    if wrong is not None:
        pairs = {name: tuple(wrong[name].items()) for name in ("sizes", "hypers")}
        wrong = Counterexample(**{**wrong, **pairs})
    return CheckResult(
        title=found["title"],
        lines=tuple(map(_line, found["proofs"])),
        counterexample=wrong,
        notes=tuple(found["notes"]),
        seed=found["seed"],
        versions=tuple(found["versions"].items()),
    )

"""The child process in which a check under limits runs; ``limited`` starts it and reads it.

The request comes as one line of JSON on standard input. What is found goes, one JSON object a
line, to a file: standard output belongs to the kernel, which may print anything, or close it.

entry     written
step      at the beginning of a step: its name, and the lines of the steps before it
note      for what the reader must know of the limits
refused   in place of a result: the kind of refusal and its parts
stopped   in place of a result: what ended the check
result    last
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Any

import numpy.random  # noqa: F401  NumPy loads it late: under the limits of memory

from derive.errors import DeriveError
from derive.library import parse
from numeric.check.limits import Limits, apply
from numeric.check.own.file import check_file
from numeric.check.progress import following, step
from numeric.check.result import CheckResult, Line
from numeric.check.verify import check, check_source


class Record:
    """The file of findings; a process that the kernel forked writes nothing to it."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", encoding="utf-8")
        self._owner = os.getpid()

    def write(self, **entry: object) -> None:
        """Write one entry, whole, before going on."""
        if os.getpid() != self._owner:
            os._exit(0)
        self._file.write(json.dumps(entry) + "\n")
        self._file.flush()

    def step(self, name: str, lines: Sequence[Line]) -> None:
        """Write that a step begins."""
        self.write(step=name, lines=[asdict(line) for line in lines])

    def uncaught(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        """Write what nobody caught, a kernel's own interrupt for instance, and end."""
        said = "".join(f": {line}" for line in str(error).splitlines()[:1])
        frames = traceback.extract_tb(trace)
        place = f" in line {frames[-1].lineno} of {frames[-1].filename}" if frames else ""
        self.write(stopped=f"{kind.__name__}{place}{said}")
        os._exit(0)


def main(path: str) -> None:
    """Read a request, run its check under its limits, and end the process."""
    request = json.loads(sys.stdin.readline())
    _end_with_the_parent()
    record = Record(Path(path))
    record.step("starting", ())
    sys.excepthook = record.uncaught
    for note in apply(Limits(**request.pop("limits"))):
        record.write(note=note)
    try:
        with following(record.step):
            result = _run(request)
    except DeriveError as refusal:
        record.write(refused=type(refusal).__name__, parts=_parts(refusal))
    except MemoryError:
        record.write(stopped="memory")
    except SystemExit:
        record.write(stopped="exit")
    else:
        record.write(result=result.as_json())
    os._exit(0)  # threads and exit handlers of the kernel are not waited for


def _run(request: Mapping[str, Any]) -> CheckResult:
    if request["file"] is not None:
        step(f"running {request['title']}")
        against = parse(request["program"]) if request["program"] else None
        shapes = request["shapes"]
        return check_file(request["file"], against, shapes=shapes, **request["options"])
    program = parse(request["program"])
    step("choosing points")
    if request["source"] is not None:
        return check_source(program, request["source"], **request["options"])
    return check(program, **request["options"])


def _parts(refusal: DeriveError) -> dict[str, Any]:
    names = ("problem", "remedy", "line_text", "equation", "origin")
    parts: dict[str, Any] = {name: getattr(refusal, name) for name in names}
    return parts | {"span": None if refusal.span is None else asdict(refusal.span)}


def _end_with_the_parent() -> None:
    """Die with everything that was started as soon as standard input ends.

    Only the parent holds its other end, so this works however the parent went.
    """
    life = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)  # what the kernel prints is for people

    def watch() -> None:
        while os.read(life, 1):
            pass
        if hasattr(os, "killpg"):
            os.killpg(0, signal.SIGKILL)
        os._exit(1)

    Thread(target=watch, daemon=True).start()

"""Running checks: one here, several side by side, any of them in processes that can be killed."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from derive.program import Program
from numeric.check.limited import Request, run
from numeric.check.limits import Limits
from numeric.check.result import CheckResult
from reports.settings import arguments, checked, configured

# Of several checks' exit codes the first of these counts: wrong, undecided, imprecise.
_GRAVEST_FIRST = (1, 3, 2)
_DIE_IN_SILENCE = (signal.SIGINT, signal.SIG_DFL)

# Code that is not ours gets an end in any case, in seconds.
LONGEST = 300.0

Values = Mapping[str, int | float]
Options = Mapping[str, Any]


def results(
    programs: Mapping[str, Program], values: Values, options: Options, limits: Limits
) -> Iterator[CheckResult]:
    """Check programs in order; under limits each has a process and the limits to itself."""
    if limits != Limits():
        requests = [request(name, p, values, options) for name, p in programs.items()]
        yield from run(requests, limits)
    elif len(programs) == 1:
        yield from (checked(program, values, options) for program in programs.values())
    else:
        yield from _side_by_side(programs, values, options)


def request(name: str, program: Program, values: Values, options: Options) -> Request:
    """Ask for the check that ``checked`` makes, in a process of its own."""
    title = program.title or name
    return Request(title, str(configured(program, values)), options=arguments(values, options))


def own_file(  # noqa: PLR0913, PLR0917  a file, what it is checked by, and how
    path: str,
    against: Program | None,
    shapes: str | None,
    values: Values,
    options: Options,
    limits: Limits,
) -> CheckResult:
    """Check a kernel of the user's own; its code runs in a process that can be killed."""
    asked = Request(
        title=Path(path).name,
        program="" if against is None else str(configured(against, values)),
        options=arguments(values, options),
        file=str(Path(path).absolute()),
        shapes=shapes,
    )
    (result,) = run([asked], replace(limits, timeout=limits.timeout or LONGEST))
    return replace(
        result, notes=(*result.notes, f"{asked.title} was run: checking it runs its code")
    )


def _side_by_side(
    programs: Mapping[str, Program], values: Values, options: Options
) -> Iterator[CheckResult]:
    workers = min(os.cpu_count() or 1, len(programs))
    # a worker that is interrupted goes in silence; the message is the parent's
    pool = ProcessPoolExecutor(workers, initializer=signal.signal, initargs=_DIE_IN_SILENCE)
    try:
        runs = [pool.submit(checked, p, values, options) for p in programs.values()]
        yield from (run.result() for run in runs)
    finally:
        pool.shutdown(cancel_futures=True)


def gravest(codes: Sequence[int]) -> int:
    """Give the exit code of several checks."""
    return next((code for code in _GRAVEST_FIRST if code in codes), 0)

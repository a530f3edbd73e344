"""The processes that the contenders run in, with equal threads."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def cpus(threads: int) -> list[int]:
    """The CPUs that every contender shares: the last ones, as the first serves interrupts."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))[-threads:]
    return list(range(threads))


def environment(threads: int, blas: str = "") -> dict[str, str]:
    """The variables of a process whose libraries start ``threads`` threads."""
    found = {**os.environ, **dict.fromkeys(THREADS, str(threads))}
    found["OMP_WAIT_POLICY"] = "PASSIVE"  # who has finished must not spin on the others' core
    found["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    if blas:
        found["OPENBLAS_CORETYPE"] = blas
    return found


class CrashError(Exception):
    """A contender's process ended before it answered; the text is the last that it said."""


class Process:
    """A worker, asked line by line."""

    def __init__(
        self, contender: str, dtype: str, folder: Path, variables: Mapping[str, str]
    ) -> None:
        threads = int(variables[THREADS[0]])
        command = [sys.executable, "-m", "benchmarks.contest.worker", contender, dtype]
        self._errors = TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115  until end()
        self._process = subprocess.Popen(
            [*command, str(folder), *map(str, cpus(threads))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            env=dict(variables),
        )

    def ask(self, do: str, **request: Any) -> dict[str, Any]:
        """Send a request and wait for the answer.

        Raises:
            CrashError: if the process ends instead.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps({"do": do, **request}) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise CrashError(self._last_words()) from None
        line = self._process.stdout.readline()
        if not line:
            raise CrashError(self._last_words())
        answer: dict[str, Any] = json.loads(line)
        return answer

    def end(self) -> None:
        """Let the process end, and wait for it."""
        if self._process.stdin is not None and not self._process.stdin.closed:
            with suppress(BrokenPipeError):  # it has ended already
                self._process.stdin.close()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._errors.close()

    def _last_words(self) -> str:
        self._process.wait()
        self._errors.seek(0)
        lines = self._errors.read().strip().splitlines()
        return lines[-1] if lines else f"ended with status {self._process.returncode}"

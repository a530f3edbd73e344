"""How somebody's ``forward`` and ``backward`` are called, and what they give back.

    forward(*arrays)               -> outputs and then ``saved``; or one array alone
    backward(saved, *cotangents)   -> one gradient per differentiable array; or ``None`` in the
                                      place of an array that has none; or a dict by name

Where forward gives one array alone, ``saved`` is the tuple of its arrays.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from io import TextIOBase
from typing import Any

import numpy as np

from numeric.check.own.array import bare
from numeric.check.own.digits import Lost
from numeric.check.point import Array
from numeric.check.shim import Module
from numeric.check.subject import KernelFailed, Subject


class Unusable(RuntimeError):
    """Foreign code ended in a way that would end the check."""


class _Nowhere(TextIOBase):
    """Where the prints of foreign code go: it is called hundreds of times."""

    def write(self, text: str) -> int:
        return len(text)


@contextmanager
def contained() -> Iterator[None]:
    """Keep what foreign code prints and warns of to itself, and let it not end the check.

    Raises:
        Unusable: in place of what only the interpreter itself may raise.
    """
    with warnings.catch_warnings(), redirect_stdout(_Nowhere()):
        warnings.simplefilter("ignore")
        try:
            yield
        except (MemoryError, SystemExit, StopIteration, OSError, ImportError) as error:
            raise Unusable(f"{type(error).__name__} {error}".strip()) from error


def failure(where: str, error: Exception, files: Sequence[str] = ()) -> KernelFailed:
    """What to say of an exception of foreign code, with the last line of its own."""
    line, trace = 0, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename in files:
            line = trace.tb_lineno
        trace = trace.tb_next
    if isinstance(error, Lost):
        return KernelFailed(where, error.problem)
    told = str(error).splitlines()[0] if str(error) else ""
    name = "" if isinstance(error, Unusable) else f"{type(error).__name__}: "
    place = f" in line {line}" if line else ""
    return KernelFailed(where, f"raises {name}{told}{place}".replace(": in line", " in line"))


@dataclass(frozen=True, slots=True)
class Convention:
    """Which arrays go in, in which order, and what comes out.

    Attributes:
        names: the arrays as forward takes them.
        constants: those of them that have no gradient.
        outputs: the names of the outputs.
        lone: whether forward gives its output without ``saved``.
        files: the files that the functions stand in.
        refused: what the functions raise when given float32; filled as it is found.
        wide: what came in float64 although all was given in float32; filled as it is found.
    """

    names: tuple[str, ...]
    constants: frozenset[str]
    outputs: tuple[str, ...]
    lone: bool
    files: tuple[str, ...]
    refused: dict[str, str]
    wide: dict[str, None]

    @property
    def gradients(self) -> tuple[str, ...]:
        """The arrays that have a gradient, in the order in which backward gives them."""
        return tuple(name for name in self.names if name not in self.constants)

    @property
    def notes(self) -> list[str]:
        """What a reader should know."""
        wide = ", ".join(self.wide)
        told = [f"float32 in gives float64 out: {wide}"] if wide and not self.refused else []
        return [*(f"float32 is not taken: {w} {why}" for w, why in self.refused.items()), *told]

    def forward(self, module: Module, arrays: Mapping[str, Any]) -> tuple[dict[str, Any], Any]:
        """The outputs by name, and what backward needs.

        Raises:
            KernelFailed: if forward raises, or returns another number of things.
        """
        given = tuple(arrays[name] for name in self.names)
        found = self._called("forward", module.forward, given)
        if self.lone:
            outputs, saved = (found,), given
        else:
            several = tuple(found) if isinstance(found, (tuple, list)) else (found,)
            if len(several) != len(self.outputs) + 1:
                problem = (
                    f"returns {len(several)} values, not {len(self.outputs)} outputs and saved"
                )
                raise KernelFailed("forward", problem)
            outputs, saved = several[:-1], several[-1]
        pairs = zip(self.outputs, outputs, strict=True)
        return {n: self._array("forward", n, x, given) for n, x in pairs}, saved

    def backward(self, module: Module, saved: Any, cotangents: Mapping[str, Any]) -> dict[str, Any]:
        """The gradients by name.

        Raises:
            KernelFailed: if backward raises, or returns other than one array per gradient.
        """
        g = tuple(cotangents[name] for name in self.outputs)
        found = self._called("backward", module.backward, (saved, *g))
        return {
            name: self._array(f"d{name}", name, x, g) for name, x in self._assigned(found).items()
        }

    def _called(self, where: str, function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        """What a function returns; what it refuses in float32 is given to it in float64."""
        try:
            return self._tried(where, function, args)
        except KernelFailed as failed:
            # a warning that was asked to be an error is none of the dtype's
            told = isinstance(failed.__cause__, FloatingPointError)
            if told or not any(_is_narrow(a) for a in args):
                raise
            self.refused.setdefault(where, failed.problem)
            wider = (a.astype(np.float64) if _is_narrow(a) else a for a in args)
            return self._tried(where, function, tuple(wider))

    def _tried(self, where: str, function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        try:
            with contained():
                return function(*args)
        except Exception as error:  # whatever foreign code raises is about foreign code
            raise failure(where, error, self.files) from error

    def _assigned(self, found: Any) -> dict[str, Any]:
        """What backward returned, by the names of the arrays."""
        names = self.gradients
        if isinstance(found, dict):
            return {n: self._picked(found, n) for n in names}
        several = found if isinstance(found, (tuple, list)) else (found,)
        if len(names) == 1 and isinstance(found, list) and not _holds_arrays(found):
            several = (found,)
        if len(several) == len(self.names) != len(names):
            return {
                n: x for n, x in zip(self.names, several, strict=True) if n not in self.constants
            }
        if len(several) != len(names):
            wanted = f"{len(names)} ({', '.join(f'd{n}' for n in names)}) are due"
            raise KernelFailed("backward", f"returns {len(several)} gradients, {wanted}")
        return dict(zip(names, several, strict=True))

    @staticmethod
    def _picked(found: Mapping[Any, Any], name: str) -> Any:
        for key in (f"d{name}", name):
            if key in found:
                return found[key]
        raise KernelFailed("backward", f"returns a dict without d{name}")

    def _array(self, where: str, name: str, value: Any, given: Sequence[Any]) -> Any:
        """A result as an array; in float32, when all was given so, whatever it came as."""
        if value is None or isinstance(value, (dict, str, bytes)):
            raise KernelFailed(where, f"is {type(value).__name__}, not an array")
        try:
            plain = np.asarray(bare(value))
        except (TypeError, ValueError) as error:
            raise KernelFailed(where, f"is no array: {error}") from error
        if plain.dtype.kind in "iub":
            plain = plain.astype(np.float64)
        if plain.dtype.kind not in "fO":
            raise KernelFailed(where, f"has dtype {plain.dtype}, which has no gradient")
        floats = [a.dtype for a in given if isinstance(a, np.ndarray) and a.dtype.kind == "f"]
        if plain.dtype == np.float64 and floats and all(d == np.float32 for d in floats):
            label = name if where == "forward" else where
            self.wide[label] = None
            return plain.astype(np.float32)
        return plain


def _is_narrow(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype == np.float32


def _holds_arrays(values: list[Any]) -> bool:
    return any(isinstance(value, np.ndarray) and value.ndim for value in values)


@dataclass(frozen=True, slots=True)
class Own(Subject):
    """Somebody's two functions, as a kernel under check.

    Attributes:
        convention: how they are called.
        entries: with how many steps one entry is counted when work is planned.
    """

    convention: Convention
    entries: int = 0

    @property
    def gradients(self) -> tuple[str, ...]:
        """The arrays that get a gradient, as backward gives them."""
        return self.convention.gradients

    def work(self, sizes: Mapping[str, int]) -> int:
        """The number of innermost steps; one where there are no equations."""
        return self.entries or Subject.work(self, sizes)

    def forward(self, module: Module, arrays: Mapping[str, Any]) -> tuple[dict[str, Any], Any]:
        """The outputs by name, and what backward needs."""
        return self.convention.forward(module, arrays)

    def backward(self, module: Module, saved: Any, cotangents: Mapping[str, Any]) -> dict[str, Any]:
        """The gradients by name."""
        return self.convention.backward(module, saved, cotangents)


def is_finite(arrays: Mapping[str, Array]) -> bool:
    """Whether every number is one."""
    return all(bool(np.all(np.abs(a) < np.inf)) for a in arrays.values() if np.size(a))

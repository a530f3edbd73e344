"""Steps side by side: branches that one array goes into, and what joins them again.

The joins are equations like any layer: their backward is derived.

    add        y = a + b           equal shapes       He, Zhang, Ren and Sun 2016, arXiv:1512.03385
    multiply   y = a*b             equal shapes       Hochreiter and Schmidhuber 1997 (a gate)
    concat     y = a, then b       along one axis     Szegedy et al. 2015, arXiv:1409.4842
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import reduce
from operator import add
from typing import Any, Union

import derive
from derive.errors import CallRefused, OptionRefused
from derive.program import Program
from numeric.chain import Sequential
from numeric.letters import indexed, letters
from numeric.shape import BATCH, Shape, text
from numeric.step import PREDICT, Array, Context, Mode, Placed, Step, joined, located

# What a branch is written as: steps in order, or one step.
Branch = Union[Step, Sequence[Step]]
FEWEST = 2


class Branches:
    """The same array goes into every branch; what they give is joined.

    Args:
        branches: each a step or a list of steps; an empty list passes on what comes in.
        join: ``add``, ``multiply`` or ``concat``.
        axis: for ``concat``, along which axis of the batch, as in ``numpy.concatenate``.

    Raises:
        OptionRefused: if there are fewer than two branches, or no such join.
    """

    def __init__(self, branches: Iterable[Branch], *, join: str = "concat", axis: int = -1) -> None:
        self.branches = {str(k): _sequential(b) for k, b in enumerate(branches)}
        self.join, self.axis = join, axis
        if join not in JOINS:
            raise OptionRefused(
                f"there is no join '{join}'", remedy=f"use {', '.join(sorted(JOINS))}"
            )
        if len(self.branches) < FEWEST:
            raise OptionRefused(
                f"Branches has {len(self.branches)} of at least {FEWEST} branches",
                remedy="give a list of branches, each a step or a list of steps",
            )

    def place(self, shape: Shape, context: Context) -> Placed:
        """Place every branch behind ``shape``.

        Raises:
            CallRefused: if the branches give shapes that cannot be joined.
        """
        parts = _placed(self.branches, shape, context)
        program = JOINS[self.join]([p.shape for p in parts.values()], self.axis)
        return Joined("Branches", parts, program, shape, context)


class Residual:
    """Steps, and what goes into them added to what comes out: ``x + f(x)``.

    Args:
        steps: the body f.
        shortcut: what ``x`` goes through beside it, where the body changes the shape.

    He, Zhang, Ren and Sun 2016, arXiv:1512.03385, eq. 1 and 2.
    """

    def __init__(self, steps: Branch, shortcut: Branch = ()) -> None:
        self.branches = {"body": _sequential(steps), "shortcut": _sequential(shortcut)}

    def place(self, shape: Shape, context: Context) -> Placed:
        """Place the body and the shortcut behind ``shape``.

        Raises:
            CallRefused: if they do not give the same shape.
        """
        parts = _placed(self.branches, shape, context)
        body, shortcut = (part.shape for part in parts.values())
        if body != shortcut:
            raise CallRefused(
                f"Residual: the body gives shape {text(body)} and the shortcut {text(shortcut)}, "
                "which cannot be added",
                remedy="give shortcut= steps that make the same shape, as a dense layer or a 1 by "
                "1 convolution with the stride of the body",
            )
        return Joined("Residual", parts, _added([body, shortcut], 0), shape, context)


def _sequential(branch: Branch) -> Sequential:
    return Sequential(branch if isinstance(branch, Sequence) else (branch,))


def _placed(
    branches: Mapping[str, Sequential], shape: Shape, context: Context
) -> dict[str, Placed]:
    parts: dict[str, Placed] = {}
    for name, branch in branches.items():
        with located(name):
            parts[name] = branch.place(shape, context)
    return parts


# ---- joins --------------------------------------------------------------------------------------


def _added(shapes: Sequence[Shape], _: int) -> Program:
    return _alike("Sum of branches", " + ", shapes)


def _multiplied(shapes: Sequence[Shape], _: int) -> Program:
    return _alike("Product of branches", "*", shapes)


def _alike(title: str, sign: str, shapes: Sequence[Shape]) -> Program:
    if any(shape != shapes[0] for shape in shapes):
        raise CallRefused(
            f"the branches give shapes {_listed(shapes)}, which must be equal for this join",
            remedy="change the last layers of the branches, or use join='concat'",
        )
    axes = letters(shapes[0])
    given = [indexed(name, axes) for name in _names(len(shapes))]
    result = indexed("y", axes)
    return derive.parse(
        f"title {title}\ninput {', '.join(given)}\noutput {result}\n{result} = {sign.join(given)}"
    )


def _concatenated(shapes: Sequence[Shape], axis: int) -> Program:
    axes = _joining(shapes, axis)
    along = axis % len(axes)
    joins = [f"{axes[along]}{k}" for k in range(len(shapes))]
    lines, terms = ["title Concatenation of branches"], []
    before = ""
    for name, own in zip(_names(len(shapes)), joins, strict=True):
        at = (*axes[:along], f"{axes[along]}{before}", *axes[along + 1 :])
        lines.append(f"input {indexed(name, (*axes[:along], own, *axes[along + 1 :]))}")
        lines.append(f"pad {name} = 0")
        terms.append(indexed(name, at))
        before += f" - size({own})"
    lines.append(f"index {axes[along]} : {' + '.join(f'size({own})' for own in joins)}")
    result = indexed("y", axes)
    return derive.parse("\n".join([*lines, f"output {result}", f"{result} = {' + '.join(terms)}"]))


def _joining(shapes: Sequence[Shape], axis: int) -> tuple[str, ...]:
    """The letters of the axes, if the shapes differ along ``axis`` alone."""
    rank = len(shapes[0])
    fits = -rank <= axis < rank and all(len(shape) == rank for shape in shapes)
    others = [s[: axis % rank] + s[axis % rank + 1 :] for s in shapes] if fits else []
    if not fits or any(other != others[0] for other in others):
        raise CallRefused(
            f"the branches give shapes {_listed(shapes)}, which do not fit together along axis "
            f"{axis}",
            remedy="make the shapes equal but for that axis, or name another axis",
        )
    if shapes[0][axis] == BATCH:
        raise CallRefused(
            f"axis {axis} of {text(shapes[0])} counts samples: branches are not joined along it",
            remedy="name another axis",
        )
    return letters(shapes[0])


def _names(count: int) -> list[str]:
    return [f"a{k}" for k in range(count)]


def _listed(shapes: Sequence[Shape]) -> str:
    return " and ".join(map(text, shapes))


JOINS: Mapping[str, Callable[[Sequence[Shape], int], Program]] = {
    "add": _added,
    "multiply": _multiplied,
    "concat": _concatenated,
}


# ---- placed -------------------------------------------------------------------------------------


class Joined(Placed):
    """Placed branches, and the kernel that joins what they give."""

    def __init__(
        self,
        name: str,
        parts: Mapping[str, Placed],
        program: Program,
        before: Shape,
        context: Context,
    ) -> None:
        self.kernel = context.kernel(program)
        super().__init__(name, before, _after(program, parts), self.kernel.program)
        self.parts, self._memory = parts, context.memory()

    def forward(self, x: Array, mode: Mode = PREDICT) -> tuple[Array, Any]:
        """What the branches give, joined."""
        given, tapes = {}, {}
        for array, (name, part) in zip(self._names, self.parts.items(), strict=True):
            given[array], tapes[name] = part.forward(x, mode)
        outputs, saved = self.kernel.forward(**given)
        return outputs["y"], (saved, tapes)

    def backward(self, saved: Any, dy: Array) -> tuple[Array | None, dict[str, Array]]:
        """The sum of what the branches give back."""
        inner, tapes = saved
        given = self.kernel.backward(inner, y=dy)
        found: dict[str, Array] = {}
        back: list[Array] = []
        for array, (name, part) in zip(self._names, self.parts.items(), strict=True):
            dx, own = part.backward(tapes[name], given[array])
            found |= {joined(name, key): value for key, value in own.items()}
            if dx is not None:
                back.append(dx)
        return self._sum(back), found

    @property
    def _names(self) -> list[str]:
        return _names(len(self.parts))

    def _sum(self, back: Sequence[Array]) -> Array | None:
        if not back:
            return None
        total = self._memory.copy("dx", back[0])
        for dx in back[1:]:
            total += dx
        return total


def _after(program: Program, parts: Mapping[str, Placed]) -> Shape:
    """The shape of the result: that of the branches, but where they are concatenated."""
    shapes = [part.shape for part in parts.values()]
    first, rows = shapes[0], dict(program.extents)
    return tuple(
        reduce(add, (shape[k] for shape in shapes)) if letter in rows else first[k]
        for k, letter in enumerate(program.axes("y"))
    )

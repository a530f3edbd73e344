"""Check a program, or the text of a kernel against a program."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from functools import partial
from typing import Any

import mpmath
import numpy as np

from derive.bind import bind
from derive.errors import DeriveError, OptionRefused
from derive.library import parse
from derive.parser import parse_tree
from derive.program import Program
from derive.syntax import Tree
from numeric.build import build
from numeric.check import plan
from numeric.check.bench import Session
from numeric.check.conformance import PROOF as CONFORMANCE
from numeric.check.oracles import Witnesses
from numeric.check.protocol import begin, lines, prove
from numeric.check.result import CheckResult, Line
from numeric.check.scalars import load
from numeric.check.second_order import second_order as differentiate
from numeric.check.symbolic import prove as by_symbols
from numeric.kernel import Kernel

# How many of the kernels, at various hyperparameters, other libraries are asked about.
ORACLE_KERNELS = 2


def check(  # noqa: PLR0913  each an option of its own
    program: Program,
    /,
    *,
    seed: int = 0,
    fast: bool = False,
    second_order: bool = False,
    oracles: Sequence[str] = (),
    symbolic: bool = False,
    style: str = "readable",
    **hypers: Any,
) -> CheckResult:
    """Prove that the kernel built from a program computes its equations and their gradient.

    Integer hyperparameters that are not given are also varied. ``fast`` looks at fewer points.
    ``second_order`` also checks the gradient of the gradient.
    ``oracles`` names libraries to compare with: ``torch``, ``jax``. ``symbolic`` adds a proof by
    SymPy on small shapes. ``style`` is that of the kernel, as in ``numeric.build``.

    Raises:
        DeriveError: if the program cannot be built, or an oracle or SymPy is not installed.
    """
    if symbolic:
        load()
    witnesses = Witnesses(oracles, seed)
    tree = parse_tree(str(program))
    session = begin(tree, seed, fast)
    session.stops = True
    given = _given(tree, hypers)
    make = partial(build, program, style=style)
    _prove_all(session, make, given, hypers, witnesses)
    if second_order and not session.failed:
        differentiate(session, program, given, hypers)
    found_lines = lines(session)
    if symbolic:
        found_lines = (*found_lines, by_symbols(bind(program, **hypers), seed=seed))
    return _result(session, seed, found_lines, witnesses.versions)


def _prove_all(
    session: Session,
    make: Callable[..., Kernel],
    given: Mapping[str, Fraction],
    hypers: Mapping[str, Any],
    witnesses: Witnesses,
) -> None:
    """Build and prove the kernel that is asked for, and variations of it."""
    tree = session.tree
    for number, values in enumerate(plan.bindings(tree, given, session.rng)):
        if number and (session.fast or session.failed):
            break
        varied = {n: int(v) for n, v in values.items() if n not in given and _whole(tree, n)}
        try:
            kernel = make(**{**varied, **hypers})
        except DeriveError:
            # what the user asked for must build; a variation of ours need not
            if number == 0:
                raise
            continue
        found = plan.subject_for(
            tree, kernel.program, values, kernel.source, session.rng, fast=session.fast
        )
        if not isinstance(found, str):
            prove(session, found, main=number == 0)
            if number < ORACLE_KERNELS and not session.failed:
                witnesses.ask(session.tallies, found)
        elif number == 0:
            session.tallies[CONFORMANCE.name].undecided.append(found)


def check_source(
    program: Program | str, source: str, /, *, seed: int = 0, fast: bool = False, **hypers: Any
) -> CheckResult:
    """Check the text of a kernel, however it was made, against a program.

    The text is executed: it is a program of its author, and is trusted as one.

    Raises:
        DeriveError: if the text is not a kernel.
    """
    tree = parse_tree(str(program))
    session = begin(tree, seed, fast)
    values = {line.name: line.default for line in tree.hypers} | _given(tree, hypers)
    bound = bind(parse(program) if isinstance(program, str) else program, **hypers)
    found = plan.subject_for(tree, bound, values, source, session.rng, fast=fast)
    if isinstance(found, str):
        session.tallies[CONFORMANCE.name].undecided.append(found)
    else:
        prove(session, found, main=True)
    return _result(session, seed, lines(session))


def _whole(tree: Tree, name: str) -> bool:
    return any(line.integer for line in tree.hypers if line.name == name)


def _given(tree: Tree, hypers: Mapping[str, Any]) -> dict[str, Fraction]:
    declared = {line.name for line in tree.hypers}
    for name in hypers:
        if name not in declared:
            raise OptionRefused(
                f"the program has no hyperparameter {name}",
                remedy=f"it has {', '.join(sorted(declared)) or 'none'}",
            )
    return {
        name: Fraction(repr(value)) if isinstance(value, float) else Fraction(value)
        for name, value in hypers.items()
    }


def _result(
    session: Session, seed: int, proofs: tuple[Line, ...], more: Iterable[tuple[str, str]] = ()
) -> CheckResult:
    return CheckResult(
        title=session.tree.title or "program",
        lines=proofs,
        counterexample=session.counterexample,
        seed=seed,
        versions=(
            ("python", platform.python_version()),
            ("numpy", np.__version__),
            ("mpmath", mpmath.__version__),
            *more,
        ),
    )

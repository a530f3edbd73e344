"""A recipe as a document: targets, equations with their verdicts, the network, pictures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain

from derive.program import Equation
from numeric.check.result import CheckResult
from numeric.network import Network
from numeric.recipes import Recipe, TrainResult
from numeric.recipes.equations import program
from reports.document import (
    Block,
    Code,
    Display,
    Document,
    Judged,
    Line,
    Paragraph,
    Section,
    Table,
    Verdict,
)
from reports.equations import Derived, derived
from reports.mathematics.typeset import typeset_equation
from reports.network.table import steps_table
from reports.story.proof import MEANINGS
from reports.training.drawing import drawn


def compose_training(
    recipe: Recipe, result: TrainResult, proofs: Mapping[str, CheckResult], command: str
) -> Document:
    """Arrange the small report on one run.

    Args:
        recipe: what was run.
        result: what it came to.
        proofs: the verdict on each of the recipe's equation files, by name.
        command: what the user typed.
    """
    return Document(
        title=recipe.title,
        subtitle="Targets reached" if result.passed else "A target was missed",
        sources=(),
        blocks=(
            Paragraph((recipe.about,)),
            *_targets(result),
            *chain.from_iterable(_pictures(result)),
            *_network(result.network),
            *chain.from_iterable(_equations(name, found) for name, found in proofs.items()),
            Section("How to reproduce"),
            Code(command, "text"),
        ),
    )


def _targets(result: TrainResult) -> tuple[Block, ...]:
    rows = tuple(
        (
            target.measure + (f" ({target.origin})" if target.origin else ""),
            str(target),
            target.shown(figure),
            Judged("reached", True) if target.met(figure) else Judged("missed", False),
        )
        for target, figure in zip(result.targets, result.reached, strict=True)
    )
    took = f"Seed {result.seed}; {result.seconds:.0f} seconds."
    return (
        Section("Target against reached"),
        Table(("Measure", "Target", "Reached", ""), rows, frozenset({1, 2})),
        Paragraph((took,)),
    )


def _pictures(result: TrainResult) -> Iterator[tuple[Block, ...]]:
    if result.figures:
        yield (Section("What happened"),)
    yield from map(drawn, result.figures)


def _network(network: Network | None) -> tuple[Block, ...]:
    if network is None:
        return ()
    count = f"{network.size:,} trained numbers; the loss is {network.loss.title}."
    return (Section("The network"), steps_table(network), Paragraph((count,)))


def _equations(name: str, result: CheckResult) -> Iterator[Block]:
    equations = derived(program(name))
    written = equations.program
    yield Section(written.title or name)
    if written.sources:
        yield Paragraph(("; ".join(written.sources) + ".",))
    yield from (Paragraph((note,)) for note in written.notes)
    yield Display(_lines(equations.forward, equations))
    yield Paragraph(("Derived from it:",))
    yield Display(_lines(equations.cotangents, equations), result=True)
    yield Verdict(result.verdict, MEANINGS[result.verdict], result.exit_code == 0)


def _lines(equations: tuple[Equation, ...], context: Derived) -> tuple[Line, ...]:
    return tuple(Line(*typeset_equation(equation, context.names)) for equation in equations)

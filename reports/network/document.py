"""A network as a document: its steps, the chain of its equations, each layer derived once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from numeric.check.result import CheckResult
from numeric.network import Network
from reports.document import (
    Block,
    Code,
    Display,
    Document,
    Fact,
    Facts,
    Inline,
    Judged,
    Line,
    Mono,
    Paragraph,
    Section,
    Table,
    Verdict,
)
from reports.equations import Derived
from reports.evaluation.lines import evaluated
from reports.mathematics.layout import Digits, Fenced, Letter, Mark, row
from reports.matrix import forms
from reports.network.chain import INPUT, Link, Told, cotangent, links, outline
from reports.network.drawing import drawings
from reports.network.flow import flow_figure
from reports.network.material import Material
from reports.network.positions import placed
from reports.network.table import product, shape, steps_table
from reports.story import derivation, forward

_PROVED = (
    "Each parameter's gradient is the slope of the loss, by step sizes that shrink until rounding "
    "stops them."
)
_MEANINGS = {
    "PROVED": _PROVED,
    "WRONG": "A parameter whose gradient is not the slope of the loss was found and reproduced.",
    "INCONCLUSIVE": "For at least one parameter nothing could be decided.",
}


def compose_network(material: Material) -> Document:
    """Arrange the report: steps, forward, back from the loss, layers, flow, verdict."""
    network = material.network
    chain = links(network)
    blocks = (
        _facts(network, chain),
        *_overview(network, chain),
        *_forward(chain),
        *_backward(chain),
        *_layers(chain),
        *_flow(material, chain),
        *_verdict(material.result),
        *_reproduce(material),
    )
    return Document(material.title, "A network, its gradients derived and checked", (), blocks)


def _facts(network: Network, chain: Sequence[Link]) -> Facts:
    before = network.stages[0].before if network.stages else network.shape
    return Facts(
        (
            Fact("samples", placed(INPUT), shape(before)),
            Fact("output", placed(chain[-1].before), shape(network.shape)),
            Fact("trained numbers", Digits(f"{network.size:,}")),
            Fact("loss", placed(chain[-1].after), chain[-1].title),
        )
    )


def _told(chain: Sequence[Link]) -> tuple[Told, ...]:
    """The kinds of layers, in the order in which they are met."""
    return tuple({link.told.letter: link.told for link in chain if link.told is not None}.values())


# ---- the network as a whole ---------------------------------------------------------------------


def _overview(network: Network, chain: Sequence[Link]) -> Iterator[Block]:
    yield Section("The network")
    yield Paragraph(tuple(_notation(network)))
    yield steps_table(network)
    yield from drawings(network, outline(network, chain))


def _notation(network: Network) -> Iterator[Inline]:
    loss, letter = Letter("L"), Letter("N")
    name = next(iter(network.parameters), "")
    if name:
        position, _, own = name.rpartition(".")
        yield from ("What belongs to a step has the number of the step above it: ",)
        yield from (placed((own, position)), " is ", Mono(name), " in the code. ")
    yield from (letter, " is the number of samples in a batch, the extent of their index. ")
    yield "A bar marks the cotangent, the "
    quotient = row(Mark("∂"), loss, Mark("/"), Mark("∂"), placed(INPUT))
    yield from ("gradient of the loss ", loss, ": ")
    yield from (row(cotangent(INPUT), Mark("=", "relation"), quotient), ", entry by entry. ")
    yield from ("A sum without limits runs over the whole range of its indices; the bracket ",)
    yield from (Fenced("[", Letter("P"), "]"), " is ", Digits("1"), " where ", Letter("P"))
    yield from (" holds and ", Digits("0"), " elsewhere.")


def _forward(chain: Sequence[Link]) -> tuple[Block, ...]:
    lines: list[Line] = []
    for link in chain:
        first, *rest = link.forward
        lines += [replace(first, note=_note(link)), *rest]
    return (Section("Forward"), Display(tuple(lines)))


def _note(link: Link) -> str:
    stage = link.stage
    if stage is None:
        return "loss"
    if link.is_pointwise:
        return f"{link.name}, entry by entry"
    if stage.folded > 1:
        return f"{link.name}, its first {stage.folded} axes taken as one"
    return f"{link.name}, into its branches" if link.hands else link.name


def _backward(chain: Sequence[Link]) -> Iterator[Block]:
    yield Section("Back from the loss")
    yield Paragraph(
        (
            "The cotangent of the loss itself is 1. Each step takes the cotangent of what it gave, "
            "and gives the cotangent of what it was given: the chain rule, step by step. At the "
            "right stands the equation that is derived further on, in the letters of its layer.",
        )
    )
    for link in reversed(chain):
        yield Paragraph(tuple(_lead(link)))
        yield Display(link.backward)


def _lead(link: Link) -> Iterator[Inline]:
    stage = link.stage
    if stage is None:
        yield from ("The loss, ", link.title, ", gives ", cotangent(link.before), ":")
    elif link.hands:
        yield from (f"Step {stage.path}, ", link.title, ", has handed ", placed(link.before))
        yield " to its branches; their cotangents add up:"
    elif stage.branches:
        yield from (f"Step {stage.path}, ", link.title, ", takes ", cotangent(link.after))
        yield " and gives one cotangent to each branch:"
    else:
        yield from (f"Step {stage.path}, ", link.title, ", takes ", cotangent(link.after))
        yield from (" and gives ", cotangent(link.before))
        if stage.shared:
            yield f"; its parameters are those of step {stage.shared}, and the gradients add up"
        yield ":"


# ---- each layer once ----------------------------------------------------------------------------


def _layers(chain: Sequence[Link]) -> Iterator[Block]:
    for told in _told(chain):
        yield Section(f"Layer {told.letter}: {told.title}")
        yield Paragraph((_where(told, chain),))
        yield from _derivation(told.equations)


def _derivation(equations: Derived) -> Iterator[Block]:
    """What the layer's own report derives, one level deeper."""
    found = forms(equations, evaluated(equations))
    for block in (*forward(equations, found), *derivation(equations, found)):
        yield replace(block, level=2) if isinstance(block, Section) else block


def _where(told: Told, chain: Sequence[Link]) -> str:
    steps = [link for link in chain if link.told is told]
    places = [link.stage.path for link in steps if link.stage is not None]
    if not places:
        return "The loss, derived by itself."
    if len(places) == 1:
        return f"Step {places[0]}, derived by itself."
    return f"Steps {', '.join(places[:-1])} and {places[-1]}: one derivation for all of them."


# ---- what was measured --------------------------------------------------------------------------


def _flow(material: Material, chain: Sequence[Link]) -> Iterator[Block]:
    yield Section("How the gradient flows")
    yield Paragraph((f"For {material.batch} the loss is {material.flow.loss:.4g}.",))
    figure = flow_figure(material.flow, outline(material.network, chain))
    if figure is not None:
        yield figure
    parameters = material.network.parameters
    if parameters:
        head = ("Parameter", "In the code", "Shape", "Numbers", "Size", "Size of its gradient")
        rows = tuple(_parameter(name, material) for name in parameters)
        caption = "Sizes are root mean squares."
        yield Table(head, rows, frozenset({3, 4, 5}), (caption,))


def _parameter(name: str, material: Material) -> tuple[Inline, ...]:
    position, _, own = name.rpartition(".")
    value = material.network.parameters[name]
    sizes = (material.flow.parameters.get(name), material.flow.gradients.get(name))
    size, gradient = ("none" if s is None else f"{s:.2e}" for s in sizes)
    extents = product(map(str, value.shape))
    return (placed((own, position)), Mono(name), extents, f"{value.size:,}", size, gradient)


def _verdict(result: CheckResult) -> Iterator[Block]:
    good = result.exit_code == 0
    yield Section("Verdict")
    yield Verdict(result.verdict, _MEANINGS[result.verdict], good)
    rows = tuple(
        (
            line.proof,
            f"{line.comparisons:,}",
            "exact" if line.worst is None else f"{line.worst:.1e}",
            Judged(line.verdict, line.verdict == "PROVED"),
        )
        for line in result.lines
    )
    yield Table(("Proof", "Compared", "Worst/threshold", "Verdict"), rows, frozenset({1, 2}))
    yield from (Paragraph((f"{line.proof}: {line.note}",)) for line in result.lines if line.note)
    if result.counterexample is not None:
        yield Code(str(result.counterexample), "text")


def _reproduce(material: Material) -> tuple[Block, ...]:
    versions = ", ".join(f"{name} {version}" for name, version in material.result.versions)
    return (
        Section("How to reproduce"),
        Code(material.command, "text"),
        Paragraph((f"Checked with {versions}.",)),
    )

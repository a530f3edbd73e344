"""Cards: what is written in a node of a computation graph, and the shape around it.

shape       for
pill        an input
tag         a parameter; it points to what reads it
plain       a constant
card        an equation
dashed      the element that a recurrence reads
besides     an equation that only the backward pass needs
loss        the scalar at the end
carried     an array of the part before, once more

What is read by one equation alone, and is no input, stands as a small tag at its left.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from reports.figures.flow import Cotangent, Flow, Link, Node
from reports.figures.layers import Block
from reports.figures.lettering import Setting, lettered
from reports.mathematics.layout import Layout, Prose, Scripts

LABEL, SMALL, TINY = 10.0, 7.2, 6.4  # sizes of type in points
PAD, ROW, WORDS_ROW, GAP = 4.0, 13.0, 8.6, 4.0
BETWEEN_TAGS, TO_CARD = 3.0, 11.0
PORT = 9.0  # the room that a link takes at the edge of a card
SHAPES = {
    "input": "pill", "param": "tag", "const": "plain", "equation": "card", "delay": "dashed",
    "besides": "besides", "loss": "loss", "carried": "carried",
}  # fmt: skip
INK, SOFT, BACK = "ink", "soft", "back"


@dataclass(frozen=True, slots=True)
class Text:
    """A formula in a card: its left end and its baseline, from the card's corner."""

    setting: Setting
    x: float
    y: float
    size: float
    role: str = INK

    @property
    def width(self) -> float:
        """The width in points."""
        return self.setting.width * self.size


@dataclass(frozen=True, slots=True)
class Card:
    """A node with its place inside its block.

    Attributes:
        node: what it stands for.
        shape: a word of the table above.
        x: its left end, from that of the block.
        y: its upper end, the same.
        width: its width.
        height: its height.
        texts: what is written in it.
        rule: where a line parts the value from its cotangent; 0 for none.
    """

    node: Node
    shape: str
    x: float
    y: float
    width: float
    height: float
    texts: tuple[Text, ...]
    rule: float = 0.0


@dataclass(frozen=True, slots=True)
class Group:
    """A card with the tags at its left: one block of the drawing. The card is the last."""

    block: Block
    cards: tuple[Card, ...]

    @property
    def card(self) -> Card:
        """The card itself."""
        return self.cards[-1]


def groups(flow: Flow) -> tuple[Group, ...]:
    """Write the cards of all nodes, tags beside the cards that read them."""
    tags = _tags(flow)
    beside: dict[str, list[Node]] = {}
    for key, reader in tags.items():
        beside.setdefault(reader, []).append(flow.node(key))
    return tuple(
        _group(_card(node, _ports(node, flow.links, tags)), beside.get(node.key, ()))
        for node in flow.nodes
        if node.key not in tags
    )


def _tags(flow: Flow) -> dict[str, str]:
    """The parameters and constants that one equation alone reads, and that equation."""
    found: dict[str, str] = {}
    kinds = {node.key: node.kind for node in flow.nodes}
    for node in flow.nodes:
        readers = [link.target for link in flow.links if link.source == node.key]
        if node.kind in ("param", "const") and len(readers) == 1:
            computed = any(
                link.target == readers[0] and kinds[link.source] not in ("param", "const")
                for link in flow.links
            )
            if computed:
                found[node.key] = readers[0]
    return found


def _ports(node: Node, links: Sequence[Link], tags: dict[str, str]) -> int:
    """How many links meet the fuller edge of a card."""
    out = sum(link.source == node.key for link in links)
    into = sum(link.target == node.key and link.source not in tags for link in links)
    return max(out, into)


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of a card: what is written left and right, its height, and its baseline in it."""

    left: Text
    right: Text | None
    height: float
    baseline: float

    @property
    def width(self) -> float:
        return self.left.width + (GAP + self.right.width if self.right is not None else 0.0)


def _card(node: Node, ports: int) -> Card:
    above = list(_value_lines(node))
    below = [_cotangent_line(cotangent) for cotangent in node.cotangents]
    side = PAD + (3.0 if node.kind in ("input", "loss", "param") else 0.0)
    widest = max(line.width for line in (*above, *below))
    width = max(widest + 2 * side, PORT * ports + 6.0)
    y, texts = PAD - 1.0, []
    rule = y + sum(line.height for line in above) + 1.0 if below else 0.0
    for line in (*above, *below):
        if below and line is below[0]:
            y = rule
        texts += _written(line, y + line.baseline, width, side)
        y += line.height
    return Card(node, SHAPES[node.kind], 0.0, 0.0, width, y + 2.5, tuple(texts), rule)


def _value_lines(node: Node) -> Iterator[_Line]:
    rise = 2.0 if _rises(node.label) else 0.0
    numbers = _numbered(node.numbers, SOFT)
    yield _Line(_text(node.label, LABEL), numbers, ROW + rise, ROW + rise - 4.0)
    if node.words is not None:
        yield _Line(_text(node.words, SMALL, SOFT), None, WORDS_ROW, WORDS_ROW - 4.0)


def _cotangent_line(cotangent: Cotangent) -> _Line:
    rise = 2.5 if _rises(cotangent.label) else 0.0
    number = _numbered((cotangent.number,) if cotangent.number else (), BACK)
    label = _text(cotangent.label, LABEL, BACK)
    return _Line(label, number, ROW + 1.0 + rise, ROW - 2.5 + rise)


def _rises(label: Layout) -> bool:
    return isinstance(label, Scripts) and label.above is not None


def _text(layout: Layout, size: float, role: str = INK) -> Text:
    return Text(lettered(layout), 0.0, 0.0, size, role)


def _numbered(numbers: Sequence[str], role: str) -> Text | None:
    shown = ", ".join(numbers)
    return _text(Prose(f"({shown})"), TINY, role) if shown else None


def _written(line: _Line, y: float, width: float, side: float) -> list[Text]:
    """A line in the middle of a card; a number stands at its right."""
    slack = (width - 2 * side - line.width) / 2
    found = [replace(line.left, x=side + slack, y=y)]
    if line.right is not None:
        found.append(replace(line.right, x=width - side - slack - line.right.width, y=y))
    return found


def _tag(node: Node) -> Card:
    """A small tag: the name without its indices, and the number of its gradient."""
    label = node.label
    if isinstance(label, Scripts):
        label = label.base if label.above is None else Scripts(label.base, None, label.above)
    name = _text(label, LABEL * 0.9)
    numbers = tuple(c.number for c in node.cotangents if c.number)
    number = _numbered(numbers, BACK)
    height = ROW + (2.5 if _rises(label) else 1.0)
    texts = [replace(name, x=PAD - 1.0, y=height - 4.0)]
    width = PAD + name.width
    if number is not None:
        texts.append(replace(number, x=width + 2.0, y=height - 4.0))
        width += 2.0 + number.width
    return Card(node, SHAPES[node.kind], 0.0, 0.0, width + PAD + 1.0, height, tuple(texts))


def _taller(card: Card, least: float) -> Card:
    """The card with room at its edge for tags that are ``least`` high together."""
    more = max(least - card.height, 0.0) / 2
    texts = tuple(replace(text, y=text.y + more) for text in card.texts)
    rule = card.rule + more if card.rule else 0.0
    return replace(card, height=card.height + 2 * more, texts=texts, rule=rule)


def _group(card: Card, nodes: Sequence[Node]) -> Group:
    tags = [_tag(node) for node in nodes]
    stacked = sum(tag.height for tag in tags) + BETWEEN_TAGS * max(len(tags) - 1, 0)
    card = _taller(card, stacked)
    height = card.height
    left = max((tag.width for tag in tags), default=0.0) + (TO_CARD if tags else 0.0)
    y, placed = (height - stacked) / 2, []
    for tag in tags:
        placed.append(replace(tag, x=left - TO_CARD - tag.width, y=y))
        y += tag.height + BETWEEN_TAGS
    placed.append(replace(card, x=left))
    free = card.node.kind not in ("equation", "besides", "loss")
    middle = left + card.width / 2
    return Group(Block(card.node.key, left + card.width, height, middle, free), tuple(placed))

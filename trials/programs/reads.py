"""An element of an array at the indices of a scope."""

from __future__ import annotations

from collections.abc import Sequence

from trials.programs.draft import Draft, Scope, Stock, element

# How often an index stands plainly, and how often an array is one that exists already.
PLAIN, KNOWN = 0.8, 0.55
MOST_AXES = 4
# Places that stay on an axis of extent size({s}), from an index {a} that runs over it.
MOVED = (
    "min({a} + 1, size({s}) - 1)", "max({a} - 1, 0)", "max({a} - 2, 0)", "size({s}) - 1 - {a}",
    "({a} + 1) % size({s})", "(2*{a} + 1) % size({s})", "{a}//2", "2*({a}//2)", "{a}//3",
    "min(2*{a}, size({s}) - 1)", "max({a}//2, {a} - 1)", "(size({s}) - 1 - {a})//2",
)  # fmt: skip
# Places that may leave it, for arrays under a pad.
LEAVING = ("{a} - 1", "{a} + 1", "{a} - 2", "{a}/2", "({a} + 1)/2", "2*{a} - 1", "3*{a}", "{a}/3")
# The same with the condition that keeps them on the grid.
GUARDED = (
    ("{a} - 1", "{a} >= 1"), ("{a} + 1", "{a} < size({s}) - 1"), ("{a} - 2", "{a} - 2 >= 0"),
    ("{a}*2", "2*{a} < size({s})"), ("{a} + 2", "{a} + 2 <= size({s}) - 1"),
)  # fmt: skip
PADS = ("0", "0", "0", "1", "0.5", "-2")
CONSTANT = ("0", "0", "size({s}) - 1", "(size({s}) - 1)//2")


def read(draft: Draft, scope: Scope, *, must: Sequence[str] = ()) -> str:
    """An element of some array; the indices ``must`` stand plainly in it."""
    rng = draft.rng
    spaces = [scope[index] for index in must]
    fitting = [s for s in draft.stock if not s.positive and _fits(s, scope, spaces)]
    if fitting and rng.random() < KNOWN:
        stock = rng.choice(fitting)
    else:
        stock = draft.array(_axes(draft, scope, spaces))
    return element_of(draft, stock, scope, must=must)


def positive(draft: Draft, scope: Scope) -> str:
    """An element of an array that is read as a positive number only."""
    fitting = [s for s in draft.stock if s.positive and _fits(s, scope, ())]
    if fitting and draft.rng.random() < KNOWN:
        return element_of(draft, draft.rng.choice(fitting), scope)
    return element_of(draft, draft.array(_axes(draft, scope, ()), positive=True), scope)


def element_of(draft: Draft, stock: Stock, scope: Scope, *, must: Sequence[str] = ()) -> str:
    """An element of this array."""
    draft.was_read.add(stock.name)
    wanted = list(must)
    guard = ""
    indices = []
    for space in stock.axes:
        plain = next((index for index in wanted if scope[index] == space), None)
        if plain is not None:
            wanted.remove(plain)
            indices.append(plain)
            continue
        place, condition = _place(draft, stock, space, scope)
        guard = guard or condition
        if condition and guard is not condition:
            place = "0"
        indices.append(place)
    found = element(stock.name, indices)
    return f"({found} if {guard} else {draft.rng.choice(('0', '0', '1'))})" if guard else found


def _place(draft: Draft, stock: Stock, space: str, scope: Scope) -> tuple[str, str]:
    """A place on an axis, and the condition under which it is on the grid."""
    rng = draft.rng
    inside = [index for index, other in scope.items() if other == space]
    if not inside or rng.random() < 0.02:
        return rng.choice(CONSTANT).format(s=space), ""
    index = rng.choice(inside)
    if rng.random() < PLAIN:
        return index, ""
    if stock.positive or rng.random() < 0.5:
        return rng.choice(MOVED).format(a=index, s=space), ""
    if rng.random() < 0.5:
        place, condition = rng.choice(GUARDED)
        return place.format(a=index, s=space), condition.format(a=index, s=space)
    if draft.pads.get(stock.name) != "-inf":
        draft.pad(stock, rng.choice(PADS))
        return rng.choice(LEAVING).format(a=index, s=space), ""
    return index, ""


def _fits(stock: Stock, scope: Scope, must: Sequence[str]) -> bool:
    """Whether all but one of the axes have an index in scope, and those that must are there."""
    left = list(stock.axes)
    for space in must:
        if space not in left:
            return False
        left.remove(space)
    return sum(space not in scope.values() for space in left) <= bool(len(left) > 1)


def _axes(draft: Draft, scope: Scope, must: Sequence[str]) -> list[str]:
    """Axes for a new array: what must be there, and some of the scope, now and then twice."""
    rng = draft.rng
    others = [space for space in dict.fromkeys(scope.values()) if space not in must]
    count = rng.randint(0 if must else min(1, len(others)), len(others))
    axes = [*must, *rng.sample(others, count)][:MOST_AXES]
    if axes and len(axes) < MOST_AXES and rng.random() < 0.08:
        axes.append(rng.choice(axes))
    if len(axes) < MOST_AXES and rng.random() < 0.03:
        axes.append(rng.choice(draft.roots))
    rng.shuffle(axes)
    return axes

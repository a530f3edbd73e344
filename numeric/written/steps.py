"""Steps of a network as tables.

    layer = "NAME"                    a built-in layer; "mine.eqn", beside the file; its settings
                                      (rule, forget_bias, carry), extents and hyperparameters
    equations = '''...'''             a layer by equations that stand in the file itself
    step = "flatten"                  any other step of STEPS, with its arguments
    step = "residual"                 steps = [...], and if the shape changes shortcut = [...]
    step = "branches"                 branches = [[...], [...]], join, axis
    name = "encoder"                  a name for a step, so that it can stand again:
    again = "encoder"                 the same step once more, with the same parameters
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import derive
from numeric.axes import Flatten, Reshape, Transpose
from numeric.chain import Sequential
from numeric.compose import Branches, Residual
from numeric.dropout import Dropout
from numeric.initialise import Rule
from numeric.layer import Layer
from numeric.sequence import Last, Repeat, Take
from numeric.step import Step
from numeric.written.table import Table

STEPS: Mapping[str, Callable[..., Step]] = {
    "branches": Branches,
    "dropout": Dropout,
    "flatten": Flatten,
    "last": Last,
    "repeat": Repeat,
    "reshape": Reshape,
    "residual": Residual,
    "sequential": Sequential,
    "take": Take,
    "transpose": Transpose,
}
# One of these says what a table is.
SORTS = ("layer", "equations", "step", "again")
_SETTINGS: Mapping[str, Any] = {"forget_bias": float, "carry": bool}


def steps_of(tables: list[Table], named: dict[str, Step]) -> list[Step]:
    """The steps that tables stand for; ``named`` holds those with a name, and gets more.

    Raises:
        DeriveError: if a table is not a step.
    """
    return [_step(table, named) for table in tables]


def _step(table: Table, named: dict[str, Step]) -> Step:
    sort = [key for key in SORTS if key in table.values]
    if len(sort) != 1:
        table.refuse(
            None,
            f"{table.name} has {' and '.join(sort) or 'none'} of the keys {', '.join(SORTS)}",
            'say what the step is, as in layer = "dense" or step = "flatten"',
        )
    if sort[0] == "again":
        return _again(table, named)
    made = _other(table, named) if sort[0] == "step" else _layer(table, sort[0])
    name = table.get("name", str, None)
    if name in named:
        table.refuse("name", f"two steps are called '{name}'", "give each a name of its own")
    if name is not None:
        named[name] = made
    return made


def _again(table: Table, named: Mapping[str, Step]) -> Step:
    table.only(["again"])
    name = table.need("again", str)
    if name not in named:
        table.refuse(
            "again",
            f"no step before is called '{name}'",
            f"use {' or '.join(named)}" if named else 'give a step above a name = "..."',
        )
    return named[name]


def _other(table: Table, named: dict[str, Step]) -> Step:
    kind = table.need("step", str)
    if kind not in STEPS:
        table.refuse("step", f"there is no step '{kind}'", f"use {', '.join(STEPS)}")
    given: dict[str, Any] = {}
    for key in ("steps", "shortcut"):
        if key in table.values and not isinstance(table.values[key], int):
            given[key] = steps_of(table.tables(key), named)
    if "branches" in table.values:
        given["branches"] = _branches(table, named)
    made: Step = table.call(STEPS[kind], given, "step", "name")
    return made


def _branches(table: Table, named: dict[str, Step]) -> list[list[Step]]:
    branches = table.values["branches"]
    if not isinstance(branches, list):
        table.refuse(
            "branches", "branches is not a list", "write branches = [[{...}], [{...}, {...}]]"
        )
    return [
        steps_of(table.tables("branches", branch, (*table.place, "branches", k)), named)
        for k, branch in enumerate(branches)
    ]


def _layer(table: Table, sort: str) -> Layer:
    text = table.need(sort, str)
    settings = {key: table.get(key, kind, None) for key, kind in _SETTINGS.items()}
    settings = {key: value for key, value in settings.items() if value is not None}
    if "rule" in table.values:
        settings["rule"] = _rule(table)
    beside = {sort, "name", "rule", *_SETTINGS}
    numbers = {key: table.get(key, float, None) for key in table.values if key not in beside}
    # a hyperparameter may be an integer, and 2.0 is none
    numbers = {key: table.values[key] for key in numbers}
    with table.placed():
        program: Any = derive.parse(text) if sort == "equations" else _found(table, text)
        return Layer(program, **settings, **numbers)


def _rule(table: Table) -> Rule:
    if isinstance(table.values["rule"], dict):
        inner = Table(table.source, (*table.place, "rule"), table.values["rule"])
        return {name: inner.need(name, str) for name in inner.values}
    rule: str = table.need("rule", str)
    return rule


def _found(table: Table, name: str) -> str:
    """A layer's name, or a path from the folder of the file."""
    return str(table.source.path.parent / name) if name.endswith(".eqn") else name

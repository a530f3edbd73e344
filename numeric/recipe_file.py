"""A recipe in a TOML file: data, a network, and how to train it.

    title = "..."                  one line
    target = 0.95                  the test accuracy that it shall reach
    shape, loss, seed, ...         the network: see ``numeric.written.network``
    [[steps]]                      see ``numeric.written.steps``

    [data]
    name = "digits"                a data set that comes with a package, or
    file = "mine.npz"              beside the file: arrays x_train, t_train, x_test, t_test and, if
                                   some decide when to stop, x_valid, t_valid; or x, t, to be split
    classes = 10                   targets of ``file`` are labels 0 to 9
    test = 0.2, valid = 0.1        shares of x, t that are not trained on

    [train]
    epochs, batch, patience, shuffle
    optimiser = { name = "adam", rate = 1e-3 }
    schedule = { name = "cosine", period = 400 }
    clip = { name = "norm", limit = 1.0 }
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from derive.errors import OptionRefused
from numeric.clipping import ClipNorm, ClipValue
from numeric.data import Data, digits, mnist, one_hot
from numeric.data.samples import TEST_SHARE
from numeric.network import Network
from numeric.optimise import SGD, Adam, AdamW, RMSProp
from numeric.schedules import Constant, Cosine, Exponential, StepDecay, WarmUp
from numeric.step import Array
from numeric.written import KNOWN, Table, read

DATA: Mapping[str, Callable[[], Data]] = {"digits": digits, "mnist": mnist}
OPTIMISERS: Mapping[str, Callable[..., Any]] = {
    "adam": Adam, "adamw": AdamW, "rmsprop": RMSProp, "sgd": SGD,
}  # fmt: skip
SCHEDULES: Mapping[str, Callable[..., Any]] = {
    "constant": Constant, "cosine": Cosine, "exponential": Exponential, "steps": StepDecay,
    "warm-up": WarmUp,
}  # fmt: skip
CLIPS: Mapping[str, Callable[..., Any]] = {"norm": ClipNorm, "value": ClipValue}
_PARTS = ("x_train", "t_train", "x_test", "t_test")
_HELD = ("x_valid", "t_valid")
_WHOLE = ("x", "t")
_NUMBERS: Mapping[str, Any] = {"epochs": int, "batch": int, "patience": int, "shuffle": bool}
_TRAIN = (*_NUMBERS, "optimiser", "schedule", "clip")


@dataclass(frozen=True, slots=True)
class RecipeFile:
    """A recipe that a user has written.

    Attributes:
        title: one line.
        network: untrained.
        data: what it is trained on.
        settings: how: arguments of ``numeric.train`` by name.
        seed: the network is drawn from it; to be used for the order of the samples too.
        target: the test accuracy that it shall reach; None without.
    """

    title: str
    network: Network
    data: Data
    settings: Mapping[str, Any]
    seed: int
    target: float | None


def load(path: str | Path) -> RecipeFile:
    """Read a recipe, make its network and load its data.

    Raises:
        DeriveError: if the file is not such a recipe, with the line; or a package for the data is
            missing.
    """
    source = read(path)
    table = Table(source, (), source.values)
    table.only(KNOWN)
    title = table.get("title", str, Path(path).stem)
    target, seed = table.get("target", float, None), table.get("seed", int, 0)
    data, train = table.table("data"), table.table("train")
    if data is None:
        table.refuse(None, "there is no [data] to train on", 'write [data] with name = "digits"')
    settings = {} if train is None else _settings(train)
    loaded = _checked(data)
    network = Network.from_toml(path)
    with data.placed():
        return RecipeFile(title, network, loaded(network.dtype), settings, seed, target)


# ---- how ----------------------------------------------------------------------------------------


def _settings(table: Table) -> dict[str, Any]:
    table.only(_TRAIN)
    found = {
        key: table.need(key, kind) for key, kind in _NUMBERS.items() if key in table.values
    }
    made = {
        "optimiser": _named(table, "optimiser", OPTIMISERS),
        "schedule": _named(table, "schedule", SCHEDULES),
        "clip": _named(table, "clip", CLIPS),
    }
    return found | {key: value for key, value in made.items() if value is not None}


def _named(table: Table, key: str, known: Mapping[str, Callable[..., Any]]) -> Any:
    """What the inner table called ``key`` stands for, by its ``name``; None if there is none."""
    inner = table.table(key)
    if inner is None:
        return None
    name = inner.need("name", str)
    if name not in known:
        inner.refuse("name", f"there is no {key} '{name}'", f"use {', '.join(known)}")
    then = _named(inner, "then", known)
    return inner.call(known[name], {} if then is None else {"then": then}, "name")


# ---- on what ------------------------------------------------------------------------------------


def _checked(table: Table) -> Callable[[np.dtype[Any]], Data]:
    """What loads the data, once it is known in which precision."""
    table.only(["name", "file", "classes", "test", "valid"])
    if ("name" in table.values) == ("file" in table.values):
        table.refuse(None, "[data] has a name or a file", 'write name = "digits", or file = "..."')
    if "file" in table.values:
        path = table.source.path.parent / table.need("file", str)
        return partial(_from_file, table, path, table.get("classes", int, None))
    name = table.need("name", str)
    table.only(["name"])
    if name not in DATA:
        table.refuse("name", f"there is no data set '{name}'", f"use {' or '.join(DATA)}")
    return lambda _: DATA[name]()


def _from_file(table: Table, path: Path, classes: int | None, dtype: np.dtype[Any]) -> Data:
    arrays = {name: _cast(value, dtype) for name, value in _arrays(table, path).items()}
    if classes is not None:
        arrays |= {
            name: one_hot(value, classes, dtype)
            for name, value in arrays.items() if name.startswith("t")
        }  # fmt: skip
    if set(arrays) == set(_WHOLE):
        test, valid = (table.get(k, float, d) for k, d in (("test", TEST_SHARE), ("valid", 0.0)))
        kinds = classes is not None
        return Data.split(arrays["x"], arrays["t"], test=test, valid=valid, classes=kinds)
    for key in ("test", "valid"):
        if key in table.values:
            table.refuse(key, f"the file is split already: {key} has no use", f"leave {key} out")
    return Data(**arrays, classes=classes is not None)


def _arrays(table: Table, path: Path) -> dict[str, Array]:
    """The arrays of a file, without running anything that stands in it."""
    try:
        with np.load(path, allow_pickle=False) as opened:
            found = {name: opened[name] for name in opened.files}
    except (OSError, ValueError, EOFError, BadZipFile, AttributeError) as error:
        table.refuse("file", f"cannot read {path}: {error}", "give a file that numpy.savez wrote")
    if set(found) not in ({*_WHOLE}, {*_PARTS}, {*_PARTS, *_HELD}):
        table.refuse(
            "file",
            f"{path.name} holds {', '.join(sorted(found)) or 'nothing'}",
            f"save arrays {', '.join(_WHOLE)} or {', '.join(_PARTS)}",
        )
    return found


def _cast(array: Array, dtype: np.dtype[Any]) -> Array:
    if array.dtype.kind not in "fiub":
        raise OptionRefused(
            f"an array of the file holds {array.dtype}", remedy="save numbers or integer labels"
        )
    return array.astype(dtype) if array.dtype.kind == "f" else array

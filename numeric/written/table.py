"""A table of a TOML file, read key by key: what is not asked for is refused."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from difflib import get_close_matches
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

from derive.errors import DeriveError
from numeric.written.source import Place, Source

_KINDS: Mapping[Any, str] = {
    bool: "true or false",
    int: "an integer",
    float: "a number",
    str: "text in quotes",
}


class Table:
    """Keys and values of one table.

    Args:
        source: the file.
        place: of the table in it.
        values: what it holds.
    """

    def __init__(self, source: Source, place: Place, values: Mapping[str, Any]) -> None:
        self.source, self.place, self.values = source, place, values

    @property
    def name(self) -> str:
        """The table as its author would find it."""
        return "".join(
            f"[{part}]" if isinstance(part, int) else f".{part}" for part in self.place
        ).lstrip(".") or "the file"  # fmt: skip

    def only(self, known: Iterable[str]) -> None:
        """Refuse keys that are not in ``known``.

        Raises:
            OptionRefused: if there is one.
        """
        allowed = list(known)
        for key in self.values:
            if key not in allowed:
                near = get_close_matches(key, allowed, 1)
                self.refuse(
                    key,
                    f"{self.name} has no key '{key}'",
                    f"did you mean {near[0]}?" if near else f"it may have {', '.join(allowed)}",
                )

    def get(self, key: str, kind: Any, default: Any) -> Any:
        """The value of ``key``, of that kind, or the default.

        Raises:
            OptionRefused: if the value is of another kind.
        """
        return self._fit(key, self.values[key], kind) if key in self.values else default

    def need(self, key: str, kind: Any) -> Any:
        """The value of ``key``, of that kind.

        Raises:
            OptionRefused: if it is missing, or of another kind.
        """
        if key not in self.values:
            self.refuse(None, f"{self.name} lacks the key '{key}'", f"write {key} = ...")
        return self._fit(key, self.values[key], kind)

    def table(self, key: str) -> Table | None:
        """The table of that key, None if there is none.

        Raises:
            OptionRefused: if it is not a table.
        """
        if key not in self.values:
            return None
        if not isinstance(self.values[key], dict):
            self.refuse(key, f"{key} is not a table", f"write [{key}] above its keys")
        return Table(self.source, (*self.place, key), self.values[key])

    def tables(self, key: str, values: Any = None, place: Place = ()) -> list[Table]:
        """The list of tables of that key, empty if there is none.

        Raises:
            OptionRefused: if it is not one.
        """
        found = self.values.get(key, []) if values is None else values
        found = [found] if isinstance(found, dict) else found
        if not isinstance(found, list) or not all(isinstance(v, dict) for v in found):
            self.refuse(
                key, f"{key} is not a list of tables", f'write [[{key}]], or {key} = [{{...}}, ...]'
            )
        start = place or (*self.place, key)
        return [Table(self.source, (*start, k), value) for k, value in enumerate(found)]

    def call(self, make: Callable[..., Any], given: Mapping[str, Any], *beside: str) -> Any:
        """``make`` with the keys of this table as its arguments, and those ``given``.

        ``beside`` are keys that are no arguments.

        Raises:
            DeriveError: if a key is no argument, a value is of another kind, one is missing, or
                ``make`` refuses them.
        """
        arguments = inspect.signature(make).parameters
        kinds = typing.get_type_hints(getattr(make, "__init__", make))
        self.only([*beside, *arguments])
        values = dict(given)
        for name, argument in arguments.items():
            if name in given:
                continue
            if name in self.values:
                values[name] = self._fit(name, self.values[name], kinds.get(name))
            elif argument.default is inspect.Parameter.empty:
                self.need(name, kinds.get(name))
        with self.placed():
            return make(**values)

    @contextmanager
    def placed(self) -> Iterator[None]:
        """Tell in a refusal that it comes from this table, and from which key if it names one."""
        try:
            yield
        except DeriveError as error:
            said = error.problem
            named = [k for k, v in self.values.items() if f"'{k}'" in said or f"'{v}'" in said]
            self.source.placed(error, (*self.place, *named[:1]))
            raise

    def refuse(self, key: str | None, problem: str, remedy: str) -> typing.NoReturn:
        """Refuse the value of ``key``, or the table.

        Raises:
            OptionRefused: always.
        """
        place = self.place if key is None else (*self.place, key)
        self.source.refuse(place, problem, remedy)

    def _fit(self, key: str, value: Any, kind: Any) -> Any:
        options = get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)
        for option in options:
            if get_origin(option) is tuple and isinstance(value, list):
                inner = get_args(option)[0]
                if all(_is(v, inner) for v in value):
                    return tuple(value)
            elif _is(value, option):
                return float(value) if option is float else value
        wanted = " or ".join(_told(option) for option in options if option is not NoneType)
        return self.refuse(
            key, f"{key} = {_shown(value)} is not {wanted}", f"give {key} as {wanted}"
        )


def _is(value: Any, kind: Any) -> bool:
    if kind is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return kind in (bool, str) and isinstance(value, kind)


def _told(kind: Any) -> str:
    if get_origin(kind) is tuple:
        return "a list of integers"
    return _KINDS.get(kind, "a value for a file")


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."

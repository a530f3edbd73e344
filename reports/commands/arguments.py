"""Arguments that several commands share, and how their text becomes values."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import TypeVar

import click

from derive.errors import OptionRefused
from numeric.build import STYLES

Command = TypeVar("Command", bound=Callable[..., object])

# An integer of more digits is over every limit of the language; reading it would only take time.
_LONGEST_NUMBER = 40


def layer_argument(command: Command) -> Command:
    """Add LAYER."""
    return click.argument("layer")(command)


def json_option(command: Command) -> Command:
    """Add --json, as ``as_json``."""
    return click.option("--json", "as_json", is_flag=True, help="Machine-readable results.")(
        command
    )


def set_option(command: Command) -> Command:
    """Add --set NAME=VALUE, as ``settings``."""
    return click.option(
        "--set",
        "settings",
        metavar="NAME=VALUE",
        multiple=True,
        help="Give a hyperparameter a value, as in --set s=2. May be repeated.",
    )(command)


def style_option(command: Command) -> Command:
    """Add --style."""
    return click.option(
        "--style",
        type=click.Choice(STYLES),
        default=STYLES[0],
        show_default=True,
        help="Code to read, or the same in three-address code that writes into memory at hand.",
    )(command)


def force_option(command: Command) -> Command:
    """Add --force."""
    return click.option("--force", is_flag=True, help="Overwrite an existing FILE.")(command)


def hyperparameters(settings: Iterable[str]) -> dict[str, int | float]:
    """Read ``NAME=VALUE`` texts.

    Raises:
        OptionRefused: if one is not of that form, not a finite number, or given twice.
    """
    values: dict[str, int | float] = {}
    for setting in settings:
        name, equals, text = setting.partition("=")
        name = name.strip()
        if not equals or not name:
            raise OptionRefused(
                f"--set {setting!r} does not say which hyperparameter gets which value",
                remedy="write it as NAME=VALUE, for example --set s=2",
            )
        if name in values:
            raise OptionRefused(
                f"--set gives {name} twice: {values[name]} and {text}",
                remedy="leave one of them out",
            )
        values[name] = _number(name, text.strip())
    return values


def _number(name: str, text: str) -> int | float:
    try:
        if len(text) > _LONGEST_NUMBER:
            raise ValueError
        number = int(text) if text.lstrip("+-").isdecimal() else float(text)
        if not math.isfinite(number):
            raise ValueError
    except ValueError:
        shown = text if len(text) <= _LONGEST_NUMBER else f"{text[:_LONGEST_NUMBER]}..."
        raise OptionRefused(
            f"--set {name}={shown}: the value is not a finite number of at most "
            f"{_LONGEST_NUMBER} characters",
            remedy="give a number such as 2 or 1e-5",
        ) from None
    return number

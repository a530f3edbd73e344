"""What of a network and its optimiser is saved, and how it is put back."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from derive.errors import OptionRefused
from numeric.checkpoint.archive import Archive, read, write
from numeric.optimise import Optimiser

Array = NDArray[Any]
PARAMETERS, STATE, OPTIMISER = "parameters", "state", "optimiser"
_SHOWN = 3  # differences that a message tells


class Saved(Protocol):
    """What a network has to bring to be saved."""

    @property
    def parameters(self) -> Mapping[str, Array]:
        """Every trained array by name; a change in place changes the network."""

    def state(self) -> Mapping[str, Array]:
        """What steps keep beside their parameters, by name."""

    def restore(self, state: Mapping[str, Array]) -> None:
        """Go on from what ``state`` gave."""


def save(path: str | Path, network: Saved, optimiser: Optimiser | None = None) -> None:
    """Save a network, and the optimiser with it, in one file.

    Raises:
        OptionRefused: if the file cannot be written.
    """
    write(path, taken(network, optimiser))


def load(path: str | Path, network: Saved, optimiser: Optimiser | None = None) -> Archive:
    """Put what ``save``, or a training, has saved into a network, and into the optimiser.

    Nothing is changed if anything is refused.

    Raises:
        OptionRefused: if the file is no checkpoint, is damaged, or is of another network.
    """
    archive = read(path)
    put_back(archive, network, optimiser, str(path))
    return archive


def taken(network: Saved, optimiser: Optimiser | None, **facts: Any) -> Archive:
    """What is to be saved; the arrays are those of the network, not copies."""
    arrays = {f"{PARAMETERS}/{name}": value for name, value in network.parameters.items()}
    arrays |= {f"{STATE}/{name}": value for name, value in network.state().items()}
    if optimiser is not None:
        arrays |= {f"{OPTIMISER}/{name}": value for name, value in optimiser.state().items()}
        facts["optimiser"] = described(optimiser)
    return Archive(arrays, facts)


def put_back(archive: Archive, network: Saved, optimiser: Optimiser | None, name: str) -> None:
    """Put arrays back where ``taken`` has taken them.

    Raises:
        OptionRefused: if they are of another network or optimiser.
    """
    found = archive.part(PARAMETERS)
    differ = list(_differences(found, network.parameters))
    if differ:
        more = f", and {len(differ) - _SHOWN} more" if len(differ) > _SHOWN else ""
        raise OptionRefused(
            f"the checkpoint {name!r} is of another network: {'; '.join(differ[:_SHOWN])}{more}",
            remedy="make the network as it was made when it was saved",
        )
    if optimiser is not None:
        of, given = archive.facts.get("optimiser", "no optimiser"), described(optimiser)
        if of != given:
            raise OptionRefused(
                f"the checkpoint {name!r} is of {of}, not of {given}",
                remedy="give the optimiser that was saved, or load without one",
            )
        optimiser.restore(archive.part(OPTIMISER))
    for key, value in network.parameters.items():
        np.copyto(value, found[key])
    network.restore(archive.part(STATE))


def described(optimiser: Optimiser) -> str:
    """The kind of an optimiser and its settings."""
    settings = ", ".join(f"{name}={value!r}" for name, value in optimiser.settings().items())
    return f"{type(optimiser).__name__}({settings})"


def _differences(found: Mapping[str, Array], wanted: Mapping[str, Array]) -> list[str]:
    told = [f"it has no {name}" for name in wanted if name not in found]
    told += [f"it has {name}, the network has not" for name in found if name not in wanted]
    told += [
        f"{name} is {found[name].dtype} {found[name].shape} there, {value.dtype} {value.shape} here"
        for name, value in wanted.items()
        if name in found and (found[name].shape, found[name].dtype) != (value.shape, value.dtype)
    ]
    return told

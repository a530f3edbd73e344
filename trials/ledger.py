"""What has been run: one JSON line a run, so that a long trial can be broken off and gone on."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from functools import cache
from hashlib import sha256
from pathlib import Path

CRASH, SLOW, WRONG = "crash", "slow", "WRONG"
# What is a bug of ours.
FOUND = (WRONG, CRASH)
# What is worth running again once the code has changed.
AGAIN = (*FOUND, SLOW)


@dataclass(frozen=True, slots=True)
class Entry:
    """One run.

    Attributes:
        seed: of the trial.
        run: its number; both together decide everything.
        layer: the built-in layer, or nothing for a random program.
        fast: whether the fast check ran.
        outcome: the verdict; ``refused`` with the error's name; ``crash``; ``slow``.
        seconds: how long it took.
        note: what stood in the way of a proof, or the traceback.
        code: the digest of the code that ran.
        style: of the kernel.
    """

    seed: int
    run: int
    layer: str
    fast: bool
    outcome: str
    seconds: float
    note: str
    code: str
    style: str = "readable"


@dataclass(slots=True)
class Ledger:
    """The runs of one seed; of a run done again the last counts."""

    path: Path
    seed: int
    entries: dict[int, Entry] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path, seed: int) -> Ledger:
        """Read what there is; a last line that was broken off does not count."""
        found = cls(path, seed)
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        for line in lines:
            try:
                entry = Entry(**json.loads(line))
            except (json.JSONDecodeError, TypeError):
                continue
            if entry.seed == seed:
                found.entries[entry.run] = entry
        return found

    def todo(self, runs: Iterable[int], code: str) -> list[int]:
        """The runs not done yet, and those that found something in other code."""
        return [run for run in runs if self._is_open(run, code)]

    def _is_open(self, run: int, code: str) -> bool:
        entry = self.entries.get(run)
        return entry is None or (entry.outcome in AGAIN and entry.code != code)

    def add(self, entry: Entry) -> None:
        """Write one run down."""
        self.entries[entry.run] = entry
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as out:
            out.write(json.dumps(asdict(entry)) + "\n")

    def upto(self, runs: int) -> list[Entry]:
        """The first ``runs`` runs, as far as they are done."""
        return [entry for run, entry in sorted(self.entries.items()) if run < runs]


@cache
def code_digest() -> str:
    """Eight digits that change whenever the code under trial, or the programs, do."""
    root = Path(__file__).resolve().parent.parent
    digest = sha256()
    for package in ("derive", "numeric", "trials"):
        for path in sorted((root / package).rglob("*")):
            if path.suffix in (".py", ".eqn"):
                digest.update(path.read_bytes())
    return digest.hexdigest()[:8]

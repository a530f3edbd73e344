"""The result of the contest as tables: on the terminal, in the docs and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

from trials.peers.checkers import PEERS, SCIPY_LARGEST
from trials.peers.contest import OURS, Outcome, Record, Records

BEGIN, END = "<!-- begin: python -m trials peers -->", "<!-- end -->"
# A kernel's caller is not told by these whether the gradient of the forward as it stands is right.
BEYOND = ("contract", "forward is not the equations")
KINDS = {
    "smooth": "our inputs off kinks",
    "kinks": "our inputs on kinks",
    "scaled": "our small and large inputs",
    "empty": "our inputs without elements",
}
SCALES = ("1", "1e-3", "30")
Rows = list[list[str]]


def summary(records: Records) -> Rows:
    """One column per checker: caught, false alarms, time."""
    columns = [_column(name, record) for name, record in records.items()]
    return [["", *records], *([words, *(c[words] for c in columns)] for words in columns[0])]


def _column(name: str, record: Record) -> dict[str, str]:
    inside = [o.battery for o in record.outcomes if o.family not in BEYOND]
    ours = name == OURS
    each = record.seconds / max(record.checks, 1)
    points = sum(record.alarms.get(kind, [0, 0])[1] for kind in KINDS)
    kernels = record.alarms.get("smooth at first", [0, 0])[1]
    return {
        "caught, one ordinary input": "-"
        if ours
        else _share([o.ordinary for o in record.outcomes]),
        "caught, our inputs": _share([o.battery for o in record.outcomes]),
        "of these, wrong gradients": _share(inside),
        "false alarms, all our inputs at once": _alarms(record, "check") if ours else "-",
        **{
            f"false alarms, {words}": "-" if ours else _alarms(record, kind)
            for kind, words in KINDS.items()
        },
        **{
            f"false alarms, scale {scale}": "-" if ours else _alarms(record, f"scale {scale}")
            for scale in SCALES
        },
        "time of one check": f"{1000 * each:.0f} ms",
        "time with our inputs": f"{1000 * each * (1 if ours else points / max(kernels, 1)):.0f} ms",
    }


def families(records: Records) -> Rows:
    """One row per family of bugs: how many each checker caught, given our inputs."""
    names = dict.fromkeys(o.family for o in records[OURS].outcomes)
    rows = [["bugs", "number", *records]]
    for family in names:
        caught = [_of(record, family) for record in records.values()]
        rows.append([family, str(len(caught[0])), *(str(sum(c)) for c in caught)])
    return rows


def missed(records: Records) -> Rows:
    """The bugs that some checker missed with our inputs, and which."""
    rows = [["family", "bug", "missed by"]]
    for number, outcome in enumerate(records[OURS].outcomes):
        by = [name for name, r in records.items() if not r.outcomes[number].battery]
        if by:
            rows.append([outcome.family, outcome.bug, ", ".join(by)])
    return rows


def versions(peers: Iterable[str]) -> str:
    """The libraries with their versions."""
    packages = dict.fromkeys(["numpy", *(PEERS[name].package for name in peers)])
    return ", ".join(f"{package} {version(package)}" for package in packages)


def markdown(rows: Rows) -> str:
    """A table of the docs."""
    heads, *others = [[cell.replace("|", "\\|") for cell in row] for row in rows]
    lines = [heads, ["---"] * len(heads), *others]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def page(records: Records, seed: int, repeats: int) -> str:
    """What stands between the markers of the page."""
    peers = [name for name in records if name != OURS]
    bugs, kernels = len(records[OURS].outcomes), records[OURS].alarms["check"][1] // repeats
    return "\n\n".join([
        BEGIN,
        f"{bugs} bugs in {kernels} kernels, seed {seed}; {versions(peers)}.",
        markdown(summary(records)),
        f"SciPy's function returns a distance; more than {SCIPY_LARGEST:g} was counted as a"
        " rejection. Times depend on the machine and on what else it does: only their order of"
        " magnitude says something.",
        "Bugs caught with the same inputs as ours, by kind:",
        markdown(families(records)),
        "Missed with the same inputs as ours:",
        markdown([[row[0], f"`{row[1]}`", row[2]] if k else row
                  for k, row in enumerate(missed(records))]),
        END,
    ])  # fmt: skip


def put_into(text: str, between: str) -> str:
    """The page with its tables replaced.

    Raises:
        ValueError: if the markers are not there.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page has no {BEGIN} ... {END}")
    return before + between + after


def as_json(records: Records, seed: int) -> dict[str, Any]:
    """Everything, as plain dicts, lists, strings and numbers."""
    peers = [name for name in records if name != OURS]
    return {
        "seed": seed,
        "versions": versions(peers),
        "checkers": {name: asdict(record) for name, record in records.items()},
    }


def _of(record: Record, family: str) -> list[bool]:
    return [o.battery for o in record.outcomes if o.family == family]


def _share(found: Sequence[bool]) -> str:
    return f"{sum(found)}/{len(found)}"


def _alarms(record: Record, kind: str) -> str:
    alarms, tries = record.alarms.get(kind, [0, 0])
    return f"{alarms}/{tries}"


__all__ = ["Outcome", "as_json", "families", "markdown", "missed", "page", "put_into", "summary"]

"""One target under atheris, in a process of its own: ``derive`` is imported instrumented."""

from __future__ import annotations

import sys
from importlib import import_module

import atheris


def main() -> None:
    """Run the target named first; the other arguments are libFuzzer's."""
    with atheris.instrument_imports(include=["derive"]):
        import_module("derive")
    target = import_module("trials.targets").TARGETS[sys.argv[1]]
    atheris.Setup([sys.argv[0], *sys.argv[2:]], target)
    atheris.Fuzz()


if __name__ == "__main__":
    main()

"""``backproof check``: proofs of the gradients, and a verdict."""

from __future__ import annotations

import click

import derive
from numeric.check.result import CheckResult
from reports.commands.arguments import hyperparameters, json_option, set_option
from reports.settings import checked, configured
from reports.terminal import output, print_json, progress

# Of several layers' exit codes the first of these counts: wrong, undecided, imprecise.
_GRAVEST_FIRST = (1, 3, 2)
_STYLES = {0: "bold green", 1: "bold red", 2: "bold yellow", 3: "bold yellow"}


@click.command(
    "check",
    epilog="Example: backproof check lstm conv2d. "
    "Exit code: 0 proved, 1 wrong, 2 precision, 3 inconclusive, 64 bad usage or input.",
)
@click.argument("layers", metavar="LAYER...", nargs=-1)
@click.option("--all", "every", is_flag=True, help="Check every built-in layer.")
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), default=0, help="Where the draws start.")
@set_option
@json_option
def command(
    layers: tuple[str, ...], every: bool, seed: int, settings: tuple[str, ...], as_json: bool
) -> int:
    """Prove the gradients of each LAYER; print the proofs and the verdict.

    With --json each layer gives one object on a line of its own.
    """
    if every == bool(layers):
        raise click.UsageError("name the layers to check, or give --all, not both")
    values = hyperparameters(settings)
    names = derive.layers() if every else layers
    programs = {name: derive.load(name) for name in names}
    for program in programs.values():
        configured(program, values)  # a setting that does not fit is refused before any work
    codes: list[int] = []
    with progress() as bar:
        task = bar.add_task("checking", total=len(programs))
        for name, program in programs.items():
            bar.update(task, description=f"checking {name}")
            result = checked(program, seed, values)
            codes.append(result.exit_code)
            _show(name, result, brief=every, as_json=as_json)
            bar.advance(task)
    return next((code for code in _GRAVEST_FIRST if code in codes), 0)


def _show(name: str, result: CheckResult, *, brief: bool, as_json: bool) -> None:
    if as_json:
        print_json({"name": name} | result.as_json())
        return
    console = output()
    style = _STYLES[result.exit_code]
    if brief and result.exit_code == 0:
        compared = sum(line.comparisons for line in result.lines)
        console.print(f"[{style}]{result.verdict:<12}[/] {name:<28} {compared:>9,} comparisons")
        return
    console.print(str(result), markup=False)
    console.print()

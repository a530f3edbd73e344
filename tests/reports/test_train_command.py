"""What ``backproof train`` says of illnesses and interrupts."""

import pytest

from numeric.monitor import Finding, Monitor
from numeric.recipes import run
from numeric.training import Epoch, Interrupted
from reports.cli import INTERRUPTED, main

FOUND = Finding("dying ReLU", "step 0 (dense)", "9 of 9 units [are] off", "lower the rate", 1)


def test_findings_are_said_plainly_as_they_come(monkeypatch, capsys):
    def ill(_name, *, watch, **_settings):
        monitor = watch()
        assert isinstance(monitor, Monitor)
        assert watch() is not monitor  # each network has its own
        monitor._on_finding(FOUND)
        raise Interrupted((), 3, None)

    monkeypatch.setattr("reports.commands.train.run", ill)
    assert main(["train", "digits-mlp", "--monitor"]) == INTERRUPTED
    assert f"{FOUND}\n" in capsys.readouterr().err


def test_without_the_option_nothing_looks_on(monkeypatch):
    def well(_name, *, watch, **_settings):
        assert watch is None
        raise Interrupted((), 3, None)

    monkeypatch.setattr("reports.commands.train.run", well)
    assert main(["train", "digits-mlp"]) == INTERRUPTED


@pytest.mark.parametrize(("options", "stream"), [([], "out"), (["--json"], "err")])
def test_an_interrupt_prints_the_figures_so_far(monkeypatch, capsys, options, stream):
    def stopped(_name, **_settings):
        raise Interrupted((Epoch(0.25, 0.5, 0.875, 1.5),), 50, None)

    monkeypatch.setattr("reports.commands.train.run", stopped)
    assert main(["train", "digits-mlp", *options]) == INTERRUPTED
    told = getattr(capsys.readouterr(), stream)
    assert "0.25000     0.50000    87.50%" in told
    assert told.endswith("interrupted after 50 batches, 1 whole epochs\n")


class Looking:
    """A monitor that stops at the first step."""

    def before(self, network, loss):
        assert network.size
        assert loss > 0
        raise KeyboardInterrupt


def test_a_recipe_lets_a_monitor_look_on():
    with pytest.raises(KeyboardInterrupt):
        run("digits-mlp", watch=Looking)

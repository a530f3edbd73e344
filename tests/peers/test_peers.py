"""Other checkers beside ours: wrapped right, judged fairly, counted right."""

from __future__ import annotations

import numpy as np
import pytest
from click.testing import CliRunner

from derive.parser import parse_tree
from numeric.check.shim import execute
from trials.bugs import BUGS, KERNELS
from trials.peers import command, table
from trials.peers.checkers import PEERS, Peer, accepts
from trials.peers.contest import OURS, Job, Outcome, Record, run
from trials.peers.host import Host
from trials.peers.places import places


def host(name: str, edit: tuple[str, str] = ("", ""), seed: int = 0) -> Host:
    kernel = KERNELS[name]
    here = places(kernel, seed, 1)
    arrays = {
        n: a if a.dtype.kind in "iu" else a.astype(float) for n, a in here.ordinary.arrays.items()
    }
    text = kernel.kernel.replace(*edit) if edit[0] else kernel.kernel
    return Host(execute(text), parse_tree(kernel.program), arrays)


def test_a_host_gives_the_kernel_its_arrays_in_their_order():
    found = host("scale")
    assert found.names == ("x", "s", "c")
    assert [x.shape for x in found.inputs] == [found.arrays[name].shape for name in found.names]
    assert found.inputs[0] is not found.arrays["x"]
    (y,), saved = found.forward(found.inputs)
    a = found.arrays
    np.testing.assert_allclose(y, 2 * a["x"] * a["m"] * a["s"] + a["c"])
    dx, ds, dc = found.backward(saved, (np.ones_like(y),))
    np.testing.assert_allclose(dc, y.size)
    assert (dx.shape, ds.shape) == (a["x"].shape, a["s"].shape)


def skip_without(peer: Peer) -> None:
    pytest.importorskip(peer.package, reason="another library's checker, not installed")


# Bugs that any checker finds, so that a wrapper which hides the kernel is found out.
PLAIN = [
    ("scale", "dc = dy.sum()", "dc = 2 * dy.sum()"),  # the last argument of several
    ("bias", "dy.copy()", "-dy"),  # of several outputs
    ("embedding", "np.add.at(dE, id, dy)", "dE += 1"),  # beside integers
    ("mse", "2 * dloss", "3 * dloss"),  # a scalar output
]


@pytest.mark.parametrize("peer", PEERS.values(), ids=lambda peer: peer.name)
@pytest.mark.parametrize(("name", "old", "new"), PLAIN)
def test_a_checker_accepts_the_right_and_rejects_the_wrong(peer, name, old, new):
    skip_without(peer)
    assert accepts(peer, host(name), seed=0)
    assert not accepts(peer, host(name, (old, new)), seed=0)


@pytest.mark.parametrize("peer", PEERS.values(), ids=lambda peer: peer.name)
def test_a_checker_accepts_a_right_kernel_without_elements(peer):
    skip_without(peer)
    full = host("scale")
    empty = {name: a[..., :0] if a.ndim else a for name, a in full.arrays.items()}
    assert accepts(peer, Host(full.module, full.tree, empty), seed=0)


def test_the_contest_with_a_few_bugs():
    for peer in PEERS.values():
        skip_without(peer)
    bugs = tuple(bug for bug in BUGS if bug.kernel == "tiny" and bug.family == "tiny gradients")
    found = run(Job("tiny", bugs, tuple(PEERS), seed=0, repeats=1))
    assert list(found) == [OURS, *PEERS]
    assert [o.battery for o in found[OURS].outcomes] == [True] * 4
    for name in PEERS:
        assert not any(o.ordinary for o in found[name].outcomes), name
        assert found[name].alarms["smooth"][0] == 0
        assert found[name].seconds > 0


# ---- without the libraries ----------------------------------------------------------------


def fake(judge) -> Peer:
    return Peer("fake", "numpy", judge)


def zero_gradients_only(host: Host, seed: int) -> None:  # noqa: ARG001
    outputs, saved = host.forward(host.inputs)
    if any(np.any(g) for g in host.backward(saved, [np.ones(np.shape(y)) for y in outputs])):
        raise AssertionError("not zero")


@pytest.fixture
def one_peer(monkeypatch):
    def use(judge):
        monkeypatch.setattr("trials.peers.contest.PEERS", {"fake": fake(judge)})
        monkeypatch.setattr("trials.peers.PEERS", {"fake": fake(judge)})
        monkeypatch.setattr("trials.peers.table.PEERS", {"fake": fake(judge)})

    return use


def one(bugs):
    return run(Job("elu", tuple(b for b in BUGS if b.kernel == "elu")[:bugs], ("fake",), 0, 1))


def test_who_rejects_everything_catches_nothing(one_peer):
    one_peer(zero_gradients_only)
    record = one(2)["fake"]
    assert [(o.ordinary, o.battery) for o in record.outcomes] == [(False, False)] * 2
    assert record.alarms["smooth"][0] > 0


def test_who_accepts_everything_catches_nothing(one_peer):
    one_peer(lambda *_: None)
    record = one(2)["fake"]
    assert [(o.ordinary, o.battery) for o in record.outcomes] == [(False, False)] * 2
    assert all(alarms == 0 for alarms, _ in record.alarms.values())
    assert {"smooth", "kinks", "scaled", "scale 1", "scale 1e-3", "scale 30"} <= set(record.alarms)


def test_records_of_several_kernels_add_up():
    first, second = Record(seconds=1.0, checks=2), Record(seconds=0.5, checks=1)
    first.asked("smooth", accepted=True)
    second.asked("smooth", accepted=False)
    second.outcomes.append(Outcome("family", "bug", True, True))
    first.absorb(second)
    assert (first.alarms, first.seconds, first.checks) == ({"smooth": [1, 2]}, 1.5, 3)
    assert len(first.outcomes) == 1


def records() -> dict[str, Record]:
    ours, other = Record(seconds=2.0, checks=2), Record(seconds=0.02, checks=4)
    rows = [
        ("contract", "mutates", True, False),
        ("time", "a|b", True, False),
        ("time", "c", True, True),
    ]
    for family, bug, mine, theirs in rows:
        ours.outcomes.append(Outcome(family, bug, mine, mine))
        other.outcomes.append(Outcome(family, bug, False, theirs))
    ours.alarms = {"check": [0, 1]}
    other.alarms = {"smooth": [1, 3], "kinks": [2, 2], "scaled": [0, 1], "smooth at first": [0, 1]}
    return {OURS: ours, "torch gradcheck": other}


@pytest.mark.parametrize(
    ("row", "ours", "other"),
    [
        ("caught, one ordinary input", "-", "0/3"),
        ("caught, our inputs", "3/3", "1/3"),
        ("of these, wrong gradients", "2/2", "1/2"),
        ("false alarms, all our inputs at once", "0/1", "-"),
        ("false alarms, our inputs off kinks", "-", "1/3"),
        ("false alarms, our inputs on kinks", "-", "2/2"),
        ("time of one check", "1000 ms", "5 ms"),
        ("time with our inputs", "1000 ms", "30 ms"),
    ],
)
def test_the_summary_counts(row, ours, other):
    found = {cells[0]: cells[1:] for cells in table.summary(records())}
    assert found[row] == [ours, other]


def test_families_and_what_was_missed():
    assert table.families(records())[1:] == [["contract", "1", "1", "0"], ["time", "2", "2", "1"]]
    assert table.missed(records())[1:] == [
        ["contract", "mutates", "torch gradcheck"], ["time", "a|b", "torch gradcheck"],
    ]  # fmt: skip


def test_the_page_is_replaced_between_its_markers():
    before = f"text\n{table.BEGIN}\nold\n{table.END}\nmore\n"
    assert table.put_into(before, "NEW") == "text\nNEW\nmore\n"
    with pytest.raises(ValueError, match="the page has no"):
        table.put_into("text", "NEW")


def test_the_command_writes_all_it_says(one_peer, tmp_path, monkeypatch):
    one_peer(lambda *_: None)
    page = tmp_path / "peers.md"
    page.write_text(f"{table.BEGIN}\n{table.END}\n", "utf-8")
    monkeypatch.setattr("trials.peers.PAGE", page)
    arguments = ["--bugs", "2", "--repeats", "1", "--workers", "1", "--write"]
    done = CliRunner().invoke(command, [*arguments, "--json", str(tmp_path / "all.json")])
    assert done.exit_code == 0, done.output
    assert "| caught, our inputs | 2/2 | 0/2 |" in page.read_text("utf-8")
    assert '"seed": 0' in (tmp_path / "all.json").read_text("utf-8")


def test_a_checker_that_is_not_there_is_left_out(monkeypatch):
    monkeypatch.setattr("trials.peers.PEERS", {"other": Peer("other", "no_such_module", print)})
    done = CliRunner().invoke(command, ["--bugs", "1", "--repeats", "1", "--workers", "1"])
    assert done.exit_code == 0, done.output
    assert "other is left out: no_such_module is not installed" in done.output

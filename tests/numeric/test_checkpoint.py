"""Checkpoints: what comes back, and every way in which a file can be none."""

import io
import json
import zipfile
from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from derive.errors import OptionRefused
from numeric import checkpoint
from numeric.checkpoint.archive import VERSION, Archive, packed, unpacked
from numeric.layer import Layer
from numeric.network import Network
from numeric.optimise import Adam

ARRAYS = {
    "parameters/0.W": np.arange(6, dtype="float32").reshape(2, 3),
    "optimiser/steps": np.array(7),
    "state/empty": np.zeros((0, 3)),
    "state/turned": np.arange(6.0).reshape(2, 3).T,
}
FACTS = {"order": {"state": 2**127 + 1}, "loss": 0.1 + 0.2, "nothing": None, "text": "μ"}
FILE = packed(Archive(ARRAYS, FACTS))


def network(**kind):
    return made(**kind).in_dtype(kind.get("dtype", "float32"))


@lru_cache
def made(hidden=4, dtype="float32", deep=False, seed=0):
    steps = [Layer("dense", i=hidden), *([Layer("dense", i=2)] if deep else [])]
    return Network(steps, loss="mse", shape=(3,), dtype=dtype, seed=seed)


def test_what_is_packed_comes_back():
    found = unpacked(FILE, "f")
    assert found.facts == FACTS
    assert list(found.arrays) == list(ARRAYS)
    for name, value in ARRAYS.items():
        assert found.arrays[name].dtype == value.dtype
        assert found.arrays[name].shape == value.shape
        assert (found.arrays[name] == value).all()
    assert found.part("parameters").keys() == {"0.W"}


def test_the_same_contents_give_the_same_bytes():
    assert packed(Archive(ARRAYS, FACTS)) == FILE


def test_numpy_reads_it_without_pickle():
    with np.load(io.BytesIO(FILE), allow_pickle=False) as file:
        assert (file["parameters/0.W"] == ARRAYS["parameters/0.W"]).all()


def test_objects_are_not_saved(tmp_path):
    with pytest.raises(OptionRefused, match="Object arrays cannot be saved"):
        checkpoint.write(tmp_path / "f", Archive({"a": np.array([{}])}, {}))
    assert list(tmp_path.iterdir()) == []


# ---- damage -------------------------------------------------------------------------------------


def refused(data):
    with pytest.raises(OptionRefused, match=r"is damaged|end is missing"):
        unpacked(bytes(data), "f")
    return True


def test_every_flipped_bit_is_found_out():
    for place in range(len(FILE)):
        damaged = bytearray(FILE)
        damaged[place] ^= 1 << place % 8
        assert refused(damaged), place


@settings(deadline=None, max_examples=200, database=None)
@given(
    st.lists(
        st.tuples(st.integers(0, len(FILE) - 1), st.binary(max_size=4)), min_size=1, max_size=4
    )
)
def test_bytes_put_in_or_taken_out_are_found_out(changes):
    damaged = bytearray(FILE)
    for place, replacement in changes:
        damaged[place : place + 2] = replacement
    if bytes(damaged) != FILE:
        assert refused(damaged)


@pytest.mark.parametrize("kept", [0, 1, 100, len(FILE) // 2, len(FILE) - 1])
def test_a_file_cut_off_is_refused(tmp_path, kept):
    path = tmp_path / "run.npz"
    path.write_bytes(FILE[:kept])
    with pytest.raises(
        OptionRefused, match=r"(?s)run\.npz' is not a checkpoint, or its end is mis"
    ):
        checkpoint.load(path, network())


def test_a_newer_version_is_refused(monkeypatch):
    monkeypatch.setattr("numeric.checkpoint.archive.VERSION", VERSION + 1)
    newer = packed(Archive(ARRAYS, FACTS))
    monkeypatch.undo()
    message = f"is of version {VERSION + 1}, and this backproof reads up to {VERSION}"
    with pytest.raises(OptionRefused, match=message):
        unpacked(newer, "f")


def sealed(body):
    """Bytes with a true checksum, as somebody who wants to be believed would write them."""
    start = body + b"backproof checkpoint 1 blake2b "
    return start + checkpoint.archive._digest(start).encode()


def zipped(compression=zipfile.ZIP_STORED, **members):
    room = io.BytesIO()
    with zipfile.ZipFile(room, "w", compression) as file:
        for name, content in members.items():
            file.writestr(f"{name}.npy", content)
    return room.getvalue()


def array(value, **options):
    room = io.BytesIO()
    np.lib.format.write_array(room, np.asarray(value), **options)
    return room.getvalue()


def facts(value):
    return array(np.frombuffer(json.dumps(value).encode(), np.uint8))


HUGE = array(np.zeros(1)).replace(b"(1,), }" + b" " * 9, b"(99999999999999,)"[:16].ljust(16))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"PK",
        zipped(other=array([1])),
        zipped(facts=array([1])),
        zipped(facts=facts([1, 2])),
        zipped(facts=array(np.array([{}]), allow_pickle=True)),
        zipped(facts=facts({}), a=b"no array"),
        zipped(facts=facts({}), a=HUGE),
        zipped(zipfile.ZIP_DEFLATED, facts=facts({})),
        zipped(facts=array(np.frombuffer(b"[" * 100_000, np.uint8))),
    ],
)
def test_a_file_with_a_true_checksum_is_not_believed(body):
    with pytest.raises(OptionRefused, match="holds no checkpoint"):
        unpacked(sealed(body), "f")


# ---- files --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["no/such/file.npz", ".", "a\0b"])
def test_what_cannot_be_read_or_written_is_refused(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OptionRefused, match="cannot read the checkpoint"):
        checkpoint.load(name, network())
    with pytest.raises(OptionRefused, match="cannot write the checkpoint"):
        checkpoint.save(name, network())


def test_a_failure_leaves_the_file_that_was_there(tmp_path, monkeypatch):
    path = tmp_path / "run.npz"
    checkpoint.save(path, network(seed=1))
    before = path.read_bytes()

    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OptionRefused, match="No space left on device"):
        checkpoint.save(path, network(seed=2))
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_network_and_its_optimiser_come_back(tmp_path):
    path, first, second = tmp_path / "run.npz", network(seed=1), network(seed=2)
    one, two = Adam(), Adam()
    gradients = {name: np.ones_like(value) for name, value in first.parameters.items()}
    one.step(first.parameters, gradients)
    checkpoint.save(path, first, one)
    checkpoint.load(path, second, two)
    for optimiser, net in ((one, first), (two, second)):
        optimiser.step(net.parameters, gradients)
    for name, value in first.parameters.items():
        assert value.tobytes() == second.parameters[name].tobytes()


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (network(hidden=5), r"0.W is float32 \(4, 3\) there, float32 \(5, 3\) here; 0.b is"),
        (network(dtype="float64"), r"0.W is float32 \(4, 3\) there, float64 \(4, 3\) here"),
        (network(deep=True), r"it has no 1\.W; it has no 1\.b\n"),
    ],
)
def test_another_network_is_refused_and_left_alone(tmp_path, other, message):
    path = tmp_path / "run.npz"
    checkpoint.save(path, network())
    before = {name: value.copy() for name, value in other.parameters.items()}
    with pytest.raises(OptionRefused, match=message) as caught:
        checkpoint.load(path, other)
    caught.match(r"(?s)is of another network: .*make the network as it was made")
    assert all((value == before[name]).all() for name, value in other.parameters.items())


def test_a_deeper_network_is_told_by_what_is_too_much(tmp_path):
    path = tmp_path / "run.npz"
    checkpoint.save(path, network(deep=True))
    with pytest.raises(OptionRefused, match=r"it has 1\.W, the network has not; it has 1\.b"):
        checkpoint.load(path, network())


def test_without_an_optimiser_none_comes_back(tmp_path):
    path = tmp_path / "run.npz"
    checkpoint.save(path, network())
    with pytest.raises(OptionRefused, match=r"is of no optimiser, not of Adam\(rate=0.001"):
        checkpoint.load(path, network(), Adam())

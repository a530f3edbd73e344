"""Layers by name, files by path, and everything that is neither."""

import pytest

import derive
from derive import LimitError, OptionRefused, ParseError, layers, load, parse, updates
from derive.library import MAX_BYTES, read

TEXT = "title Mine\ninput x[n]\noutput y[n]\n\ny[n] = 2*x[n]\n"


def test_layers_are_named_in_order():
    names = layers()
    assert list(names) == sorted(names)
    assert {"dense", "conv2d", "lstm", "attention"} <= set(names)


@pytest.mark.parametrize("name", layers())
def test_every_layer_loads_with_title_and_source(name):
    program = load(name)
    assert program.title
    assert program.sources
    assert program.outputs


@pytest.mark.parametrize("name", updates())
def test_every_update_loads_with_title_and_source(name):
    program = load(name)
    assert program.title
    assert program.sources
    assert name not in layers()


def test_a_file_is_read_by_its_path(tmp_path):
    path = tmp_path / "mine.eqn"
    path.write_text(TEXT, encoding="utf-8")
    assert load(path) == load(str(path)) == parse(TEXT)


def test_a_layer_wins_over_a_file_of_the_same_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dense").write_text(TEXT, encoding="utf-8")
    assert load("dense").title != "Mine"
    assert load(tmp_path / "dense").title == "Mine"


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_line_ends_and_a_byte_order_mark_are_taken(tmp_path, ends):
    path = tmp_path / "mine.eqn"
    path.write_bytes(b"\xef\xbb\xbf" + TEXT.replace("\n", ends).encode())
    assert load(path) == parse(TEXT)


def test_errors_name_the_file(tmp_path):
    path = tmp_path / "mine.eqn"
    path.write_text("output y\ny = q", encoding="utf-8")
    with pytest.raises(derive.NameRefused, match=r"mine.eqn: line 2, column 5: unknown name `q`"):
        load(path)


# A name, part of the message, part of the remedy.
NAMES = [
    ("dens", "there is no built-in layer 'dens'", "did you mean dense"),
    ("nestrov", "there is no built-in layer 'nestrov'", "did you mean nesterov"),
    ("conv", "there is no built-in layer 'conv'", "did you mean conv"),
    ("zzzzzz", "there is no built-in layer 'zzzzzz'", "`backproof layers` lists them"),
    ("no/such/file.eqn", r"cannot read 'no/such/file.eqn': No such file", "path of an .eqn"),
    ("missing.eqn", r"cannot read 'missing.eqn': No such file", "path of an .eqn"),
    ("..", r"cannot read '\.\.': not a regular file", "path of an .eqn"),
    ("a\x00b.eqn", "embedded null|null byte|null character", "path of an .eqn"),
    ("x" * 5000 + ".eqn", "File name too long", "path of an .eqn"),
    ("", "no built-in layer ''|cannot read ''", "."),
]


@pytest.mark.parametrize(("name", "match", "remedy"), NAMES, ids=lambda v: v[:16])
def test_what_is_neither_layer_nor_file(name, match, remedy):
    with pytest.raises(OptionRefused, match=match) as caught:
        load(name)
    assert remedy in caught.value.remedy


# The bytes of a file, the error, part of the message.
FILES = [
    (b"input x\n\xff\xfe", ParseError, r"byte 8 \(0xff\) in line 2 is not UTF-8"),
    ("input x".encode("utf-16"), ParseError, r"byte 0 \(0xff\) in line 1 is not UTF-8"),
    (b"\x00" * 100, ParseError, r"U\+0000"),
    (b"#" * 1_000_000, LimitError, f"larger than {MAX_BYTES:,} bytes"),
    (b"#" * 20_001, LimitError, "20,001 characters"),
    (b"", derive.ProgramRefused, "the text has no equations"),
]


@pytest.mark.parametrize(("data", "kind", "match"), FILES, ids=lambda v: repr(v)[:16])
def test_files_that_are_refused(tmp_path, data, kind, match):
    path = tmp_path / "mine.eqn"
    path.write_bytes(data)
    with pytest.raises(kind, match=match) as caught:
        load(path)
    assert str(path) in str(caught.value)


def test_an_unreadable_file_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "mine.eqn"
    path.write_text(TEXT, encoding="utf-8")

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.open", refuse)
    with pytest.raises(OptionRefused, match="Permission denied"):
        read(str(path))


def test_the_public_names_are_there():
    for name in derive.__all__:
        assert getattr(derive, name) is not None

"""The gallery: pages that lead to each other, an index that leads to all, and what goes wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import derive
from derive.errors import OptionRefused
from reports.cli import BAD_INPUT, main
from reports.gallery import Order, Page, write_gallery
from reports.gallery.kinds import KINDS, OTHERS, grouped
from reports.gallery.pages import _outcome, _Task

HOSTILE = "</style><script>alert(1)</script> $x$ | [a](b) *c*"
PROGRAMS = {
    "tanh": derive.load("tanh"),
    "mse": derive.load("mse"),
    "own": derive.parse(f"title {HOSTILE}\ninput x[n]\noutput y[n]\ny[n] = x[n]^2"),
    # its derivative is a number that no double holds
    "steep": derive.parse(
        "title Steep\ninput x[n]\noutput y[n]\ny[n] = tanh(1e200*tanh(1e200*x[n]))"
    ),
}
ORDER = ("tanh", "mse", "own", "steep")
CHECKED = (("seed", 0), ("fast", True))


class Reader(HTMLParser):
    """The links and the text of a page."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.tags: set[str] = set()
        self.text = ""
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.add(tag)
        self.links += [found["href"] or ""] if "href" in found else []
        self.anchors |= {found["id"] or ""} if "id" in found else set()

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, tuple[Page, ...], list[str]]:
    """A gallery of four programs, one of which cannot be reported on."""
    folder = tmp_path_factory.mktemp("galleries") / "gallery"
    met: list[str] = []
    order = Order(folder, ("html", "md"), CHECKED)
    found = write_gallery(PROGRAMS, order, lambda page: met.append(page.name))
    return folder, found, met


def test_what_can_be_written_is_written(
    gallery: tuple[Path, tuple[Page, ...], list[str]],
) -> None:
    folder, found, met = gallery
    assert tuple(page.name for page in found) == ORDER
    assert sorted(met) == sorted(ORDER)
    assert [page.verdict for page in found] == ["PROVED", "PROVED", "PROVED", ""]
    assert "the numbers fold to one that is too large" in found[-1].problem
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        f"{name}.{kind}" for name in ("index", *ORDER) for kind in ("html", "md")
    )


def links(folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.glob("*.html")):
        yield from ((path.name, link) for link in Reader(path).links)
    for path in sorted(folder.glob("*.md")):
        found = re.findall(r"\]\(<([^>]*)>\)", path.read_text(encoding="utf-8"))
        yield from ((path.name, link) for link in found)


def test_every_link_leads_somewhere(gallery: tuple[Path, tuple[Page, ...], list[str]]) -> None:
    folder, _, _ = gallery
    found = list(links(folder))
    assert len(found) > 20
    anchors = {path.name: Reader(path).anchors for path in folder.glob("*.html")}
    for page, link in found:
        target, _, anchor = link.partition("#")
        assert (folder / (target or page)).is_file(), (page, link)
        assert not anchor or anchor in anchors[target or page], (page, link)


@pytest.mark.parametrize("kind", ["html", "md"])
def test_pages_lead_to_their_neighbours(
    kind: str, gallery: tuple[Path, tuple[Page, ...], list[str]]
) -> None:
    folder, _, _ = gallery
    for name, others in {"tanh": {"index", "mse"}, "mse": {"tanh", "index", "own"}}.items():
        found = {link for page, link in links(folder) if page == f"{name}.{kind}"}
        assert {f"{other}.{kind}" for other in others} == {f for f in found if "#" not in f}


def test_a_page_that_was_not_written_says_why(
    gallery: tuple[Path, tuple[Page, ...], list[str]],
) -> None:
    folder, _, _ = gallery
    for kind in ("html", "md"):
        text = (folder / f"steep.{kind}").read_text(encoding="utf-8")
        assert "not written" in text
        assert "the numbers fold to one that is too large" in text


def test_the_index_shows_every_layer_by_kind(
    gallery: tuple[Path, tuple[Page, ...], list[str]],
) -> None:
    folder, _, _ = gallery
    page = Reader(folder / "index.html")
    places = [page.text.rindex(kind) for kind in ("Activations", "Losses", OTHERS)]
    assert places == sorted(places)
    for program in PROGRAMS.values():
        assert program.title in page.text
    assert "4 layers: 3 proved, 1 not written" in page.text
    assert "fold to one that is too large" in page.text
    assert page.text.count("PROVED") == 3
    text = (folder / "index.md").read_text(encoding="utf-8")
    assert "## 3. Further layers" in text
    assert r"$a_{n,i} = \tanh(z_{n,i})$" in text


def test_a_hostile_title_is_text(gallery: tuple[Path, tuple[Page, ...], list[str]]) -> None:
    folder, _, _ = gallery
    for page in folder.glob("*.html"):
        assert "script" not in Reader(page).tags
    assert HOSTILE in Reader(folder / "index.html").text
    text = (folder / "index.md").read_text(encoding="utf-8")
    assert r"&lt;/style&gt;&lt;script&gt;alert(1)&lt;/script&gt; `$`x`$` \| \[a\](b) \*c\*" in text


@pytest.mark.usefixtures("_one_process")
def test_the_same_gallery_twice(tmp_path: Path) -> None:
    program = {name: PROGRAMS[name] for name in ("tanh", "own")}
    for name in "ab":
        write_gallery(program, Order(tmp_path / name, ("html",), CHECKED), lambda _: None)
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


class Inline:
    """A pool that does everything here and now: the processes are tried once, in ``gallery``."""

    def __init__(self, workers: int, **_: object) -> None:
        assert workers == 2

    def submit(self, work: Callable[..., Page], *arguments: Any) -> Future[Page]:
        done: Future[Page] = Future()
        done.set_result(work(*arguments))
        return done

    def shutdown(self, *, cancel_futures: bool) -> None:
        assert cancel_futures


@pytest.fixture
def _one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reports.gallery.pages.ProcessPoolExecutor", Inline)


# ---- kinds --------------------------------------------------------------------------------------


def test_every_built_in_layer_has_one_kind() -> None:
    members = [name for _, names in KINDS for name in names]
    assert sorted(members) == sorted(derive.layers())


def test_unknown_names_come_last_in_their_order() -> None:
    assert grouped(["zz", "tanh", "aa", "dense", "zz"]) == (
        ("Neurons and dense layers", ("dense",)),
        ("Activations", ("tanh",)),
        (OTHERS, ("zz", "aa")),
    )


# ---- what goes wrong ----------------------------------------------------------------------------


def nothing(_: Page) -> None:
    raise AssertionError("no page may be written")


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "tanh.html").write_text("mine", encoding="utf-8")
    with pytest.raises(OptionRefused, match=r"tanh\.html exists already"):
        write_gallery(PROGRAMS, Order(tmp_path), nothing)
    assert [path.name for path in tmp_path.iterdir()] == ["tanh.html"]


def test_an_index_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("mine", encoding="utf-8")
    with pytest.raises(OptionRefused, match=r"index\.html exists already"):
        write_gallery(PROGRAMS, Order(tmp_path), nothing)


@pytest.mark.usefixtures("_one_process")
def test_a_page_that_cannot_be_saved_is_told_and_the_rest_is_written(tmp_path: Path) -> None:
    (tmp_path / "tanh.html").mkdir()
    programs = {name: PROGRAMS[name] for name in ("tanh", "mse")}
    order = Order(tmp_path, ("html",), CHECKED, overwrite=True)
    first, second = write_gallery(programs, order, lambda _: None)
    assert "tanh.html' is a folder" in first.problem
    assert (second.problem, second.verdict) == ("", "PROVED")
    assert (tmp_path / "mse.html").is_file()


# (the folder, what is said)
FOLDERS = [
    ("file", "file' is a file, and --all writes many"),
    ("missing/gallery", "cannot make the folder .*: No such file or directory"),
    ("file/gallery", "cannot make the folder .*: Not a directory"),
    ("a" * 300, "cannot make the folder .*: File name too long"),
    ("nul\0byte", "cannot make the folder .*: embedded null byte"),
]


@pytest.mark.parametrize(("name", "message"), FOLDERS, ids=lambda v: v[:20])
def test_a_folder_that_cannot_be_used_is_refused(name: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OptionRefused, match=message):
        write_gallery(PROGRAMS, Order(tmp_path / name), nothing)


def test_a_process_that_ends_is_told() -> None:
    done: Future[Page] = Future()
    done.set_exception(BrokenProcessPool())
    page = _outcome(done, _Task("tanh", PROGRAMS["tanh"], "", ""))
    assert page == Page("tanh", "Hyperbolic tangent", problem="the process that wrote it was ended")


# ---- the command --------------------------------------------------------------------------------


@pytest.fixture
def _few_layers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("derive.layers", lambda: ("steep", "tanh"))
    monkeypatch.setattr("derive.load", PROGRAMS.__getitem__)


@pytest.mark.usefixtures("_few_layers", "_one_process")
def test_the_command_tells_what_was_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "--all", "-o", "out", "--fast"]) == BAD_INPUT
    out, err = capsys.readouterr()
    assert out == "wrote 1 reports to out (1 PROVED)\n"
    assert err.startswith("error: steep was not written: ")
    assert "Traceback" not in err
    assert sorted(path.name for path in Path("out").iterdir()) == [
        "index.html", "steep.html", "tanh.html",
    ]  # fmt: skip
    assert main(["report", "--all", "-o", "out", "--fast"]) == BAD_INPUT
    assert "exists already" in capsys.readouterr().err


@pytest.mark.usefixtures("_few_layers", "_one_process")
def test_the_command_as_json(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("derive.layers", lambda: ("tanh",))
    formats = ("--format", "md", "--format", "tex", "--format", "md")
    assert main(["report", "--all", "-o", "out", "--fast", "--json", *formats]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found == {"name": "tanh", "paths": ["out/tanh.md", "out/tanh.tex"], "verdict": "PROVED"}
    assert {path.name for path in Path("out").iterdir()} == {
        "index.html", "index.md", "tanh.md", "tanh.tex", "tanh-figures",
    }  # fmt: skip

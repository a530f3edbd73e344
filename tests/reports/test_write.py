"""Whole reports: what they hold, hostile texts, and the same bytes every time."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

import derive
import reports
from derive.errors import OptionRefused
from reports.equations import derived
from tests.reports.derivations import derivation_of

HOSTILE = r"""title </style><script>alert(1)</script> \input{/etc/passwd} $%_^&~#{}
source "><img src=x onerror=alert(1)> \write18{id}
note {{unbalanced } \end{document} & 100%
input x[n]
hyper eps = 1e-5
output y[n]
y[n] = x[n]/(x[n]^2 + eps)
"""


class Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        assert not any(name.startswith("on") for name, _ in attrs)
        if tag == "img":
            assert str(dict(attrs)["src"]).startswith("data:image/svg+xml,")

    def handle_data(self, data: str) -> None:
        self.text += data


def written(text: str, path: Path) -> str:
    assert reports.write(derive.parse(text), path).verdict == "PROVED"
    return path.read_text(encoding="utf-8")


def test_a_page_tells_everything(tmp_path: Path) -> None:
    program = derive.load("dense")
    reports.write(program, tmp_path / "dense.html")
    page = (tmp_path / "dense.html").read_text(encoding="utf-8")
    reader = Text()
    reader.feed(page)
    for heading in (
        "Notation",
        "Forward equations",
        "Computation graph",
        "Back through the intermediate values",
        "Gradient of the input",
        "Gradients of the parameters",
        "Kinks and ties",
        "NumPy code",
        "Proof",
        "Plots",
        "How to reproduce",
    ):
        assert heading in reader.text
    for rule in ("chain rule", "differentiate", "collapse"):
        assert rule in reader.text
    assert program.sources[0] in reader.text
    assert "relu'(0) = 0" in reader.text
    assert "PROVED" in reader.text
    assert "backproof check dense --seed 0" in reader.text
    assert all(f"({number})" in reader.text for number in derived(program).numbers.values())


def test_hostile_texts_are_inert_in_html(tmp_path: Path) -> None:
    reader = Text()
    reader.feed(written(HOSTILE, tmp_path / "r.html"))
    assert "script" not in reader.tags
    assert "<script>alert(1)</script>" in reader.text


def test_hostile_texts_are_inert_in_tex(tmp_path: Path) -> None:
    source = written(HOSTILE, tmp_path / "r.tex")
    body = re.sub(r"\\begin\{lstlisting\}.*?\\end\{lstlisting\}", "", source, flags=re.DOTALL)
    assert not re.search(r"\\(input|write|immediate|openout)\b", body)
    assert source.count(r"\end{document}") == 1 + _in_listing(source, r"\end{document}")


def _in_listing(source: str, text: str) -> int:
    listings = re.findall(r"\\begin\{lstlisting\}.*?\\end\{lstlisting\}", source, flags=re.DOTALL)
    return sum(listing.count(text) for listing in listings)


def test_settings_are_shown_and_keep_their_symbols(tmp_path: Path) -> None:
    path = tmp_path / "r.html"
    program = derive.parse("hyper s = 1.5\ninput x[n]\noutput y[n]\ny[n] = s*x[n]^2")
    reports.write(program, path, name="scale", settings={"s": 2.5})
    page = path.read_text(encoding="utf-8")
    assert "backproof check scale --set s=2.5 --seed 0" in page
    assert "<math><mi>s</mi></math>" in page
    assert "<math><mn>2.5</mn></math>" in page
    assert "<mi>s</mi>" in page.partition("Forward equation")[2]


@pytest.mark.parametrize("name", ["r.doc", "r", "r.HTML", "r.eqn"])
def test_another_suffix_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(OptionRefused, match="a report cannot be written as"):
        reports.write(derive.load("tanh"), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_setting_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OptionRefused, match="nosuch"):
        reports.write(derive.load("tanh"), tmp_path / "r.tex", settings={"nosuch": 2})


def test_a_file_is_kept_unless_it_may_be_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "r.tex"
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(OptionRefused, match="exists already"):
        reports.write(derive.load("tanh"), path, overwrite=False)
    assert path.read_text(encoding="utf-8") == "mine"


def test_the_same_report_twice(tmp_path: Path) -> None:
    first, second = (tmp_path / name for name in ("a.html", "b.html"))
    for path in (first, second):
        reports.write(derive.load("softmax"), path, name="softmax")
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize(("fast", "ending"), [(False, "--seed 3\n"), (True, "--seed 3 --fast\n")])
def test_the_command_gives_the_same_check_again(fast: bool, ending: str, tmp_path: Path) -> None:
    path = tmp_path / "step.md"
    reports.write(derive.load("step"), path, seed=3, fast=fast)
    assert f"backproof check step {ending}" in path.read_text(encoding="utf-8")


MOST_BYTES = 500_000


def test_the_longest_page_is_small(tmp_path: Path) -> None:
    """The page of the layer with most lines to show, with its drawings."""
    lines = {n: len(derivation_of(n).joint.equations + derivation_of(n).steps) for n in derive.layers()}
    longest = max(lines, key=lines.__getitem__)
    path = tmp_path / "r.html"
    reports.write(derive.load(longest), path, fast=True)
    assert path.stat().st_size < MOST_BYTES

"""Text that would be a tag or a command, through every field of a report and every message."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

import derive
from derive.errors import DeriveError
from reports import write

HTML = [
    "<script>window.__x=1</script>", "<img src=x onerror=window.__x=1>", "<svg/onload=window.__x=1>",
    "</title><script>window.__x=1</script>", "</style><script>window.__x=1</script>",
    "</code></pre><script>window.__x=1</script>", "</math><script>window.__x=1</script>",
    "<math><mtext><script>window.__x=1</script>", "<iframe src=javascript:window.__x=1>",
    "javascript:window.__x=1", "\" onmouseover=\"window.__x=1", "' onmouseover='window.__x=1",
    "&lt;script&gt;", "&#60;script&#62;", "<!--", "-->", "<![CDATA[", "]]>", "<?xml", "<a href=//x>",
    "<base href=//x>", "<link rel=stylesheet href=//x>", "<meta http-equiv=refresh content=0>",
    "<style>@import '//x'</style>", "<form action=//x>", "<object data=//x>", "<embed src=//x>",
    "<details open ontoggle=window.__x=1>", "{{7*7}}", "${7*7}", "`", "<plaintext>", "<noscript>",
]  # fmt: skip
LATEX = [
    r"\input{/etc/passwd}", r"\include{/etc/passwd}", r"\write18{touch mark}",
    r"\immediate\write18{id}", r"}\write18{id}{", r"\end{document}\input{x}", r"\begin{input}",
    r"\csname input\endcsname", r"^^5cinput{x}", r"\catcode`\@=11", r"\def\x{\x}\x", r"\openin5=x",
    r"\loop\iftrue\repeat", r"\newread\f", r"\verb|x|", r"\url{x}", r"\href{x}{y}", r"\special{x}",
    r"\directlua{os.execute('id')}", r"\usepackage{x}", r"$\input{x}$", "% comment", "# & _ ~ ^ { } $",
    r"\\", "{", "}", "$", "$$", "&", "\\", r"\end{lstlisting}\input{x}", r"\end{align}\input{x}",
    r"\lstinputlisting{/etc/passwd}", r"\htmlData{a=b}{x}", r"\edef\x{\x\x}",
]  # fmt: skip
PAYLOADS = [*HTML, *LATEX]
PROGRAM = """title {0}
source {0}
note {0}
input x[n]
output y[n]
y[n] = 2*x[n]  # {0}
"""
LISTING = re.compile(r"\\begin\{lstlisting\}.*?\n\\end\{lstlisting\}", re.DOTALL)


class Tags(HTMLParser):
    """The tags and attributes of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.targets: set[str] = set()
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.targets |= {value or "" for name, value in attrs if name in {"src", "href"}}

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def page(path: Path) -> Tags:
    found = Tags()
    found.feed(path.read_text(encoding="utf-8"))
    found.close()
    return found


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path, Path]:
    """A report of plain text, and one of all payloads in every field, as pages and as LaTeX."""
    folder = tmp_path_factory.mktemp("reports")
    lines = [f"{word} {payload}" for payload in PAYLOADS for word in ("source", "note")]
    full = "\n".join(
        [f"title {' '.join(PAYLOADS)}", *lines, "input x[n]\noutput y[n]\ny[n] = 2*x[n]"]
    )
    found = []
    for name, text in (("plain", PROGRAM.format("plain")), ("full", full)):
        for suffix in (".html", ".tex"):
            found.append(folder / f"{name}{suffix}")
            write(
                derive.parse(text),
                found[-1],
                name=" ".join(PAYLOADS[:9]) if name == "full" else "x",
            )
    return found[0], found[1], found[2], found[3]


def test_a_page_has_no_tag_but_its_own(reports: tuple[Path, Path, Path, Path]) -> None:
    plain, _, full, _ = reports
    own, found = page(plain), page(full)
    assert found.tags <= own.tags | {"ul", "li"}
    assert found.attributes <= own.attributes
    assert "script" not in found.tags
    assert not [name for name in found.attributes if name.startswith("on")]
    own_places = ("#", "data:image/svg+xml,")
    assert [place for place in found.targets if not place.startswith(own_places)] == []
    text = "".join(found.text)
    assert [payload for payload in HTML if payload not in text] == [], "shown as it was written"


def test_a_page_may_load_and_run_nothing(reports: tuple[Path, Path, Path, Path]) -> None:
    for path in (reports[0], reports[2]):
        text = path.read_text(encoding="utf-8")
        policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
        assert policy is not None
        assert policy[1].startswith("default-src &#x27;none&#x27;")
        assert "script-src" not in policy[1]


def prose(path: Path) -> str:
    """A LaTeX text outside of its listings, in which nothing is a command."""
    return LISTING.sub("", path.read_text(encoding="utf-8"))


def commands(path: Path) -> set[str]:
    return set(re.findall(r"(?<!\\)(?:\\\\)*\\([a-zA-Z]+)", prose(path)))


def test_latex_has_no_command_but_its_own(reports: tuple[Path, Path, Path, Path]) -> None:
    _, plain, _, full = reports
    more = commands(full) - commands(plain)
    # the names of characters, as \textbackslash
    assert {name for name in more if not re.fullmatch("text[a-z]+", name)} == set()
    body = prose(full)
    assert body.count(r"\begin{document}") == body.count(r"\end{document}") == 1
    assert body.rstrip().endswith(r"\end{document}")
    assert r"\end{lstlisting}" not in body, "no payload ends a listing early"


def test_braces_and_dollars_of_prose_are_balanced(reports: tuple[Path, Path, Path, Path]) -> None:
    for path in (reports[1], reports[3]):
        text = prose(path).partition(r"\begin{document}")[2]
        plain = re.sub(r"\\[{}\\$]", "", text)
        assert plain.count("{") == plain.count("}")
        assert plain.count("$") % 2 == 0


@pytest.mark.parametrize("payload", [*HTML[:6], *LATEX[:6], "\x1b[31mred", "\x07", "\u202eabc"])
def test_a_message_shows_what_was_written_and_no_control_character(payload: str) -> None:
    with pytest.raises(DeriveError) as caught:
        derive.parse(
            f"input x\noutput y\ny = x {payload}", payload if payload.isprintable() else "x"
        )
    message = str(caught.value)
    assert "to fix" in message
    assert caught.value.problem.isprintable()

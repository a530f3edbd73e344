"""The drawn graph: nothing covers anything, and every drawing fits a page."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from functools import cache
from itertools import combinations, pairwise

import pytest

import derive
from reports.document import Figure
from reports.equations import derived
from reports.figures.flow import LOSS, flow
from reports.figures.graph import EDGE, TALLEST, Placement, graph, graphs, placement
from reports.figures.routes import Drawn, Point, Route
from reports.figures.svg import WIDEST
from tests.reports.figures.programs import LONG_NAME, OWN, equations

EVERY = (*derive.layers(), *OWN)
SVG = "{http://www.w3.org/2000/svg}"
PAGE = 692.0  # what a page of text is high, in points
SAMPLES = 12  # of a curve
TOUCH = 0.01


@cache
def drawn(name: str) -> tuple[Figure, ...]:
    return graphs(equations(name))


def points(route: Route) -> list[Point]:
    found = [route.start]
    for curve in route.curves:
        (x0, y0), (x3, y3) = found[-1], curve.end
        (x1, y1), (x2, y2) = curve.pulls or (found[-1], curve.end)
        for n in range(1, SAMPLES + 1):
            t = n / SAMPLES
            a, b, c, d = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3
            found.append((a * x0 + b * x1 + c * x2 + d * x3, a * y0 + b * y1 + c * y2 + d * y3))
    return found


def overlap(one: Drawn, other: Drawn) -> bool:
    a, b, c, d = one.box
    e, f, g, h = other.box
    return a < g and e < c and b < h and f < d


def meets(a: Point, b: Point, card: Drawn) -> bool:
    left, top, right, low = card.box
    return any(
        left + TOUCH < x < right - TOUCH and top + TOUCH < y < low - TOUCH
        for x, y in (a, b, ((a[0] + b[0]) / 2, (a[1] + b[1]) / 2))
    )


def keys(placed: Placement) -> dict[str, Drawn]:
    return {drawn.card.node.key: drawn for drawn in placed.cards}


@pytest.fixture(params=EVERY, scope="module")
def placed(request: pytest.FixtureRequest) -> Placement:
    return placement(flow(equations(request.param)))


def test_no_card_covers_another_or_lets_its_text_out(placed: Placement) -> None:
    for one, other in combinations(placed.cards, 2):
        assert not overlap(one, other), (one.card.node.key, other.card.node.key)
    for drawn in placed.cards:
        for text in drawn.card.texts:
            assert text.x >= 0
            assert text.x + text.width <= drawn.card.width
            assert 0 < text.y < drawn.card.height
            assert text.y - text.setting.height * text.size > -0.5


def test_ways_join_their_cards_and_cross_none(placed: Placement) -> None:
    cards = keys(placed)
    for route in placed.routes:
        for (x, y), key in ((route.start, route.link.source), (route.end, route.link.target)):
            left, top, right, low = cards[key].box
            beside = left - TOUCH <= x <= right + TOUCH and top - TOUCH <= y <= low + TOUCH
            assert beside, (route.link, key)
        for a, b in pairwise(points(route)):
            for card in placed.cards:
                assert not meets(a, b, card), (route.link, card.card.node.key)


def test_values_flow_down_and_cotangents_come_back(placed: Placement) -> None:
    for route in placed.routes:
        level = abs(route.start[1] - route.end[1]) < TOUCH
        assert level or (route.start[1] < route.end[1]) != route.link.recurrent
    for link in {route.link for route in placed.routes}:
        found = [route.back for route in placed.routes if route.link == link]
        assert found == ([False, True] if link.backward else [False])


@pytest.mark.parametrize("name", EVERY)
def test_figures_fit_a_page_and_say_what_they_show(name: str) -> None:
    for figure in drawn(name):
        root = ET.fromstring(figure.svg)
        width, height = (float(root.attrib[a].removesuffix("pt")) for a in ("width", "height"))
        assert width <= WIDEST
        assert height < PAGE
        assert len(figure.svg) < 150_000
        assert root.tag == f"{SVG}svg"
        assert not list(root.iter(f"{SVG}text"))
        ids = [node.attrib["id"] for node in root.iter() if "id" in node.attrib]
        assert len(set(ids)) == len(ids)
        used = {node.attrib["href"].removeprefix("#") for node in root.iter(f"{SVG}use")}
        assert used == set(ids)
        assert figure.alt.startswith("Computation graph of ")
        assert figure.caption


@pytest.mark.parametrize("name", ["chain", "block", "lstm"])
def test_parts_leave_nothing_out(name: str) -> None:
    whole = graph(equations(name))
    told = " ".join(figure.alt for figure in drawn(name))
    for sentence in re.findall(r"\w+ from [^.]+\.", whole.alt):
        assert sentence in told


@pytest.mark.parametrize(("name", "count"), [("chain", 1), ("block", 2), ("lstm", 1), ("dense", 1)])
def test_tall_drawings_are_cut(name: str, count: int) -> None:
    assert len(drawn(name)) == count
    assert (placement(flow(equations(name))).low > TALLEST) == (name in ("chain", "block"))


def test_a_graph_says_what_comes_from_what() -> None:
    alt = graph(equations("dense")).alt
    assert "2 forward and 4 backward equations" in alt
    assert "z from W, x, b. a from z. Cotangents come back to x, W, b." in alt
    assert LOSS not in alt


def test_names_are_inert_and_their_ids_are_no_ones_elses() -> None:
    one, other = graph(equations("names")), graph(equations("dense"))
    assert LONG_NAME in one.alt
    assert "<script" not in one.svg
    ids = [set(re.findall(r'id="([^"]+)"', figure.svg)) for figure in (one, other)]
    assert not ids[0] & ids[1]


def test_a_drawing_that_is_too_wide_is_made_smaller() -> None:
    title = "input x[n]\nparam " + ", ".join(f"{LONG_NAME[:29]}{k}[n]" for k in range(10, 13))
    text = f"{title}\noutput y[n]\ny[n] = x[n]" + "".join(
        f" + x[n]*{LONG_NAME[:29]}{k}[n]" for k in range(10, 13)
    )
    svg = graph(derived(derive.parse(text))).svg
    assert float(re.findall(r'width="([\d.]+)pt', svg)[0]) <= WIDEST + EDGE / 100


@pytest.mark.parametrize("name", ["lstm", "block"])
def test_the_same_program_gives_the_same_bytes(name: str) -> None:
    assert graphs(equations(name)) == drawn(name)

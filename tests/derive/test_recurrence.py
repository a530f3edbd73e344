"""Groups of arrays that read each other, in order, and the ways round that are none."""

from itertools import pairwise

import pytest

from derive import parse
from derive.recurrence import components, cycle, edges, missing_start, recurrences
from tests.derive.programs import PROGRAMS

# Names, links (reader, read), groups.
GRAPHS = [
    ("abc", [], ["a", "b", "c"]),
    ("abc", ["ab", "bc"], ["c", "b", "a"]),
    ("abc", ["ba", "cb"], ["a", "b", "c"]),
    ("abc", ["ab", "ba", "bc"], ["c", "ab"]),
    ("abc", ["ab", "bc", "ca"], ["abc"]),
    ("aa", ["aa"], ["a"]),
    ("abcd", ["ab", "ba", "cd", "dc", "bc"], ["cd", "ab"]),
    ("abcd", ["ab", "ac", "bd", "cd"], ["d", "b", "c", "a"]),
]


@pytest.mark.parametrize(("names", "links", "groups"), GRAPHS)
def test_groups_come_after_what_they_read(names, links, groups):
    found = components(list(names), [tuple(link) for link in links])
    assert [sorted(group) for group in found] == [sorted(group) for group in groups]


def test_a_long_chain_needs_no_recursion():
    names = [f"a{n}" for n in range(5000)]
    links = list(pairwise(names))
    assert components(names, links) == [[name] for name in reversed(names)]


def test_only_reads_inside_a_group_make_a_recurrence():
    program = parse(PROGRAMS["bidirectional recurrent network"])
    groups = recurrences(edges(program))
    assert [{e.target for e in group} for group in groups] == [{"h"}, {"g"}]


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_programs_of_the_table_have_an_order(name):
    program = parse(PROGRAMS[name])
    assert cycle(program) is None
    assert missing_start(program) is None

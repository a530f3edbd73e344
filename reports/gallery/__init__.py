"""A folder of reports, one for each layer, with a page that leads to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from derive.program import Program
from reports.files import save
from reports.gallery.folder import prepared
from reports.gallery.index import index_page, index_text
from reports.gallery.kinds import grouped
from reports.gallery.pages import FORMATS, INDEX, Order, Page, written
from reports.writing import able

__all__ = ["FORMATS", "Order", "Page", "write_gallery"]


def write_gallery(
    programs: Mapping[str, Program], order: Order, on_page: Callable[[Page], None]
) -> tuple[Page, ...]:
    """Write a report on each program and an index of them; give what became of each.

    ``on_page`` is called when a page is done. What cannot be derived, built or written has its
    problem in its ``Page``; the others, and the index, are written all the same.

    Raises:
        OptionRefused: if the folder cannot be used, a file would be lost, or what makes a kind of
            files is not there.
    """
    groups = grouped(programs)
    names = [name for _, members in groups for name in members]
    indices = [
        order.path(INDEX, kind) for kind in ("html", "md") if kind in ("html", *order.formats)
    ]
    paths = [order.path(name, kind) for name in names for kind in order.formats]
    for kind in ("html", *order.formats):
        able(f".{kind}", engine=order.engine, math=order.math)
    prepared(order.folder, [*indices, *paths], overwrite=order.overwrite)
    found: dict[str, Page] = {}
    for page in written({name: programs[name] for name in names}, order):
        found[page.name] = page
        on_page(page)
    shown = tuple((kind, tuple(found[name] for name in members)) for kind, members in groups)
    save(indices[0], index_page(shown, order.formats, order.math), overwrite=order.overwrite)
    for path in indices[1:]:
        save(path, index_text(shown, order.formats), overwrite=order.overwrite)
    return tuple(found[name] for name in names)

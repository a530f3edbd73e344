"""Mistakes with terms: one dropped, one with the wrong sign, only one of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from derive.algebra import add, neg
from derive.canonical import canonical_expr, positive
from derive.expr import ONE, Add, Expr, Reduce
from derive.mutate.scene import Change, Scene
from derive.mutate.site import Site, sites, text
from derive.program import Equation


def _sums(equation: Equation) -> Iterator[tuple[Site, Add]]:
    for site in sites(equation.expr):
        if isinstance(site.node, Add):
            yield site, site.node


def dropped(_: Scene, equation: Equation) -> Iterator[Change]:
    """A sum without one of its terms."""
    for site, node in _sums(equation):
        for position, term in enumerate(node.terms):
            rest = add(*node.terms[:position], *node.terms[position + 1 :])
            new = replace(equation, expr=site.put(rest))
            # a factor that becomes 1 is a factor left out, which says it better
            if rest != ONE:
                yield Change(_without(site, node, term, rest), (new,))
            turned = positive(rest)
            if turned is not None and len(node.terms) == 2:
                new = replace(equation, expr=site.put(turned))
                yield Change(f"with {text(turned)} in place of {text(node)}", (new,))


def _without(site: Site, node: Add, term: Expr, rest: Expr) -> str:
    if site.parent is None or isinstance(site.parent, Reduce) or len(node.terms) > 2:
        return f"without the term {_unsigned(term)}"
    return f"with {text(rest)} in place of {text(node)}"


def _unsigned(term: Expr) -> str:
    turned = positive(canonical_expr(term))
    return text(term if turned is None else turned)


def only_one(_: Scene, equation: Equation) -> Iterator[Change]:
    """One term of several: what is left if each overwrites the one before."""
    for site, node in _sums(equation):
        if len(node.terms) > 2:
            for term in reversed(node.terms):
                new = replace(equation, expr=site.put(term))
                yield Change(f"with only the term {text(term)}", (new,))


def sign_of_one(_: Scene, equation: Equation) -> Iterator[Change]:
    """A sum in which one term has the wrong sign."""
    for site, node in _sums(equation):
        for position, term in enumerate(node.terms):
            turned = add(*node.terms[:position], neg(term), *node.terms[position + 1 :])
            new = replace(equation, expr=site.put(turned))
            yield Change(f"with the wrong sign of the term {_unsigned(term)}", (new,))

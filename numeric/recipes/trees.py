"""Binary trees of words, and the recursive neural tensor network of a tree as equations."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Union

import derive
from derive.program import Program

# A tree is a word, or a pair of trees.
Tree = Union[str, tuple["Tree", "Tree"]]

_HEAD = (
    "title  Recursive neural tensor network on the tree {shape}",
    "source Socher et al. 2013, Recursive deep models for semantic compositionality over a "
    "sentiment treebank, EMNLP, section 4.3",
    "note   id[n, m] is the word at leaf m of sample n, counted from the left; E holds a vector "
    "for each word.",
    "note   At a node x is the two vectors below it, one behind the other; V weighs their "
    "products, W themselves.",
    "",
    "const  id[n, m] : int, y[n, k]",
    "param  E[v, i], V[i, p, q], W[i, p], b[i], S[k, i], c[k]",
    "index  p : 2*size(i)",
    "index  q : 2*size(i)",
    "assume sum[k](y[n, k]) = 1",
    "output loss, z[n, k]",
)
_LEAF = ("", "{name}[n, i] = E[id[n, {place}], i]")
_NODE = (
    "",
    "x{name}[n, p] = {left}[n, p] if p < size(i) else {right}[n, p - size(i)]",
    "{name}[n, i] = tanh(sum[p, q](V[i, p, q]*x{name}[n, p]*x{name}[n, q])"
    " + sum[p](W[i, p]*x{name}[n, p]) + b[i])",
)
_END = (
    "",
    "z[n, k] = sum[i](S[k, i]*{root}[n, i]) + c[k]",
    "r[n, k] = exp(z[n, k])/sum[l](exp(z[n, l]))",
    "loss = mean[n](-sum[k](y[n, k]*log(r[n, k])))",
    "",
)


def words(tree: Tree) -> tuple[str, ...]:
    """The words of a tree, from the left."""
    return (tree,) if isinstance(tree, str) else (*words(tree[0]), *words(tree[1]))


def shape(tree: Tree) -> str:
    """A tree with a dot in place of each word, such as ``((. .) .)``."""
    return "." if isinstance(tree, str) else f"({shape(tree[0])} {shape(tree[1])})"


def text(tree: Tree) -> str:
    """The equations of the network on trees of this shape, as an equation file."""
    parts = _Parts()
    root = parts.add(tree)
    lines = (*_HEAD, *parts.lines, *_END)
    return "\n".join(lines).format(shape=shape(tree), root=root)


def program(tree: Tree) -> Program:
    """The network on trees of this shape: one loss, and one vector at each node."""
    return derive.parse(text(tree))


@dataclass(slots=True)
class _Parts:
    leaves: int = 0
    nodes: int = 0
    lines: list[str] = field(default_factory=list)

    def add(self, tree: Tree) -> str:
        """Write the equations of a tree; the name of the vector at its top."""
        if isinstance(tree, str):
            name = f"a{self.leaves}"
            self.lines += [line.format(name=name, place=self.leaves) for line in _LEAF]
            self.leaves += 1
            return name
        left, right = self.add(tree[0]), self.add(tree[1])
        self.nodes += 1
        name = f"h{self.nodes}"
        self.lines += [line.format(name=name, left=left, right=right) for line in _NODE]
        return name

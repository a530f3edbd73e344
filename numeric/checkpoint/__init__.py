"""Checkpoints: a network, its optimiser and how far training has come, in one file.

A checkpoint is an ``.npz`` of plain arrays, which NumPy reads without pickle, with the version
and a checksum of everything as the comment of the archive.
"""

from numeric.checkpoint.archive import VERSION, Archive, read, write
from numeric.checkpoint.contents import load, put_back, save, taken

__all__ = ["VERSION", "Archive", "load", "put_back", "read", "save", "taken", "write"]

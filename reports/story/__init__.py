"""What a report says: one small file for each part of the document."""

from reports.story.compose import compose
from reports.story.derivation import derivation
from reports.story.forward import forward
from reports.story.material import Material

__all__ = ["Material", "compose", "derivation", "forward"]

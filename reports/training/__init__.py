"""The small report on a recipe: what it had to reach, what it reached, and pictures."""

from reports.training.document import compose_training

__all__ = ["compose_training"]

"""Measurements of the pipeline itself: from text to a kernel, and its check."""

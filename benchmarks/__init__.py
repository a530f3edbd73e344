"""Measurements of the pipeline; run them with ``python -m benchmarks``."""

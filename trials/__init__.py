"""Long trials of the project against itself and others; run them with ``python -m trials``."""

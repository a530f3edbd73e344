"""The drawings and plots of a report."""

"""What is wrong with a training, said while it runs: the illness, its figures and the remedy."""

from numeric.monitor.finding import Finding
from numeric.monitor.monitor import Monitor
from numeric.monitor.origin import Origin, first_not_finite

__all__ = ["Finding", "Monitor", "Origin", "first_not_finite"]

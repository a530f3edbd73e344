"""Right kernels written by hand, and bugs to put into them.

Tests and trials read the same table: what one checker is measured by, all are.
"""

from trials.bugs import composed, first, pointwise
from trials.bugs.catalogue import BUGS
from trials.bugs.kernel import Bug, Kernel

KERNELS: dict[str, Kernel] = {
    name.lower(): value
    for module in (first, pointwise, composed)
    for name, value in vars(module).items()
    if isinstance(value, Kernel)
}

__all__ = ["BUGS", "KERNELS", "Bug", "Kernel"]

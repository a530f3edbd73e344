"""What kernels cost: operations, bytes, workspace and saved memory, equation by equation."""

from numeric.cost.count import cost
from numeric.cost.table import Cost, Figures, Row

__all__ = ["Cost", "Figures", "Row", "cost"]

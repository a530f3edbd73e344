"""Where figures were taken: the processor, its load, the versions."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

DISTRIBUTIONS = ("numpy", "torch", "jax", "autograd", "scipy")


def machine(names: Iterable[str] = DISTRIBUTIONS) -> dict[str, str]:
    """Facts that figures mean nothing without."""
    return {
        "processor": _processor(),
        "cpus": str(os.cpu_count()),
        "system": platform.system(),
        "python": platform.python_version(),
        **{name: _version(name) for name in names},
        **_blas(),
        "load before": load(),
    }


def load() -> str:
    """How many processes wanted a CPU over the last minute; '' where the system does not say."""
    return f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    flags = next((line for line in lines if line.startswith("flags")), "")
    vectors = "AVX-512" if " avx512f" in flags else "AVX2" if " avx2" in flags else ""
    return ", ".join(filter(None, [named[0] if named else platform.processor(), vectors]))


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _blas() -> dict[str, str]:
    """NumPy's linear algebra and the kernels it picked, where threadpoolctl is installed."""
    try:
        from threadpoolctl import threadpool_info  # noqa: PLC0415  an optional package
    except ImportError:
        return {}
    found = [f"{i['internal_api']} {i['version']} {i.get('architecture', '')}".strip()
             for i in threadpool_info() if i["user_api"] == "blas"]  # fmt: skip
    return {"blas of numpy": found[0]} if found else {}

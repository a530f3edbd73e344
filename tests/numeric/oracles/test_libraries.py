"""Libraries are imported when asked for, and only then; none changes anything global."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from derive.errors import OptionRefused
from numeric.oracles import NAMES, libraries, library


def test_an_unknown_oracle_is_refused():
    with pytest.raises(OptionRefused, match="no oracle 'theano'") as refused:
        library("theano")
    assert refused.value.remedy == "choose from torch, jax"


@pytest.mark.parametrize("name", NAMES)
def test_a_library_that_is_not_installed_is_one_error(monkeypatch, name):
    def missing(wanted):
        raise ModuleNotFoundError(f"No module named {wanted!r}")

    monkeypatch.setattr(libraries, "import_module", missing)
    with pytest.raises(OptionRefused, match=f"{name} is not installed: No module") as refused:
        library(name)
    assert refused.value.remedy == "pip install 'backproof[oracles]'"


def test_a_check_imports_no_library():
    code = "import sys, derive, numeric, reports.cli\n" \
           "numeric.check(derive.load('relu'), fast=True)\n" \
           "print([name for name in ('torch', 'jax', 'autograd') if name in sys.modules])"  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_jax_is_asked_in_float64_and_left_in_float32():
    jax = pytest.importorskip("jax", reason="an optional oracle, not installed")
    found = library("jax")
    with found.session():
        assert found.array(np.ones(2)).dtype == np.float64
    assert jax.numpy.ones(2).dtype == np.float32
    assert not jax.config.jax_enable_x64

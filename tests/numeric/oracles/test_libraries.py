"""Libraries are imported when asked for, and only then; none changes anything global."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from derive.errors import OptionRefused
from numeric.oracles import NAMES, libraries, library, require


def test_an_unknown_oracle_is_refused():
    with pytest.raises(OptionRefused, match="no oracle 'theano'") as refused:
        library("theano")
    assert refused.value.remedy == "choose from torch, jax"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("ask", [library, require])
def test_a_library_that_is_not_installed_is_one_error(monkeypatch, name, ask):
    monkeypatch.setattr(libraries, "find_spec", lambda _: None)
    with pytest.raises(OptionRefused, match=f"{name} is not installed: there is no") as refused:
        ask(name)
    assert refused.value.remedy == "pip install 'backproof[oracles]'"


def test_a_library_that_cannot_be_imported_is_the_same_error(monkeypatch):
    def broken(_):
        raise ImportError("lib.so: cannot open shared object file")

    monkeypatch.setattr(libraries, "find_spec", lambda _: object())
    monkeypatch.setattr(libraries, "import_module", broken)
    with pytest.raises(OptionRefused, match=r"torch is not installed: lib\.so: cannot open"):
        library("torch")


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

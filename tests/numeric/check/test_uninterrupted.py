"""The collector of cycles rests while a check works, and is left as it was found."""

import gc

import pytest

from numeric.check.uninterrupted import uninterrupted


@pytest.mark.parametrize("running", [True, False])
def test_the_collector_rests_and_is_left_as_it_was(running: bool) -> None:
    before = gc.isenabled()
    try:
        (gc.enable if running else gc.disable)()
        with uninterrupted(), uninterrupted():
            assert not gc.isenabled()
        assert gc.isenabled() is running
        with pytest.raises(KeyError), uninterrupted():
            raise KeyError
        assert gc.isenabled() is running
    finally:
        (gc.enable if before else gc.disable)()

"""Threads of the linear algebra."""

import sys

from threadpoolctl import threadpool_info

from numeric.threads import one_thread


def counts():
    return [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]


def test_products_stay_on_one_thread_and_go_back_after():
    before = counts()
    with one_thread():
        assert set(counts()) == {1}
    assert counts() == before


def test_without_threadpoolctl_nothing_changes(monkeypatch):
    before = counts()
    monkeypatch.setitem(sys.modules, "threadpoolctl", None)
    with one_thread():
        assert counts() == before

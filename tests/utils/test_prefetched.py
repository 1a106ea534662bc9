"""Threads work a little ahead, in order."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from sk_hyperimage.utils._threads import prefetched


@pytest.mark.parametrize("n_threads", [1, 3])
def test_results_come_in_order_and_no_more_than_two_a_thread_ahead(n_threads):
    started = []

    def square(number):
        started.append(number)
        time.sleep(0.002 * (number % 3))
        return number**2

    for position, result in enumerate(prefetched(square, range(20), n_threads)):
        assert result == position**2
        assert len(started) <= position + 2 * n_threads + 1
    assert sorted(started) == list(range(20))


def test_errors_come_where_their_result_would_have_been():
    results = prefetched(lambda number: 12 // number, [3, 4, 0, 6])
    assert [next(results), next(results)] == [4, 3]
    with pytest.raises(ZeroDivisionError):
        next(results)


def test_leaving_early_leaves_no_thread_behind():
    before = threading.active_count()
    results = prefetched(lambda number: number, range(1000), n_threads=2)
    next(results)
    results.close()
    assert threading.active_count() == before


def test_each_thread_takes_one_core_and_later_threads_what_they_would_have():
    before = torch.get_num_threads()
    assert set(prefetched(lambda _: torch.get_num_threads(), range(4), n_threads=2)) == {1}
    assert torch.get_num_threads() == before
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(torch.get_num_threads).result() == before

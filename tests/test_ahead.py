"""Results that threads compute ahead."""

import threading

import pytest

from trainer.ahead import SPARE, ahead, usable_cores


@pytest.mark.parametrize("threads", [1, 3])
def test_results_come_in_the_order_of_the_arguments(threads: int) -> None:
    first_is_last = threading.Event()

    def square(number: int) -> int:
        if threads > 1 and number == 0:
            assert first_is_last.wait(30)
        first_is_last.set()
        return number**2

    assert list(ahead(square, range(10), threads)) == [number**2 for number in range(10)]


def test_no_more_is_computed_than_a_few_results_ahead() -> None:
    begun: list[int] = []
    results = ahead(begun.append, range(100), 2)
    next(results)
    assert len(begun) <= 2 + SPARE
    results.close()  # type: ignore[attr-defined]
    assert len(begun) <= 2 + SPARE


def test_an_error_reaches_whoever_asks_for_the_result() -> None:
    results = ahead(lambda number: 1 // number, [1, 0, 1], 2)
    assert next(results) == 1
    with pytest.raises(ZeroDivisionError):
        next(results)


def test_there_is_a_core_to_use() -> None:
    assert usable_cores() >= 1

"""How the tests of parsers tell linear time from quadratic."""

from collections.abc import Callable
from time import process_time


def assert_linear(parse: Callable[[int], object], size: int = 16_000) -> None:
    """Assert that input four times as long takes less than eleven times as long to parse.

    `parse` is called with a size. Quadratic time would be sixteen times as long, and it is the
    best of a few rounds that counts, so that a busy machine does not fail the test.
    """
    ratios = []
    for _ in range(5):
        short, long = _seconds(parse, size), _seconds(parse, 4 * size)
        ratios.append(long / max(short, 1e-5))
        if ratios[-1] < 11 or long < 0.02:
            return
    raise AssertionError(f"time grows faster than the input: {ratios}")


def _seconds(parse: Callable[[int], object], size: int) -> float:
    begin = process_time()
    parse(size)
    return process_time() - begin

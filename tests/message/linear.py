"""How the tests of parsers tell linear time from quadratic, without a clock."""

import faulthandler
from collections.abc import Callable

#: Long enough for the slowest machine; quadratic time would take the size below many minutes.
GUARD_SECONDS = 120


def assert_linear(parse: Callable[[int], object], size: int = 300_000) -> None:
    """Assert that input of *size* units is parsed at all.

    In linear time that is a fraction of a second. In quadratic time it would not be over
    before the guard ends the run with a traceback that shows where.
    """
    faulthandler.dump_traceback_later(GUARD_SECONDS, exit=True)
    try:
        parse(size)
    finally:
        faulthandler.cancel_dump_traceback_later()

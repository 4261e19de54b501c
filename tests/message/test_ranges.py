"""The Range header as slices of a body."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cherrypy.message.ranges import MAX_RANGES, get_ranges

from .linear import assert_linear


@pytest.mark.parametrize(
    ("header", "slices"),
    [
        ("bytes=3-6", [(3, 7)]),
        ("bytes=0-0", [(0, 1)]),
        ("bytes=2-", [(2, 8)]),
        ("bytes=0-", [(0, 8)]),
        ("bytes=5-100", [(5, 8)]),
        ("bytes=-3", [(5, 8)]),
        ("bytes=-100", [(0, 8)]),
        ("bytes=4-6,2-5", [(4, 7), (2, 6)]),
        ("bytes= 1-2 , ,7- ,", [(1, 3), (7, 8)]),
        ("Bytes=1-2", [(1, 3)]),
        ("bytes=1-2, 9-10", [(1, 3)]),
        # Nothing of the content lies in these: 416.
        ("bytes=8-", []),
        ("bytes=8-9,100-", []),
        ("bytes=-0", []),
        # These are to be ignored.
        (None, None),
        ("", None),
        ("bytes", None),
        ("bytes=", None),
        ("bytes=,", None),
        ("bytes=-", None),
        ("bytes=3-2", None),
        ("bytes=1-2,3-2", None),
        ("bytes=a-b", None),
        ("bytes=1 - 2", None),
        ("bytes=1-2-3", None),
        ("bytes=--1", None),
        ("bytes=+1-2", None),
        ("bytes=\u0661-2", None),
        ("bytes=1-2;3-4", None),
        ("items=1-2", None),
        ("bytes=" + "9" * 5000 + "-", None),
        ("bytes=0-,0-,0-", None),
        ("bytes=" + ",".join(["0-0"] * (MAX_RANGES + 1)), None),
    ],
)
def test_ranges_of_eight_bytes(header: str | None, slices: list[tuple[int, int]] | None) -> None:
    assert get_ranges(header, 8) == slices


def test_no_range_of_an_empty_body_can_be_satisfied() -> None:
    for header in ("bytes=0-", "bytes=0-0", "bytes=-1"):
        assert get_ranges(header, 0) == []


def test_ranges_never_multiply_the_body() -> None:
    content = bytes(1000)
    for header in ("bytes=" + "0-,5-," * 40, "bytes=0-,-999,1-", "bytes=0-9,5-15,8-20"):
        slices = get_ranges(header, len(content))
        assert sum(stop - start for start, stop in slices or []) <= 2 * len(content)
    assert get_ranges("bytes=0-9,5-15,8-20", 1000) == [(0, 10), (5, 16), (8, 21)]


@given(st.text(st.sampled_from("0123456789-, =bytes"), max_size=30), st.integers(0, 50))
def test_any_header_gives_slices_within_the_body(tail: str, length: int) -> None:
    for start, stop in get_ranges(f"bytes={tail}", length) or []:
        assert 0 <= start < stop <= length


@pytest.mark.parametrize("unit", [",", "0", " ", "0-,", "-", "\t,"])
def test_hostile_ranges_take_linear_time(unit: str) -> None:
    assert_linear(lambda size: get_ranges("bytes=" + unit * size, 10**6))

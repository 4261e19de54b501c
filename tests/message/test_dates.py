"""Dates of HTTP and of log files; time is a clock that the test controls."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cherrypy.message import dates

from .linear import assert_linear


class Clock:
    """Stands in for `time.time` in the module under test."""

    def __init__(self) -> None:
        self.now = 784111777.9

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(time, "time", clock)
    return clock


@pytest.fixture
def in_kathmandu(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A zone without summer time, 5:45 hours ahead. Texts made in another zone are forgotten."""
    monkeypatch.setattr(dates, "_now_log", (-1, ""))
    monkeypatch.setattr(dates, "_now_clf", (-1, ""))
    monkeypatch.setenv("TZ", "NPT-5:45")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def test_the_current_date_changes_with_the_second(clock: Clock) -> None:
    assert dates.http_date() == "Sun, 06 Nov 1994 08:49:37 GMT"
    assert dates.http_date_bytes() == b"Sun, 06 Nov 1994 08:49:37 GMT"
    clock.now += 0.2
    assert dates.http_date() == "Sun, 06 Nov 1994 08:49:38 GMT"
    assert dates.http_date_bytes() == b"Sun, 06 Nov 1994 08:49:38 GMT"
    clock.now -= 1
    assert dates.http_date() == "Sun, 06 Nov 1994 08:49:37 GMT"


@pytest.mark.parametrize(
    ("timestamp", "text"),
    [
        (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
        (784111777.999, "Sun, 06 Nov 1994 08:49:37 GMT"),
        (-1, "Wed, 31 Dec 1969 23:59:59 GMT"),
        (253402300799, "Fri, 31 Dec 9999 23:59:59 GMT"),
    ],
)
def test_a_time_is_written_as_http_writes_it(timestamp: float, text: str) -> None:
    assert dates.http_date(timestamp) == text


@pytest.mark.parametrize("timestamp", [253402300800, -1e12, 1e300, float("inf"), float("nan")])
def test_a_time_that_http_cannot_write_is_a_value_error(timestamp: float) -> None:
    with pytest.raises(ValueError, match=r"is no date|NaN"):
        dates.http_date(timestamp)


@pytest.mark.parametrize(
    "text",
    [
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
        " Sun, 06 Nov 1994 08:49:37 GMT ",
    ],
)
def test_all_three_forms_of_a_date_are_read(text: str) -> None:
    assert dates.parse_http_date(text) == 784111777.0


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 CET",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Foo 1994 08:49:37 GMT",
        "Sun, 31 Feb 1994 08:49:37 GMT",
        "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 0000 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:00:00 GMT",
        "Sun, 06 Nov 1994 08:60:37 GMT",
        "Sun, 06 Nov 1994 08:49:61 GMT",
        "Sun, 06 Nov 1994 08:49:37 GMT; length=5",
        "Sun, \u0660\u0666 Nov 1994 08:49:37 GMT",
        "784111777",
    ],
)
def test_what_is_no_date_is_none(text: str) -> None:
    assert dates.parse_http_date(text) is None


def test_a_leap_day_and_a_leap_second_are_dates() -> None:
    assert dates.parse_http_date("Tue, 29 Feb 2000 00:00:00 GMT") == 951782400.0
    assert dates.parse_http_date("Mon, 29 Feb 2100 00:00:00 GMT") is None
    assert dates.parse_http_date("Sat, 31 Dec 2016 23:59:60 GMT") == 1483228800.0


def test_a_year_of_two_digits_is_at_most_fifty_years_ahead() -> None:
    this_year = datetime.now(UTC).year
    for ahead, expected in [(0, 0), (50, 50), (51, -49)]:
        text = f"Monday, 01-Jan-{(this_year + ahead) % 100:02d} 00:00:00 GMT"
        seconds = dates.parse_http_date(text)
        assert seconds is not None
        assert datetime.fromtimestamp(seconds, UTC).year == this_year + expected


@given(st.integers(-62135596800, 253402300799))
def test_a_date_written_and_read_again_is_the_same(second: int) -> None:
    assert dates.parse_http_date(dates.http_date(second)) == second


@given(st.text(max_size=40))
def test_any_text_is_a_date_or_none(text: str) -> None:
    assert isinstance(dates.parse_http_date(text), float | None)


@pytest.mark.usefixtures("in_kathmandu")
def test_log_times_are_local_and_change_with_the_second(clock: Clock) -> None:
    assert dates.log_time() == "[06/Nov/1994:14:34:37]"
    assert dates.clf_time() == "[06/Nov/1994:14:34:37 +0545]"
    clock.now += 1
    assert dates.log_time() == "[06/Nov/1994:14:34:38]"
    assert dates.clf_time() == "[06/Nov/1994:14:34:38 +0545]"
    assert dates.log_time(0) == "[01/Jan/1970:05:45:00]"
    assert dates.clf_time(0) == "[01/Jan/1970:05:45:00 +0545]"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "+0000"), (3600, "+0100"), (-12600, "-0330"), (20700, "+0545")]
)
def test_an_offset_is_written_in_hours_and_minutes(seconds: int, text: str) -> None:
    assert dates._offset(seconds) == text


def test_hostile_dates_take_linear_time() -> None:
    assert_linear(lambda size: dates.parse_http_date("Sunday, 06-Nov-94" + " " * size))

"""Dates as HTTP writes them, and as log files do.

A busy server writes the same second thousands of times, so each writer keeps the last text it
made. Nothing here depends on the locale: HTTP's month names are English everywhere.
"""

import re
import time
from calendar import timegm
from functools import lru_cache

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

# The three forms of RFC 9110 5.6.7, each with groups of the same names.
_TIME_OF_DAY = r"(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})"
_MONTH = r"(?P<month>[A-Z][a-z]{2})"
_DATE_FORMS = (
    # Sun, 06 Nov 1994 08:49:37 GMT
    re.compile(
        rf"[A-Z][a-z]{{2}}, (?P<day>[0-9]{{2}}) {_MONTH} (?P<year>[0-9]{{4}}) {_TIME_OF_DAY} GMT"
    ),
    # Sunday, 06-Nov-94 08:49:37 GMT
    re.compile(
        rf"[A-Z][a-z]{{5,8}}, (?P<day>[0-9]{{2}})-{_MONTH}-(?P<year>[0-9]{{2}}) {_TIME_OF_DAY} GMT"
    ),
    # Sun Nov  6 08:49:37 1994
    re.compile(
        rf"[A-Z][a-z]{{2}} {_MONTH} (?P<day>[0-9 ][0-9]) {_TIME_OF_DAY} (?P<year>[0-9]{{4}})"
    ),
)

_now_date: tuple[int, str, bytes] = (-1, "", b"")
_now_log: tuple[int, str] = (-1, "")
_now_clf: tuple[int, str] = (-1, "")


def http_date(timestamp: float | None = None) -> str:
    """Return the date of HTTP for seconds since 1970, or for now: 'Sun, 06 Nov 1994 08:49:37 GMT'.

    Raises ValueError for a time outside of the years 1 to 9999.
    """
    if timestamp is not None:
        return _format_http_date(_whole_second(timestamp))
    return _current_date()[1]


def http_date_bytes() -> bytes:
    """Return the date of now as bytes, for a Date header."""
    return _current_date()[2]


def _current_date() -> tuple[int, str, bytes]:
    global _now_date
    second = int(time.time())
    # Read once and replaced whole, so that no thread sees one second's text with another's.
    current = _now_date
    if current[0] != second:
        text = _format_http_date(second)
        current = _now_date = (second, text, text.encode("ascii"))
    return current


def _whole_second(timestamp: float) -> int:
    try:
        return int(timestamp)
    except OverflowError:
        raise ValueError(f"{timestamp} seconds since 1970 is no date.") from None


@lru_cache(maxsize=512)
def _format_http_date(second: int) -> str:
    try:
        year, month, day, hour, minute, sec, weekday, _, _ = time.gmtime(second)
    except (OverflowError, OSError):
        year = 0
    if not 1 <= year <= 9999:
        raise ValueError(f"{second} seconds since 1970 is no date that HTTP can write.")
    return (
        f"{_DAYS[weekday]}, {day:02d} {_MONTHS[month - 1]} {year:04d} "
        f"{hour:02d}:{minute:02d}:{sec:02d} GMT"
    )


def parse_http_date(text: str) -> float | None:
    """Return the seconds since 1970 of a date in any of HTTP's three forms, or None.

    A two-digit year more than 50 years ahead is taken as past (RFC 9110 5.6.7).
    """
    text = text.strip()
    for form in _DATE_FORMS:
        match = form.fullmatch(text)
        if match is not None:
            return _seconds(match)
    return None


def _seconds(match: re.Match[str]) -> float | None:
    if match["month"] not in _MONTHS:
        return None
    month = _MONTHS.index(match["month"]) + 1
    year = _full_year(match["year"])
    day, hour, minute, second = (int(match[name]) for name in ("day", "hour", "minute", "second"))
    # NOTE: second 60 is a leap second (RFC 9110 5.6.7); it counts as the first of the next minute.
    if not (year >= 1 and 1 <= day <= _days_in(year, month)):
        return None
    if hour > 23 or minute > 59 or second > 60:
        return None
    return float(timegm((year, month, day, hour, minute, second)))


def _full_year(digits: str) -> int:
    if len(digits) == 4:
        return int(digits)
    this_year = time.gmtime().tm_year
    year = this_year - this_year % 100 + int(digits)
    return year - 100 if year > this_year + 50 else year


def _days_in(year: int, month: int) -> int:
    if month == 2:
        leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
        return 29 if leap else 28
    return 30 if month in (4, 6, 9, 11) else 31


def log_time(timestamp: float | None = None) -> str:
    """Return local time as the error log has it: '[27/Apr/2014:13:04:07]'."""
    global _now_log
    second = int(time.time() if timestamp is None else timestamp)
    current = _now_log
    if current[0] != second:
        current = _now_log = (second, f"[{_day_and_time(time.localtime(second))}]")
    return current[1]


def clf_time(timestamp: float | None = None) -> str:
    """Return local time as the Common Log Format has it: '[20/Nov/2026:07:19:01 +0000]'."""
    global _now_clf
    second = int(time.time() if timestamp is None else timestamp)
    current = _now_clf
    if current[0] != second:
        local = time.localtime(second)
        current = _now_clf = (second, f"[{_day_and_time(local)} {_offset(local.tm_gmtoff)}]")
    return current[1]


def _day_and_time(local: time.struct_time) -> str:
    return (
        f"{local.tm_mday:02d}/{_MONTHS[local.tm_mon - 1]}/{local.tm_year:04d}:"
        f"{local.tm_hour:02d}:{local.tm_min:02d}:{local.tm_sec:02d}"
    )


def _offset(seconds_east: int) -> str:
    hours, minutes = divmod(abs(seconds_east) // 60, 60)
    return f"{'-' if seconds_east < 0 else '+'}{hours:02d}{minutes:02d}"

"""The Range header: which slices of a body a client asks for (RFC 9110 14)."""

import re

# A client that resumes or seeks asks for a few ranges; nobody honest asks for hundreds.
MAX_RANGES = 100

_RANGE = re.compile(r"[ \t]*(?:([0-9]{1,18})-([0-9]{0,18})|-([0-9]{1,18}))[ \t]*")


def get_ranges(headervalue: str | None, content_length: int) -> list[tuple[int, int]] | None:
    """Return the (start, stop) slices that a Range header asks for: 'bytes=3-6' -> [(3, 7)].

    A suffix longer than the content is the whole content. Returns None where the header must
    be ignored (absent, malformed, not in bytes, or abusive) and [] where nothing of the
    content lies in the ranges: then answer 416. Manual: `httputil.get_ranges`.
    """
    if not headervalue:
        return None
    unit, _, range_set = headervalue.partition("=")
    if unit.strip().lower() != "bytes" or range_set.count(",") >= MAX_RANGES:
        return None
    slices: list[tuple[int, int]] = []
    is_empty = True
    for text in range_set.split(","):
        if not text.strip():
            continue  # RFC 9110 5.6.1: empty list elements are ignored
        match = _RANGE.fullmatch(text)
        if match is None or _runs_backwards(match):
            return None
        is_empty = False
        start, stop = _slice(match, content_length)
        if start < stop:
            slices.append((start, stop))
    if is_empty or _is_abusive(slices, content_length):
        return None
    return slices


def _runs_backwards(match: re.Match[str]) -> bool:
    return bool(match[2]) and int(match[2]) < int(match[1])


def _slice(match: re.Match[str], content_length: int) -> tuple[int, int]:
    first, last, suffix = match.groups()
    if suffix is not None:
        return max(content_length - int(suffix), 0), content_length
    stop = min(int(last) + 1, content_length) if last else content_length
    return int(first), stop


def _is_abusive(slices: list[tuple[int, int]], content_length: int) -> bool:
    """Tell whether the ranges add up to more than twice the content.

    SECURITY: a hundred overlapping ranges would make a hundred copies of a large file out of
    one small request (RFC 9110 14.2 and 17.15 allow to ignore them).
    """
    return len(slices) > 2 and sum(stop - start for start, stop in slices) > 2 * content_length

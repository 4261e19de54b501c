"""Query strings and urlencoded forms, as parameters for a handler.

Fields are separated by '&' alone: ';' was a suggestion of HTML 4 that browsers never followed,
and two separators let a cache and a server disagree about one URL (WHATWG URL, 5.1).
"""

import re
from typing import Any
from urllib.parse import unquote_to_bytes

from .errors import TooManyFields

# SECURITY: a megabyte of '&a' would otherwise become a dict of half a million entries.
MAX_FIELDS = 10_000

_IMAGE_MAP = re.compile(r"([0-9]{1,9}),([0-9]{1,9})")


def parse_query_string(
    query_string: str,
    keep_blank_values: bool = True,
    encoding: str = "utf-8",
    max_fields: int = MAX_FIELDS,
) -> dict[str, Any]:
    """Return the parameters of a query string: 'a=1&b=2&b=3' -> {'a': '1', 'b': ['2', '3']}.

    The '12,34' of a server-side image map becomes {'x': 12, 'y': 34}. With `keep_blank_values`
    off, fields without a value are left out. Characters up to U+00FF stand for the bytes that
    were sent, as in a WSGI environ. Raises UnicodeDecodeError for bytes that are not text in
    `encoding`, and TooManyFields above `max_fields`.
    """
    if not query_string:
        return {}
    if "=" not in query_string:
        point = _IMAGE_MAP.fullmatch(query_string)
        if point is not None:
            return {"x": int(point[1]), "y": int(point[2])}
    return _parse_fields(query_string, keep_blank_values, encoding, max_fields)


def parse_urlencoded_bytes(
    body: bytes,
    encoding: str = "utf-8",
    keep_blank_values: bool = True,
    max_fields: int = MAX_FIELDS,
) -> dict[str, Any]:
    """Return the parameters of an application/x-www-form-urlencoded body.

    Raises as `parse_query_string` does.
    """
    return _parse_fields(body.decode("latin-1"), keep_blank_values, encoding, max_fields)


def _parse_fields(text: str, keep_blank: bool, encoding: str, max_fields: int) -> dict[str, Any]:
    if text.count("&") >= max_fields:
        raise TooManyFields(f"Too many fields: more than {max_fields} were sent.", max_fields)
    # PERF: most query strings have nothing to decode; asking once saves two calls a field.
    is_plain = "%" not in text and "+" not in text and text.isascii()
    params: dict[str, Any] = {}
    for field in text.split("&"):
        name, _, value = field.partition("=")
        if not value and (not field or not keep_blank):
            continue
        if not is_plain:
            name = _decode(name, encoding)
            value = _decode(value, encoding)
        if name not in params:
            params[name] = value
        elif isinstance(params[name], list):
            params[name].append(value)
        else:
            params[name] = [params[name], value]
    return params


def _decode(text: str, encoding: str) -> str:
    if "+" in text:
        text = text.replace("+", " ")
    if text.isascii():
        return unquote_to_bytes(text).decode(encoding) if "%" in text else text
    try:
        raw = text.encode("latin-1")
    except UnicodeEncodeError:
        # Not from the wire: a program passed text that was decoded already.
        raw = text.encode(encoding)
    return unquote_to_bytes(raw).decode(encoding)

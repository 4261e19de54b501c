"""Cookies, in and out, as the `SimpleCookie` of the standard library.

Its own reader stops at the first pair that it dislikes, and a browser sends the cookies of
everything that ever ran on a host. So ours reads pair by pair (RFC 6265 5.4, leniently): a
strange cookie is skipped or kept as it is, and never hides the others.
"""

import re
from http.cookies import CookieError, Morsel, SimpleCookie
from typing import Any, cast

from .errors import IllegalCookie

# Wider than the token of RFC 6265: 'a[b]' and 'user:1' are names that frameworks do give.
_NAME = re.compile(r'[^\x00-\x20\x7f,;"=\\]+')
_VALUE_CONTROL = re.compile("[\x00-\x08\x0a-\x1f\x7f]")
_UNSENDABLE = re.compile("[\x00-\x1f\x7f]")
_NO_ATTRIBUTES: dict[str, Any] = dict(Morsel())
_dict_set = dict.__setitem__
_dict_update = dict.update

_ESCAPE = re.compile(r"\\([0-3][0-7][0-7]|.)")


def parse_cookies(header: str) -> "SimpleCookie":
    """Return the cookies of a Cookie header; a malformed one neither fails nor hides the rest.

    Of several cookies with one name the first counts: clients send the one with the longest
    path first (RFC 6265 5.4). A quoted value is unquoted; `coded_value` has it as it came.
    """
    cookies: SimpleCookie = SimpleCookie()
    for pair in header.split(";"):
        name, equals, value = pair.partition("=")
        name, value = name.strip(" \t"), value.strip(" \t")
        if not equals or name in cookies or not _NAME.fullmatch(name):
            continue
        if not value.isprintable() and _VALUE_CONTROL.search(value):
            continue
        try:
            morsel = _morsel(name, _unquote(value), value)
        except CookieError:
            continue  # newer versions of the standard library refuse '"\012"', a line break
        _dict_set(cookies, name, morsel)
    return cookies


def _morsel(name: str, value: str, coded_value: str) -> "Morsel[str]":
    # NOTE: `Morsel.set` refuses names such as 'path' and 'a[b]', which clients may well send;
    # unpickling has no such doubts, and typeshed does not know that it is there.
    # PERF: copying the empty attributes, 0.2 µs; to let `Morsel()` set them is 0.9 µs a cookie.
    morsel: Any = Morsel.__new__(Morsel)
    _dict_update(morsel, _NO_ATTRIBUTES)
    morsel.__setstate__({"key": name, "value": value, "coded_value": coded_value})
    return cast("Morsel[str]", morsel)


def _unquote(value: str) -> str:
    if len(value) < 2 or value[0] != '"' or value[-1] != '"':
        return value
    return _ESCAPE.sub(_unescape, value[1:-1])


def _unescape(match: "re.Match[str]") -> str:
    escaped = match[1]
    return chr(int(escaped, 8)) if len(escaped) == 3 else escaped


def cookie_header_values(cookie: "SimpleCookie") -> list[str]:
    """Return the values of the Set-Cookie headers that send these cookies, one for each.

    Raises IllegalCookie if a value or attribute holds a control character.
    """
    values: list[str] = []
    for morsel in cookie.values():
        try:
            text = morsel.OutputString()
        except CookieError as error:
            raise IllegalCookie(f"The cookie {morsel.key!r} cannot be sent: {error}.") from None
        # SECURITY: the attributes are written as they are; a line break would start a header.
        if _UNSENDABLE.search(text):
            raise IllegalCookie(
                f"The cookie {morsel.key!r} cannot be sent: control character in {text!r}.", text
            )
        values.append(text)
    return values

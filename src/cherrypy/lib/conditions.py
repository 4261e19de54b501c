"""Conditional requests: whether the version that the client has, or wants, is the one there is.

`check_preconditions` compares the response's `ETag` and `Last-Modified` with what the request
says of them, in the order of RFC 9110, 13.2.2. It raises the answer where that ends the request:
304 for what the client has already, 412 for what is no longer as it believes.
"""

from typing import TYPE_CHECKING

from ..core.errors import HTTPError, HTTPRedirect
from ..message.dates import parse_http_date
from ..message.etags import if_match_holds, if_none_match_holds, match_strongly, parse_etag
from ..message.status import valid_status

if TYPE_CHECKING:
    from ..core.request import Request
    from ..core.response import Response

#: The methods that a 304 can answer, and that files are served to.
READING_METHODS = ("GET", "HEAD")


def is_successful(response: "Response") -> bool:
    """Tell whether the response is a 2xx: conditions and ranges are for those only."""
    return response.status is None or 200 <= valid_status(response.status)[0] < 300


def check_preconditions(request: "Request", response: "Response") -> None:
    """Compare `ETag` and `Last-Modified` of *response* with the conditions of *request*.

    Raises HTTPError 412 where the request must not go on, HTTPRedirect 304 where the client has
    the version already. Does nothing for a response that is no 2xx.
    """
    if not is_successful(response):
        return
    etag = response.headers.get("ETag")
    if_match = request.headers.get("If-Match")
    if if_match is None:
        check_unmodified_since(request, response)
    elif not if_match_holds(if_match, etag):
        raise HTTPError(412, f"If-Match did not match: the ETag is {etag}, not {if_match}.")
    if_none_match = request.headers.get("If-None-Match")
    if if_none_match is None:
        check_modified_since(request, response)
    elif not if_none_match_holds(if_none_match, etag):
        if request.method in READING_METHODS:
            raise HTTPRedirect([], 304)
        raise HTTPError(412, f"If-None-Match matched: the ETag is {etag}.")


def check_unmodified_since(request: "Request", response: "Response") -> None:
    """Raise HTTPError 412 if there is a version later than If-Unmodified-Since (RFC 9110, 13.1.4).

    A date that cannot be read is no condition.
    """
    date = _date(request, "If-Unmodified-Since")
    if date is None:
        return
    modified = _date(response, "Last-Modified")
    if modified is not None and modified > date:
        raise HTTPError(412, "There is a version later than If-Unmodified-Since.")


def check_modified_since(request: "Request", response: "Response") -> None:
    """Raise HTTPRedirect 304 if no version is later than If-Modified-Since (RFC 9110, 13.1.3).

    Only GET and HEAD have such a condition. A date that cannot be read is none.
    """
    date = _date(request, "If-Modified-Since")
    if date is None or request.method not in READING_METHODS:
        return
    modified = _date(response, "Last-Modified")
    if modified is not None and modified <= date:
        raise HTTPRedirect([], 304)


def if_range_holds(request: "Request", response: "Response") -> bool:
    """Tell whether the client's part is of this version, so that a range may complete it.

    Without If-Range it is; with one that cannot be read it is not (RFC 9110, 13.1.5).
    """
    text = request.headers.get("If-Range")
    if text is None:
        return True
    wanted = parse_etag(text)
    if wanted is None:
        # RFC 9110, 13.1.5: a date must be the very same, earlier or later will not do.
        date = parse_http_date(text)
        return date is not None and date == _date(response, "Last-Modified")
    actual = parse_etag(response.headers.get("ETag"))
    return actual is not None and match_strongly(wanted, actual)


def _date(message: "Request | Response", name: str) -> float | None:
    text = message.headers.get(name)
    return None if text is None else parse_http_date(text)

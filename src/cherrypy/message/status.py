"""Status codes: their reason phrases, and what to tell the person in front of the browser.

The texts of `response_codes` stand on error pages, so they speak to a visitor, not to a
developer. `valid_status` takes all the ways in which an application may name a status.
"""

from functools import lru_cache

from .errors import IllegalStatus

response_codes: dict[int, tuple[str, str]] = {
    100: ("Continue", "The server is ready for the rest of the request."),
    101: ("Switching Protocols", "The server now speaks another protocol, as was asked."),
    102: ("Processing", "The server has the request and is still working on it."),
    103: ("Early Hints", "The answer will follow; these links may be fetched meanwhile."),
    200: ("OK", "All went well."),
    201: ("Created", "What was sent has been stored in a new place."),
    202: ("Accepted", "The request was received and will be worked on later."),
    203: ("Non-Authoritative Information", "This is a copy that was altered on its way."),
    204: ("No Content", "All went well, and there is nothing to show."),
    205: ("Reset Content", "All went well; please clear the form."),
    206: ("Partial Content", "This is the part that was asked for."),
    207: ("Multi-Status", "Several things were asked for; each has its own result."),
    208: ("Already Reported", "These entries were listed before."),
    226: ("IM Used", "This shows what changed since your copy was made."),
    300: ("Multiple Choices", "There are several versions of this page to choose from."),
    301: ("Moved Permanently", "This page has a new address for good."),
    302: ("Found", "This page is at another address for now."),
    303: ("See Other", "The answer to your request is on another page."),
    304: ("Not Modified", "The copy you have is still up to date."),
    305: ("Use Proxy", "This page can only be reached through a proxy."),
    307: ("Temporary Redirect", "This page is at another address for now."),
    308: ("Permanent Redirect", "This page has a new address for good."),
    400: ("Bad Request", "The server could not understand what your browser sent."),
    401: ("Unauthorized", "You need to log in to see this page."),
    402: ("Payment Required", "This page has to be paid for first."),
    403: ("Forbidden", "You are not allowed to see this page."),
    404: ("Not Found", "There is no page at this address."),
    405: ("Method Not Allowed", "This page cannot be used in that way."),
    406: ("Not Acceptable", "This page is not available in any form your browser accepts."),
    407: ("Proxy Authentication Required", "You need to log in to the proxy first."),
    408: ("Request Timeout", "Your browser took too long to send its request."),
    409: ("Conflict", "Somebody else seems to have changed this in the meantime."),
    410: ("Gone", "This page existed once, and was removed for good."),
    411: ("Length Required", "Your browser must say how much data it is going to send."),
    412: ("Precondition Failed", "A condition that your browser set for this is not met."),
    413: ("Content Too Large", "What you sent is larger than this server accepts."),
    414: ("URI Too Long", "The address of this page is too long."),
    415: ("Unsupported Media Type", "The server cannot work with the kind of data you sent."),
    416: ("Range Not Satisfiable", "The part your browser asked for does not exist."),
    417: ("Expectation Failed", "The server cannot do what your browser expects of it."),
    418: ("I'm a Teapot", "This is a teapot; it makes no coffee."),
    421: ("Misdirected Request", "This server does not answer for that address."),
    422: ("Unprocessable Content", "What you sent is readable, but makes no sense here."),
    423: ("Locked", "Somebody else is working on this right now."),
    424: ("Failed Dependency", "This failed because something it needed failed before."),
    425: ("Too Early", "The server will not risk to run this request too soon."),
    426: ("Upgrade Required", "This page needs a newer protocol than your browser used."),
    428: ("Precondition Required", "Please say which version of this you want to change."),
    429: ("Too Many Requests", "You have sent too many requests; please wait a little."),
    431: ("Request Header Fields Too Large", "The headers your browser sent are too large."),
    451: ("Unavailable For Legal Reasons", "The law forbids to show this page."),
    500: ("Internal Server Error", "Something went wrong inside the server. We are sorry."),
    501: ("Not Implemented", "This server does not know how to do that."),
    502: ("Bad Gateway", "A server behind this one gave an answer that makes no sense."),
    503: ("Service Unavailable", "The server is busy just now; please try again shortly."),
    504: ("Gateway Timeout", "A server behind this one did not answer in time."),
    505: ("HTTP Version Not Supported", "Your browser speaks a version this server does not."),
    506: ("Variant Also Negotiates", "The server is set up in a circle and cannot choose."),
    507: ("Insufficient Storage", "The server has no room left to store this."),
    508: ("Loop Detected", "The server went round in a circle and gave up."),
    510: ("Not Extended", "The request lacks an extension this page needs."),
    511: ("Network Authentication Required", "You need to log in to this network first."),
}

# What a code without an entry of its own means, by its first digit (RFC 9110 15).
_BY_CLASS = {
    1: ("Informational", "The server is working on the request."),
    2: ("Success", "All went well."),
    3: ("Redirection", "This page is to be found elsewhere."),
    4: ("Client Error", "The server could not fulfil what your browser asked for."),
    5: ("Server Error", "Something went wrong on the server. We are sorry."),
}


def valid_status(status: int | str | bytes | None) -> tuple[int, str, str]:
    """Return (code, reason, message) of a status in any of the forms an application uses.

    `status` is None (which means 200), a number, an `http.HTTPStatus`, '404', or '404 Not Found'
    with a reason of one's own. Raises IllegalStatus, a ValueError, for anything else and for a
    code that is not from 100 to 599.
    """
    if status is None or status == "":
        status = 200
    # PERF: 130 ns instead of 310 for what nearly every response has.
    if type(status) is int and status in response_codes:
        return (status, *response_codes[status])
    reason: str | None = None
    if isinstance(status, bytes):
        status = status.decode("latin-1")
    if isinstance(status, str):
        number, _, own_reason = status.strip().partition(" ")
        reason = own_reason.strip() or None
    else:
        number = _digits_of(status)
    if not (number.isascii() and number.isdigit()) or len(number) > 9:
        raise IllegalStatus(
            f"Illegal response status from server ({status!r} is non-numeric).", status
        )
    code = int(number)
    if not 100 <= code <= 599:
        raise IllegalStatus(
            f"Illegal response status from server ({status!r} is out of range 100 to 599).", status
        )
    default_reason, message = response_codes.get(code) or _BY_CLASS[code // 100]
    return code, default_reason if reason is None else reason, message


def _digits_of(status: object) -> str:
    """Return the digits of a whole number, such as an `http.HTTPStatus`; '' of anything else."""
    return str(int(status)) if isinstance(status, int) else ""


@lru_cache(maxsize=256)
def status_line(code: int, reason: str) -> str:
    """Return the status as `response.output_status` has it: '200 OK'."""
    return f"{code} {reason}"

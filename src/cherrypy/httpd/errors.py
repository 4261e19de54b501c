"""What can go wrong between a client and this server.

    HTTPServerError                 500
    |-- BadRequest                  400
    |   |-- MalformedHead               request line or field lines against the grammar
    |   |-- BadHost                     Host missing, doubled or not a host
    |   |-- BadFraming                  the body's extent is ambiguous or broken
    |   `-- TruncatedBody               the client left before the body was complete
    |-- RequestTimeout              408
    |-- LengthRequired              411
    |-- BodyTooLarge                413
    |-- TargetTooLong               414
    |-- ExpectationFailed           417
    |-- HeadTooLarge                431
    |-- NotImplementedHere          501
    |   |-- UnknownMethod
    |   `-- UnknownCoding
    |-- Overloaded                  503
    |-- VersionNotSupported         505
    |-- BadResponse                 500, also a ValueError: what the gateway sent is not HTTP
    `-- ClientGone                  nobody is left to answer

Parsers and readers raise these; `connection.py` is the one place that answers them. A gateway
may catch those that `rfile` raises and answer `status` itself.
"""

from http import HTTPStatus


class HTTPServerError(Exception):
    """A request that this server cannot serve.

    `status` is the code to answer with, `limit` the setting that was exceeded (in the unit of
    that setting) and `value` the offending bytes or number, if there is one.
    """

    status: int = 500

    def __init__(
        self, text: str, *, limit: float | None = None, value: bytes | float | None = None
    ) -> None:
        super().__init__(text)
        self.limit = limit
        self.value = value

    @property
    def reason(self) -> str:
        """The reason phrase that goes with `status`."""
        return REASONS[self.status]


class BadRequest(HTTPServerError):
    """The request breaks the grammar or the rules of RFC 9110 or 9112."""

    status = 400


class MalformedHead(BadRequest):
    """The request line or a field line is not what RFC 9112 sections 3 and 5 allow."""


class BadHost(BadRequest):
    """Host is missing, doubled or not a host (RFC 9112 section 3.2)."""


class BadFraming(BadRequest):
    """Where the body ends cannot be told safely (RFC 9112 section 6.3)."""


class TruncatedBody(BadRequest):
    """The connection ended before the body did (RFC 9112 section 8)."""


class RequestTimeout(HTTPServerError):
    """The client took longer than a deadline allows."""

    status = 408


class LengthRequired(HTTPServerError):
    """A body may follow, and nothing says how long it is."""

    status = 411


class BodyTooLarge(HTTPServerError):
    """The body exceeds `max_request_body_size`."""

    status = 413


class TargetTooLong(HTTPServerError):
    """The request line exceeds `max_request_line_size`."""

    status = 414


class ExpectationFailed(HTTPServerError):
    """Expect asks for something other than 100-continue."""

    status = 417


class HeadTooLarge(HTTPServerError):
    """The head exceeds `max_request_header_size` or `max_request_header_count`."""

    status = 431


class NotImplementedHere(HTTPServerError):
    """Valid HTTP, which this server does not speak."""

    status = 501


class UnknownMethod(NotImplementedHere):
    """The method is a valid token that nobody registered."""


class UnknownCoding(NotImplementedHere):
    """A transfer-coding other than chunked."""


class Overloaded(HTTPServerError):
    """Every worker is busy and the queue is full, or there are too many connections."""

    status = 503


class VersionNotSupported(HTTPServerError):
    """Neither HTTP/1.0 nor HTTP/1.1."""

    status = 505


class BadResponse(HTTPServerError, ValueError):
    """The gateway's status, header fields or body do not make a valid response."""


class ClientGone(HTTPServerError):
    """The client closed, reset or stopped reading the connection."""


# NOTE: http.HTTPStatus of the older supported interpreters has the phrases of RFC 7231.
REASONS: dict[int, str] = {status.value: status.phrase for status in HTTPStatus} | {
    413: "Content Too Large",
    414: "URI Too Long",
}

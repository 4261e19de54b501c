"""What the wire says: a head, pieces of a body, the end of it.

These three are all that the protocol hands to the rest of the room, and a `Head` is what the
gateway sees of a request. They hold bytes as they came; decoding is the reader's business.
A head that announces no body is its own end: no `End` follows it.
"""

from typing import NamedTuple

HeaderList = list[tuple[bytes, bytes]]


class Head(NamedTuple):
    """The head of one request (RFC 9112 section 2.1), read-only.

    `target` is the request-target as sent (latin-1); `path` and `query` are its parts, still
    percent-encoded, split at the first '?'. `path` is '*' for the asterisk-form and '' for the
    authority-form of CONNECT. `scheme` and `authority` come from an absolute-form target and
    are else ''. `headers` keeps order, repetition and the spelling of names. `content_length`
    is None if none was sent; `keep_alive` is what the client asks for.
    """

    method: str
    target: str
    scheme: str
    authority: str
    path: str
    query: str
    version: tuple[int, int]
    headers: HeaderList
    content_length: int | None = None
    chunked: bool = False
    keep_alive: bool = True
    expects_continue: bool = False

    @property
    def request_line(self) -> str:
        """The first line of the request, as it was sent."""
        major, minor = self.version
        return f"{self.method} {self.target} HTTP/{major}.{minor}"


class Data(NamedTuple):
    """A piece of the body, with its framing taken off."""

    payload: bytes


class End(NamedTuple):
    """The body is complete. `trailers` are the fields after a chunked body."""

    trailers: HeaderList


Event = Head | Data | End

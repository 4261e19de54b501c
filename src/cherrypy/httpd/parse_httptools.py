"""Field lines through llhttp, by way of httptools: the fast adapter.

It is fed one whole head at a time, so an idle connection costs no parser. Each head gets a parser
of its own: after a close, an upgrade or the announcement of a body llhttp waits for something
else than the next head, and would refuse that of an innocent client (0.3 us, for heads whose
field lines are not remembered).
"""

from httptools import (
    HttpParserError,
    HttpParserInvalidMethodError,
    HttpParserUpgrade,
    HttpRequestParser,
)

from .errors import MalformedHead, UnknownMethod
from .events import HeaderList


class _Collector:
    """What llhttp calls."""

    __slots__ = ("headers",)

    def __init__(self) -> None:
        self.headers: HeaderList = []

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name, value))


class HttptoolsFields:
    """Judges a head and splits its field lines."""

    __slots__ = ()

    def split(self, head: bytes, count: int) -> HeaderList:
        """Return the fields of `head`, which has `count` field lines and ends at its empty line.

        Raises `MalformedHead` and `UnknownMethod`.
        """
        collector = _Collector()
        try:
            HttpRequestParser(collector).feed_data(head)
        except HttpParserUpgrade:
            pass  # Upgrade and CONNECT: the head was good, and we stay with HTTP/1.1
        except HttpParserInvalidMethodError as error:
            raise UnknownMethod(str(error)) from None
        except HttpParserError as error:
            raise MalformedHead(f"Malformed request head: {error}") from None
        headers = collector.headers
        if len(headers) != count:
            raise MalformedHead("Malformed request head: the field lines do not add up")
        if b" \r\n" in head or b"\t\r\n" in head:
            return [(name, value.strip(b" \t")) for name, value in headers]
        return headers

"""Field lines through llhttp, by way of httptools: the fast adapter.

It is fed one whole head at a time, so one parser serves every connection of a thread and an
idle connection costs no parser. The one idea: after a head that announces a body, an upgrade or
a close, llhttp waits for something else than the next head, and so it is replaced.
"""

from httptools import (
    HttpParserError,
    HttpParserInvalidMethodError,
    HttpParserUpgrade,
    HttpRequestParser,
)

from .errors import MalformedHead, UnknownMethod
from .events import HeaderList


class HttptoolsFields:
    """Judges a head and splits its field lines. Not thread-safe: one per thread."""

    __slots__ = ("_headers", "_parser")

    def __init__(self) -> None:
        self._headers: HeaderList = []
        self._parser = HttpRequestParser(self)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Called by llhttp for each field line."""
        self._headers.append((name, value))

    def split(self, head: bytes, count: int, has_body: bool) -> HeaderList:
        """Return the fields of `head`, which has `count` field lines and ends at its empty line.

        Raises `MalformedHead` and `UnknownMethod`.
        """
        headers: HeaderList = []
        self._headers = headers
        reusable = False
        try:
            self._parser.feed_data(head)
            # NOTE: llhttp has its own idea of keep-alive (it honours Proxy-Connection).
            reusable = not has_body and self._parser.should_keep_alive()
        except HttpParserUpgrade:
            pass  # Upgrade and CONNECT: the head was good, and we stay with HTTP/1.1
        except HttpParserInvalidMethodError as error:
            raise UnknownMethod(str(error)) from None
        except HttpParserError as error:
            raise MalformedHead(f"Malformed request head: {error}") from None
        finally:
            if not reusable:
                self._parser = HttpRequestParser(self)
        if len(headers) != count:
            raise MalformedHead("Malformed request head: the field lines do not add up")
        if b" \r\n" in head or b"\t\r\n" in head:
            return [(name, value.strip(b" \t")) for name, value in headers]
        return headers

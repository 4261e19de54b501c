"""The request side of one connection without any I/O: bytes in, `Head`, `Data` and `End` out.

It cuts the stream into heads and bodies; `head.py` judges the one, `framing.py` the other. It
holds what has arrived and was not asked for yet, which is how pipelined requests wait in order.
"""

from .errors import MalformedHead, TruncatedBody
from .events import Data, End, Event, Head
from .framing import ChunkedFraming, Framing, LengthFraming
from .head import HeadParser, check_size
from .settings import Settings


class RequestProtocol:
    """The sequence of requests on one connection.

    Errors of the `HTTPServerError` family come out of the call that asks for the next event.
    After one, the stream has no known place any more and must not be asked again.
    """

    __slots__ = ("_buffer", "_searched", "_settings", "framing")

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._buffer = bytearray()
        self._searched = 0
        #: The decoder of the body that is being received; None between messages.
        self.framing: Framing | None = None

    def receive(self, data: bytes) -> None:
        """Add bytes that came from the client."""
        self._buffer += data

    def receive_end(self) -> None:
        """The client will send no more. Raises `TruncatedBody` if a body is not complete."""
        if self.framing is not None:
            raise TruncatedBody("The client closed the connection within a request body")

    @property
    def has_buffered(self) -> bool:
        """Whether bytes are held that no event has accounted for."""
        return bool(self._buffer)

    def take_buffered(self) -> bytes:
        """Return and forget the bytes that no event has accounted for."""
        taken = bytes(self._buffer)
        self._buffer.clear()
        return taken

    def next_event(self, heads: HeadParser) -> Event | None:
        """The next event, or None until more bytes are received."""
        if self.framing is None:
            return self.next_head(heads)
        return self.next_of_body()

    def receive_head(self, data: bytes, heads: HeadParser) -> Head | None:
        """Add bytes and return the next head if it is complete; only between messages.

        PERF: a head that arrives alone and whole, as nearly all do, is not copied: 0.4 us.
        """
        if not self._buffer and data.find(b"\r\n\r\n") == len(data) - 4 >= 0 and data[0] != 13:
            return self._begin(data, heads)
        self._buffer += data
        return self.next_head(heads)

    def next_head(self, heads: HeadParser) -> Head | None:
        """The next head if it is complete; only between messages."""
        buffer = self._buffer
        while buffer[:2] == b"\r\n":  # RFC 9112 section 2.2: some clients add empty lines
            del buffer[:2]
            self._searched = 0
        end = buffer.find(b"\r\n\r\n", self._searched)
        if end < 0:
            self._check_partial(self._searched)
            self._searched = max(0, len(buffer) - 3)
            return None
        raw = bytes(buffer[: end + 4])
        del buffer[: end + 4]
        self._searched = 0
        return self._begin(raw, heads)

    def next_of_body(self) -> Data | End | None:
        """The next piece of the body or its end; None until more bytes are received."""
        assert self.framing is not None  # noqa: S101  the caller's contract
        event = self.framing.next_event(self._buffer)
        if isinstance(event, End):
            self.framing = None
        return event

    def _begin(self, raw: bytes, heads: HeadParser) -> Head:
        head = heads.parse(raw)
        if head.chunked:
            self.framing = ChunkedFraming(self._settings)
        elif head.content_length:
            self.framing = LengthFraming(head.content_length)
        return head

    def _check_partial(self, searched: int) -> None:
        """Refuse a head that is too large already, or ends in bare line feeds, at once.

        searched: the position up to which it has been seen before.
        """
        if self._buffer.find(b"\n\n", max(0, searched - 1)) >= 0:
            raise MalformedHead("The lines of a head end in CR LF, not in LF alone")
        line_end = self._buffer.find(b"\r\n", 0, self._settings.max_request_line_size + 2)
        line_size = len(self._buffer) if line_end < 0 else line_end
        check_size(len(self._buffer), line_size, 0, self._settings)

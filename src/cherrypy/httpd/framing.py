"""Where a request body ends (RFC 9112 sections 6 and 7): by count, or in chunks.

Each decoder takes from the front of a buffer that its caller fills, and says what it found
there: `Data`, `End`, or None where it needs more bytes. It knows no socket and no limit on the
body's size, but bounds every piece of framing it has to remember.
"""

from enum import Enum, auto
from typing import Protocol

from .errors import BadFraming, HeadTooLarge
from .events import Data, End, HeaderList
from .grammar import match_chunk_size, split_fields
from .settings import Settings

# A chunk-size line with its extensions. SECURITY: extensions are free bytes for the sender.
_MAX_SIZE_LINE = 1024


class Framing(Protocol):
    """The decoder of one body."""

    def next_event(self, buffer: bytearray) -> Data | End | None:
        """Take the next piece off the front of `buffer`; None if it needs more."""
        ...


class LengthFraming:
    """A body of exactly `length` bytes."""

    __slots__ = ("remaining",)

    def __init__(self, length: int) -> None:
        self.remaining = length

    def next_event(self, buffer: bytearray) -> Data | End | None:
        """Take what is there, at most to the end of the body."""
        if not self.remaining:
            return End([])
        if not buffer:
            return None
        payload = bytes(buffer[: self.remaining])
        del buffer[: self.remaining]
        self.remaining -= len(payload)
        return Data(payload)


class _Part(Enum):
    SIZE = auto()
    DATA = auto()
    DATA_END = auto()
    TRAILERS = auto()
    DONE = auto()


class ChunkedFraming:
    """A chunked body with its trailers (RFC 9112 section 7.1)."""

    __slots__ = ("_part", "_remaining", "_settings", "_trailers")

    def __init__(self, settings: Settings) -> None:
        self._part = _Part.SIZE
        self._remaining = 0
        self._settings = settings
        self._trailers: HeaderList = []

    def next_event(self, buffer: bytearray) -> Data | End | None:
        """Take the next payload or the end; skip the framing between them."""
        while True:
            part = self._part
            if part is _Part.DATA:
                return self._take_data(buffer)
            if part is _Part.DONE:
                return End(self._trailers)
            if part is _Part.SIZE:
                advanced = self._take_size(buffer)
            elif part is _Part.DATA_END:
                advanced = self._take_data_end(buffer)
            else:
                advanced = self._take_trailers(buffer)
            if not advanced:
                return None

    def _take_data(self, buffer: bytearray) -> Data | None:
        if not buffer:
            return None
        payload = bytes(buffer[: self._remaining])
        del buffer[: self._remaining]
        self._remaining -= len(payload)
        if not self._remaining:
            self._part = _Part.DATA_END
        return Data(payload)

    def _take_size(self, buffer: bytearray) -> bool:
        end = buffer.find(b"\r\n", 0, _MAX_SIZE_LINE + 2)
        if end < 0:
            if len(buffer) > _MAX_SIZE_LINE or b"\n" in buffer:
                raise BadFraming("Malformed chunk size", value=bytes(buffer[:32]))
            return False
        line = bytes(buffer[:end])
        match = match_chunk_size(line)
        if match is None:
            raise BadFraming("Malformed chunk size", value=line[:32])
        del buffer[: end + 2]
        self._remaining = int(match[1], 16)
        self._part = _Part.DATA if self._remaining else _Part.TRAILERS
        return True

    def _take_data_end(self, buffer: bytearray) -> bool:
        if not b"\r\n".startswith(buffer[:2]):
            raise BadFraming("A chunk is longer than its size", value=bytes(buffer[:2]))
        if len(buffer) < 2:
            return False
        del buffer[:2]
        self._part = _Part.SIZE
        return True

    def _take_trailers(self, buffer: bytearray) -> bool:
        if buffer[:2] == b"\r\n":
            del buffer[:2]
            self._part = _Part.DONE
            return True
        end = buffer.find(b"\r\n\r\n")
        limit = self._settings.max_request_header_size
        if 0 < limit < (len(buffer) if end < 0 else end):
            raise HeadTooLarge(f"The trailers are over {limit} bytes", limit=limit)
        if end < 0:
            return False
        self._trailers = self._split_trailers(bytes(buffer[: end + 2]))
        del buffer[: end + 4]
        self._part = _Part.DONE
        return True

    def _split_trailers(self, block: bytes) -> HeaderList:
        limit = self._settings.max_request_header_count
        if 0 < limit < block.count(b"\r\n"):
            raise HeadTooLarge(f"There are over {limit} trailers", limit=limit)
        trailers = split_fields(block)
        if trailers is None:
            raise BadFraming("Malformed trailers")
        return trailers

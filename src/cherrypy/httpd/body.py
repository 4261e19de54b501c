"""`rfile`: the request body as a file to read, whatever its framing.

It pulls events from a source that blocks until there is one, and never asks for more than a
reader wants. A body that was cut off raises, on this read and on every later one; it never looks
complete. Knows no socket.
"""

from collections.abc import Callable, Iterator

from .errors import HTTPServerError
from .events import Data, End, HeaderList


class BodyReader:
    """A read-only file over one request body (the part of `io.BufferedIOBase` PEP 3333 asks for).

    Every reading method may raise a member of the `HTTPServerError` family whose `status` tells
    what to answer: 400 for a broken or truncated body, 408 for a slow one, 413 for a large one.
    """

    __slots__ = ("_buffer", "_ended", "_error", "_position", "_pull", "trailers")

    def __init__(self, pull: Callable[[], Data | End] | None) -> None:
        """`pull` returns the next event; None stands for an empty body."""
        self._pull = pull
        self._buffer = b""
        self._position = 0
        self._ended = pull is None
        self._error: HTTPServerError | None = None
        #: The fields after a chunked body; empty until it has been read to its end.
        self.trailers: HeaderList = []

    def read(self, size: int | None = -1, /) -> bytes:
        """Return `size` bytes, fewer at the end of the body only; all that is left if negative."""
        if size is None or size < 0:
            return self._take_all()
        pieces = []
        while size > 0 and self._fill():
            piece = self._buffer[self._position : self._position + size]
            self._position += len(piece)
            size -= len(piece)
            pieces.append(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def readline(self, size: int | None = -1, /) -> bytes:
        """Return one line with its end, or `size` bytes of it; b'' at the end of the body."""
        left = None if size is None or size < 0 else size
        pieces = []
        while left != 0 and self._fill():
            limit = len(self._buffer) if left is None else self._position + left
            line_end = self._buffer.find(b"\n", self._position, limit) + 1
            piece = self._buffer[self._position : line_end or limit]
            self._position += len(piece)
            pieces.append(piece)
            if line_end:
                break
            if left is not None:
                left -= len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def readlines(self, hint: int | None = -1, /) -> list[bytes]:
        """Return lines until the end, or until they make `hint` bytes if that is positive."""
        lines = []
        total = 0
        for line in self:
            lines.append(line)
            total += len(line)
            if hint is not None and 0 < hint <= total:
                break
        return lines

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        line = self.readline()
        if not line:
            raise StopIteration
        return line

    def close(self) -> None:
        """Do nothing: the connection owns what is left of the body."""

    def _take_all(self) -> bytes:
        pieces = []
        while self._fill():
            pieces.append(self._buffer[self._position :])
            self._position = len(self._buffer)
        return b"".join(pieces)

    def _fill(self) -> bool:
        """Whether there is a byte to take; waits for one."""
        while self._position >= len(self._buffer):
            if self._error is not None:
                raise self._error
            if self._ended or self._pull is None:
                return False
            try:
                event = self._pull()
            except HTTPServerError as error:
                self._error = error
                raise
            if isinstance(event, End):
                self._ended = True
                self.trailers = event.trailers
                self._buffer = b""
                self._position = 0
                return False
            self._buffer = event.payload
            self._position = 0
        return True

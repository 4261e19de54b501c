"""The body of a response that is pushed piece by piece, in the framing that its head announced.

The head waits for the first piece, so that both leave in one send, and so that a gateway which
fails before it can still be answered for. Knows no socket.
"""

from collections.abc import Callable
from typing import Protocol

from .errors import BadResponse
from .response import BodyFraming, ResponseHead


class ResponseState(Protocol):
    """What writing a body changes of its exchange."""

    keep_alive: bool
    response_started: bool


class BodyWriter:
    """Sends the pieces of one body. `finish` has to be called once, when all are written."""

    __slots__ = ("_exchange", "_framing", "_head", "_length", "_send", "_written")

    def __init__(
        self, exchange: ResponseState, built: ResponseHead, send: Callable[[bytes], None]
    ) -> None:
        self._exchange = exchange
        self._head = built.data
        self._framing = built.framing
        self._length = built.length
        self._send = send
        self._written = 0

    @property
    def wants_body(self) -> bool:
        """Whether the request and the status allow a body; if not, what is written is dropped."""
        return self._framing is not BodyFraming.NONE

    def write(self, chunk: bytes) -> None:
        """Send a piece at once.

        Raises `BadResponse` when there is more than Content-Length has promised, `ClientGone` if
        the client is.
        """
        if not chunk:
            return  # an empty chunk would end the body
        if self._framing is BodyFraming.CHUNKED:
            self._push(b"%x\r\n%b\r\n" % (len(chunk), chunk))
        elif self._framing is BodyFraming.UNTIL_CLOSE:
            self._push(chunk)
        elif self._framing is BodyFraming.LENGTH:
            self._push_counted(chunk)

    def finish(self) -> None:
        """End the body. Raises `BadResponse` when there was less than Content-Length promised."""
        if self._framing is BodyFraming.CHUNKED:
            self._push(b"0\r\n\r\n")
        elif self._head:
            self._push(b"")
        if self._framing is BodyFraming.LENGTH and self._written != self._length:
            raise self._length_error()

    def _push(self, data: bytes) -> None:
        if self._head:
            data, self._head = self._head + data, b""
            self._exchange.response_started = True
        self._send(data)

    def _push_counted(self, chunk: bytes) -> None:
        """Keep to the Content-Length as far as it goes; more is the gateway's mistake."""
        room = (self._length or 0) - self._written
        self._written += len(chunk)
        self._push(chunk if len(chunk) <= room else chunk[:room])
        if len(chunk) > room:
            raise self._length_error()

    def _length_error(self) -> BadResponse:
        self._exchange.keep_alive = False
        return length_error(self._length, self._written)


def length_error(promised: int | None, size: int) -> BadResponse:
    """Return the error for a body of *size* bytes or more where another size was *promised*."""
    return BadResponse(f"Content-Length says {promised}, the body has {size} bytes or more")

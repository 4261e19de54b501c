"""Fetching a request body from the client, with a worker that waits for it.

This is where a worker does wait for a client, so every wait has an end: silence longer than
`socket_timeout`, and an average rate below `min_body_rate`, are both 408. Only the time spent
waiting counts against the rate; a handler may take its own time between two reads.
"""

from time import monotonic
from typing import Protocol

from .errors import HTTPServerError, RequestTimeout
from .events import Data, End, Head
from .framing import LengthFraming
from .head import refuse_body
from .protocol import RequestProtocol
from .settings import Settings

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class BodyLink(Protocol):
    """What reading a body needs of the connection."""

    protocol: RequestProtocol
    settings: Settings

    def send(self, data: bytes) -> None:
        """Send all of `data`, or raise `ClientGone`."""
        ...

    def receive_within(self, seconds: float) -> bytes | None:
        """Return what the client sent, b'' if it is gone, None if nothing came in `seconds`."""
        ...


class BodyState(Protocol):
    """What reading a body needs to know of its exchange."""

    head: Head
    response_started: bool


class BodySource:
    """The body of one request, pulled from its connection."""

    __slots__ = ("_broken", "_exchange", "_link", "_received", "_waited", "_wants_continue")

    def __init__(self, link: BodyLink, exchange: BodyState) -> None:
        self._link = link
        self._exchange = exchange
        self._broken = False
        self._received = 0
        self._waited = 0.0
        self._wants_continue = exchange.head.expects_continue

    def pull(self) -> Data | End:
        """Return the next piece of the body, or its end; waits for it.

        Raises `TruncatedBody`, `BadFraming`, `RequestTimeout`, `BodyTooLarge`, `ClientGone`.
        """
        protocol = self._link.protocol
        try:
            while (event := protocol.next_of_body()) is None:
                self._receive()
            if isinstance(event, Data):
                self._count(len(event.payload))
        except HTTPServerError:
            self._broken = True
            raise
        return event

    def is_drainable(self) -> bool:
        """Whether what is left is worth reading to keep the connection, as far as is known."""
        if self._broken:
            return False  # where the next request begins is not known any more
        if self._wants_continue and not self._link.protocol.has_buffered:
            return False  # the client may or may not send the body after a final response
        framing = self._link.protocol.framing
        limit = self._link.settings.max_drain_size
        return not isinstance(framing, LengthFraming) or framing.remaining <= limit

    def drain(self) -> bool:
        """Read and drop what is left; whether the end was reached within `max_drain_size`."""
        left = self._link.settings.max_drain_size
        self._wants_continue = False
        try:
            while left >= 0:
                event = self.pull()
                if isinstance(event, End):
                    return True
                left -= len(event.payload)
        except HTTPServerError:
            pass  # the response is out; what is wrong with the rest changes nothing any more
        return False

    def _receive(self) -> None:
        link = self._link
        if self._wants_continue:
            self._wants_continue = False
            if not self._exchange.response_started:
                link.send(_CONTINUE)
        started = monotonic()
        data = link.receive_within(self._patience())
        self._waited += monotonic() - started
        if data is None:
            raise RequestTimeout("The request body did not arrive in time", value=self._received)
        if data:
            link.protocol.receive(data)
        else:
            link.protocol.receive_end()

    def _patience(self) -> float:
        settings = self._link.settings
        allowed = settings.socket_timeout
        if settings.min_body_rate > 0:
            earned = self._received / settings.min_body_rate
            allowed = min(allowed, allowed + earned - self._waited)
        return allowed

    def _count(self, size: int) -> None:
        self._received += size
        limit = self._link.settings.max_request_body_size
        if 0 < limit < self._received:
            raise refuse_body(limit, self._received)

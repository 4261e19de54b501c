"""One request and its response, as a gateway sees them on a worker thread.

The gateway reads `head` and `rfile` and calls `respond`, `stream` or `begin` once. How the
response is framed, and whether the connection survives it, is decided here with `response.py`;
bytes go out through the `Link`, which is all this file knows of the connection.
"""

import socket
from collections.abc import Callable, Iterable
from typing import Protocol

from .body import BodyReader
from .body_source import BodyLink, BodySource
from .body_writer import BodyWriter, length_error
from .events import Head, HeaderList
from .response import NO_BODY, BodyFraming, ResponseHead, ResponseWriter
from .settings import Address, Settings

# A body up to this many bytes is joined to its head: one copy is cheaper than a gathering send.
_JOIN_SIZE = 64 * 1024


class Server(Protocol):
    """What an exchange and its gateway may know of the server."""

    interrupt: BaseException | None
    max_request_body_size: int
    #: Whether no further request should be asked of a client.
    stopping: bool
    settings: Settings
    bound_addr: Address | None

    def stop(self) -> None:
        """Stop the server; valid from a gateway, whose response still goes out."""
        ...


class Link(BodyLink, Protocol):
    """What an exchange needs of its connection."""

    local: tuple[str, int]
    remote: tuple[str, int]
    scheme: str
    server: Server
    responses: ResponseWriter

    def send(self, data: bytes) -> None:
        """Send all of `data`, or raise `ClientGone`."""
        ...

    def detach(self) -> tuple[socket.socket, bytes]:
        """Give the socket away."""
        ...

    def send_both(self, head: bytes, body: bytes) -> None:
        """Send two pieces with one system call where it can be."""
        ...


class Gateway(Protocol):
    """Turns one exchange into a response. Called on a worker thread."""

    def __call__(self, exchange: "Exchange", /) -> None:
        """Read the request and call `respond`, `stream` or `begin` once."""
        ...


class Exchange:
    """One request and its one response.

    `head` is what the client asked; `local` and `remote` are (ip, port), or ('', 0) on a unix
    socket; `scheme` is 'http' or 'https'; `response_started` turns true with the first byte sent.
    """

    __slots__ = (
        "_link",
        "_reader",
        "_source",
        "framing",
        "head",
        "keep_alive",
        "local",
        "remote",
        "response_started",
        "scheme",
        "server",
    )

    def __init__(self, link: Link, head: Head) -> None:
        self.head = head
        self.local = link.local
        self.remote = link.remote
        self.scheme = link.scheme
        self.server = link.server
        self.response_started = False
        #: Whether the connection stays open after this exchange; set by the response.
        self.keep_alive = False
        #: How the response body is delimited; set by the response.
        self.framing: BodyFraming | None = None
        self._link = link
        self._reader: BodyReader | None = None
        self._source: BodySource | None = None

    @property
    def rfile(self) -> BodyReader:
        """The request body. '100 Continue' is sent when it is first read, if it was asked for."""
        if self._reader is None:
            pull = self._body_source().pull if self._link.protocol.framing is not None else None
            self._reader = BodyReader(pull)
        return self._reader

    def respond(self, status: bytes, headers: HeaderList, body: bytes) -> None:
        """Send a whole response.

        `status` is like b'200 OK'. Content-Length, Date, Server and Connection are added where
        they are absent; the body is left out where the method or status forbids one. Raises
        `BadResponse` (a ValueError), before anything is sent, for CR, LF or NUL in the head, and
        after sending for a Content-Length that the body does not keep; `ClientGone` if the
        client is.
        """
        built = self._begin(status, headers, len(body))
        if built.framing is NO_BODY:
            self._link.send(built.data)
            return
        if built.length != len(body):
            self._respond_wrongly(built, body)
        elif len(body) <= _JOIN_SIZE:
            self._link.send(built.data + body)
        else:
            self._link.send_both(built.data, body)

    def stream(self, status: bytes, headers: HeaderList, chunks: Iterable[bytes]) -> None:
        """Send a response whose body comes in pieces, each as it comes, the head with the first.

        The body is chunked in HTTP/1.1, unless `headers` have a Content-Length; in HTTP/1.0 the
        end of the connection ends it. `chunks.close()` is called on every path, if there is one.
        Raises like `respond`, and whatever `chunks` raises.
        """
        try:
            writer = self.begin(status, headers)
            if writer.wants_body:
                for chunk in chunks:
                    writer.write(chunk)
            writer.finish()
        finally:
            close: Callable[[], object] | None = getattr(chunks, "close", None)
            if close is not None:
                close()

    def begin(self, status: bytes, headers: HeaderList) -> BodyWriter:
        """Begin a response whose body is pushed: written piece by piece, each sent at once.

        For a gateway that does not have the pieces to iterate over; framed as by `stream`.
        """
        built = self._begin(status, headers, None)
        self.response_started = False  # the head waits for the first piece
        return BodyWriter(self, built, self._link.send)

    def detach(self) -> tuple[socket.socket, bytes]:
        """Take the connection over, for another protocol (101 Switching Protocols).

        Returns the socket, in blocking mode, and the bytes that the client has sent after this
        request's head. Nothing was answered; that is the caller's now, like closing the socket.
        """
        self.response_started = True
        return self._link.detach()

    def drain(self) -> bool:
        """Read and drop what is left of the request body; whether its end was reached."""
        return self._body_source().drain()

    def _body_source(self) -> BodySource:
        if self._source is None:
            self._source = BodySource(self._link, self)
        return self._source

    def _begin(self, status: bytes, headers: HeaderList, length: int | None) -> ResponseHead:
        if self.response_started:
            raise RuntimeError("This exchange has its response already")
        link = self._link
        keep_alive = (
            self.head.keep_alive
            and not link.server.stopping
            and (link.protocol.framing is None or self._body_source().is_drainable())
        )
        built = link.responses.build(status, headers, self.head, keep_alive, length)
        self.response_started = True
        self.keep_alive = built.keep_alive
        self.framing = built.framing
        return built

    def _respond_wrongly(self, built: ResponseHead, body: bytes) -> None:
        """Keep to the Content-Length as far as it goes; it is the gateway's mistake."""
        self.keep_alive = False
        self._link.send(built.data + body[: built.length])
        raise length_error(built.length, len(body))

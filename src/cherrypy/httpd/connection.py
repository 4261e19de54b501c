"""One client connection: its socket, its requests in order, and the one place errors are answered.

A connection belongs either to the reactor, which reads heads, or, while `busy`, to the worker
that runs a request. The handing over is the one idea to know, and it takes no lock:

    worker    busy = False,  then reads parked; if it is set, asks the reactor to look again
    reactor   sees the descriptor readable while busy: stops watching it, parked = True, then
              reads busy once more; if it is clear, watches it again itself

Each side writes its own flag before it reads the other's, and the interpreter runs these as one
sequence. So at least one of the two sees that the descriptor must be watched again; if both do,
the second finds it done.
"""

import logging
import math
import socket
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from .errors import BadResponse, ClientGone, HTTPServerError, Overloaded
from .events import Head, HeaderList
from .exchange import Exchange, Gateway, Server
from .head import HeadParser
from .protocol import RequestProtocol
from .ready import ReadyQueue
from .response import BodyFraming, ResponseWriter
from .settings import Settings
from .sockets import set_abortive, wait_readable, wait_writable

# PERF: room for 64 KiB is cut from the heap anew for each call: 0.5 us more than for 16 KiB.
_HEAD_SIZE = 16 * 1024
_BODY_SIZE = 64 * 1024


@dataclass(slots=True, eq=False)
class Shared:
    """What all connections of one running server share."""

    server: Server
    settings: Settings
    gateway: Gateway
    responses: ResponseWriter
    ready: "ReadyQueue[Connection]"
    #: Asks the reactor, from any thread, to look at a connection that is not busy.
    resume: "Callable[[Connection], None]"
    #: Takes a connection out of the server's books and closes its socket, from any thread.
    discard: "Callable[[Connection], None]"
    #: Takes a connection out of the server's books and leaves its socket to a new owner.
    detach: "Callable[[Connection], None]"


class Connection:
    """One client connection."""

    __slots__ = (
        "_recv",
        "_send",
        "busy",
        "closed",
        "deadline",
        "detached",
        "fd",
        "head",
        "lingering",
        "local",
        "look_at",
        "parked",
        "protocol",
        "reading_head",
        "remote",
        "responses",
        "scheme",
        "serial",
        "server",
        "settings",
        "shared",
        "sock",
    )

    def __init__(
        self,
        sock: socket.socket,
        local: tuple[str, int],
        remote: tuple[str, int],
        serial: int,
        shared: Shared,
    ) -> None:
        self.sock = sock
        self.fd = sock.fileno()
        self.local = local
        self.remote = remote
        self.scheme = "http"
        #: Tells this connection from an earlier one that had the same descriptor.
        self.serial = serial
        self.shared = shared
        self.server = shared.server
        self.settings = shared.settings
        self.responses = shared.responses
        self.protocol = RequestProtocol(shared.settings)
        #: The head that a worker is to serve.
        self.head: Head | None = None
        self.busy = False
        self.parked = False
        self.closed = False
        #: Closed for us, while its socket goes on under another owner.
        self.detached = False
        #: Only to be read and thrown away until the client closes.
        self.lingering = False
        #: Some of a head is here, so `deadline` is that of the head.
        self.reading_head = False
        #: When to give up waiting for the client, on the monotonic clock.
        self.deadline = 0.0
        #: When the reactor will look at `deadline`.
        self.look_at = math.inf
        self._recv = sock.recv
        self._send = sock.send

    # -- on the reactor's thread

    def receive(self, size: int = _HEAD_SIZE) -> bytes | None:
        """Return what is there, b'' at the end of the stream, None if there is nothing yet."""
        try:
            return self._recv(size)
        except (BlockingIOError, InterruptedError):
            return None
        except OSError:
            return b""

    # -- on a worker's thread

    def work(self, heads: HeadParser) -> None:
        """Serve the request whose head is here, and those that the client sent along with it."""
        protocol = self.protocol
        for _ in range(self.settings.max_pipelined):
            head = self.head
            assert head is not None  # noqa: S101  the reactor's promise
            exchange = Exchange(self, head)
            try:
                self.shared.gateway(exchange)
                if not exchange.response_started:
                    raise BadResponse("The gateway returned without a response")
            except BaseException as error:  # noqa: BLE001  a worker outlives its gateway
                self._settle(exchange, error)
            if self.closed or self.lingering:
                return
            if not exchange.keep_alive:
                self._finish()
                return
            if protocol.framing is not None and not exchange.drain():
                self.linger()
                return
            if not protocol.has_buffered:
                self._release()
                return
            if not self._take_next_head(heads):
                return
        self.shared.ready.put(self)  # others first

    def send(self, data: bytes) -> None:
        """Send all of `data`. Raises `ClientGone` if the client is, or reads too slowly."""
        try:
            sent = self._send(data)
        except BlockingIOError:
            sent = 0
        except OSError as error:
            raise ClientGone(f"The client is gone: {error}") from error
        if sent != len(data):
            self._send_rest(memoryview(data)[sent:])

    def send_both(self, head: bytes, body: bytes) -> None:
        """Send two pieces with one system call, without a copy that joins them."""
        if not hasattr(self.sock, "sendmsg"):
            self.send(head)
            self.send(body)
            return
        try:
            sent = self.sock.sendmsg((head, body))
        except BlockingIOError:
            sent = 0
        except OSError as error:
            raise ClientGone(f"The client is gone: {error}") from error
        if sent < len(head):
            self._send_rest(memoryview(head)[sent:])
            sent = len(head)
        self._send_rest(memoryview(body)[sent - len(head) :])

    def receive_within(self, seconds: float) -> bytes | None:
        """Return what the client sent, b'' if it is gone, None if nothing came in `seconds`."""
        data = self.receive(_BODY_SIZE)
        if data is None and wait_readable(self.sock, seconds):
            return self.receive(_BODY_SIZE)
        return data

    def detach(self) -> tuple[socket.socket, bytes]:
        """Give the socket away, blocking, with the bytes that were read ahead; forget it."""
        self.closed = self.detached = True
        self.shared.detach(self)
        self.sock.setblocking(True)
        return self.sock, self.protocol.take_buffered()

    def _send_rest(self, rest: memoryview) -> None:
        patience = self.settings.write_seconds
        allowed = patience
        if self.settings.min_body_rate > 0:
            allowed += len(rest) / self.settings.min_body_rate
        end = monotonic() + allowed
        while rest:
            if not wait_writable(self.sock, min(patience, end - monotonic())):
                raise ClientGone("The client does not read its response")
            try:
                rest = rest[self._send(rest) :]
            except BlockingIOError:
                continue
            except OSError as error:
                raise ClientGone(f"The client is gone: {error}") from error

    def _take_next_head(self, heads: HeadParser) -> bool:
        """Whether the client's next head is here already; if not, the connection is handed on."""
        self.head = None
        try:
            self.head = self.protocol.next_head(heads)
        except HTTPServerError as error:
            self.refuse(error)
            return False
        if self.head is None:
            self._release()
            self.shared.resume(self)  # to set the deadline of the head that has begun
            return False
        return True

    def _release(self) -> None:
        """Give the connection back to the reactor. Nothing may touch it after."""
        self.head = None
        self.reading_head = False
        self.deadline = monotonic() + self.settings.idle_seconds
        self.busy = False
        if self.parked:
            self.shared.resume(self)

    # -- errors, and the end

    def _settle(self, exchange: Exchange, error: BaseException) -> None:
        """Answer for an exchange that failed: a status if there is still time, else a clear end."""
        if isinstance(error, ClientGone):
            self.abort()
            return
        if isinstance(error, KeyboardInterrupt | SystemExit):
            self.server.interrupt = error
        elif not isinstance(error, HTTPServerError) or error.status == 500:
            message = f"Error serving {exchange.head.request_line!r} for {self.remote[0]}"
            self.settings.error_log(message, logging.ERROR, True)
        if not exchange.response_started:
            answer = error if isinstance(error, HTTPServerError) else None
            self.refuse(answer or HTTPServerError("The server failed to serve this request"))
        elif exchange.framing is BodyFraming.UNTIL_CLOSE:
            self.abort()
        else:
            self._finish()

    def refuse(self, error: HTTPServerError) -> None:
        """Answer an error and close. Never blocks: the answer fits a fresh socket buffer."""
        body = f"{error.status} {error.reason}\n"
        if error.status != 500:
            body += f"{error}\n"
        headers: HeaderList = [(b"Content-Type", b"text/plain; charset=utf-8")]
        if isinstance(error, Overloaded):
            headers.append((b"Retry-After", b"1"))
        status = f"{error.status} {error.reason}".encode("ascii")
        data = body.encode()
        built = self.responses.build(status, headers, self.head, False, len(data))
        if built.framing is not BodyFraming.NONE:
            data = built.data + data
        else:
            data = built.data
        try:
            self._send(data)
        except OSError:
            self.abort()
        else:
            self.linger()

    def linger(self) -> None:
        """Close in a way that lets the client read our answer.

        Closing with bytes unread would reset the connection and destroy the answer on its way
        (RFC 9112 section 9.6), so the reactor reads and drops them for a while.
        """
        try:
            self.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self.close()
            return
        self.lingering = True
        self.head = None
        self.busy = False
        self.shared.resume(self)

    def _finish(self) -> None:
        if self.protocol.framing is None and not self.protocol.has_buffered and not self.parked:
            self.close()
        else:
            self.linger()

    def abort(self) -> None:
        """Close so that the client notices that what it got is not whole."""
        set_abortive(self.sock)
        self.close()

    def close(self) -> None:
        """Close the socket; does nothing if it is closed."""
        if not self.closed:
            self.closed = True
            self.shared.discard(self)

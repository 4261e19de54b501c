"""The one thread that waits: it accepts, reads heads, and watches deadlines.

A connection stays in the poller's set from its first byte to its last; a request costs no change
to the set and no wake-up. A connection whose head is complete goes on the ready queue and is
`busy` until a worker lets it go (see `connection.py` for the handing over). The loop blocks until
something is readable or the next deadline is due, so an idle server does nothing at all.
"""

import logging
import socket
from collections import deque
from time import monotonic

from .connection import Connection, Shared
from .deadlines import Deadlines
from .errors import HTTPServerError, Overloaded, RequestTimeout
from .head import HeadParser
from .poller import Poller, new_poller
from .sockets import EXHAUSTED

# How many connections to accept before those that are open have their turn.
_ACCEPTS_IN_A_ROW = 128
# Seconds without accepting after descriptors ran out. Without it, the loop would spin.
_EXHAUSTED_PAUSE = 0.5
# Seconds for a client to take our last answer and close.
_LINGER_SECONDS = 2.0

# Seconds after which a request that waits while workers sleep gets one of them.
_STALL_SECONDS = 0.001

# Keys of `Deadlines` that stand for no connection.
_LISTENER_SERIAL = -1


class Reactor:
    """The selector loop of one running server."""

    def __init__(self, listener: socket.socket, heads: HeadParser) -> None:
        self.connections: dict[int, Connection] = {}
        self._listener = listener
        self._listener_fd = listener.fileno()
        self._heads = heads
        self._poller: Poller = new_poller()
        self._waker, self._wake_end = socket.socketpair()
        self._waker.setblocking(False)
        self._wake_end.setblocking(False)
        self._mailbox: deque[Connection] = deque()
        self._deadlines = Deadlines()
        self._batch: list[Connection] = []
        self._serial = 0
        self._running = True
        self._poller.add(self._listener_fd)
        self._poller.add(self._wake_end.fileno())

    def run(self, shared: Shared) -> None:
        """Serve until `stop`."""
        self._shared = shared
        wait = self._poller.wait
        connections = self.connections
        deadlines = self._deadlines
        ready = shared.ready
        batch = self._batch
        while self._running:
            seconds = deadlines.seconds_left(monotonic())
            if ready.needs_watching:
                seconds = _STALL_SECONDS if seconds is None else min(seconds, _STALL_SECONDS)
            for fd, _ in wait(seconds):
                connection = connections.get(fd)
                try:
                    if connection is None:
                        self._serve_own(fd)
                    elif connection.busy:
                        self._park(connection)
                    else:
                        self._read(connection)
                except Exception:  # noqa: BLE001  one connection must not end the others
                    self._give_up(connection)
            if batch:
                ready.put_batch(batch)
                batch.clear()
            elif ready.needs_watching:
                ready.wake_if_stalled()
            for when, fd, serial in deadlines.take_due(monotonic()):
                self._look_at(when, fd, serial)

    # -- from any thread

    def stop(self) -> None:
        """End the loop."""
        self._running = False
        self._wake()

    def resume(self, connection: Connection) -> None:
        """Have the loop look at a connection that is not busy any more."""
        self._mailbox.append(connection)
        self._wake()

    def discard(self, connection: Connection) -> None:
        """Take a closed connection out of the books, and close its socket."""
        if self._poller.forgets_closed or not self._running:
            self._forget(connection)
        else:
            self.resume(connection)

    def detach(self, connection: Connection) -> None:
        """Take a connection out of the books and leave its socket open, for another owner."""
        if self._poller.forgets_closed:
            self._strike_out(connection)
        else:
            self.resume(connection)

    def close(self) -> None:
        """Release the reactor's own descriptors; the loop must have ended."""
        self._poller.close()
        self._waker.close()
        self._wake_end.close()

    def _wake(self) -> None:
        try:
            self._waker.send(b"\0")
        except OSError:
            pass  # full, so the loop is about to wake; or closed, so there is no loop

    def _forget(self, connection: Connection) -> None:
        if connection.sock.fileno() < 0:
            return  # forgotten already; the number may be a new connection's by now
        # NOTE: out of the books first: once closed, the number may belong to a new connection.
        self._strike_out(connection)
        connection.sock.close()

    def _strike_out(self, connection: Connection) -> None:
        if self.connections.get(connection.fd) is connection:
            del self.connections[connection.fd]
        # A forked child may hold the socket open, and epoll would go on to report it.
        self._poller.remove(connection.fd)

    # -- on the loop's thread

    def _serve_own(self, fd: int) -> None:
        if fd == self._listener_fd:
            self._accept()
        elif fd == self._wake_end.fileno():
            self._read_mailbox()

    def _give_up(self, connection: Connection | None) -> None:
        self._shared.settings.error_log("Error in the reactor", logging.ERROR, True)
        if connection is not None:
            connection.close()

    def _read(self, connection: Connection) -> None:
        """Read what came while no request runs: a head, or part of one."""
        data = connection.receive()
        if data is None:
            return
        if not data:
            connection.close()
            return
        if connection.lingering:
            return
        try:
            head = connection.protocol.receive_head(data, self._heads)
        except HTTPServerError as error:
            connection.refuse(error)
            return
        if head is None:
            self._await_head(connection)
            return
        connection.head = head
        limit = self._shared.settings.accepted_queue_size
        if len(self._shared.ready) + len(self._batch) >= limit > 0:
            connection.refuse(Overloaded("All workers are busy", limit=limit))
            return
        connection.busy = True
        self._batch.append(connection)

    def _park(self, connection: Connection) -> None:
        self._poller.remove(connection.fd)
        connection.parked = True
        if not connection.busy:
            self._unpark(connection)

    def _unpark(self, connection: Connection) -> None:
        if connection.parked and not connection.closed:
            connection.parked = False
            self._poller.add(connection.fd)

    def _await_head(self, connection: Connection) -> None:
        """Some of a head is here: from now on its deadline counts."""
        if not connection.reading_head:
            connection.reading_head = True
            self._give(connection, self._shared.settings.head_seconds)

    def _give(self, connection: Connection, seconds: float) -> None:
        connection.deadline = monotonic() + seconds
        if connection.deadline < connection.look_at:
            self._plan_look(connection, connection.deadline)

    def _plan_look(self, connection: Connection, when: float) -> None:
        connection.look_at = when
        self._deadlines.add(when, connection.fd, connection.serial)

    def _read_mailbox(self) -> None:
        try:
            self._wake_end.recv(4096)
        except BlockingIOError:
            pass
        while self._mailbox:
            connection = self._mailbox.popleft()
            if connection.detached:
                self._strike_out(connection)
            elif connection.closed:
                self._forget(connection)
            elif connection.lingering:
                self._unpark(connection)
                self._give(connection, _LINGER_SECONDS)
            elif not connection.busy:  # else its worker will ask again
                self._unpark(connection)
                if connection.protocol.has_buffered:
                    self._await_head(connection)

    def _look_at(self, when: float, fd: int, serial: int) -> None:
        """A deadline of this connection may be due."""
        if serial == _LISTENER_SERIAL:
            self._poller.add(fd)
            return
        connection = self.connections.get(fd)
        if connection is None or connection.serial != serial or connection.look_at != when:
            return  # it is closed, or an earlier look was planned after this one
        now = monotonic()
        if connection.busy:
            self._plan_look(connection, now + self._shared.settings.idle_seconds)
        elif connection.deadline > now:
            self._plan_look(connection, connection.deadline)
        elif connection.reading_head and not connection.lingering:
            connection.refuse(RequestTimeout("The request head did not arrive in time"))
        else:
            connection.close()

    def _accept(self) -> None:
        for _ in range(_ACCEPTS_IN_A_ROW):
            try:
                sock, address = self._listener.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                self._pause_accepting(error)
                return
            self._admit(sock, address)

    def _admit(self, sock: socket.socket, address: object) -> None:
        shared = self._shared
        try:
            sock.setblocking(False)
            local, remote = _ends(sock, address)
            if shared.settings.nodelay and sock.family != getattr(socket, "AF_UNIX", None):
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError:
            sock.close()  # it was gone before we looked
            return
        self._serial += 1
        connection = Connection(sock, local, remote, self._serial, shared)
        self.connections[connection.fd] = connection
        self._poller.add(connection.fd)
        limit = shared.settings.max_connections
        if 0 < limit < len(self.connections):
            connection.refuse(Overloaded("Too many connections", limit=limit))
        else:
            self._give(connection, shared.settings.idle_seconds)

    def _pause_accepting(self, error: OSError) -> None:
        if not self._running:
            return
        log = self._shared.settings.error_log
        log(f"Cannot accept connections: {error}", logging.WARNING, False)
        if error.errno in EXHAUSTED:
            self._poller.remove(self._listener_fd)
            when = monotonic() + _EXHAUSTED_PAUSE
            self._deadlines.add(when, self._listener_fd, _LISTENER_SERIAL)


def _ends(sock: socket.socket, address: object) -> tuple[tuple[str, int], tuple[str, int]]:
    """(ip, port) of our end and of the client's; ('', 0) for what has none."""
    if not isinstance(address, tuple):
        return ("", 0), ("", 0)
    host, port = sock.getsockname()[:2]
    return (host, port), (address[0], address[1])

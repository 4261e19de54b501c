"""`HTTPServer`: its life from bound to stopped, and the parts it is made of.

The parts are built anew for each start, so that start and stop can follow each other for ever:
a listener, a reactor, a pool of workers. Everything here is about order: what must exist before
what, and what must have ended before what is closed.
"""

import logging
import socket
import threading
from enum import Enum, auto

from .connection import Shared
from .exchange import Gateway
from .head import FieldParser, HeadParser
from .reactor import Reactor
from .response import ResponseWriter
from .settings import Address, Settings
from .sockets import close_listener, describe, listen
from .workers import WorkerPool

# Seconds that workers get to notice that their sockets are gone, after the shutdown timeout.
_AFTER_HARD_CLOSE = 1.0


class _State(Enum):
    STOPPED = auto()
    PREPARED = auto()
    SERVING = auto()
    STOPPING = auto()


class HTTPServer:
    """An HTTP/1.1 server (RFC 9112) that hands each request to `gateway` on a worker thread.

    `start()` blocks until another thread calls `stop()`. `ready` is true while connections are
    accepted. Setting `interrupt` to an exception ends `serve()`, which then raises it.
    """

    def __init__(self, gateway: Gateway, settings: Settings | None = None) -> None:
        self.gateway = gateway
        self.settings = settings or Settings()
        self.ready = False
        #: Whether no more requests are taken, so that responses announce a close.
        self.stopping = True
        #: What `settings.bind_addr` became: the real port for port 0. None while not bound.
        self.bound_addr: Address | None = None
        self.requests = self._new_pool()
        self._interrupt: BaseException | None = None
        self._state = _State.STOPPED
        # NOTE: reentrant, for a signal handler that stops the server may interrupt its holder.
        self._lock = threading.RLock()
        self._serving_thread: int | None = None
        self._loop_ended = threading.Event()
        self._stopped = threading.Event()
        self._listener: socket.socket | None = None
        self._responses: ResponseWriter
        self._reactor: Reactor | None = None

    # -- its life

    def start(self) -> None:
        """Bind, then serve in this thread until `stop()`. Raises OSError as `prepare` does."""
        self.prepare()
        self.serve()

    def prepare(self) -> None:
        """Bind and listen, so that connections can be made; they wait until `serve()`.

        Raises OSError whose text names the address if it cannot be had, ValueError or TypeError
        for settings that make no sense, and RuntimeError if the server is prepared or serving
        already.
        """
        with self._lock:
            if self._state is not _State.STOPPED:
                raise RuntimeError(f"The server at {describe(self.bind_addr)} is started already")
            # What may refuse its settings comes first: nothing is bound then.
            _check_thread_pool(self.settings.thread_pool)
            self._responses = ResponseWriter(self.settings)
            heads = self._new_heads()
            self._listener = listen(self.settings)
            self._interrupt = None
            self._loop_ended.clear()
            self._stopped.clear()
            self.bound_addr = _bound_address(self._listener)
            self.requests = self._new_pool()
            self._reactor = Reactor(self._listener, heads)
            self._state = _State.PREPARED

    def serve(self) -> None:
        """Run the selector loop in this thread until `stop()`; everything is stopped on return.

        Raises `interrupt` if that was set. Returns at once if the server is not prepared.
        """
        with self._lock:
            if self._state is not _State.PREPARED or self._reactor is None:
                return
            self._serving_thread = threading.get_ident()
            self._state = _State.SERVING
            reactor = self._reactor
        try:
            self._open()
            reactor.run(self._shared_by_connections(reactor))
        finally:
            self._loop_ended.set()
            self._stop()
            self._serving_thread = None
        if self._interrupt is not None:
            raise self._interrupt

    def _open(self) -> None:
        """Start the workers, and be ready unless the server is to stop already."""
        self.requests.grow(self.settings.thread_pool)
        with self._lock:
            if self._state is _State.SERVING:
                self.stopping = False
                self.ready = True

    def _shared_by_connections(self, reactor: Reactor) -> Shared:
        return Shared(
            server=self,
            settings=self.settings,
            gateway=self.gateway,
            responses=self._responses,
            ready=self.requests.queue,
            resume=reactor.resume,
            discard=reactor.discard,
            detach=reactor.detach,
        )

    def stop(self) -> None:
        """Stop accepting, let running requests finish for `shutdown_timeout` seconds, close all.

        Valid in any state and from any thread, a worker's too. Returns when it is done, also
        where another thread is at it. From the thread that is in `serve()`, which only a signal
        handler or a listener can be, it returns at once, and `serve()` returns when it is done.
        """
        if self._serving_thread == threading.get_ident():
            if self._reactor is not None:
                self._reactor.stop()
            return
        self._stop()

    def _stop(self) -> None:
        with self._lock:
            before = self._state
            if before in (_State.PREPARED, _State.SERVING):
                self._state = _State.STOPPING
                self.ready = False
                self.stopping = True
        if before is _State.STOPPED:
            return
        if before is _State.STOPPING:
            if not self.requests.holds_current_thread():
                self._stopped.wait(self.settings.shutdown_timeout + 2 * _AFTER_HARD_CLOSE)
            return
        self._shut_down(was_serving=before is _State.SERVING)

    def _shut_down(self, was_serving: bool) -> None:
        reactor, listener = self._reactor, self._listener
        assert reactor is not None  # noqa: S101  set since `prepare`
        assert listener is not None  # noqa: S101  set since `prepare`
        reactor.stop()
        if was_serving:
            self._loop_ended.wait()
        close_listener(listener)
        for connection in list(reactor.connections.values()):
            if not connection.busy:
                connection.close()
        self.requests.ask_to_end()
        if not self.requests.join(self.settings.shutdown_timeout):
            self._cut_off(reactor)
        for connection in list(reactor.connections.values()):
            if not (connection.busy and self.requests.holds_current_thread()):
                connection.close()
        reactor.close()
        with self._lock:
            self._reactor = self._listener = self.bound_addr = None
            self._state = _State.STOPPED
        self._stopped.set()

    def _cut_off(self, reactor: Reactor) -> None:
        """Wake the workers that wait for a client, by ending its connection."""
        for connection in list(reactor.connections.values()):
            try:
                connection.sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # closed meanwhile
        if not self.requests.join(_AFTER_HARD_CLOSE):
            message = "Requests still run after the shutdown timeout; their threads are left behind"
            self.settings.error_log(message, logging.WARNING, False)

    def _new_pool(self) -> WorkerPool:
        return WorkerPool(self.settings, self._new_heads)

    def _new_heads(self) -> HeadParser:
        return HeadParser(new_field_parser(self.settings), self.settings)

    # -- what others read and set

    @property
    def bind_addr(self) -> Address:
        """The address as configured; (host, port) or a path."""
        return self.settings.bind_addr

    @bind_addr.setter
    def bind_addr(self, address: Address) -> None:
        self.settings.bind_addr = address

    @property
    def interrupt(self) -> BaseException | None:
        """The exception that ends `serve()`; set it from any thread to do so."""
        return self._interrupt

    @interrupt.setter
    def interrupt(self, error: BaseException | None) -> None:
        self._interrupt = error
        reactor = self._reactor
        if error is not None and reactor is not None:
            reactor.stop()

    @property
    def timeout(self) -> float:
        """`socket_timeout` in seconds; may be set while running."""
        return self.settings.socket_timeout

    @timeout.setter
    def timeout(self, seconds: float) -> None:
        self.settings.socket_timeout = seconds

    @property
    def max_request_body_size(self) -> int:
        """In bytes, 0 for no limit; may be set while running."""
        return self.settings.max_request_body_size

    @max_request_body_size.setter
    def max_request_body_size(self, size: int) -> None:
        self.settings.max_request_body_size = size


def new_field_parser(settings: Settings) -> FieldParser:
    """The adapter that `settings.parser` names, or the best one that is installed.

    Raises ImportError, with the name of the package, if there is none.
    """
    if settings.parser != "h11":
        try:
            from .parse_httptools import HttptoolsFields

            return HttptoolsFields()
        except ImportError:
            if settings.parser == "httptools":
                raise
    from .parse_h11 import H11Fields

    return H11Fields()


def _check_thread_pool(number: object) -> None:
    """Raise ValueError for a number of workers with which no request would ever be served."""
    if not isinstance(number, int) or number < 1:
        raise ValueError(f"thread_pool is {number!r}; expected a whole number from 1 on")


def _bound_address(listener: socket.socket) -> Address:
    name = listener.getsockname()
    return name if isinstance(name, str) else (name[0], name[1])

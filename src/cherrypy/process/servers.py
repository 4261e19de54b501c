"""HTTP servers under the command of the bus.

A `ServerAdapter` starts a server when the bus starts and stops it when the bus stops. It
knows no particular server: whatever has `start()` and `stop()` will do. The one idea: a
server which has `prepare()` and `serve()` too is bound in the thread that starts the bus,
so that a port in use is an error there; only the serving goes on in a thread of its own.

More than one server: make an adapter for each, and subscribe them all (manual:
'process.servers module').
"""

import itertools
import threading
import time
from collections.abc import Callable
from typing import Any

from .channels import ChannelFailures, at_priority
from .messenger import ERROR, WARNING
from .ports import (
    check_port,
    client_host,
    wait_for_free_port,
    wait_for_occupied_port,
)
from .simple_plugin import Switchable
from .wspbus import Bus

__all__ = [
    "ServerAdapter",
    "check_port",
    "client_host",
    "wait_for_free_port",
    "wait_for_occupied_port",
]

READY_TIMEOUT = 30.0  # seconds for a server to answer after it was started
STOP_TIMEOUT = 60.0  # seconds for its thread to end after it was stopped
FIRST_PAUSE, LONGEST_PAUSE = 0.001, 0.05  # seconds between two looks at `ready`, doubling

ALL_INTERFACES = "0.0.0.0"  # noqa: S104  # what a host of '' or None means
DEFAULT_PORTS = {"http": 80, "https": 443}

_thread_numbers = itertools.count(1)


class ServerAdapter(Switchable):
    """Starts and stops an HTTP server with the bus.

    bus -- the bus to listen to: `cherrypy.engine`.
    httpserver -- has `start()`, which may or may not return while it serves, and `stop()`;
    optionally `prepare()` and `serve()`, `ready`, `bound_addr` or `socket`, `ssl_adapter`.
    bind_addr -- (host, port), the path of a socket file, or None if nobody knows.

    `running` says whether the server was started, `interrupt` holds what ended it.
    """

    def __init__(self, bus: Bus, httpserver: Any = None, bind_addr: Any = None) -> None:
        self.bus = bus
        self.httpserver = httpserver
        self.bind_addr = bind_addr
        self.interrupt: BaseException | None = None
        self.running = False
        self._thread: threading.Thread | None = None
        self._ended = threading.Event()  # the serving thread has failed, or come to its end
        self._handover = threading.Lock()  # between a thread that starts and one that fails
        self._starting = False

    def subscribe(self) -> None:
        """Start and stop the server with the bus from now on."""
        super().subscribe()
        self.bus.subscribe("start", self.start, getattr(self.start, "priority", 75))
        self.bus.subscribe("stop", self.stop)

    def unsubscribe(self) -> None:
        """Leave the server as it is when the bus starts or stops."""
        super().unsubscribe()
        self.bus.unsubscribe("start", self.start)
        self.bus.unsubscribe("stop", self.stop)

    @property
    def bound_addr(self) -> Any:
        """`bind_addr`, with the real port if that was 0 and the server has one by now."""
        if not isinstance(self.bind_addr, tuple) or self.bind_addr[1]:
            return self.bind_addr
        known = getattr(self.httpserver, "bound_addr", None)
        if isinstance(known, tuple):
            return known[:2]
        try:
            return self.httpserver.socket.getsockname()[:2]
        except (AttributeError, OSError):
            return self.bind_addr

    @property
    def description(self) -> str:
        """Where the server is reached: 'http://127.0.0.1:8080', 'socket file: /path'."""
        address = self.bound_addr
        if address is None:
            return "unknown interface (dynamic?)"
        if not isinstance(address, tuple):
            return f"socket file: {address}"
        host, port = address
        host = host or ALL_INTERFACES
        scheme = "https" if getattr(self.httpserver, "ssl_adapter", None) else "http"
        netloc = f"[{host}]" if ":" in host else host
        return f"{scheme}://{netloc}" + (f":{port}" if port != DEFAULT_PORTS[scheme] else "")

    @at_priority(75)
    def start(self) -> None:
        """Start the server, and return when it can be reached.

        Raises ValueError without a server, OSError if the address cannot be bound (its text
        names the address), whatever the server fails with, and TimeoutError if it isn't
        ready within 30 seconds.
        """
        if self.running:
            self.bus.log(f"Already serving on {self.description}")
            return
        if self.httpserver is None:
            raise ValueError("There is no HTTP server to start: httpserver is None.")
        self.interrupt = None
        self._ended.clear()
        serve = self._claim_address()
        self._starting = self.running = True
        self._thread = threading.Thread(
            target=self._run, args=(serve,), name=f"HTTPServer Thread-{next(_thread_numbers)}"
        )
        self._thread.start()
        try:
            self.wait()
            self._finish_start()
        except BaseException:
            self._give_up()
            raise
        self.bus.log(f"Serving on {self.description}")

    def stop(self) -> None:
        """Stop the server, and return when its thread has ended; no effect if not running."""
        if not self.running:
            return
        where = self.description
        self.running = False
        self.httpserver.stop()
        self._join()
        self.bus.log(f"HTTP Server {where} shut down")

    def restart(self) -> None:
        """Stop the server and start it anew; the bus keeps its state."""
        self.stop()
        self.start()

    def wait(self) -> None:
        """Wait until the server can be reached.

        Raises what ended the server if it did not get so far; TimeoutError after 30 seconds.
        """
        if hasattr(self.httpserver, "ready"):
            self._wait_until(lambda: _is_set(self.httpserver.ready))
        elif isinstance(self.bind_addr, tuple) and self.bind_addr[1]:
            self._wait_until(self._is_answering)
        if self.interrupt is not None:
            raise self.interrupt

    # Starting

    def _claim_address(self) -> Callable[[], object]:
        """Bind the server if it can be bound by itself; return what then serves."""
        server = self.httpserver
        if not self._binds_by_itself():
            if isinstance(self.bind_addr, tuple) and self.bind_addr[1]:
                # Such a server would fail in its thread, or share the port unnoticed.
                host, port = self.bind_addr
                wait_for_free_port(host, port, timeout=1.0)
            start: Callable[[], object] = server.start
            return start
        try:
            server.prepare()
        except OSError as error:
            text = f"Cannot serve on {self.description}: {error.strerror or error}"
            raise OSError(error.errno, text) from error
        serve: Callable[[], object] = server.serve
        return serve

    def _wait_until(self, is_ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + READY_TIMEOUT
        pause = FIRST_PAUSE
        while not is_ready():
            if self._ended.wait(pause) and not is_ready():
                if self.interrupt is not None:
                    raise self.interrupt
                if self._binds_by_itself() or not self.running:
                    raise RuntimeError(f"The server on {self.description} ended as it started.")
                self._ended.clear()  # a server whose start() returns and which serves elsewhere
            if time.monotonic() >= deadline:
                raise TimeoutError(f"The server on {self.description} did not get ready.")
            pause = min(pause * 2, LONGEST_PAUSE)

    def _binds_by_itself(self) -> bool:
        return hasattr(self.httpserver, "prepare") and hasattr(self.httpserver, "serve")

    def _is_answering(self) -> bool:
        host, port = self.bind_addr
        try:
            check_port(host, port, timeout=0.1)
        except OSError:
            return True
        return False

    def _finish_start(self) -> None:
        """From here on a failing thread ends the bus itself; a failure before that is ours."""
        with self._handover:
            self._starting = False
        if self.interrupt is not None:
            raise self.interrupt

    def _give_up(self) -> None:
        self._starting = False
        self.running = False
        try:
            self.httpserver.stop()
        except Exception:  # noqa: BLE001  # what went wrong first is what is raised
            self.bus.log("Error while stopping a server that failed", ERROR, traceback=True)
        self._join()

    # The serving thread

    def _run(self, serve: Callable[[], object]) -> None:
        try:
            serve()
        except BaseException as failure:  # noqa: BLE001  # stored, logged, and ends the bus
            self._fail(failure)
        finally:
            self._ended.set()

    def _fail(self, failure: BaseException) -> None:
        if isinstance(failure, KeyboardInterrupt):
            self.bus.log("Keyboard Interrupt: shutting down HTTP server")
        elif isinstance(failure, SystemExit):
            self.bus.log("SystemExit raised: shutting down HTTP server")
        else:
            self.bus.log("Error in HTTP server: shutting down", ERROR, traceback=True)
        with self._handover:
            self.interrupt = failure
            start_will_raise_it = self._starting
        if not start_will_raise_it:
            self._ended.set()
            try:
                self.bus.exit()
            except ChannelFailures:
                return  # logged

    def _join(self) -> None:
        thread, self._thread = self._thread, None
        if thread is None or thread is threading.current_thread():
            return
        thread.join(STOP_TIMEOUT)
        if thread.is_alive():
            self.bus.log(f"{thread.name} has not ended yet: the server still serves.", WARNING)


def _is_set(ready: object) -> bool:
    """Say whether a server's `ready`, a flag or an event, is set."""
    is_set = getattr(ready, "is_set", None)
    return bool(is_set()) if callable(is_set) else bool(ready)

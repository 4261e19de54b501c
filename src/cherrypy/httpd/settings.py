"""Every knob of the server, declared once, with its unit, its default and its reason.

Each is the `server.*` configuration key of the same name unless the comment names another. All
limits are finite by default. Where a limit is 0 or less, there is none.
"""

import logging
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Address = tuple[str, int] | str


def log_to_stdlib(message: str, level: int, traceback: bool) -> None:
    """The default `error_log`: the standard logger 'cherrypy.httpd'."""
    exc_info = sys.exc_info() if traceback else None
    logging.getLogger("cherrypy.httpd").log(level, message, exc_info=exc_info)


def do_nothing() -> None:
    """The default of `on_worker_start` and `on_worker_stop`."""


@dataclass(slots=True)
class Settings:
    """The configuration of one `HTTPServer`; may be changed while it runs, except `bind_addr`,
    `backlog`, `thread_pool` and `parser`, which are read when it starts.
    """

    #: (host, port) with port 0 for any free one, or the path of a unix socket
    #: (`server.socket_host` and `server.socket_port`, or `server.socket_file`).
    bind_addr: Address = ("127.0.0.1", 8080)
    #: Connections that the kernel holds until they are accepted (`server.socket_queue_size`).
    backlog: int = 1024
    #: Disable Nagle's algorithm: a response is one send, so there is nothing to collect.
    nodelay: bool = True

    #: Seconds of silence after which a client is given up. The four deadlines below that are
    #: None follow it.
    socket_timeout: float = 10.0
    #: Seconds from the first byte of a head to its last one; then 408.
    head_timeout: float | None = None
    #: Seconds a connection may idle between two requests; then it is closed.
    keep_alive_timeout: float | None = None
    #: Seconds without progress after which a response is abandoned.
    write_timeout: float | None = None
    #: Bytes per second that a request body, and the reading of a response, must reach on
    #: average after a start of `socket_timeout` seconds. SECURITY: one byte per nine seconds
    #: would else hold a worker for ever.
    min_body_rate: float = 256.0
    #: Seconds that running requests get to finish after `stop()`.
    shutdown_timeout: float = 5.0

    #: Number of worker threads, which is the number of requests that run at one time.
    thread_pool: int = 10
    #: Requests that wait for a worker; one more is answered 503.
    accepted_queue_size: int = 1024
    #: Open connections; one more is answered 503.
    max_connections: int = 8192
    #: Requests of one connection served in a row, when the client sent them at one go, before
    #: other connections have their turn.
    max_pipelined: int = 32

    #: Bytes of a request head, from the request line to the empty line; more is 431.
    max_request_header_size: int = 500 * 1024
    #: Number of header fields, and of trailer fields; more is 431.
    max_request_header_count: int = 256
    #: Bytes of the request line; more is 414.
    max_request_line_size: int = 64 * 1024
    #: Bytes of a request body; more is 413.
    max_request_body_size: int = 100 * 1024 * 1024
    #: Bytes of a request body that the application left unread, which are read and thrown away
    #: to keep the connection; with more to come it is closed.
    max_drain_size: int = 64 * 1024

    #: The version of responses; 'HTTP/1.0' also turns off what 1.0 does not have.
    protocol_version: str = "HTTP/1.1"
    #: The value of the Server header; with '' there is none.
    server_name: str = "CherryPy"
    #: 'httptools', 'h11', or None for the best one that is installed.
    parser: Literal["httptools", "h11"] | None = None

    #: Takes (message, level of `logging`, whether to add the traceback being handled).
    error_log: Callable[[str, int, bool], None] = log_to_stdlib
    #: Called in each worker thread before its first request and after its last one.
    on_worker_start: Callable[[], None] = do_nothing
    on_worker_stop: Callable[[], None] = do_nothing

    @property
    def head_seconds(self) -> float:
        """The head deadline that is in force."""
        return self.socket_timeout if self.head_timeout is None else self.head_timeout

    @property
    def idle_seconds(self) -> float:
        """The keep-alive deadline that is in force."""
        if self.keep_alive_timeout is None:
            return self.socket_timeout
        return self.keep_alive_timeout

    @property
    def write_seconds(self) -> float:
        """The write deadline that is in force."""
        return self.socket_timeout if self.write_timeout is None else self.write_timeout

"""`cherrypy.server`: the settings of an HTTP server, and its life with the engine.

Every attribute is a `server.*` config key. What serves is an `httpserver`: ours,
made from these settings when the server starts, unless an application puts
another in its place.
"""

import logging
import socket
from typing import Any

from ..core.reprconf import attributes
from ..core.response import SERVER_NAME
from ..httpd import Settings
from ..process.channels import at_priority
from ..process.ports import client_host
from ..process.servers import ServerAdapter
from ..process.wspbus import Bus
from .servers import CPHTTPServer

Address = tuple[str, int] | str


class Server(ServerAdapter):
    """An HTTP server of the site; the manual's `cherrypy.server` is one.

    bus: the engine. Further ones are made without arguments and subscribed
    (manual: 'Multiple HTTP servers support').
    """

    #: The engine that a server made without a bus belongs to; the composition root sets it.
    default_bus: Bus

    #: The port to listen on; 0 for any that is free.
    socket_port: int | None = 8080
    #: The path of a Unix socket to listen on instead of host and port.
    socket_file: str | None = None
    #: Connections that wait to be accepted.
    socket_queue_size: int = 1024
    #: Seconds of silence after which a client is given up.
    socket_timeout: float = 10
    #: Requests that wait for a thread before 503 is answered; -1 for the default of the server.
    accepted_queue_size: int = -1
    #: Seconds to wait for room in that queue. Ours answers 503 at once and needs no wait.
    accepted_queue_timeout: float = 10
    #: Seconds that running requests get to finish when the server stops.
    shutdown_timeout: float = 5
    #: The version that responses have, 'HTTP/1.1' or 'HTTP/1.0'.
    protocol_version: str = "HTTP/1.1"
    #: Worker threads.
    thread_pool: int = 10
    #: Bytes of a request head; 0 for no limit.
    max_request_header_size: int = 500 * 1024
    #: Bytes of a request body; 0 for no limit.
    max_request_body_size: int = 100 * 1024 * 1024
    #: Header fields of a request; more is 431.
    max_request_header_count: int = 256
    #: Bytes of a request line; more is 414.
    max_request_line_size: int = 64 * 1024
    #: Open connections; one more is answered 503.
    max_connections: int = 8192
    #: Seconds for a request head to arrive; None for `socket_timeout`.
    head_timeout: float | None = None
    #: Seconds that a connection may idle between requests; None for `socket_timeout`.
    keep_alive_timeout: float | None = None
    #: Seconds without progress after which a response is given up; None for `socket_timeout`.
    write_timeout: float | None = None
    #: Bytes per second that a body must reach on average.
    min_body_rate: float = 256.0
    #: Bytes of an unread request body that are read and dropped to keep the connection.
    max_drain_size: int = 64 * 1024
    #: Requests that a client sent at one go and that are served in a row.
    max_pipelined: int = 32
    #: Disable Nagle's algorithm.
    nodelay: bool = True
    #: The `Server` header of responses that have none.
    server_name: str = SERVER_NAME

    #: An httpserver, or the dotted name of one, to use in place of ours.
    instance: Any = None
    #: Set by those who serve through another program.
    using_apache = False
    using_wsgi = False

    def __init__(self, bus: Bus | None = None) -> None:
        self._socket_host: str | None = "127.0.0.1"
        # The httpserver that `start` made, and what from: a dotted name, or None.
        self._made: Any = None
        self._made_from: str | None = None
        super().__init__(self.default_bus if bus is None else bus, bind_addr=("127.0.0.1", 8080))

    @property
    def socket_host(self) -> str | None:
        """The host name or address to listen on; None for all (IPv4)."""
        return self._socket_host

    @socket_host.setter
    def socket_host(self, value: str | None) -> None:
        if value == "":
            raise ValueError(
                "server.socket_host must not be ''. Expected an address or a host name: "
                "'0.0.0.0' listens on every IPv4 interface, '::' on every IPv6 one."
            )
        self._socket_host = value

    @property
    def bind_addr(self) -> Any:
        """(host, port), or the path of a socket file, or None if neither is known."""
        if self.socket_file:
            return self.socket_file
        if self._socket_host is None and self.socket_port is None:
            return None
        return (self._socket_host, self.socket_port)

    @bind_addr.setter
    def bind_addr(self, value: Any) -> None:
        if value is None:
            self.socket_file = None
            self._socket_host = None
            self.socket_port = None
        elif isinstance(value, str):
            self.socket_file = value
        else:
            self.socket_file = None
            try:
                self._socket_host, self.socket_port = value
            except (TypeError, ValueError):
                raise ValueError(
                    f"bind_addr is (host, port), or the path of a socket file, got {value!r}"
                ) from None

    @at_priority(75)
    def start(self) -> None:
        """Start the server, ours if there is no other, with the settings as they are now.

        Raises OSError, naming the address, when that cannot be bound.
        """
        if self.httpserver is self._made and not self.running:
            # Made here for an earlier start: the settings may have changed since.
            self.httpserver = self._made_from
        given = self.httpserver
        if given is None or isinstance(given, str):
            self.httpserver, self.bind_addr = self.httpserver_from_self(given)
            self._made, self._made_from = self.httpserver, given
        super().start()

    def httpserver_from_self(self, httpserver: Any = None) -> tuple[Any, Any]:
        """Return (httpserver, bind_addr) for these settings.

        httpserver: a server, or its dotted name, or None for `instance` or ours.
        """
        if httpserver is None:
            httpserver = self.instance
        if httpserver is None:
            httpserver = CPHTTPServer(self)
        if isinstance(httpserver, str):
            httpserver = attributes(httpserver)(self)
        return httpserver, self.bind_addr

    def settings(self) -> Settings:
        """Return the settings of our HTTP server that these attributes make."""
        settings = Settings()
        # None stands for every interface of the machine.
        host = self._socket_host or "0.0.0.0"  # noqa: S104
        settings.bind_addr = self.socket_file or (host, self.socket_port or 0)
        settings.backlog = self.socket_queue_size
        for name in _SAME_NAME:
            setattr(settings, name, getattr(self, name))
        if self.accepted_queue_size > 0:
            settings.accepted_queue_size = self.accepted_queue_size
        settings.error_log = self._log_error
        settings.on_worker_stop = self._release_thread
        return settings

    def _log_error(self, message: str, level: int = logging.ERROR, traceback: bool = False) -> None:
        self.bus.log(message, level, traceback)

    def _release_thread(self) -> None:
        self.bus.publish("release_thread")

    def base(self) -> str:
        """Return the URL that this server is reached by, 'http://127.0.0.1:8080'."""
        if self.socket_file:
            return self.socket_file
        host, port = self.bound_addr
        host = client_host(host) if host else socket.gethostname()
        if ":" in host:
            host = f"[{host}]"
        return f"http://{host}" if port == 80 else f"http://{host}:{port}"


#: Attributes that `Settings` has under the same name.
_SAME_NAME = (
    "socket_timeout",
    "shutdown_timeout",
    "protocol_version",
    "thread_pool",
    "max_request_header_size",
    "max_request_header_count",
    "max_request_line_size",
    "max_request_body_size",
    "max_connections",
    "head_timeout",
    "keep_alive_timeout",
    "write_timeout",
    "min_body_rate",
    "max_drain_size",
    "max_pipelined",
    "nodelay",
    "server_name",
)

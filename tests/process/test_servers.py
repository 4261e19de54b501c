"""The server adapter over several kinds of server, and the questions to ports."""

import errno
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.request import urlopen

import pytest

from cherrypy.process import servers
from cherrypy.process.wspbus import ChannelFailures

from .helper import TIMEOUT, RecordingBus

HOST = "127.0.0.1"


class Hello(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, format: str, *args: object) -> None:
        pass


class BlockingServer:
    """A server of the plain kind: start() serves, stop() ends that; it says no more."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.started: list[str] = []

    def start(self) -> None:
        self.started.append(threading.current_thread().name)
        self.server = ThreadingHTTPServer((HOST, self.port), Hello)
        with self.server:
            self.server.serve_forever(poll_interval=0.01)

    def stop(self) -> None:
        self.server.shutdown()


class BackgroundServer(BlockingServer):
    """Another plain kind: start() returns and a thread of its own serves."""

    def start(self) -> None:
        self.thread = threading.Thread(target=super().start)
        self.thread.start()

    def stop(self) -> None:
        super().stop()
        self.thread.join(TIMEOUT)


class PreparedServer:
    """A server that binds in prepare() and serves in serve(), like our own."""

    def __init__(self, port: int = 0, failure: BaseException | None = None) -> None:
        self.port = port
        self.failure = failure
        self.fail = threading.Event()
        self.halt = threading.Event()
        self.ready = False
        self.binders: list[threading.Thread] = []
        self.socket: socket.socket

    def start(self) -> None:
        self.prepare()
        self.serve()

    def prepare(self) -> None:
        self.binders.append(threading.current_thread())
        self.halt.clear()
        self.socket = socket.create_server((HOST, self.port))

    def serve(self) -> None:
        with self.socket:
            if self.failure is None or not self.fail.is_set():
                self.ready = True
                self.halt.wait(TIMEOUT)
            if self.failure is not None and self.fail.is_set():
                raise self.failure
        self.ready = False

    def stop(self) -> None:
        self.halt.set()


@pytest.fixture
def free_port() -> int:
    with socket.create_server((HOST, 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server((HOST, 0)) as listener:
        yield listener.getsockname()[1]


@pytest.mark.parametrize("kind", [BlockingServer, BackgroundServer])
def test_any_server_with_start_and_stop_follows_the_bus(
    free_port: int, kind: type[BlockingServer]
) -> None:
    bus = RecordingBus()
    server = kind(free_port)
    adapter = servers.ServerAdapter(bus, server, (HOST, free_port))
    adapter.subscribe()
    order: list[bool] = []
    bus.subscribe("start", lambda: order.append(adapter.running), priority=74)
    bus.subscribe("start", lambda: order.append(adapter.running), priority=76)
    before = threading.active_count()
    bus.start()
    with urlopen(f"http://{HOST}:{free_port}/", timeout=TIMEOUT) as response:
        assert response.read() == b"hello"
    assert order == [False, True]
    bus.exit()
    assert threading.active_count() == before
    assert adapter.running is False
    servers.check_port(HOST, free_port)
    where = f"http://{HOST}:{free_port}"
    assert bus.lines == [
        "Bus STARTING",
        f"Serving on {where}",
        "Bus STARTED",
        "Bus STOPPING",
        f"HTTP Server {where} shut down",
        "Bus STOPPED",
        "Bus EXITING",
        "Bus EXITED",
    ]


def test_a_prepared_server_is_bound_by_the_caller_and_serves_in_a_named_thread() -> None:
    bus = RecordingBus()
    server = PreparedServer()
    adapter = servers.ServerAdapter(bus, server, (HOST, 0))
    assert adapter.bound_addr == (HOST, 0)
    adapter.start()
    port = server.socket.getsockname()[1]
    assert server.binders == [threading.current_thread()]
    assert adapter.bound_addr == (HOST, port)
    assert adapter.description == f"http://{HOST}:{port}"
    names = [thread.name for thread in threading.enumerate()]
    assert any(name.startswith("HTTPServer Thread-") for name in names)
    adapter.start()
    assert bus.lines[-1] == f"Already serving on http://{HOST}:{port}"
    adapter.restart()
    assert adapter.running
    adapter.stop()
    adapter.stop()
    assert len(server.binders) == 2


def test_a_server_starts_and_stops_a_hundred_times_with_the_bus() -> None:
    bus = RecordingBus()
    servers.ServerAdapter(bus, PreparedServer(), (HOST, 0)).subscribe()
    before = threading.active_count()
    for _ in range(100):
        bus.start()
        bus.stop()
    bus.exit()
    assert threading.active_count() == before


@pytest.mark.parametrize("kind", [BlockingServer, PreparedServer])
def test_a_port_in_use_is_an_error_of_start_that_names_the_address(
    taken_port: int, kind: type[BlockingServer] | type[PreparedServer]
) -> None:
    bus = RecordingBus()
    adapter = servers.ServerAdapter(bus, kind(taken_port), (HOST, taken_port))
    adapter.subscribe()
    with pytest.raises(ChannelFailures, match=str(taken_port)) as caught:
        bus.start()
    error = caught.value.exceptions[0]
    assert isinstance(error, OSError)
    if kind is PreparedServer:
        assert error.errno == errno.EADDRINUSE
        assert f"Cannot serve on http://{HOST}:{taken_port}: " in str(error)
    assert HOST in str(caught.value)
    assert bus.state is bus.states.EXITING
    assert adapter.running is False


@pytest.mark.parametrize(
    ("failure", "line"),
    [
        (ValueError("broken"), "Error in HTTP server: shutting down"),
        (KeyboardInterrupt(), "Keyboard Interrupt: shutting down HTTP server"),
        (SystemExit(2), "SystemExit raised: shutting down HTTP server"),
    ],
)
def test_a_failure_of_the_serving_thread_is_kept_and_ends_the_bus(
    failure: BaseException, line: str
) -> None:
    bus = RecordingBus()
    server = PreparedServer(failure=failure)
    adapter = servers.ServerAdapter(bus, server, (HOST, 0))
    adapter.subscribe()
    bus.start()
    server.fail.set()
    server.halt.set()
    bus.block()
    assert adapter.interrupt is failure
    assert adapter.running is False
    assert any(logged.startswith(line) for logged in bus.lines)
    assert bus.lines.count("Bus EXITED") == 1


def test_a_server_that_fails_as_it_starts_raises_from_start() -> None:
    bus = RecordingBus()
    failure = ValueError("broken")
    server = PreparedServer(failure=failure)
    server.fail.set()
    servers.ServerAdapter(bus, server, (HOST, 0)).subscribe()
    with pytest.raises(ChannelFailures, match="broken") as caught:
        bus.start()
    assert caught.value.exceptions == (failure,)
    assert bus.lines.count("Bus EXITED") == 1


def test_an_adapter_without_a_server_says_so() -> None:
    with pytest.raises(ValueError, match="httpserver is None"):
        servers.ServerAdapter(RecordingBus()).start()


def test_an_unsubscribed_adapter_is_not_started() -> None:
    bus = RecordingBus()
    adapter = servers.ServerAdapter(bus, PreparedServer(), (HOST, 0))
    adapter.subscribe()
    adapter.unsubscribe()
    bus.start()
    assert adapter.running is False
    bus.exit()


@pytest.mark.parametrize(
    ("address", "secure", "text"),
    [
        ((HOST, 8080), False, "http://127.0.0.1:8080"),
        ((HOST, 80), False, "http://127.0.0.1"),
        ((HOST, 443), True, "https://127.0.0.1"),
        ((HOST, 8443), True, "https://127.0.0.1:8443"),
        (("::1", 8080), False, "http://[::1]:8080"),
        (("0.0.0.0", 8080), False, "http://0.0.0.0:8080"),
        ((None, 8080), False, "http://0.0.0.0:8080"),
        (("", 8080), False, "http://0.0.0.0:8080"),
        ("/run/site.sock", False, "socket file: /run/site.sock"),
        (None, False, "unknown interface (dynamic?)"),
    ],
)
def test_the_description_tells_where_the_server_is(
    address: object, secure: bool, text: str
) -> None:
    server = PreparedServer()
    server.__dict__["ssl_adapter"] = object() if secure else None
    adapter = servers.ServerAdapter(RecordingBus(), server, address)
    assert adapter.description == text


def test_ports_are_asked_as_a_client_would(taken_port: int, free_port: int) -> None:
    servers.check_port(HOST, free_port)
    servers.wait_for_free_port(HOST, free_port)
    servers.wait_for_occupied_port("0.0.0.0", taken_port)
    with pytest.raises(OSError, match=f"Port {taken_port} is in use on {HOST}"):
        servers.check_port(HOST, taken_port)
    with pytest.raises(TimeoutError, match=str(taken_port)):
        servers.wait_for_free_port(HOST, taken_port, timeout=0.01)
    with pytest.raises(TimeoutError, match=str(free_port)):
        servers.wait_for_occupied_port(HOST, free_port, timeout=0.01)


@pytest.mark.parametrize(
    ("server_host", "client"),
    [("", HOST), ("0.0.0.0", HOST), ("::", "::1"), ("192.0.2.1", "192.0.2.1")],
)
def test_a_client_reaches_a_server_on_all_interfaces_by_loopback(
    server_host: str, client: str
) -> None:
    assert servers.client_host(server_host) == client

"""A server for one test: on an ephemeral port, in a thread, gone when the test is."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from cherrypy.httpd import Exchange, Gateway, HTTPServer, Settings

PATIENCE = 10.0
TEXT = [(b"Content-Type", b"text/plain")]
Seen = tuple[str, str, bytes]


def hello(exchange: Exchange) -> None:
    """A gateway that says what it was asked, and how long the body was."""
    body = exchange.rfile.read()
    answer = f"{exchange.head.method} {exchange.head.path} {len(body)}".encode()
    exchange.respond(b"200 OK", TEXT, answer)


@dataclass
class Running:
    """A server that serves, and what it logged."""

    server: HTTPServer
    log: list[str] = field(default_factory=list)

    @property
    def address(self) -> tuple[str, int]:
        bound = self.server.bound_addr
        assert isinstance(bound, tuple)
        return bound

    @contextmanager
    def connect(self) -> Iterator[socket.socket]:
        with socket.create_connection(self.address, timeout=PATIENCE) as client:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            yield client

    def ask(self, data: bytes, *pieces: bytes) -> bytes:
        """Send bytes and return all that comes until the server closes."""
        with self.connect() as client:
            for piece in (data, *pieces):
                client.sendall(piece)
            return read_all(client)


@contextmanager
def serving(gateway: Gateway = hello, /, **settings: Any) -> Iterator[Running]:
    """Run a server; nothing of it is left afterwards."""
    log: list[str] = []
    settings.setdefault("error_log", lambda message, level, traceback: log.append(message))
    settings.setdefault("bind_addr", ("127.0.0.1", 0))
    settings.setdefault("thread_pool", 3)
    server = HTTPServer(gateway, Settings(**settings))
    server.prepare()
    thread = threading.Thread(target=server.serve)
    thread.start()
    try:
        yield Running(server, log)
    finally:
        server.stop()
        thread.join(PATIENCE)
        assert not thread.is_alive()


def read_all(client: socket.socket) -> bytes:
    pieces: list[bytes] = []
    while True:
        try:
            piece = client.recv(65536)
        except ConnectionResetError:
            return b"".join(pieces)
        if not piece:
            return b"".join(pieces)
        pieces.append(piece)


def read_until(client: socket.socket, end: bytes) -> bytes:
    """Read until what came ends with `end`, and no further."""
    data = b""
    while not data.endswith(end):
        piece = client.recv(65536)
        assert piece, data
        data += piece
    return data


def status_of(answer: bytes) -> int:
    assert answer.startswith(b"HTTP/1.1 "), answer
    return int(answer[9:12])


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for something that has no event of its own."""
    ticker = threading.Event()
    for _ in range(int(PATIENCE * 200)):
        if condition():
            return
        ticker.wait(0.005)
    raise AssertionError("it never happened")

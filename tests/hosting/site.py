"""A site for one test: a tree of its own behind a server of its own, and a client of raw bytes."""

import contextlib
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

import cherrypy
from cherrypy.core.tree import Tree
from cherrypy.hosting.server import Server

PATIENCE = 10.0


@dataclass
class Reply:
    """A response as it came over the wire, its body unchunked."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def code(self) -> int:
        return int(self.status[:3])

    @property
    def text(self) -> str:
        return self.body.decode()

    def __getitem__(self, name: str) -> str | None:
        for key, value in self.headers:
            if key.lower() == name.lower():
                return value
        return None


class Client:
    """A connection to the server."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.file = sock.makefile("rb")

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def request(
        self, target: str = "/", method: str = "GET", *lines: str, body: bytes = b""
    ) -> None:
        """Send a request; it names a Host unless *lines* do."""
        head = [f"{method} {target} HTTP/1.1"]
        if not any(line.lower().startswith("host:") for line in lines):
            head.append("Host: example.com")
        if body:
            head.append(f"Content-Length: {len(body)}")
        text = "\r\n".join([*head, *lines, "", ""])
        self.send(text.encode("utf-8") + body)

    def ask(self, target: str = "/", method: str = "GET", *lines: str, body: bytes = b"") -> Reply:
        """Send a request and read its response."""
        self.request(target, method, *lines, body=body)
        return self.read(with_body=method != "HEAD")

    def read(self, with_body: bool = True) -> Reply:
        """Read one response."""
        status, headers = self.read_head()
        reply = Reply(status, headers, b"")
        if with_body and reply.code not in (204, 304):
            reply.body = self._read_body(reply)
        return reply

    def read_head(self) -> tuple[str, list[tuple[str, str]]]:
        line = self.file.readline().decode("latin-1")
        assert line.startswith("HTTP/1."), line
        headers = []
        for field_line in iter(self.file.readline, b"\r\n"):
            assert field_line.endswith(b"\r\n"), field_line
            name, _, value = field_line.decode("latin-1").partition(":")
            headers.append((name, value.strip()))
        return line.rstrip("\r\n").partition(" ")[2], headers

    def _read_body(self, reply: Reply) -> bytes:
        if reply["Transfer-Encoding"] == "chunked":
            return b"".join(iter(self.read_chunk, b""))
        length = reply["Content-Length"]
        return self.file.read() if length is None else self.file.read(int(length))

    def read_chunk(self) -> bytes:
        """Read one chunk; b'' at the end."""
        size = int(self.file.readline(), 16)
        data = self.file.read(size)
        assert self.file.read(2) == b"\r\n"
        return data

    def is_closed(self) -> bool:
        """Wait for the server to say something more, or to close; whether it has closed."""
        try:
            return self.file.read(1) == b""
        except ConnectionResetError:
            return True


@dataclass
class Site:
    """A tree of applications, and the servers that serve it."""

    tree: Tree
    servers: list[Server] = field(default_factory=list)

    def start(self, server: Server | None = None, **settings: Any) -> Server:
        """Start a server without the engine, on an ephemeral port unless *settings* name one."""
        server = Server() if server is None else server
        settings.setdefault("socket_port", 0)
        settings.setdefault("thread_pool", 3)
        for name, value in settings.items():
            setattr(server, name, value)
        server.start()
        self.servers.append(server)
        return server

    @contextlib.contextmanager
    def connect(self, **settings: Any) -> Iterator[Client]:
        """Connect to the first server, which is started if need be."""
        if not self.servers:
            self.start(**settings)
        with socket.create_connection(self.servers[0].bound_addr, PATIENCE) as sock:
            client = Client(sock)
            with client.file:
                yield client

    def ask(self, target: str = "/", method: str = "GET", *lines: str, body: bytes = b"") -> Reply:
        """Ask on a connection of its own."""
        with self.connect() as client:
            return client.ask(target, method, *lines, body=body)

    def page(self, handler: Any, config: Any = None, script_name: str = "") -> Any:
        """Mount an application whose every page is *handler*."""
        root = type("Root", (), {"default": staticmethod(cherrypy.expose(handler))})()
        return self.tree.mount(root, script_name, {"/": config} if config else None)


@contextlib.contextmanager
def running_site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """Give a site in place of the global one; nothing of it runs any more afterwards."""
    site = Site(Tree(cherrypy.Application))
    monkeypatch.setattr(cherrypy, "tree", site.tree)
    try:
        yield site
    finally:
        for server in site.servers:
            server.stop()

"""An application on a real server, asked by raw sockets, so that targets arrive as written."""

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import Message
from http.client import HTTPResponse
from typing import NamedTuple

from cherrypy.test import helper

WAIT_SECONDS = 30


class Answer(NamedTuple):
    """What the server has answered."""

    status: int
    headers: Message
    body: bytes


class Site:
    """A running site."""

    def __init__(self, port: int) -> None:
        self.port = port

    def send(self, target: str, method: str = "GET", **fields: str) -> socket.socket:
        """Send a request and return its connection. `If_Match="x"` is the field If-Match."""
        connection = socket.create_connection(("127.0.0.1", self.port), WAIT_SECONDS)
        lines = [f"{method} {target} HTTP/1.1", "Host: site", "Connection: close"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in fields.items()]
        connection.sendall("\r\n".join([*lines, "", ""]).encode("latin-1"))
        return connection

    def ask(self, target: str, method: str = "GET", **fields: str) -> Answer:
        """Send a request and return the whole answer."""
        with self.send(target, method, **fields) as connection:
            response = HTTPResponse(connection, method=method)
            response.begin()
            with response:
                return Answer(response.status, response.headers, response.read())


@contextmanager
def running(setup: Callable[[], object], server: str) -> Iterator[Site]:
    """Serve what *setup* mounts by one of CPWebCase's servers."""

    class Case(helper.CPWebCase):
        default_server = server
        setup_server = staticmethod(setup)

    Case.setup_class()
    try:
        yield Site(Case.PORT)
    finally:
        Case.teardown_class()


def open_files_below(directory: str) -> list[str]:
    """Return the files below *directory* that this process has open (Linux only)."""
    paths = []
    for number in os.listdir("/proc/self/fd"):
        try:
            paths.append(os.readlink(f"/proc/self/fd/{number}"))
        except OSError:
            continue  # closed meanwhile: that of the listing itself
    return [path for path in paths if path.startswith(directory + os.sep)]

"""The handing over of a connection between reactor and worker, under pressure."""

import errno
import math
import random
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import cast

import pytest

from cherrypy.httpd import Exchange, Settings
from cherrypy.httpd.connection import Connection, Shared
from cherrypy.httpd.head import HeadParser
from cherrypy.httpd.parse_h11 import H11Fields
from cherrypy.httpd.poller import Poller, SelectorsPoller, new_poller
from cherrypy.httpd.protocol import RequestProtocol
from cherrypy.httpd.reactor import Reactor

from .serving import PATIENCE, hello, read_all, serving

LAST = b"GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"


def linger_over(exchange: Exchange) -> None:
    """Hold some requests for a moment, so that more of the client's bytes arrive meanwhile."""
    if exchange.head.path.endswith(("1", "5", "7")):
        threading.Event().wait(0.001)
    hello(exchange)


def cut_anywhere(data: bytes, source: random.Random) -> list[bytes]:
    pieces = []
    while data:
        size = source.choice((1, 7, 40, 57, 200))
        pieces.append(data[:size])
        data = data[size:]
    return pieces


def talk(address: tuple[str, int], seed: int, failures: list[str]) -> None:
    """Send requests, one at a time or cut anywhere, without waiting for an answer."""
    source = random.Random(seed)
    number = 60
    requests = [
        source.choice(
            (
                b"GET /%d HTTP/1.1\r\nHost: a\r\n\r\n" % i,
                b"POST /%d HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc" % i,
                b"POST /%d HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                b"1\r\na\r\n2\r\nbc\r\n0\r\n\r\n" % i,
            )
        )
        for i in range(number)
    ]
    pieces = [*requests, LAST]
    if seed % 2:
        pieces = cut_anywhere(b"".join(pieces), source)
    with socket.create_connection(address, timeout=PATIENCE) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        answer: list[bytes] = []
        reader = threading.Thread(target=lambda: answer.append(read_all(client)))
        reader.start()
        for piece in pieces:
            client.sendall(piece)
        reader.join(PATIENCE)
    places = [answer[0].find(b" /%d " % i) for i in range(number)] if answer else [-1]
    if places != sorted(places) or places[0] < 0 or not answer[0].endswith(b"GET /last 0"):
        failures.append(f"seed {seed}: {places}")


@pytest.mark.parametrize("poller", [new_poller, SelectorsPoller])
def test_no_request_is_lost_however_sending_and_answering_interleave(
    poller: Callable[[], Poller], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cherrypy.httpd.reactor.new_poller", poller)
    failures: list[str] = []
    with serving(linger_over, thread_pool=4, max_pipelined=3) as running:
        for start in range(0, 24, 8):
            talkers = [
                threading.Thread(target=talk, args=(running.address, start + i, failures))
                for i in range(8)
            ]
            for talker in talkers:
                talker.start()
            for talker in talkers:
                talker.join(3 * PATIENCE)
    assert failures == []
    assert running.log == []


class NoPoller:
    """A set of descriptors that waits for nothing; `on_remove` is the moment of a race."""

    forgets_closed = True

    def __init__(self) -> None:
        self.watched: set[int] = set()
        self.on_remove: Callable[[], None] = lambda: None

    def add(self, fd: int) -> None:
        self.watched.add(fd)

    def remove(self, fd: int) -> None:
        self.watched.discard(fd)
        self.on_remove()

    def wait(self, seconds: float | None) -> list[tuple[int, int]]:
        return []

    def close(self) -> None:
        self.watched.clear()


@dataclass
class Stub:
    """As much of a connection as is handed over."""

    fd: int = 99
    busy: bool = True
    parked: bool = False
    closed: bool = False
    lingering: bool = False
    detached: bool = False
    protocol: RequestProtocol = field(default_factory=lambda: RequestProtocol(Settings()))


@pytest.fixture
def reactor() -> Iterator[Reactor]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        reactor = Reactor(listener, HeadParser(H11Fields(), Settings()))
        reactor._poller.close()
        reactor._poller = NoPoller()
        yield reactor
        reactor.close()


@pytest.mark.parametrize("finishes", ["before parking", "while parking", "after parking"])
def test_a_connection_is_watched_again_whenever_its_worker_finishes(
    reactor: Reactor, finishes: str
) -> None:
    poller = cast(NoPoller, reactor._poller)
    stub = Stub()
    connection = cast(Connection, stub)
    poller.add(stub.fd)

    def finish() -> None:
        stub.busy = False
        if stub.parked:
            reactor.resume(connection)

    if finishes == "before parking":
        finish()
    elif finishes == "while parking":
        poller.on_remove = finish
    reactor._park(connection)
    if finishes == "after parking":
        finish()
    reactor._read_mailbox()
    assert stub.fd in poller.watched
    assert not stub.parked


def test_a_connection_that_another_worker_has_by_now_stays_parked(reactor: Reactor) -> None:
    poller = cast(NoPoller, reactor._poller)
    stub = Stub(parked=True)
    reactor.resume(cast(Connection, stub))
    reactor._read_mailbox()
    assert stub.parked
    assert stub.fd not in poller.watched


class Exhausted:
    """A listener of a process that has no descriptor to spare."""

    def accept(self) -> None:
        raise OSError(errno.EMFILE, "Too many open files")


def test_a_lack_of_descriptors_pauses_accepting_and_does_not_spin(reactor: Reactor) -> None:
    logged: list[str] = []
    settings = Settings(error_log=lambda message, level, traceback: logged.append(message))
    reactor._shared = cast(Shared, SimpleNamespace(settings=settings))
    poller = cast(NoPoller, reactor._poller)
    listener_fd = reactor._listener_fd
    poller.add(listener_fd)
    reactor._listener = cast(socket.socket, Exhausted())
    reactor._serve_own(listener_fd)
    assert listener_fd not in poller.watched
    assert "Too many open files" in logged[0]
    ((when, fd, serial),) = reactor._deadlines.take_due(math.inf)
    reactor._look_at(when, fd, serial)
    assert listener_fd in poller.watched

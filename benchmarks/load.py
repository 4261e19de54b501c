"""The load: wrk on a core of its own, and connections that are open and say nothing."""

import json
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from math import inf
from pathlib import Path

from .peers import require
from .server import Server

REPORT = Path(__file__).with_name("report.lua")
PATIENCE_SECONDS = 3.0


@dataclass(frozen=True)
class Load:
    """What to ask, over how many keep-alive connections, and what the answer must hold."""

    path: str
    connections: int
    expected: bytes


@dataclass(frozen=True)
class Sample:
    """One run: CPU time per request and latencies in microseconds.

    They are infinite if nothing was answered.
    """

    cpu: float
    requests_per_second: float
    p50: float
    p99: float
    errors: int


def measure(server: Server, load: Load, seconds: int, core: int) -> Sample:
    """Put the load on the server for the seconds, and return what was measured."""
    command = ["taskset", "--cpu-list", str(core), require("wrk"), "--threads", "1"]
    command += ["--connections", str(load.connections), "--duration", f"{seconds}s"]
    command += ["--script", str(REPORT), f"http://127.0.0.1:{server.port}{load.path}"]
    before = server.cpu_seconds()
    finished = subprocess.run(command, check=True, capture_output=True, timeout=seconds + 30)
    used = server.cpu_seconds() - before
    found = json.loads(finished.stdout.splitlines()[-1])
    requests = found["requests"]
    if not requests:
        return Sample(inf, 0.0, inf, inf, found["errors"])
    return Sample(
        cpu=used * 1e6 / requests,
        requests_per_second=requests * 1e6 / found["microseconds"],
        p50=found["p50"],
        p99=found["p99"],
        errors=found["errors"],
    )


def check_answer(server: Server, load: Load) -> None:
    """Raise ValueError unless the server answers the load's request as expected."""
    with socket.create_connection(server.address, PATIENCE_SECONDS) as connection:
        answer = _ask(connection, load)
    if not answer.startswith(b"HTTP/1.1 200") or load.expected not in answer:
        raise ValueError(f"{server.peer.name} answers {load.path} with {answer!r}")


@contextmanager
def idle_connections(server: Server, load: Load, count: int) -> Iterator[list[socket.socket]]:
    """Hold keep-alive connections that have been answered once and ask nothing more.

    There are fewer than `count` if the server does not serve that many.
    """
    with ExitStack() as stack:
        connections: list[socket.socket] = []
        with suppress(OSError):
            for _ in range(count):
                opened = socket.create_connection(server.address, PATIENCE_SECONDS)
                connections.append(stack.enter_context(opened))
                _ask(opened, load)
        yield connections


def count_open(connections: list[socket.socket]) -> int:
    """Count the connections that the server has not closed."""
    return sum(map(_is_open, connections))


def _is_open(connection: socket.socket) -> bool:
    connection.setblocking(False)
    try:
        connection.recv(1)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False  # it was closed, or told that it waited for too long


def _ask(connection: socket.socket, load: Load) -> bytes:
    """Send one request and return the answer, which ends with the expected text."""
    connection.sendall(f"GET {load.path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
    answer = b""
    while load.expected not in answer:
        received = connection.recv(65536)
        if not received:
            break
        answer += received
    return answer

"""A server as a process on a core of its own, and the CPU time that it has used.

Times are read from /proc, so the benchmarks run on Linux only.
"""

import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .peers import Peer

START_SECONDS = 20.0
STOP_SECONDS = 5.0
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


class ServerFailed(Exception):
    """A server did not start; the text says which, and what it printed."""


class Server:
    """A running server: where it listens, and what it has cost."""

    def __init__(self, peer: Peer, process: "subprocess.Popen[bytes]", port: int) -> None:
        self.peer = peer
        self.process = process
        self.port = port

    @property
    def address(self) -> tuple[str, int]:
        """The address to connect to."""
        return ("127.0.0.1", self.port)

    def cpu_seconds(self) -> float:
        """Return the CPU time that the process and its descendants have used so far."""
        return sum(map(_ticks_of, _with_descendants(self.process.pid))) / TICKS_PER_SECOND


@contextmanager
def running(peer: Peer, core: int) -> Iterator[Server]:
    """Run the peer's server pinned to the core; it is gone afterwards, whatever happens."""
    with tempfile.TemporaryDirectory() as name, tempfile.TemporaryFile() as printed:
        port = _free_port()
        command = ["taskset", "--cpu-list", str(core), *peer.command(port, Path(name))]
        process = subprocess.Popen(command, stdout=printed, stderr=printed)
        try:
            server = Server(peer, process, port)
            if not _answers(server):
                printed.seek(0)
                raise ServerFailed(f"{peer.name} did not start:\n{printed.read().decode()}")
            yield server
        finally:
            _stop(process)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def _answers(server: Server) -> bool:
    """Wait until the server accepts a connection; False if it ended or took too long."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            socket.create_connection(server.address, timeout=1).close()
            return True
        except OSError:
            try:
                server.process.wait(0.05)
                return False
            except subprocess.TimeoutExpired:
                continue
    return False


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _with_descendants(pid: int) -> Iterator[int]:
    yield pid
    for listing in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in listing.read_text().split():
            yield from _with_descendants(int(child))


def _ticks_of(pid: int) -> int:
    # NOTE: the second field is the program's name in parentheses and may hold spaces.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    user, system = fields[11:13]  # fields 14 and 15 of proc(5)
    return int(user) + int(system)

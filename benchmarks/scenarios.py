"""What is measured: pages under load, and the cost of connections that say nothing."""

import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from statistics import median

from .load import Load, Sample, check_answer, count_open, idle_connections, measure
from .peers import Peer
from .server import Server, running

WARM_UP_SECONDS = 1
IDLE_CONNECTIONS = 1000
IDLE_SECONDS = 2.0

HELLO = Load("/", 32, b"Hello World!")
LOADS = {
    "hello": HELLO,
    "sub": Load("/sub/hello?name=bob&n=2", 32, b"Hello bob, 2 times!"),
    "many": Load("/", 256, b"Hello World!"),
}
IDLE = "idle"
NAMES = (*LOADS, IDLE)


@dataclass(frozen=True)
class Effort:
    """How long to measure, and on which two cores."""

    rounds: int
    seconds: int
    server_core: int
    load_core: int


@dataclass(frozen=True)
class IdleSample:
    """One server beside idle connections: p99 in microseconds, and CPU time per second."""

    p99_without: float
    p99_with: float
    idle_cpu: float
    still_open: int


def measure_load(peers: Sequence[Peer], load: Load, effort: Effort) -> dict[str, list[Sample]]:
    """Measure each peer once per round, in turns, so that a slow minute hits all of them."""
    samples: dict[str, list[Sample]] = {peer.name: [] for peer in peers}
    with _all_running(peers, load, effort) as servers:
        for _ in range(effort.rounds):
            for server in servers:
                taken = measure(server, load, effort.seconds, effort.load_core)
                samples[server.peer.name].append(taken)
    return samples


def middle(samples: Sequence[Sample]) -> Sample:
    """Return the median of each value, and the sum of the errors."""
    return Sample(
        cpu=median(sample.cpu for sample in samples),
        requests_per_second=median(sample.requests_per_second for sample in samples),
        p50=median(sample.p50 for sample in samples),
        p99=median(sample.p99 for sample in samples),
        errors=sum(sample.errors for sample in samples),
    )


def measure_idle(peers: Sequence[Peer], effort: Effort) -> dict[str, IdleSample]:
    """Compare each peer's p99 with and without idle connections, one peer after the other."""
    samples = {}
    for peer in peers:
        with _all_running([peer], HELLO, effort) as (server,):
            without = _p99(server, effort)
            with idle_connections(server, HELLO, IDLE_CONNECTIONS) as connections:
                samples[peer.name] = _beside(server, connections, without, effort)
    return samples


def _beside(
    server: Server, connections: list[socket.socket], without: float, effort: Effort
) -> IdleSample:
    before = server.cpu_seconds()
    time.sleep(IDLE_SECONDS)
    idle_cpu = (server.cpu_seconds() - before) / IDLE_SECONDS
    # NOTE: counted before the load, since a long one outlasts the peers' keep-alive time.
    still_open = count_open(connections)
    return IdleSample(without, _p99(server, effort), idle_cpu, still_open)


def _p99(server: Server, effort: Effort) -> float:
    return median(
        measure(server, HELLO, effort.seconds, effort.load_core).p99 for _ in range(effort.rounds)
    )


@contextmanager
def _all_running(peers: Sequence[Peer], load: Load, effort: Effort) -> Iterator[list[Server]]:
    with ExitStack() as stack:
        servers = [stack.enter_context(running(peer, effort.server_core)) for peer in peers]
        for server in servers:
            check_answer(server, load)
            measure(server, load, WARM_UP_SECONDS, effort.load_core)
        yield servers

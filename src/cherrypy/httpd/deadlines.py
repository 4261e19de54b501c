"""When to look at which connection again: a heap that costs nothing per request.

An entry is a time and a connection's (descriptor, serial). It says 'look then', no more: when its
time comes the reactor looks at the connection's own deadline, which requests have moved on
meanwhile, and enters it anew. Entries of closed connections fall out when their time comes and
hold no connection alive until then.
"""

from heapq import heappop, heappush


class Deadlines:
    """Times at which to look at connections."""

    __slots__ = ("_heap",)

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, int]] = []

    def add(self, when: float, fd: int, serial: int) -> None:
        """Look at the connection (fd, serial) at `when`."""
        heappush(self._heap, (when, fd, serial))

    def seconds_left(self, now: float) -> float | None:
        """How long until the next one; None if there is none."""
        return max(0.0, self._heap[0][0] - now) if self._heap else None

    def take_due(self, now: float) -> list[tuple[float, int, int]]:
        """Remove and return those whose time has come."""
        due = []
        while self._heap and self._heap[0][0] <= now:
            due.append(heappop(self._heap))
        return due

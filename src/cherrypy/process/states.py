"""The states of a bus, and waiting for one of them.

This file knows what states there are, not what they mean. The one idea: who waits gets
every change through a queue of its own, so no change is missed, however short-lived.
"""

import enum
import queue
from collections.abc import Callable, Iterable


class State(enum.Enum):
    """The states of a bus; `bus.states.STARTED` prints as 'states.STARTED'."""

    STOPPED = 0
    STARTING = 1
    STARTED = 2
    STOPPING = 3
    EXITING = 4

    def __repr__(self) -> str:
        return f"states.{self.name}"

    __str__ = __repr__


class StateKeeper:
    """Keeps the present state and tells every change to those who wait."""

    def __init__(self) -> None:
        self.present = State.STOPPED
        # NOTE: a SimpleQueue is safe against signals: its `put` may run, in a handler, in
        # the midst of its `get`. A Condition would lose that wake-up, an Event deadlock.
        self._watchers: list[queue.SimpleQueue[State]] = []

    def change(self, state: State) -> None:
        """Enter a state."""
        self.present = state
        for watcher in tuple(self._watchers):
            watcher.put(state)

    def wait(
        self, wanted: Iterable[State], pause: Callable[[], float], work: Callable[[], object]
    ) -> None:
        """Return as soon as one of the wanted states is entered, be it for a moment only.

        pause, work -- `work` is called whenever `pause()` seconds went by without a change.
        """
        wanted = frozenset(wanted)
        changes: queue.SimpleQueue[State] = queue.SimpleQueue()
        self._watchers.append(changes)
        try:
            reached = self.present
            while reached not in wanted:
                try:
                    reached = changes.get(timeout=pause())
                except queue.Empty:
                    work()
        finally:
            self._watchers.remove(changes)

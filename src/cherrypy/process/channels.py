"""Channels of the bus: who listens to what, in which order, and what became of a message.

This file knows nothing about states, threads of the site or logging; the bus brings those.
The one idea: a channel keeps its listeners *already sorted*, in a tuple that is rebuilt
when somebody subscribes. Publishing is then a dictionary lookup and a walk over a tuple
that nobody changes, with neither lock nor sort, however often a request does it.

    ExceptionGroup
     +-- ChannelFailures      what the listeners of one channel raised, all of it
"""

import threading
from collections.abc import Callable, Iterable, Iterator, MutableSet, Sequence
from typing import Any, TypeVar

Listener = Callable[..., Any]
Marked = TypeVar("Marked", bound=Callable[..., Any])

DEFAULT_PRIORITY = 50


def at_priority(value: float) -> Callable[[Marked], Marked]:
    """Return a decorator that gives a listener its own place among others.

    value -- lower runs earlier; a listener without one has 50 (manual: 'Publish/Subscribe').
    """

    def mark(listener: Marked) -> Marked:
        listener.__dict__["priority"] = value
        return listener

    return mark


class ChannelFailures(ExceptionGroup[Exception]):
    """What the listeners of a channel raised, after all of them had been called.

    `exceptions` holds the originals, `str()` shows the text of each, and being an
    ExceptionGroup it can be taken apart: `except* OSError` catches a port in use.
    """

    @classmethod
    def of(cls, channels: str, failures: Sequence[Exception]) -> "ChannelFailures":
        """Return the failures of the named channel or channels, with all texts in one."""
        return cls(f"Error in listeners of {channels}: {'; '.join(map(repr, failures))}", failures)

    def __str__(self) -> str:
        return self.message

    def derive(  # type: ignore[override]  # typeshed wants any type of exception kept
        self, exceptions: Sequence[Exception], /
    ) -> "ChannelFailures":
        """Return a group of the same message around some of the exceptions."""
        return ChannelFailures(self.message, exceptions)

    def get_instances(self) -> list[Exception]:
        """Return the original exceptions (kept for applications that ask this way)."""
        return list(self.exceptions)


class Channel(MutableSet[Listener]):
    """The listeners of one channel: a set to look at and to change, sorted for the bus.

    Any change, be it through the bus or on this set itself, counts from the next message
    on; a message under way still reaches those who were there when it was published.
    """

    __slots__ = ("_lock", "_priorities", "ordered")

    def __init__(self, listeners: Iterable[Listener] = ()) -> None:
        self._priorities: dict[Listener, float] = {}
        # NOTE: reentrant, since a signal's handler may subscribe while this thread does.
        self._lock = threading.RLock()
        self.ordered: tuple[Listener, ...] = ()
        for listener in listeners:
            self.add(listener)

    def __contains__(self, listener: object) -> bool:
        return listener in self._priorities

    def __iter__(self) -> Iterator[Listener]:
        return iter(self.ordered)

    def __len__(self) -> int:
        return len(self.ordered)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({list(self.ordered)!r})"

    def add(self, value: Listener, priority: float | None = None) -> None:
        """Let a listener hear this channel; one that already does gets the new priority.

        priority -- lower is earlier. None: the listener's own `priority` attribute, else 50.
        Listeners of equal priority are called in the order in which they came.
        """
        if priority is None:
            priority = getattr(value, "priority", DEFAULT_PRIORITY)
        with self._lock:
            self._priorities[value] = priority
            self._sort()

    def discard(self, value: Listener) -> None:
        """Let a listener hear this channel no longer; no effect if it doesn't."""
        with self._lock:
            if self._priorities.pop(value, None) is not None:
                self._sort()

    def clear(self) -> None:
        """Remove every listener."""
        with self._lock:
            self._priorities.clear()
            self._sort()

    def _sort(self) -> None:
        self.ordered = tuple(sorted(self._priorities, key=self._priorities.__getitem__))


class ListenerTable(dict[str, Channel]):
    """The channels of a bus by name; what is put into it becomes a Channel.

    An application may write `bus.listeners['mine'] = set()`, or `setdefault` likewise,
    and subscribe to it or fill it afterwards.
    """

    # PERF: a dict and no MutableMapping, since `get` runs for each message published:
    # 30 ns, against 450 ns of a UserDict.
    def __init__(self, names: Iterable[str] = ()) -> None:
        super().__init__()
        for name in names:
            self[name] = Channel()

    def __setitem__(self, name: str, listeners: Iterable[Listener] | None) -> None:
        channel = listeners if isinstance(listeners, Channel) else Channel(listeners or ())
        super().__setitem__(name, channel)

    def update(self, *tables: Any, **channels: Iterable[Listener] | None) -> None:
        """Take over the channels of other tables, or those given by name."""
        for name, listeners in dict(*tables, **channels).items():
            self[name] = listeners

    def setdefault(self, name: str, listeners: Iterable[Listener] | None = None) -> Channel:
        """Return the channel of that name, made from the listeners given if there is none."""
        if name not in self:
            self[name] = listeners
        return self[name]

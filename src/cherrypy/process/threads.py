"""The threads that run requests, numbered, and their first and last moments announced.

This file starts and ends no thread: whoever does tells it so through two channels.
"""

import itertools
import threading

from .channels import ChannelFailures
from .simple_plugin import SimplePlugin
from .wspbus import Bus


class _EndOfThread:
    """Kept by a thread for itself alone; when the thread has ended, it is known no longer.

    NOTE: the system gives the ident of a thread that has ended to another. A server that
    makes a thread for each request would else have one 'start_thread' for all of them.
    """

    def __init__(self, threads: dict[int, int], ident: int, number: int) -> None:
        self._threads = threads
        self._ident = ident
        self._number = number

    def __del__(self) -> None:
        if self._threads.get(self._ident) == self._number:
            del self._threads[self._ident]


class ThreadManager(SimplePlugin):
    """A plugin that publishes 'start_thread' and 'stop_thread' with a thread's number.

    Who makes and ends the threads publishes 'acquire_thread' and 'release_thread' in each.
    Who only borrows them publishes 'acquire_thread' at the beginning of each request;
    'stop_thread' then comes when the bus stops (manual: 'ThreadManager').
    """

    threads: dict[int, int]
    """The number of each known thread, from 1, by its ident."""

    def __init__(self, bus: Bus) -> None:
        super().__init__(bus)
        self.threads = {}
        self._numbering = threading.Lock()
        self._of_this_thread = threading.local()
        for channel in ("acquire_thread", "start_thread", "stop_thread", "release_thread"):
            bus.listeners.setdefault(channel)

    def acquire_thread(self) -> None:
        """Publish 'start_thread' for the current thread, unless it is known."""
        ident = threading.get_ident()
        if ident in self.threads:
            return
        self._of_this_thread.end = None  # of an earlier time, before a stop or graceful
        with self._numbering:
            taken = set(self.threads.values())
            number = next(n for n in itertools.count(1) if n not in taken)
            self.threads[ident] = number
        self._of_this_thread.end = _EndOfThread(self.threads, ident, number)
        self.bus.publish("start_thread", number)

    def release_thread(self) -> None:
        """Publish 'stop_thread' for the current thread, if it is known."""
        number = self.threads.pop(threading.get_ident(), None)
        if number is not None:
            self.bus.publish("stop_thread", number)

    def stop(self) -> None:
        """Forget all threads, and publish 'stop_thread' for each.

        Raises ChannelFailures, after the last thread, if listeners failed.
        """
        failures: list[Exception] = []
        while self.threads:
            _, number = self.threads.popitem()
            try:
                self.bus.publish("stop_thread", number)
            except ChannelFailures as of_one_thread:
                failures.extend(of_one_thread.exceptions)
        if failures:
            raise ChannelFailures.of("'stop_thread'", failures)

    graceful = stop

"""The threads that run requests.

They take connections off the ready queue one at a time; None tells one of them to end. The pool
knows nothing of sockets. `_threads`, `idle`, `qsize`, `grow` and `shrink` are a promise to
existing applications (see the names under `server.httpserver.requests`).
"""

import logging
import threading
from collections.abc import Callable
from time import monotonic

from .connection import Connection
from .head import HeadParser
from .ready import ReadyQueue
from .settings import Settings


class WorkerThread(threading.Thread):
    """One worker."""

    def __init__(
        self,
        name: str,
        queue: ReadyQueue[Connection],
        settings: Settings,
        new_heads: Callable[[], HeadParser],
    ) -> None:
        # A handler that never returns must not keep the process from ending.
        super().__init__(name=name, daemon=True)
        self._queue = queue
        self._settings = settings
        self._new_heads = new_heads
        #: What this worker serves now; None while it waits.
        self.connection: Connection | None = None

    def run(self) -> None:
        """Serve until told to end."""
        self._call(self._settings.on_worker_start)
        try:
            self._serve()
        finally:
            self._call(self._settings.on_worker_stop)

    def _serve(self) -> None:
        take = self._queue.take
        heads = self._new_heads()
        lock = threading.Lock()
        lock.acquire()
        while True:
            connection = take(lock)
            if connection is None:
                return
            self.connection = connection
            try:
                connection.work(heads)
            except Exception:  # noqa: BLE001  a worker never dies
                self._settings.error_log("Error in a worker thread", logging.ERROR, True)
                connection.close()
            self.connection = None

    def _call(self, listener: Callable[[], None]) -> None:
        try:
            listener()
        except Exception:  # noqa: BLE001  the framework's listeners are not ours to judge
            self._settings.error_log("Error in a worker thread listener", logging.ERROR, True)


class WorkerPool:
    """The worker threads of one server and their queue."""

    def __init__(self, settings: Settings, new_heads: Callable[[], HeadParser]) -> None:
        self.queue: ReadyQueue[Connection] = ReadyQueue()
        self._settings = settings
        self._new_heads = new_heads
        self._threads: list[WorkerThread] = []
        self._started = 0

    @property
    def idle(self) -> int:
        """Number of workers that wait for a request."""
        return self.queue.idle

    @property
    def qsize(self) -> int:
        """Number of requests that wait for a worker."""
        return len(self.queue)

    def grow(self, amount: int) -> None:
        """Start `amount` more workers."""
        for _ in range(amount):
            self._started += 1
            name = f"HTTP worker {self._started}"
            thread = WorkerThread(name, self.queue, self._settings, self._new_heads)
            thread.start()  # may fail: then there is no such thread to wait for
            self._threads.append(thread)

    def shrink(self, amount: int) -> None:
        """End `amount` workers, each after what it does now; one always stays."""
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        for _ in range(min(amount, len(self._threads) - 1)):
            self.queue.put(None)

    def ask_to_end(self) -> None:
        """Tell every worker to end once the requests before it in the queue are served."""
        for _ in self._threads:
            self.queue.put(None)

    def join(self, seconds: float) -> bool:
        """Wait for the workers to end, at most `seconds`; whether all have.

        The calling thread does not wait for itself, so a handler may stop its server.
        """
        end = monotonic() + seconds
        current = threading.current_thread()
        for thread in self._threads:
            if thread is not current:
                thread.join(max(0.0, end - monotonic()))
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        return not any(thread is not current for thread in self._threads)

    def holds_current_thread(self) -> bool:
        """Whether the caller runs on one of these workers."""
        return threading.current_thread() in self._threads

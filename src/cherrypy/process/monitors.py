"""Work that repeats: threads that call a function at intervals, and a plugin around one.

Each waits on an event between two calls, so it costs nothing while it waits and ends as
soon as it is told to. This file doesn't know what the functions do.
"""

import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .channels import at_priority
from .messenger import DEBUG, ERROR, WARNING
from .simple_plugin import SimplePlugin
from .states import State
from .wspbus import Bus

STOP_TIMEOUT = 5.0  # seconds for a callback that runs just when its monitor is stopped


class PerpetualTimer(threading.Timer):
    """A `threading.Timer` that calls its function again and again until `cancel()`.

    Takes the arguments of Timer (interval in seconds, function, args, kwargs), and `bus`,
    to which failures of the function are logged. Without a bus a failure ends the timer.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.bus: Bus | None = kwargs.pop("bus", None)
        super().__init__(*args, **kwargs)

    def run(self) -> None:
        """Call the function once per interval until cancelled."""
        _repeat(self)


class BackgroundTask(threading.Thread):
    """A daemonic thread that calls a function at intervals until `cancel()`.

    interval -- seconds before the first call and between two calls.
    bus -- where failures of the function are logged; the next call takes place all the
    same. Without a bus a failure ends the thread as it does any thread.
    """

    def __init__(
        self,
        interval: float,
        function: Callable[..., object],
        args: Iterable[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
        bus: Bus | None = None,
    ) -> None:
        super().__init__(daemon=True)
        self.interval = interval
        self.function = function
        self.args = args
        self.kwargs = kwargs or {}
        self.bus = bus
        self.finished = threading.Event()

    def cancel(self) -> None:
        """Let the thread end: at once, or after the call that is under way."""
        self.finished.set()

    def run(self) -> None:
        """Call the function once per interval until cancelled."""
        _repeat(self)


def _repeat(task: PerpetualTimer | BackgroundTask) -> None:
    while not task.finished.wait(task.interval):
        try:
            task.function(*task.args, **task.kwargs)
        except Exception:
            if task.bus is None:
                raise
            task.bus.log(f"Error in background task {task.function!r}", ERROR, traceback=True)


class Monitor(SimplePlugin):
    """A plugin that calls a function at intervals, in a thread, while the bus is started.

    callback -- the function; a failure is logged and the next call takes place.
    frequency -- seconds between two calls; 0 or less: never.
    name -- of the thread, and in the log; None: the name of the class.
    """

    frequency: float = 60
    thread: BackgroundTask | None = None

    def __init__(
        self,
        bus: Bus,
        callback: Callable[[], object],
        frequency: float = 60,
        name: str | None = None,
    ) -> None:
        super().__init__(bus)
        self.callback = callback
        self.frequency = frequency
        self.thread = None
        self.name = name

    @property
    def on(self) -> bool:
        """Whether this is subscribed; setting it takes effect on a running bus too."""
        return self._subscribed

    @on.setter
    def on(self, value: object) -> None:
        if value:
            self.subscribe()
            if self.bus.state is State.STARTED:
                self.start()
        else:
            self.unsubscribe()

    def unsubscribe(self) -> None:
        """Turn the monitor off: listen no longer, and stop the thread if it runs."""
        super().unsubscribe()
        self.stop()

    # Before the HTTP server, at 75, takes requests.
    @at_priority(70)
    def start(self) -> None:
        """Start the thread, unless it runs."""
        if self.frequency <= 0:
            return
        name = self._thread_name()
        if self.thread is not None:
            self.bus.log(f"Monitor thread {name!r} already started.", DEBUG)
            return
        self.thread = BackgroundTask(self.frequency, self.callback, bus=self.bus)
        self.thread.name = name
        self.thread.start()
        self.bus.log(f"Started monitor thread {name!r}.")

    def stop(self) -> None:
        """Stop the thread; returns when it has ended, but in that thread itself."""
        thread, self.thread = self.thread, None
        if thread is None:
            return
        thread.cancel()
        if thread is not threading.current_thread():
            thread.join(STOP_TIMEOUT)
        if thread.is_alive() and thread is not threading.current_thread():
            self.bus.log(f"Thread {thread.name!r} has not ended yet: its callback runs.", WARNING)
        else:
            self.bus.log(f"Stopped thread {thread.name!r}.")

    def graceful(self) -> None:
        """Stop the thread and start it anew."""
        self.stop()
        self.start()

    def _thread_name(self) -> str:
        return self.name or type(self).__name__

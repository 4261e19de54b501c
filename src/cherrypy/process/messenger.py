"""Publishing, subscribing and logging: the half of the bus that has no state.

A message goes to every listener of its channel, in the thread that publishes it, and comes
back as the list of what they returned. The one idea: no listener stands in the way of the
next one, and logging never raises.
"""

import sys
import traceback as tracebacks
from collections.abc import Callable
from typing import Any, TypeVar, overload

from .channels import ChannelFailures, Listener, ListenerTable

Subscribed = TypeVar("Subscribed", bound=Listener)

DEBUG, INFO, WARNING, ERROR = 10, 20, 30, 40  # the levels of `logging`, as numbers


class Messenger:
    """Topic-based publish and subscribe; a channel without listeners is no error.

    `listeners` maps channel names to mutable sets of listeners.
    """

    def __init__(self) -> None:
        self.listeners = ListenerTable(("start", "stop", "exit", "graceful", "log", "main"))

    @overload
    def subscribe(
        self, channel: str, callback: None = None, priority: float | None = None
    ) -> Callable[[Subscribed], Subscribed]: ...
    @overload
    def subscribe(
        self, channel: str, callback: Listener, priority: float | None = None
    ) -> None: ...

    def subscribe(
        self, channel: str, callback: Listener | None = None, priority: float | None = None
    ) -> Callable[[Subscribed], Subscribed] | None:
        """Call `callback` with each message of a channel; without one, be a decorator.

        priority -- lower is earlier. None: the callback's `priority` attribute, else 50.
        Subscribing again changes the priority.
        """
        if callback is not None:
            self.listeners.setdefault(channel).add(callback, priority)
            return None

        def decorate(listener: Subscribed) -> Subscribed:
            self.listeners.setdefault(channel).add(listener, priority)
            return listener

        return decorate

    def unsubscribe(self, channel: str, callback: Listener) -> None:
        """Send messages of a channel no longer to `callback`; no effect if none are."""
        if channel in self.listeners:
            self.listeners[channel].discard(callback)

    def publish(self, channel: str, *args: Any, **kwargs: Any) -> list[Any]:
        """Call every listener of a channel, by priority, and return what they return.

        Raises ChannelFailures after all have been called, if some failed; each failure is
        logged. SystemExit and KeyboardInterrupt are passed on at once.
        """
        # PERF: two channels are published for each request, mostly to nobody: 0.1 µs.
        listeners = self.listeners.get(channel)
        if listeners is None or not listeners.ordered:
            return []
        outputs: list[Any] = []
        failures: list[Exception] = []
        for listener in listeners.ordered:
            try:
                outputs.append(listener(*args, **kwargs))
            except Exception as failure:  # noqa: BLE001  # whatever it is, the next one's turn
                failures.append(failure)
                if channel != "log":
                    self.log(f"Error in {channel!r} listener {listener!r}", ERROR, traceback=True)
        if failures:
            raise ChannelFailures.of(repr(channel), failures)
        return outputs

    def log(self, msg: object = "", level: int = INFO, traceback: bool = False) -> None:
        """Publish a message to the 'log' channel, with its level as `logging` counts it.

        traceback -- append the traceback of the exception being handled.

        Never raises on account of a listener: what that one could not write, and why,
        goes to stderr.
        """
        text = f"{msg}\n{tracebacks.format_exc()}" if traceback else msg
        try:
            self.publish("log", text, level)
        except ChannelFailures:
            try:
                print(text, tracebacks.format_exc(), sep="\n", file=sys.stderr)
            except (AttributeError, OSError, ValueError, RuntimeError):
                return  # no stderr, or a signal has found it in the middle of a write

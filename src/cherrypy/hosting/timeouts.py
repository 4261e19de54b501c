"""The timeout monitor: tells responses that take too long that they do."""

from collections.abc import Callable, Iterable
from typing import Any

from ..process.plugins import Monitor
from ..process.wspbus import Bus


class _TimeoutMonitor(Monitor):
    """Calls `check_timeout` on every response at work, once in a while.

    bus: the bus to subscribe to. active: gives the responses at work.
    frequency: seconds between two rounds; default 60.

    NOTE: the underscore is in the documented log line: "Started monitor thread '_TimeoutMonitor'."
    """

    def __init__(
        self, bus: Bus, active: Callable[[], Iterable[Any]], frequency: float = 60
    ) -> None:
        super().__init__(bus, self.run, frequency)
        self._active = active

    def run(self) -> None:
        """Check every response at work."""
        for response in list(self._active()):
            response.check_timeout()

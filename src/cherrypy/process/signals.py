"""Signals of the operating system, as messages of the bus.

A signal named in `handlers` is published on the channel of its name ('SIGTERM'), where
the handler listens, among others perhaps. SIGINT is left to Python, whose
KeyboardInterrupt `Bus.block()` understands and every other main loop does as well.
"""

import os
import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any, ClassVar, NamedTuple

from .channels import ChannelFailures
from .messenger import WARNING
from .simple_plugin import Switchable
from .states import State
from .wspbus import Bus

Handler = Callable[[], object]


class _Claim(NamedTuple):
    """A signal that we handle: who did before, and who of ours listens to it."""

    previous: Any  # what `signal.signal` returned: a function, a constant, or None
    listener: Handler | None


class SignalHandler(Switchable):
    """Turns signals into messages of the bus (manual: 'Deal with signals').

    bus -- the bus to publish to.

    `handlers` maps names of signals to functions; change it before `subscribe()`. Signals
    that the platform doesn't have are passed over.
    """

    signals: ClassVar[dict[int, str]] = {int(number): number.name for number in signal.Signals}
    """The names of all signals of this platform by number."""

    handlers: dict[str, Handler] = {}

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self.handlers = {
            "SIGTERM": self.bus.exit,
            "SIGHUP": self.handle_SIGHUP,
            "SIGUSR1": self.bus.graceful,
        }
        self._claims: dict[int, _Claim] = {}
        self._owner = os.getpid()
        self._ends_with_terminal = False

    def subscribe(self) -> None:
        """Handle every signal of `handlers`.

        Only the main thread can do so; in another one this logs a warning and no more.
        """
        if threading.current_thread() is not threading.main_thread():
            self.bus.log("Not listening for signals: only the main thread can.", WARNING)
            return
        super().subscribe()
        self._owner = os.getpid()
        self._ends_with_terminal = _hangup_concerns_us()
        for name in sorted(self.handlers):
            if hasattr(signal, name):
                self.set_handler(name, self.handlers[name])

    def unsubscribe(self) -> None:
        """Give every signal back to whoever handled it before."""
        super().unsubscribe()
        for number, claim in self._claims.items():
            name = self.signals[number]
            if claim.listener is not None:
                self.bus.unsubscribe(name, claim.listener)
            if threading.current_thread() is not threading.main_thread():
                self.bus.log(f"Still catching {name}: only the main thread can stop.", WARNING)
                continue
            # None is a handler that was not set from Python, and cannot be from here.
            previous = signal.SIG_DFL if claim.previous is None else claim.previous
            signal.signal(number, previous)
            self.bus.log(f"Restored the previous handler of {name}.")
        self._claims.clear()

    def set_handler(self, signal: int | str, listener: Handler | None = None) -> None:
        """Publish a signal, given by number or name, on the channel of its name.

        listener -- is subscribed to that channel.

        Raises ValueError if the platform has no such signal, or in a thread that isn't the
        main one.
        """
        number, name = self._identify(signal)
        previous = _install(number, self._handle_signal)
        known = self._claims.get(number)
        self._claims[number] = _Claim(known.previous if known else previous, listener)
        self.bus.log(f"Listening for {name}.")
        if known is not None and known.listener is not None:
            self.bus.unsubscribe(name, known.listener)
        if listener is not None:
            self.bus.subscribe(name, listener)

    def handle_SIGHUP(self) -> None:  # noqa: N802  # the manual's name
        """Restart the bus if this process is a daemon, exit if it hangs on a terminal.

        When a user closes a terminal's window, the programs in it get SIGHUP.
        """
        if self._ends_with_terminal and os.getpid() == self._owner:
            self.bus.log("SIGHUP caught while attached to a terminal. Exiting.")
            self.bus.exit()
        else:
            self.bus.log("SIGHUP caught while daemonized. Restarting.")
            self.bus.restart()

    def _identify(self, signal_name: int | str) -> tuple[int, str]:
        for number, name in self.signals.items():
            if signal_name in (number, name):
                return number, name
        alias = getattr(signal, str(signal_name), None)  # a second name, such as SIGCLD
        if isinstance(alias, signal.Signals):
            return int(alias), alias.name
        raise ValueError(f"No such signal on this platform: {signal_name!r}")

    def _handle_signal(self, number: int, frame: FrameType | None) -> None:
        name = self.signals[number]
        was_starting = self.bus.state is State.STARTING
        self.bus.log(f"Caught signal {name}.")
        try:
            self.bus.publish(name)
        except ChannelFailures:
            # Logged. To raise it here would be to raise it in whatever code of the main
            # thread the signal came upon.
            pass
        if was_starting and self.bus.state is State.EXITING and not self.bus.execv:
            # This thread is in the midst of a start listener, which may never return.
            raise SystemExit(0)


def _install(number: int, handler: Callable[[int, FrameType | None], None]) -> Any:
    return signal.signal(number, handler)


def _hangup_concerns_us() -> bool:
    """Say whether the end of the terminal is meant to be the end of this process.

    NOTE: to be asked beforehand: when SIGHUP arrives, the terminal is gone already. Under
    nohup there is a terminal, but SIGHUP is ignored.
    """
    hangup = getattr(signal, "SIGHUP", None)
    if hangup is None or signal.getsignal(hangup) is signal.SIG_IGN:
        return False
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True

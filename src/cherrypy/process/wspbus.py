"""The Web Site Process Bus: the state of the site's process, and its messages.

Everything that belongs to the site as a whole (HTTP servers, signals, reloading, threads,
frameworks) meets here by publishing and subscribing; none of it is known to this file.
The bus is a state machine. Each transition publishes to the channel of its name:

                         O
                         |
                         V
    STOPPING --> STOPPED --> EXITING -> X
       A   A         |
       |    \\___     |
       |        \\    |
       |         V   V
     STARTED <-- STARTING

The one idea for the rest: whatever a listener does, the machine goes on. All listeners of
a channel are called even if some fail, `exit` always ends in EXITING, and logging never
raises; so a site that was asked to stop does stop.
"""

import atexit
import os
import sys
import threading
import warnings
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

from . import reexec
from .channels import ChannelFailures
from .messenger import ERROR, Messenger
from .states import State, StateKeeper

__all__ = ["Bus", "ChannelFailures", "State", "states"]

IDLE_INTERVAL = 1.0  # seconds between two looks at a channel that nobody listens to

states = State


def _file_limit() -> int:
    try:
        return os.sysconf("SC_OPEN_MAX")
    except (AttributeError, ValueError, OSError):  # a platform that has no such limit
        return 0


class Bus(Messenger):
    """The state machine and messenger of a site's process (manual: 'wspbus module').

    `state` is one of `states`; `listeners` maps channel names to mutable sets; `execv`
    tells `block()` to run the program anew at its end; `max_cloexec_files` bounds the file
    descriptors that are closed then (0: they are left as they are).
    """

    states: ClassVar[type[State]] = State
    execv: bool = False
    max_cloexec_files: int = _file_limit()

    def __init__(self) -> None:
        super().__init__()
        self.execv = False
        self._state = StateKeeper()
        # Held while `exit` runs. NOTE: not reentrant on purpose: a second SIGTERM, in the
        # same thread, finds it taken and leaves the first one to its work.
        self._leaving = threading.Lock()

    @property
    def state(self) -> State:
        """The present state; setting it wakes whoever waits for it."""
        return self._state.present

    @state.setter
    def state(self, value: State) -> None:
        self._state.change(value)

    # Transitions

    def start(self) -> None:
        """Start all services: publish 'start', and be STARTED.

        Raises ChannelFailures if a listener failed, after the bus has gone through `exit`;
        SystemExit and KeyboardInterrupt of a listener likewise.
        """
        self.execv = False
        atexit.unregister(self._at_interpreter_exit)
        atexit.register(self._at_interpreter_exit)
        try:
            self._start_services()
        except BaseException as failure:
            self.log(_reason_of_shutdown(failure, "error in start listener"), ERROR)
            self._exit_quietly()
            raise

    def _start_services(self) -> None:
        self.state = State.STARTING
        self.log("Bus STARTING")
        self.publish("start")
        if self.state is State.STARTING:
            self.state = State.STARTED
            self.log("Bus STARTED")
        else:
            # A listener, a signal or another thread has stopped the bus meanwhile; what
            # was started after that is running still.
            self.publish("stop")

    def start_with_callback(
        self,
        func: Callable[..., object],
        args: Iterable[Any] | None = None,
        kwargs: Mapping[str, Any] | None = None,
    ) -> threading.Thread:
        """Start the bus, and run `func` in a thread of its own once it is STARTED.

        Returns that thread. If the bus does not get as far, `func` is not called.
        """

        def call_when_started() -> None:
            self.wait((State.STARTED, State.EXITING))
            if self.state is not State.EXITING:
                func(*(args or ()), **(kwargs or {}))

        name = f"Bus callback {getattr(func, '__name__', func)}"
        # Only STOPPED or EXITING is left behind by an earlier run; neither must be taken
        # for an answer to this one.
        self.state = State.STARTING
        thread = threading.Thread(target=call_when_started, name=name)
        thread.start()
        self.start()
        return thread

    def stop(self) -> None:
        """Stop all services: publish 'stop', and be STOPPED.

        Raises ChannelFailures if a listener failed; the bus is STOPPED all the same.
        """
        self.state = State.STOPPING
        self.log("Bus STOPPING")
        try:
            self.publish("stop")
        finally:
            self.state = State.STOPPED
        self.log("Bus STOPPED")

    def graceful(self) -> None:
        """Ask the services to reload: publish 'graceful'; the state does not change."""
        self.log("Bus graceful")
        self.publish("graceful")

    def restart(self) -> None:
        """Exit, and have `block()`, in the main thread, run the program anew."""
        self.execv = True
        self.exit()

    def exit(self) -> None:
        """Stop all services, publish 'exit', and be EXITING: the process may end.

        Does nothing if the bus is EXITING, or on the way there. Raises ChannelFailures, at
        the very end, if listeners failed.
        """
        if self.state is State.EXITING or not self._leaving.acquire(blocking=False):
            return
        failures: list[Exception] = []
        try:
            self._leave(failures)
        finally:
            # Also when a listener raised SystemExit: block() must not wait forever.
            self.state = State.EXITING
            self._leaving.release()
        if failures:
            raise ChannelFailures.of("'stop' and 'exit'", failures)

    def _leave(self, failures: list[Exception]) -> None:
        try:
            self.stop()
        except ChannelFailures as stop_failures:
            failures.extend(stop_failures.exceptions)
        self.state = State.EXITING
        self.log("Bus EXITING")
        try:
            self.publish("exit")
        except ChannelFailures as exit_failures:
            failures.extend(exit_failures.exceptions)
        self.log("Bus EXITED")
        atexit.unregister(self._at_interpreter_exit)

    def _exit_quietly(self) -> None:
        """Exit where another error, or none, is to be told: failures have been logged."""
        try:
            self.exit()
        except ChannelFailures:
            pass

    def _at_interpreter_exit(self) -> None:
        if self.state in (State.STOPPED, State.EXITING):
            return
        try:
            warnings.warn(
                f"The program ends while the bus is in {self.state}; it is shut down now. "
                "Call bus.block() after bus.start(), or bus.exit() before the program's end.",
                RuntimeWarning,
                stacklevel=2,
            )
        finally:
            self._exit_quietly()

    # Waiting

    def block(self, interval: float = 0.1) -> None:
        """Wait until the bus exits, then for all threads; run the program anew if told so.

        interval -- seconds between two messages to the 'main' channel, if it has listeners.

        To be called in the main thread. A KeyboardInterrupt makes the bus exit; a
        SystemExit likewise, and it is raised again.
        """
        try:
            self.wait(State.EXITING, interval=interval, channel="main")
        except KeyboardInterrupt as interrupt:
            self.log(_reason_of_shutdown(interrupt))
            self._exit_quietly()
        except SystemExit as interrupt:
            self.log(_reason_of_shutdown(interrupt))
            self._exit_quietly()
            raise
        with self._leaving:  # another thread may still be calling 'exit' listeners
            pass
        self.log("Waiting for child threads to terminate...")
        for thread in _threads_to_wait_for():
            self.log(f"Waiting for thread {thread.name}.")
            thread.join()
        if self.execv:
            self._do_execv()

    def wait(
        self, state: State | Iterable[State], interval: float = 0.1, channel: str | None = None
    ) -> None:
        """Wait until the bus is in the given state, or in one of several.

        interval -- seconds between two messages to `channel`, if one is given and it has
        listeners. A state that is passed through meanwhile counts.
        """
        wanted = (state,) if isinstance(state, State) else state

        def pause() -> float:
            heard = channel is not None and self.listeners.get(channel)
            return interval if heard else max(interval, IDLE_INTERVAL)

        def work() -> None:
            try:
                if channel is not None:
                    self.publish(channel)
            except ChannelFailures:
                return  # logged; no reason to end the site

        self._state.wait(wanted, pause, work)

    def _do_execv(self) -> None:
        """Run the program anew in this process, as it was run first; does not return."""
        self.log(f"Restarting {reexec.this_program()}")
        if self.max_cloexec_files:
            reexec.close_files_on_exec(self.max_cloexec_files)
        reexec.replace_process()


def _reason_of_shutdown(failure: BaseException, otherwise: str = "") -> str:
    if isinstance(failure, KeyboardInterrupt):
        return "Keyboard Interrupt: shutting down bus"
    if isinstance(failure, SystemExit):
        return "SystemExit raised: shutting down bus"
    return f"Shutting down bus: {otherwise}"


def _threads_to_wait_for() -> list[threading.Thread]:
    """Return the threads that keep the process alive, but those which only its end ends.

    Idle workers of a `concurrent.futures` pool wait until the interpreter's own shutdown
    tells them to go; to join them before that would be to wait forever.
    """
    pools = sys.modules.get("concurrent.futures.thread")
    pooled = frozenset(getattr(pools, "_threads_queues", ()))
    exempt = {threading.main_thread(), threading.current_thread(), *pooled}
    return [t for t in threading.enumerate() if not t.daemon and t not in exempt]

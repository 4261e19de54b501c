"""The state machine: transitions, failures on the way, waiting."""

import threading
import time
from collections.abc import Callable

import pytest

from cherrypy.process import Bus
from cherrypy.process.wspbus import ChannelFailures, State, states

from .helper import EXITED, TIMEOUT, WAITED, RecordingBus

STOPPED = ["Bus STOPPING", "Bus STOPPED"]


def test_states_are_told_apart_and_print_like_the_manual() -> None:
    bus = Bus()
    assert bus.state is bus.states.STOPPED
    assert str(bus.states.STARTED) == repr(states.STARTED) == "states.STARTED"
    assert bus.execv is False
    assert bus.max_cloexec_files > 3


@pytest.mark.parametrize(
    ("act", "channels", "state", "lines"),
    [
        (Bus.start, ["start"], states.STARTED, ["Bus STARTING", "Bus STARTED"]),
        (Bus.stop, ["stop"], states.STOPPED, STOPPED),
        (Bus.exit, ["stop", "exit"], states.EXITING, EXITED),
        (Bus.restart, ["stop", "exit"], states.EXITING, EXITED),
        (Bus.graceful, ["graceful"], states.STOPPED, ["Bus graceful"]),
    ],
)
def test_each_transition_publishes_its_channels_and_logs_its_lines(
    act: Callable[[Bus], None], channels: list[str], state: State, lines: list[str]
) -> None:
    bus = RecordingBus()
    heard: list[tuple[str, State]] = []
    for channel in ("start", "stop", "exit", "graceful"):
        bus.subscribe(channel, lambda channel=channel: heard.append((channel, bus.state)))
    act(bus)
    assert [channel for channel, _ in heard] == channels
    assert bus.state is state
    assert bus.lines == lines
    assert bus.execv is (act is Bus.restart)
    during = {"start": "STARTING", "stop": "STOPPING", "exit": "EXITING", "graceful": "STOPPED"}
    assert [told.name for _, told in heard] == [during[channel] for channel in channels]
    bus.exit()


def test_a_bus_starts_and_stops_a_hundred_times() -> None:
    bus = RecordingBus()
    for _ in range(100):
        bus.start()
        assert bus.state is bus.states.STARTED
        bus.stop()
    bus.exit()
    bus.start()
    assert bus.state is bus.states.STARTED
    bus.exit()
    assert bus.lines.count("Bus STARTED") == 101


def test_a_failing_start_goes_through_exit_and_tells_why() -> None:
    bus = RecordingBus()
    heard = []
    error = OSError(98, "Address already in use: 127.0.0.1:8080")

    def fail() -> None:
        raise error

    bus.subscribe("start", fail)
    bus.subscribe("start", lambda: heard.append("start"))
    bus.subscribe("stop", lambda: heard.append("stop"))
    bus.subscribe("exit", lambda: heard.append("exit"))
    with pytest.raises(ChannelFailures, match=r"in use: 127\.0\.0\.1:8080") as caught:
        bus.start()
    assert caught.value.exceptions == (error,)
    assert heard == ["start", "stop", "exit"]
    assert bus.state is bus.states.EXITING
    assert bus.lines[-5:] == ["Shutting down bus: error in start listener", *EXITED]


def test_a_system_exit_of_a_start_listener_exits_the_bus_and_is_passed_on() -> None:
    bus = RecordingBus()

    def leave() -> None:
        raise SystemExit(7)

    bus.subscribe("start", leave)
    with pytest.raises(SystemExit) as caught:
        bus.start()
    assert caught.value.code == 7
    assert bus.lines == ["Bus STARTING", "SystemExit raised: shutting down bus", *EXITED]


def test_exit_ends_in_exiting_although_listeners_fail() -> None:
    bus = RecordingBus()
    bus.subscribe("stop", lambda: 1 / 0)
    bus.subscribe("exit", lambda: [].pop())
    with pytest.raises(ChannelFailures) as caught:
        bus.exit()
    assert [type(e) for e in caught.value.exceptions] == [ZeroDivisionError, IndexError]
    assert bus.state is bus.states.EXITING
    assert bus.lines[-1] == "Bus EXITED"


def test_exit_ends_in_exiting_although_a_stop_listener_raises_system_exit() -> None:
    bus = RecordingBus()

    def leave() -> None:
        raise SystemExit

    bus.subscribe("stop", leave)
    with pytest.raises(SystemExit):
        bus.exit()
    assert bus.state is bus.states.EXITING
    bus.unsubscribe("stop", leave)
    bus.start()  # for nothing is held
    bus.exit()


def test_an_exit_within_an_exit_and_one_after_it_do_nothing() -> None:
    bus = RecordingBus()
    heard = []

    def again() -> None:
        heard.append("stop")
        bus.exit()

    bus.subscribe("stop", again)
    bus.exit()
    bus.exit()
    assert heard == ["stop"]
    assert bus.lines == EXITED


def test_an_exit_while_starting_stops_also_what_was_started_after_it() -> None:
    bus = RecordingBus()
    running = []
    bus.subscribe("start", bus.exit)
    bus.subscribe("start", lambda: running.append("server"), priority=75)
    bus.subscribe("stop", running.clear)
    bus.start()
    assert running == []
    assert bus.state is bus.states.EXITING
    assert "Bus STARTED" not in bus.lines


def test_wait_returns_when_one_of_several_states_is_passed_through() -> None:
    bus = RecordingBus()
    waiting = threading.Event()
    bus.subscribe("tick", waiting.set)
    waiter = threading.Thread(
        target=bus.wait,
        args=([states.STARTED, states.EXITING],),
        kwargs={"channel": "tick", "interval": 0.001},
    )
    waiter.start()
    assert waiting.wait(TIMEOUT)
    bus.start()
    bus.stop()
    waiter.join(TIMEOUT)
    assert not waiter.is_alive()
    bus.wait(states.STOPPED)
    bus.exit()


def test_a_function_runs_in_its_own_thread_once_the_bus_is_started() -> None:
    bus = RecordingBus()
    seen: list[tuple[object, ...]] = []

    def main(*args: object, **kwargs: object) -> None:
        seen.append((bus.state, threading.current_thread(), args, kwargs))

    for _ in range(2):  # after an exit as well as from the beginning
        thread = bus.start_with_callback(main, (1, 2), {"three": 3})
        thread.join(TIMEOUT)
        assert seen.pop() == (states.STARTED, thread, (1, 2), {"three": 3})
        bus.exit()


def test_a_function_does_not_run_if_the_bus_does_not_start() -> None:
    bus = RecordingBus()
    called = []
    bus.subscribe("start", lambda: 1 / 0)
    before = set(threading.enumerate())
    with pytest.raises(ChannelFailures):
        bus.start_with_callback(lambda: called.append(1))
    for thread in set(threading.enumerate()) - before:
        thread.join(TIMEOUT)
        assert not thread.is_alive()
    assert called == []


def test_block_publishes_main_until_another_thread_exits_the_bus() -> None:
    bus = RecordingBus()
    ticks = []

    @bus.subscribe("main")
    def tick() -> None:
        ticks.append(time.monotonic())
        if len(ticks) == 3:
            threading.Thread(target=bus.exit).start()
        raise ValueError("a failing listener of 'main' ends nothing")

    bus.start()
    bus.block(interval=0.01)
    assert len(ticks) >= 3
    assert ticks[1] - ticks[0] >= 0.009
    assert [line for line in bus.lines if not line.startswith("Error in 'main'")] == [
        "Bus STARTING",
        "Bus STARTED",
        *EXITED,
        WAITED,
    ]


def test_block_returns_only_after_the_exit_listeners_of_another_thread() -> None:
    bus = RecordingBus()
    release = threading.Event()
    order: list[str] = []

    def slow() -> None:
        release.wait(TIMEOUT)
        order.append("exit listener")

    bus.subscribe("exit", slow)
    bus.start()
    leaver = threading.Thread(target=bus.exit, daemon=True)

    def block() -> None:
        bus.block()
        order.append("block")

    blocker = threading.Thread(target=block, daemon=True)
    leaver.start()
    bus.wait(states.EXITING)
    blocker.start()
    release.set()
    blocker.join(TIMEOUT)
    leaver.join(TIMEOUT)
    assert order == ["exit listener", "block"]


@pytest.mark.parametrize(
    ("interruption", "line"),
    [
        (KeyboardInterrupt, "Keyboard Interrupt: shutting down bus"),
        (SystemExit, "SystemExit raised: shutting down bus"),
    ],
)
def test_an_interruption_of_block_exits_the_bus(
    interruption: type[BaseException], line: str
) -> None:
    bus = RecordingBus()

    @bus.subscribe("main")
    def interrupt() -> None:
        raise interruption

    bus.start()
    if interruption is SystemExit:
        with pytest.raises(SystemExit):
            bus.block(0.001)
    else:
        bus.block(0.001)
    assert bus.lines[2:7] == [line, *EXITED]

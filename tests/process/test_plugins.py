"""Plugins: the base class, monitors and tasks, numbered threads."""

import threading

import pytest

from cherrypy.process import plugins
from cherrypy.process.simple_plugin import SimplePlugin
from cherrypy.process.wspbus import Bus, ChannelFailures

from .helper import TIMEOUT, RecordingBus


class Database(SimplePlugin):
    """The manual's plugin ('Create a plugin')."""

    def __init__(self, bus: Bus) -> None:
        SimplePlugin.__init__(self, bus)
        self.saved: list[object] = []

    def start(self) -> None:
        self.bus.log("Starting up DB access")
        self.bus.subscribe("db-save", self.save_it)

    def stop(self) -> None:
        self.bus.log("Stopping down DB access")
        self.bus.unsubscribe("db-save", self.save_it)

    def save_it(self, entity: object) -> None:
        self.saved.append(entity)


def test_the_manuals_plugin_listens_while_the_bus_is_started() -> None:
    bus = RecordingBus()
    plugin = Database(bus)
    plugin.subscribe()
    bus.publish("db-save", "before")
    bus.start()
    bus.publish("db-save", "cart")
    bus.exit()
    bus.publish("db-save", "after")
    assert plugin.saved == ["cart"]
    assert bus.lines[1] == "Starting up DB access"


def test_a_plugin_is_switched_by_on_and_off() -> None:
    bus = RecordingBus()
    plugin = Database(bus)
    assert plugin.on is False
    plugin.on = True
    assert plugin.start in bus.listeners["start"]
    assert plugin.on is True
    plugin.on = False
    assert plugin.start not in bus.listeners["start"]
    assert plugin.on is False


def test_a_plugin_listens_to_channels_that_others_have_brought() -> None:
    class Cleaner(SimplePlugin):
        def tidy(self) -> str:
            return "tidied"

    bus = Bus()
    bus.listeners.setdefault("tidy", set())
    Cleaner(bus).subscribe()
    assert bus.publish("tidy") == ["tidied"]


def test_a_monitor_calls_its_function_until_the_bus_stops() -> None:
    bus = RecordingBus()
    called = threading.Semaphore(0)
    monitor = plugins.Monitor(bus, called.release, frequency=0.001, name="Probe")
    monitor.subscribe()
    bus.start()
    thread = monitor.thread
    assert thread is not None
    assert (thread.name, thread.daemon) == ("Probe", True)
    for _ in range(3):
        assert called.acquire(timeout=TIMEOUT)
    monitor.start()
    bus.exit()
    assert not thread.is_alive()
    assert bus.lines[1] == "Started monitor thread 'Probe'."
    assert bus.lines[2] == "Bus STARTED"
    assert "Stopped thread 'Probe'." in bus.lines


def test_a_monitor_with_a_long_interval_stops_at_once_and_starts_again() -> None:
    class _TimeoutMonitor(plugins.Monitor):
        pass

    bus = RecordingBus()
    monitor = _TimeoutMonitor(bus, lambda: None)
    assert monitor.frequency == 60
    monitor.subscribe()
    bus.start()
    first = monitor.thread
    bus.graceful()
    second = monitor.thread
    assert first is not None
    assert second is not None
    assert not first.is_alive()
    assert second.is_alive()
    monitor.on = False
    assert not second.is_alive()
    monitor.on = True
    third = monitor.thread
    bus.exit()
    assert third is not None
    assert not third.is_alive()
    assert bus.lines.count("Started monitor thread '_TimeoutMonitor'.") == 3
    assert bus.lines.count("Stopped thread '_TimeoutMonitor'.") == 3


def test_a_monitor_with_frequency_zero_never_runs() -> None:
    bus = RecordingBus()
    monitor = plugins.Monitor(bus, lambda: None, frequency=0)
    monitor.start()
    assert monitor.thread is None
    assert bus.lines == []


def test_a_failing_callback_is_logged_and_called_again() -> None:
    bus = RecordingBus()
    called = threading.Semaphore(0)

    def fail() -> None:
        called.release()
        raise ValueError("today not")

    monitor = plugins.Monitor(bus, fail, frequency=0.001)
    monitor.start()
    for _ in range(2):
        assert called.acquire(timeout=TIMEOUT)
    monitor.stop()
    assert any("today not" in line for line in bus.lines)


def test_a_monitor_may_exit_the_bus_from_its_own_thread() -> None:
    bus = RecordingBus()
    monitor = plugins.Monitor(bus, bus.exit, frequency=0.001)
    monitor.subscribe()
    bus.start()
    thread = monitor.thread
    bus.wait(bus.states.EXITING)
    if thread is not None:
        thread.join(TIMEOUT)
        assert not thread.is_alive()
    bus.block()
    assert "Stopped thread 'Monitor'." in bus.lines


@pytest.mark.parametrize("kind", [plugins.BackgroundTask, plugins.PerpetualTimer])
def test_a_task_repeats_with_its_arguments_until_cancelled(
    kind: type[plugins.BackgroundTask] | type[plugins.PerpetualTimer],
) -> None:
    calls: list[tuple[int, str]] = []
    enough = threading.Event()

    def work(number: int, word: str = "") -> None:
        calls.append((number, word))
        if len(calls) == 3:
            enough.set()
        if len(calls) == 1:
            raise ValueError("once")

    bus = RecordingBus()
    task = kind(0.001, work, [7], {"word": "x"}, bus=bus)
    task.start()
    assert enough.wait(TIMEOUT)
    task.cancel()
    task.join(TIMEOUT)
    assert not task.is_alive()
    assert set(calls) == {(7, "x")}
    assert bus.lines[0].startswith("Error in background task")


def test_a_task_that_waits_for_an_hour_ends_at_once() -> None:
    task = plugins.BackgroundTask(3600, print)
    task.start()
    task.cancel()
    task.join(TIMEOUT)
    assert not task.is_alive()


def test_threads_are_numbered_once_and_numbers_are_used_again() -> None:
    bus = RecordingBus()
    manager = plugins.ThreadManager(bus)
    manager.subscribe()
    told: list[tuple[str, int]] = []
    bus.subscribe("start_thread", lambda number: told.append(("start", number)))
    bus.subscribe("stop_thread", lambda number: told.append(("stop", number)))
    bus.publish("acquire_thread")
    bus.publish("acquire_thread")

    def visit() -> None:
        bus.publish("acquire_thread")
        bus.publish("release_thread")
        bus.publish("release_thread")

    for _ in range(2):
        thread = threading.Thread(target=visit)
        thread.start()
        thread.join(TIMEOUT)
    assert manager.threads == {threading.get_ident(): 1}
    bus.graceful()
    assert manager.threads == {}
    bus.publish("acquire_thread")
    bus.exit()
    both_twice = [("start", 2), ("stop", 2)] * 2
    assert told == [("start", 1), *both_twice, ("stop", 1), ("start", 1), ("stop", 1)]


def test_a_thread_that_ended_without_a_word_is_not_taken_for_the_next_one() -> None:
    bus = RecordingBus()
    manager = plugins.ThreadManager(bus)
    manager.subscribe()
    told: list[int] = []
    bus.subscribe("start_thread", told.append)
    for _ in range(3):
        # The system gives each of them the ident of the one before.
        thread = threading.Thread(target=bus.publish, args=("acquire_thread",))
        thread.start()
        thread.join(TIMEOUT)
    assert told == [1, 1, 1]
    assert manager.threads == {}


def test_a_thread_known_again_after_graceful_stays_known() -> None:
    bus = RecordingBus()
    manager = plugins.ThreadManager(bus)
    manager.subscribe()
    told: list[int] = []
    bus.subscribe("start_thread", told.append)
    for _ in range(2):
        bus.publish("acquire_thread")
        bus.publish("acquire_thread")
        bus.graceful()
    assert told == [1, 1]


def test_a_failing_stop_listener_leaves_no_thread_unreleased() -> None:
    bus = RecordingBus()
    manager = plugins.ThreadManager(bus)
    manager.threads.update({1: 1, 2: 2})
    told: list[int] = []

    @bus.subscribe("stop_thread")
    def fail(number: int) -> None:
        told.append(number)
        raise ValueError(number)

    with pytest.raises(ChannelFailures) as caught:
        manager.stop()
    assert sorted(told) == [1, 2]
    assert len(caught.value.exceptions) == 2
    assert manager.threads == {}
